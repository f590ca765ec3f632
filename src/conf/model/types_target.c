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
