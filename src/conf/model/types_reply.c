/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of checks: bytes in hexadecimal, options of a regular expression, and
 * the weight of FILE_CHECK.
 */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types_lvs.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static void *at(const struct conf_row *row, void *object)
{
	return (char *)object + row->offset;
}

static const void *of(const struct conf_row *row, const void *object)
{
	return (const char *)object + row->offset;
}

/*
 * Bytes: an even number of digits. As in keepalived each word has bytes of its
 * own, and the last digit of an odd number of them is one: 123 4 is 12 03 04.
 * row->minimum is 1 where X is any digit, row->maximum the most words.
 */

#define DIGITS_MAX (2 * CONF_DATAGRAM_MAX)

static const char *expected_bytes(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_expected(text, size,
			     row->minimum == 1
				     ? "bytes in hexadecimal, X for any digit"
				     : "bytes in hexadecimal");
}

/* The digit in small letters; 0: it is none. */
static char digit(const struct conf_row *row, char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
		return c;
	if (c >= 'A' && c <= 'F')
		return (char)(c - 'A' + 'a');
	return row->minimum == 1 && (c == 'x' || c == 'X') ? 'x' : '\0';
}

static int read_bytes(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	char text[DIGITS_MAX + 1];
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		const char *word = words[i].text;
		size_t digits = strlen(word);

		for (size_t k = 0; k < digits; k++) {
			char c = digit(row, word[k]);

			if (!c || length + 2 > DIGITS_MAX)
				return -1;
			if (k + 1 == digits && digits % 2 == 1)
				text[length++] = '0';
			text[length++] = c;
		}
	}
	text[length] = '\0';
	if (length == 0)
		return -1;
	*(const char **)at(row, object) = conf_reader_text(reader, text);
	return (int)count;
}

static void reset_bytes(const struct conf_row *row, void *object)
{
	conf_type_text.reset(row, object);
}

static void print_bytes(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	conf_type_text.print(row, object, out);
}

static bool equal_bytes(const struct conf_row *row, const void *a,
			const void *b)
{
	return conf_type_text.equal(row, a, b);
}

static void pack_bytes(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	conf_type_text.pack(row, object, packer);
}

static bool unpack_bytes(const struct conf_row *row, void *object,
			 struct conf_unpacker *u)
{
	const char *text = conf_unpack_text(u, DIGITS_MAX);

	if (u->failed || (text && (!*text || strlen(text) % 2 != 0)))
		return false;
	for (const char *c = text; c && *c; c++)
		if (digit(row, *c) != *c)
			return false;
	*(const char **)at(row, object) = text;
	return true;
}

const struct conf_type conf_type_bytes = {
	.name = "bytes",
	.expected = expected_bytes,
	.read = read_bytes,
	.reset = reset_bytes,
	.print = print_bytes,
	.equal = equal_bytes,
	.pack = pack_bytes,
	.unpack = unpack_bytes,
	.least = 1,
	.most = 200,
};

/* require_reply [BYTES]: a field of conf_udp.reply, and another beside it. */

static struct conf_udp *udp_at(const struct conf_row *row, void *object)
{
	return (struct conf_udp *)(void *)((char *)object + row->offset -
					   offsetof(struct conf_udp, reply));
}

static const struct conf_udp *udp_of(const struct conf_row *row,
				     const void *object)
{
	return udp_at(row, (void *)(uintptr_t)object);
}

static int read_reply(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_udp *udp = udp_at(row, object);
	int took = 0;

	if (count > 0)
		took = read_bytes(reader, row, words, count, object);
	if (took < 0)
		return -1;
	if (count == 0)
		udp->reply = NULL;
	udp->require_reply = true;
	return took;
}

static void reset_reply(const struct conf_row *row, void *object)
{
	struct conf_udp *udp = udp_at(row, object);

	udp->reply = NULL;
	udp->require_reply = false;
}

static void print_reply(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_udp *udp = udp_of(row, object);

	if (udp->reply)
		conf_put(out, " ");
	if (udp->reply)
		conf_put_text(out, udp->reply);
}

static bool equal_reply(const struct conf_row *row, const void *a,
			const void *b)
{
	const struct conf_udp *one = udp_of(row, a), *two = udp_of(row, b);

	return one->require_reply == two->require_reply &&
	       equal_bytes(row, a, b);
}

static void pack_reply(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_udp *udp = udp_of(row, object);

	conf_pack_number(packer, udp->require_reply);
	conf_pack_text(packer, udp->reply);
}

static bool unpack_reply(const struct conf_row *row, void *object,
			 struct conf_unpacker *u)
{
	struct conf_udp *udp = udp_at(row, object);
	int64_t required = conf_unpack_number(u);

	if ((required != 0 && required != 1) || !unpack_bytes(row, object, u) ||
	    (!required && udp->reply))
		return false;
	udp->require_reply = required == 1;
	return true;
}

