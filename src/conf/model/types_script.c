/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of the words of scripts: who runs one, and what it weighs. */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"
#include "vrrp/track.h"

#include <stdio.h>
#include <string.h>

/* USER [GROUP] */

static struct conf_user *user_at(const struct conf_row *row, void *object)
{
	return (struct conf_user *)(void *)((char *)object + row->offset);
}

static const struct conf_user *user_of(const struct conf_row *row,
				       const void *object)
{
	return (const struct conf_user *)(const void *)((const char *)object +
							row->offset);
}

static const char *expected_user(const struct conf_row *row, char *text,
				 size_t size)
{
	(void)row;
	return conf_expected(text, size, "a user, and after it a group");
}

static int read_user(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_user *out = user_at(row, object);

	count = count > 2 ? 2 : count;
	for (size_t n = 0; n < count; n++)
		if (!conf_name_ok(words[n].text, CONF_USER_MAX))
			return -1;
	out->name = conf_reader_text(reader, words[0].text);
	out->group = count > 1 ? conf_reader_text(reader, words[1].text) : NULL;
	return (int)count;
}

static void reset_user(const struct conf_row *row, void *object)
{
	*user_at(row, object) = (struct conf_user){ 0 };
}

static void print_user(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_user *one = user_of(row, object);

	conf_put_text(out, " ");
	conf_put_word(out, one->name ? one->name : "");
	if (!one->group)
		return;
	conf_put_text(out, " ");
	conf_put_word(out, one->group);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool equal_user(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_user *one = user_of(row, a), *two = user_of(row, b);

	return same_text(one->name, two->name) &&
	       same_text(one->group, two->group);
}

static void pack_user(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	const struct conf_user *one = user_of(row, object);

	conf_pack_text(packer, one->name);
	conf_pack_text(packer, one->group);
}

static bool unpack_user(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	struct conf_user one = {
		.name = conf_unpack_text(unpacker, CONF_USER_MAX),
		.group = conf_unpack_text(unpacker, CONF_USER_MAX),
	};

	if (unpacker->failed || (one.group && !one.name) ||
	    (one.name && !conf_name_ok(one.name, CONF_USER_MAX)) ||
	    (one.group && !conf_name_ok(one.group, CONF_USER_MAX)))
		return false;
	*user_at(row, object) = one;
	return true;
}

const struct conf_type conf_type_user = {
	.name = "user",
	.expected = expected_user,
	.read = read_user,
	.reset = reset_user,
	.print = print_user,
	.equal = equal_user,
	.pack = pack_user,
	.unpack = unpack_user,
	.least = 1,
	.most = 2,
};

/* NUMBER [reverse|noreverse] */

static struct conf_weight *weight_at(const struct conf_row *row, void *object)
{
	return (struct conf_weight *)(void *)((char *)object + row->offset);
}

static const struct conf_weight *weight_of(const struct conf_row *row,
					   const void *object)
{
	return (const struct conf_weight *)(const void *)((const char *)object +
							  row->offset);
}

static const char *expected_weight(const struct conf_row *row, char *text,
				   size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a number from -254 to 254, and after it reverse "
			     "or noreverse");
}

/* keepalived takes one more than it uses. */
static int16_t usable(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *word, int64_t value)
{
	int64_t most = value < 0 ? row->minimum : row->maximum;

	if (value >= row->minimum && value <= row->maximum)
		return (int16_t)value;
	conf_report_ignored(reader->report, &word->place, NULL,
			    "weight %d is out of range; %d is used", (int)value,
			    (int)most);
	return (int16_t)most;
}

static int read_weight(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	struct conf_weight *out = weight_at(row, object);
	bool reverse = count > 1 && strcmp(words[1].text, "reverse") == 0;
	bool told = reverse ||
		    (count > 1 && strcmp(words[1].text, "noreverse") == 0);
	int64_t value;

	if (conf_number(words[0].text, &value) < 0 ||
	    value < -VRRP_WEIGHT_MAX - 1 || value > VRRP_WEIGHT_MAX + 1)
		return -1;
	*out = (struct conf_weight){
		.written = true,
		.reverse = reverse,
		.value = usable(reader, row, &words[0], value),
	};
	return told ? 2 : 1;
}

static void reset_weight(const struct conf_row *row, void *object)
{
	*weight_at(row, object) = (struct conf_weight){ 0 };
}

