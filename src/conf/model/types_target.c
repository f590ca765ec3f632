/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of the words of files and processes that are tracked. */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <string.h>

/* [NUMBER] [overwrite] */

static struct conf_init_file *init_at(const struct conf_row *row, void *object)
{
	return (struct conf_init_file *)(void *)((char *)object + row->offset);
}

static const struct conf_init_file *init_of(const struct conf_row *row,
					    const void *object)
{
	return (const struct conf_init_file *)(const void *)((const char *)
								     object +
							     row->offset);
}

static const char *expected_init(const struct conf_row *row, char *text,
				 size_t size)
{
	(void)row;
	return conf_expected(text, size, "a number, and overwrite");
}

static int read_init(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_init_file init = { .when = CONF_INIT_FILE_MISSING };

	(void)reader;
	for (size_t n = 0; n < count; n++) {
		int64_t number;

		if (strcmp(words[n].text, "overwrite") == 0) {
			init.when = CONF_INIT_FILE_OVERWRITE;
			continue;
		}
		if (conf_number(words[n].text, &number) < 0 ||
		    number < row->minimum || number > row->maximum)
			return -1;
		init.number = (int32_t)number;
	}
	*init_at(row, object) = init;
	return (int)count;
}

static void reset_init(const struct conf_row *row, void *object)
{
	*init_at(row, object) = (struct conf_init_file){ 0 };
}

static void print_init(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_init_file *init = init_of(row, object);

	conf_put(out, " %d", (int)init->number);
	if (init->when == CONF_INIT_FILE_OVERWRITE)
		conf_put_text(out, " overwrite");
}

static bool equal_init(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_init_file *one = init_of(row, a),
				    *two = init_of(row, b);

	return one->when == two->when && one->number == two->number;
}

static void pack_init(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	conf_pack_number(packer, init_of(row, object)->when);
	conf_pack_number(packer, init_of(row, object)->number);
}

static bool unpack_init(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	int64_t when = conf_unpack_number(unpacker);
	int64_t number = conf_unpack_number(unpacker);

	if (unpacker->failed || when < CONF_INIT_FILE_NO ||
	    when > CONF_INIT_FILE_OVERWRITE || number < row->minimum ||
	    number > row->maximum || (when == CONF_INIT_FILE_NO && number))
		return false;
	*init_at(row, object) = (struct conf_init_file){
		.when = (uint8_t)when,
		.number = (int32_t)number,
	};
	return true;
}

const struct conf_type conf_type_init_file = {
	.name = "init_file",
	.expected = expected_init,
	.read = read_init,
	.reset = reset_init,
	.print = print_init,
	.equal = equal_init,
	.pack = pack_init,
	.unpack = unpack_init,
	.least = 0,
	.most = 2,
};

/* Words, as many as there are, of `maximum` bytes in all. */

static struct conf_words *words_at(const struct conf_row *row, void *object)
{
	return (struct conf_words *)(void *)((char *)object + row->offset);
}

static const struct conf_words *words_of(const struct conf_row *row,
					 const void *object)
{
	return (const struct conf_words *)(const void *)((const char *)object +
							 row->offset);
}

static const char *expected_words(const struct conf_row *row, char *text,
				  size_t size)
{
	(void)row;
	return conf_expected(text, size, "a command, and its arguments");
}

static int read_words(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_words *out = words_at(row, object);
	const char **list;
	size_t bytes = 0;

	for (size_t n = 0; n < count; n++) {
		bytes += strlen(words[n].text) + 1;
		/* An argument may be empty. */
		if ((n == 0 || *words[n].text) &&
		    !conf_name_ok(words[n].text, CONF_COMMAND_MAX))
			return -1;
	}
	if (bytes > (size_t)row->maximum)
		return -1;
	list = arena_alloc(reader->arena, count * sizeof(*list));
	if (!list) {
		reader->memory->failed = true;
		return (int)count;
	}
	for (size_t n = 0; n < count; n++)
		list[n] = conf_reader_text(reader, words[n].text);
	*out = (struct conf_words){ list, (uint32_t)count };
	return (int)count;
}

static void reset_words(const struct conf_row *row, void *object)
{
	*words_at(row, object) = (struct conf_words){ 0 };
}

static void print_words(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_words *words = words_of(row, object);

	for (uint32_t n = 0; n < words->count; n++) {
		conf_put_text(out, " ");
		conf_put_word(out, words->list[n]);
	}
}

static bool equal_words(const struct conf_row *row, const void *a,
			const void *b)
{
	const struct conf_words *one = words_of(row, a),
				*two = words_of(row, b);

	if (one->count != two->count)
		return false;
	for (uint32_t n = 0; n < one->count; n++)
		if (strcmp(one->list[n], two->list[n]) != 0)
			return false;
	return true;
}

static void pack_words(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_words *words = words_of(row, object);

	conf_pack_number(packer, words->count);
	for (uint32_t n = 0; n < words->count; n++)
		conf_pack_text(packer, words->list[n]);
}

static bool unpack_words(const struct conf_row *row, void *object,
			 struct conf_unpacker *unpacker)
{
	int64_t count = conf_unpack_number(unpacker);
	size_t bytes = 0;
	const char **list;

	if (unpacker->failed || count < 0 || count > CONF_COMMAND_MAX)
		return false;
	list = arena_alloc(unpacker->arena, (size_t)count * sizeof(*list));
	if (!list && count > 0)
		return false;
	for (int64_t n = 0; n < count; n++) {
		list[n] = conf_unpack_text(unpacker, CONF_COMMAND_MAX);
		if (!list[n] || unpacker->failed ||
		    ((n == 0 || *list[n]) &&
		     !conf_name_ok(list[n], CONF_COMMAND_MAX)))
			return false;
		bytes += strlen(list[n]) + 1;
	}
	if (bytes > (size_t)row->maximum)
		return false;
	*words_at(row, object) = (struct conf_words){
		count > 0 ? list : NULL,
		(uint32_t)count,
	};
	return true;
}

const struct conf_type conf_type_word_list = {
	.name = "words",
	.expected = expected_words,
	.read = read_words,
	.reset = reset_words,
	.print = print_words,
	.equal = equal_words,
	.pack = pack_words,
	.unpack = unpack_words,
	.least = 1,
	.most = CONF_WORDS_MANY,
};

/* [initial|partial] */

static const char *const matches[] = {
	[CONF_MATCH_PARTIAL] = "partial",
	[CONF_MATCH_INITIAL] = "initial",
};

static const char *expected_match(const struct conf_row *row, char *text,
				  size_t size)
{
	(void)row;
	return conf_expected(text, size, "initial, partial or nothing");
}

static int read_match(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	(void)reader;
	if (count == 0) {
		conf_field_set(row, object, CONF_MATCH_EXACT);
		return 0;
	}
	for (int n = CONF_MATCH_PARTIAL; n <= CONF_MATCH_INITIAL; n++) {
		if (strcmp(words[0].text, matches[n]) != 0)
			continue;
		conf_field_set(row, object, n);
		return 1;
	}
	return -1;
}

static void print_match(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const char *word = matches[conf_field_get(row, object)];

	if (word)
		conf_put(out, " %s", word);
}

const struct conf_type conf_type_match = {
	.name = "choice",
	.expected = expected_match,
	.read = read_match,
	.print = print_match,
	.least = 0,
	.most = 1,
	CONF_NUMERIC,
};