const struct conf_type conf_type_reply = {
	.name = "optional bytes",
	.expected = expected_bytes,
	.read = read_reply,
	.reset = reset_reply,
	.print = print_reply,
	.equal = equal_reply,
	.pack = pack_reply,
	.unpack = unpack_reply,
	.least = 0,
	.most = 200,
};

/* Some of row->choices: a bit each in an uint32_t. */

static const char *expected_bits(const struct conf_row *row, char *text,
				 size_t size)
{
	return conf_type_choice.expected(row, text, size);
}

static bool bit(const struct conf_row *row, const char *word, uint32_t *bits)
{
	for (const struct conf_choice *one = row->choices; one->word; one++) {
		if (strcasecmp(one->word, word) == 0) {
			*bits |= 1u << one->value;
			return true;
		}
	}
	return false;
}

static int read_bits(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	uint32_t bits = 0;
	size_t i;

	(void)reader;
	for (i = 0; i < count; i++)
		if (!bit(row, words[i].text, &bits))
			break;
	if (i == 0)
		return -1;
	*(uint32_t *)at(row, object) = bits;
	return (int)i;
}

static void print_bits(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	uint32_t bits = *(const uint32_t *)of(row, object);

	for (const struct conf_choice *one = row->choices; one->word; one++)
		if (bits >> one->value & 1)
			conf_put(out, " %s", one->word);
}

static bool unpack_bits(const struct conf_row *row, void *object,
			struct conf_unpacker *u)
{
	int64_t bits = conf_unpack_number(u), all = 0;

	for (const struct conf_choice *one = row->choices; one->word; one++)
		all |= INT64_C(1) << one->value;
	if (u->failed || (bits & ~all))
		return false;
	*(uint32_t *)at(row, object) = (uint32_t)bits;
	return true;
}

const struct conf_type conf_type_bits = {
	.name = "options",
	.expected = expected_bits,
	.read = read_bits,
	.reset = conf_numeric_reset,
	.print = print_bits,
	.equal = conf_numeric_equal,
	.pack = conf_numeric_pack,
	.unpack = unpack_bits,
	.least = 1,
	.most = 32,
};

/* weight N [reverse]: the struct conf_file_weight. */

static const char *expected_weight(const struct conf_row *row, char *text,
				   size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a number from -2147483647 to 2147483647, and "
			     "after it reverse");
}

static int read_weight(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	struct conf_file_weight w = { .written = true };
	int64_t value;

	(void)reader;
	if (conf_number(words[0].text, &value) < 0 || value < -INT32_MAX ||
	    value > INT32_MAX)
		return -1;
	w.value = (int32_t)value;
	w.reverse = count > 1 && strcmp(words[1].text, "reverse") == 0;
	*(struct conf_file_weight *)at(row, object) = w;
	return w.reverse ? 2 : 1;
}

static void reset_weight(const struct conf_row *row, void *object)
{
	*(struct conf_file_weight *)at(row, object) =
		(struct conf_file_weight){ 0 };
}

static void print_weight(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const struct conf_file_weight *w = of(row, object);

	conf_put(out, " %d%s", w->value, w->reverse ? " reverse" : "");
}

static bool equal_weight(const struct conf_row *row, const void *a,
			 const void *b)
{
	const struct conf_file_weight *one = of(row, a), *two = of(row, b);

	return one->written == two->written && one->reverse == two->reverse &&
	       one->value == two->value;
}

static void pack_weight(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	const struct conf_file_weight *w = of(row, object);

	conf_pack_number(packer, w->written | w->reverse << 1);
	conf_pack_number(packer, w->value);
}

static bool unpack_weight(const struct conf_row *row, void *object,
			  struct conf_unpacker *u)
{
	int64_t flags = conf_unpack_number(u);
	int64_t value = conf_unpack_number(u);

	if (u->failed || flags < 0 || flags > 3 || value < -INT32_MAX ||
	    value > INT32_MAX || (!(flags & 1) && (flags || value)))
		return false;
	*(struct conf_file_weight *)at(row, object) =
		(struct conf_file_weight){ .written = flags & 1,
					   .reverse = flags >> 1 & 1,
					   .value = (int32_t)value };
	return true;
}

const struct conf_type conf_type_file_weight = {
	.name = "wide weight",
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

/* fall N: N failures in a row are N - 1 more tries, an int32_t. */

static int read_fall(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	int64_t value;

	(void)reader;
	(void)count;
	if (conf_number(words[0].text, &value) < 0 || value < row->minimum ||
	    value > row->maximum)
		return -1;
	conf_field_set(row, object, value - 1);
	return 1;
}

const struct conf_type conf_type_fall = {
	.name = "number",
	.expected = conf_numeric_expected,
	.read = read_fall,
	.print = conf_numeric_print,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};
