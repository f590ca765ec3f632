/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type of COMMAND [USER [GROUP]] in a field of its own; and the same of a
 * FIFO, whose path stands where the command does.
 */
#include "conf/model/types_command.h"

#include "conf/language/value.h"
#include "conf/model/command.h"
#include "conf/model/types.h"
#include "conf/schema/types.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* A path and its owner lie as a command and its user do. */
static_assert(offsetof(struct conf_fifo, path) ==
		      offsetof(struct conf_notify, command),
	      "as a command");
static_assert(offsetof(struct conf_fifo, owner) ==
		      offsetof(struct conf_notify, user),
	      "as its user");

static bool is_right(enum conf_command_is is, const char *text)
{
	struct command command;

	if (is == CONF_IS_PERHAPS && text[0] == '\0')
		return true;
	if (is == CONF_IS_PATH)
		return conf_name_ok(text, CONF_PATH_TEXT_MAX);
	return conf_command_ok(text, CONF_COMMAND_MAX) &&
	       command_split(&command, text);
}

int conf_command_read(struct conf_reader *reader, const struct conf_word *words,
		      size_t count, enum conf_command_is is,
		      struct conf_notify *out)
{
	count = count > 3 ? 3 : count;
	if (!is_right(is, words[0].text))
		return -1;
	for (size_t n = 1; n < count; n++)
		if (!conf_name_ok(words[n].text, CONF_USER_MAX))
			return -1;
	*out = (struct conf_notify){
		.command = conf_reader_text(reader, words[0].text),
		.user.name = count > 1 ? conf_reader_text(reader, words[1].text)
				       : NULL,
		.user.group = count > 2
				      ? conf_reader_text(reader, words[2].text)
				      : NULL,
	};
	return (int)count;
}

void conf_command_print(const struct conf_notify *one, struct conf_out *out)
{
	const char *const texts[] = { one->command, one->user.name,
				      one->user.group };

	for (size_t n = 0; n < 3 && texts[n] && texts[n][0]; n++) {
		conf_put_text(out, " ");
		conf_put_word(out, texts[n]);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool conf_command_equal(const struct conf_notify *a,
			const struct conf_notify *b)
{
	return same_text(a->command, b->command) &&
	       same_text(a->user.name, b->user.name) &&
	       same_text(a->user.group, b->user.group);
}

void conf_command_pack(const struct conf_notify *one,
		       struct conf_packer *packer)
{
	conf_pack_text(packer, one->command);
	conf_pack_text(packer, one->user.name);
	conf_pack_text(packer, one->user.group);
}

bool conf_command_unpack(struct conf_unpacker *unpacker,
			 enum conf_command_is is, struct conf_notify *out)
{
	const struct conf_notify one = {
		.command = conf_unpack_text(unpacker, CONF_COMMAND_MAX),
		.user.name = conf_unpack_text(unpacker, CONF_USER_MAX),
		.user.group = conf_unpack_text(unpacker, CONF_USER_MAX),
	};

	if (unpacker->failed || (one.user.group && !one.user.name) ||
	    (one.user.name && !one.command) ||
	    (one.command && !is_right(is, one.command)) ||
	    (one.user.name && !conf_name_ok(one.user.name, CONF_USER_MAX)) ||
	    (one.user.group && !conf_name_ok(one.user.group, CONF_USER_MAX)))
		return false;
	*out = one;
	return true;
}

static struct conf_notify *at(const struct conf_row *row, void *object)
{
	return (struct conf_notify *)(void *)((char *)object + row->offset);
}

static const struct conf_notify *of(const struct conf_row *row,
				    const void *object)
{
	return at(row, (void *)(uintptr_t)object);
}

static const char *expected_command(const struct conf_row *row, char *text,
				    size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a command, and after it a user and a group");
}

static const char *expected_fifo(const struct conf_row *row, char *text,
				 size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a path, and after it a user and a group");
}

static int read_command(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	return conf_command_read(reader, words, count, CONF_IS_COMMAND,
				 at(row, object));
}

static int read_fifo(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	return conf_command_read(reader, words, count, CONF_IS_PATH,
				 at(row, object));
}

static void reset(const struct conf_row *row, void *object)
{
	*at(row, object) = (struct conf_notify){ 0 };
}

static void print(const struct conf_row *row, const void *object,
		  struct conf_out *out)
{
	conf_command_print(of(row, object), out);
}

static bool equal(const struct conf_row *row, const void *a, const void *b)
{
	return conf_command_equal(of(row, a), of(row, b));
}

static void pack(const struct conf_row *row, const void *object,
		 struct conf_packer *packer)
{
	conf_command_pack(of(row, object), packer);
}

static bool unpack_command(const struct conf_row *row, void *object,
			   struct conf_unpacker *unpacker)
{
	return conf_command_unpack(unpacker, CONF_IS_COMMAND, at(row, object));
}

static bool unpack_fifo(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	return conf_command_unpack(unpacker, CONF_IS_PATH, at(row, object));
}

const struct conf_type conf_type_command = {
	.name = "command",
	.expected = expected_command,
	.read = read_command,
	.reset = reset,
	.print = print,
	.equal = equal,
	.pack = pack,
	.unpack = unpack_command,
	.least = 1,
	.most = 3,
};

const struct conf_type conf_type_fifo = {
	.name = "FIFO",
	.expected = expected_fifo,
	.read = read_fifo,
	.reset = reset,
	.print = print,
	.equal = equal,
	.pack = pack,
	.unpack = unpack_fifo,
	.least = 1,
	.most = 3,
};
