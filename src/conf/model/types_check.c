/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of checks: status codes and digests. */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types_lvs.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdlib.h>
#include <string.h>

#define STATUS_MIN 100
#define STATUS_MAX 599

static struct conf_statuses *at(const struct conf_row *row, void *object)
{
	return (struct conf_statuses *)(void *)((char *)object + row->offset);
}

static const struct conf_statuses *of(const struct conf_row *row,
				      const void *object)
{
	return at(row, (void *)(uintptr_t)object);
}

/* Digits alone, of a status code; false: they are none. */
static bool code(const char *text, size_t length, uint16_t *out)
{
	unsigned value = 0;

	if (length != 3)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*out = (uint16_t)value;
	return value >= STATUS_MIN && value <= STATUS_MAX;
}

/* CODE or CODE-CODE. */
static bool range(const char *text, struct conf_status *out)
{
	size_t first = strcspn(text, "-");

	if (!code(text, first, &out->low))
		return false;
	out->high = out->low;
	return !text[first] ||
	       (code(text + first + 1, strlen(text + first + 1), &out->high) &&
		out->low <= out->high);
}

static const char *expected_statuses(const struct conf_row *row, char *text,
				     size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "status codes of 100 to 599, and ranges of them "
			     "(200-299)");
}

static int read_statuses(struct conf_reader *reader, const struct conf_row *row,
			 const struct conf_word *words, size_t count,
			 void *object)
{
	struct conf_status list[CONF_RANGES_MAX];
	struct conf_statuses *out = at(row, object);
	struct conf_status *copy;
	size_t n;

	for (n = 0; n < count && n < CONF_RANGES_MAX; n++)
		if (!range(words[n].text, &list[n]))
			break;
	if (n == 0)
		return -1;
	copy = arena_alloc(reader->arena, n * sizeof(*copy));
	if (!copy) {
		reader->memory->failed = true;
		return (int)n;
	}
	memcpy(copy, list, n * sizeof(*copy));
	*out = (struct conf_statuses){ copy, (uint32_t)n };
	return (int)n;
}

static void reset_statuses(const struct conf_row *row, void *object)
{
	*at(row, object) = (struct conf_statuses){ 0 };
}

static void print_statuses(const struct conf_row *row, const void *object,
			   struct conf_out *out)
{
	const struct conf_statuses *s = of(row, object);

	for (uint32_t n = 0; n < s->count; n++) {
		conf_put(out, " %u", s->list[n].low);
		if (s->list[n].high != s->list[n].low)
			conf_put(out, "-%u", s->list[n].high);
	}
}

static bool equal_statuses(const struct conf_row *row, const void *a,
			   const void *b)
{
	const struct conf_statuses *one = of(row, a), *two = of(row, b);

	return one->count == two->count &&
	       (one->count == 0 ||
		!memcmp(one->list, two->list, one->count * sizeof(*one->list)));
}

static void pack_statuses(const struct conf_row *row, const void *object,
			  struct conf_packer *packer)
{
	const struct conf_statuses *s = of(row, object);

	conf_pack_number(packer, s->count);
	for (uint32_t n = 0; n < s->count; n++)
		conf_pack_number(packer,
				 s->list[n].low * 1000 + s->list[n].high);
}

static bool unpack_statuses(const struct conf_row *row, void *object,
			    struct conf_unpacker *u)
{
	int64_t count = conf_unpack_number(u);
	struct conf_status *list;

	if (u->failed || count < 0 || count > CONF_RANGES_MAX)
		return false;
	list = arena_alloc(u->arena, (size_t)count * sizeof(*list));
	if (count > 0 && !list)
		return false;
	for (int64_t n = 0; n < count; n++) {
		int64_t both = conf_unpack_number(u);
		int64_t low = both / 1000, high = both % 1000;

		if (u->failed || both < 0 || low < STATUS_MIN || high < low ||
		    high > STATUS_MAX)
			return false;
		list[n] = (struct conf_status){ (uint16_t)low, (uint16_t)high };
	}
	*at(row, object) = (struct conf_statuses){ count > 0 ? list : NULL,
						   (uint32_t)count };
	return true;
}

const struct conf_type conf_type_statuses = {
	.name = "status codes",
	.expected = expected_statuses,
	.read = read_statuses,
	.reset = reset_statuses,
	.print = print_statuses,
	.equal = equal_statuses,
	.pack = pack_statuses,
	.unpack = unpack_statuses,
	.least = 1,
	.most = CONF_RANGES_MAX,
};

/* Digests: a text of 32 digits, in small letters. */

#define DIGEST_DIGITS 32

static const char *expected_digest(const struct conf_row *row, char *text,
				   size_t size)
{
	(void)row;
	return conf_expected(text, size, "32 hexadecimal digits");
}

static bool digest(const char *text, char out[DIGEST_DIGITS + 1])
{
	static const char digits[] = "0123456789abcdefABCDEF";

	if (strlen(text) != DIGEST_DIGITS ||
	    strspn(text, digits) != DIGEST_DIGITS)
		return false;
	for (size_t i = 0; i <= DIGEST_DIGITS; i++)
		out[i] = text[i] >= 'A' && text[i] <= 'F'
				 ? (char)(text[i] - 'A' + 'a')
				 : text[i];
	return true;
}

static const char **text_at(const struct conf_row *row, void *object)
{
	return (const char **)(void *)((char *)object + row->offset);
}

static int read_digest(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	char text[DIGEST_DIGITS + 1];

	(void)count;
	if (!digest(words[0].text, text))
		return -1;
	*text_at(row, object) = conf_reader_text(reader, text);
	return 1;
}

/* The rest is that of any text. */
static void reset_text(const struct conf_row *row, void *object)
{
	*text_at(row, object) = NULL;
}

static void print_text(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	conf_type_text.print(row, object, out);
}

static bool equal_text(const struct conf_row *row, const void *a, const void *b)
{
	return conf_type_text.equal(row, a, b);
}

static void pack_text(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	conf_type_text.pack(row, object, packer);
}

static bool unpack_digest(const struct conf_row *row, void *object,
			  struct conf_unpacker *u)
{
	const char *text = conf_unpack_text(u, DIGEST_DIGITS);
	char same[DIGEST_DIGITS + 1];

	if (u->failed || (text && (!digest(text, same) || strcmp(text, same))))
		return false;
	*text_at(row, object) = text;
	return true;
}

const struct conf_type conf_type_digest = {
	.name = "digest",
	.expected = expected_digest,
	.read = read_digest,
	.reset = reset_text,
	.print = print_text,
	.equal = equal_text,
	.pack = pack_text,
	.unpack = unpack_digest,
	.least = 1,
	.most = 1,
};