static void print_weight(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const struct conf_weight *one = weight_of(row, object);

	conf_put(out, " %d", one->value);
	if (one->reverse)
		conf_put_text(out, " reverse");
}

static bool equal_weight(const struct conf_row *row, const void *a,
			 const void *b)
{
	const struct conf_weight *one = weight_of(row, a),
				 *two = weight_of(row, b);

	return one->written == two->written && one->reverse == two->reverse &&
	       one->value == two->value;
}

static void pack_weight(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	const struct conf_weight *one = weight_of(row, object);

	conf_pack_number(packer, one->written);
	conf_pack_number(packer, one->reverse);
	conf_pack_number(packer, one->value);
}

static bool unpack_weight(const struct conf_row *row, void *object,
			  struct conf_unpacker *unpacker)
{
	int64_t written = conf_unpack_number(unpacker);
	int64_t reverse = conf_unpack_number(unpacker);
	int64_t value = conf_unpack_number(unpacker);

	if (unpacker->failed || written < 0 || written > 1 || reverse < 0 ||
	    reverse > 1 || value < row->minimum || value > row->maximum ||
	    (!written && (reverse || value)))
		return false;
	*weight_at(row, object) = (struct conf_weight){
		.written = written,
		.reverse = reverse,
		.value = (int16_t)value,
	};
	return true;
}

const struct conf_type conf_type_weight = {
	.name = "weight",
	.expected = expected_weight,
	.read = read_weight,
	.reset = reset_weight,
	.print = print_weight,
	.equal = equal_weight,
	.pack = pack_weight,
	.unpack = unpack_weight,
	.least = 1,
	.most = 2,
};

/* A number, or IRUSR and its like, with | in between. */

static const struct {
	const char *name;
	uint16_t bit;
} bits[] = {
	{ "IRUSR", 0400 }, { "IWUSR", 0200 }, { "IXUSR", 0100 },
	{ "IRGRP", 040 },  { "IWGRP", 020 },  { "IXGRP", 010 },
	{ "IROTH", 04 },   { "IWOTH", 02 },   { "IXOTH", 01 },
};

static const char *expected_umask(const struct conf_row *row, char *text,
				  size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a number up to 0777, or IRUSR and its like with "
			     "| in between");
}

/* False: one of them is none. */
static bool add_bits(const char *at, int64_t *mask)
{
	while (*at) {
		size_t length = strcspn(at, "|"), n = 0;

		while (n < ARRAY_LENGTH(bits) &&
		       (strlen(bits[n].name) != length ||
			strncmp(bits[n].name, at, length) != 0))
			n++;
		if (n == ARRAY_LENGTH(bits) && length > 0)
			return false;
		*mask |= length > 0 ? bits[n].bit : 0;
		at += length + (at[length] == '|');
	}
	return true;
}

/* Octal behind a 0, hexadecimal behind 0x: as permissions are written. */
static bool read_mask(const char *text, int64_t *mask)
{
	unsigned base = text[0] != '0' ? 10 : text[1] == 'x' ? 16 : 8;
	const char *at = text + (base == 16 ? 2 : 0);
	int64_t value = 0;

	if (*at < '0' || *at > 'f')
		return false;
	for (; *at && value <= 0xffff; at++) {
		unsigned digit =
			*at >= 'a' && *at <= 'f'   ? (unsigned)(*at - 'a') + 10
			: *at >= '0' && *at <= '9' ? (unsigned)(*at - '0')
						   : base;

		if (digit >= base)
			return false;
		value = value * base + digit;
	}
	*mask = value;
	return true;
}

static int read_umask(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	int64_t mask = 0;

	(void)reader;
	if (!read_mask(words[0].text, &mask))
		for (size_t n = 0; n < count; n++)
			if (!add_bits(words[n].text, &mask))
				return -1;
	if (mask < row->minimum || mask > row->maximum)
		return -1;
	conf_field_set(row, object, mask);
	return words[0].text[0] == 'I' || words[0].text[0] == '|' ? (int)count
								  : 1;
}

static void print_umask(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	conf_put(out, " 0%o", (unsigned)conf_field_get(row, object));
}

const struct conf_type conf_type_umask = {
	.name = "permissions",
	.expected = expected_umask,
	.read = read_umask,
	.print = print_umask,
	.least = 1,
	.most = CONF_WORDS_MANY,
	CONF_NUMERIC,
};
