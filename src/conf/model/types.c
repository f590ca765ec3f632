/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of conf/model/types.h. */
#include "conf/model/types.h"
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/names.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TYPE_FIELD(type, row, object)                                          \
	((type *)(void *)((char *)(object) + (row)->offset))
#define TYPE_CONST(type, row, object)                                          \
	((const type *)(const void *)((const char *)(object) + (row)->offset))

/* state: any other word means BACKUP, as to keepalived. */

static const char *expected_state(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_expected(text, size, "MASTER or BACKUP");
}

static int read_state(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	bool *active = TYPE_FIELD(bool, row, object);
	const char *text = words[0].text;

	*active = strcmp(text, "MASTER") == 0 || strcmp(text, "ACTIVE") == 0;
	if (*active || strcmp(text, "BACKUP") == 0)
		return 1;
	conf_report(reader->report, CONF_WARNING, &words[0].place,
		    strcasecmp(text, "MASTER") == 0
			    ? "write it in capital letters: state MASTER"
			    : "write state BACKUP",
		    "state takes MASTER or BACKUP; \"%s\" means BACKUP", text);
	return 1;
}

static void print_state(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	conf_put_text(out,
		      *TYPE_CONST(bool, row, object) ? " MASTER" : " BACKUP");
}

static void reset_bool(const struct conf_row *row, void *object)
{
	*TYPE_FIELD(bool, row, object) = false;
}

static bool equal_bool(const struct conf_row *row, const void *a, const void *b)
{
	return *TYPE_CONST(bool, row, a) == *TYPE_CONST(bool, row, b);
}

static void pack_bool(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	conf_pack_number(packer, *TYPE_CONST(bool, row, object));
}

static bool unpack_bool(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	int64_t value = conf_unpack_number(unpacker);

	*TYPE_FIELD(bool, row, object) = value == 1;
	return !unpacker->failed && (value == 0 || value == 1);
}

const struct conf_type conf_type_state = {
	.name = "state",
	.expected = expected_state,
	.read = read_state,
	.reset = reset_bool,
	.print = print_state,
	.equal = equal_bool,
	.pack = pack_bool,
	.unpack = unpack_bool,
	.least = 1,
	.most = 1,
};

/* As to keepalived, small letters are no type. AH is known. */
static int read_auth(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	if (strcmp(words[0].text, "PASS") == 0) {
		conf_field_set(row, object, VRRP_AUTH_PASSWORD);
		return 1;
	}
	if (strcmp(words[0].text, "AH") != 0)
		return -1;
	conf_report(reader->report, CONF_ERROR, &words[0].place,
		    "write auth_type PASS, on all routers",
		    "baton does not do AH yet");
	reader->report->diagnostics->not_done++;
	return 1;
}

static const char *expected_auth(const struct conf_row *row, char *text,
				 size_t size)
{
	return "PASS";
}

static void print_auth(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	conf_put_text(out, " PASS");
}

const struct conf_type conf_type_auth = {
	.name = "kind of authentication",
	.expected = expected_auth,
	.read = read_auth,
	.print = print_auth,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};

/* [all] SECONDS */

static const char *expected_extra(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_expected(
		text, size,
		"a time from 0 to 86400 seconds, perhaps with all before "
		"it");
}

static int read_extra(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_extra *extra = TYPE_FIELD(struct conf_extra, row, object);
	size_t all = count > 1 && strcmp(words[0].text, "all") == 0;
	tick_t every;

	if (conf_time(words[all].text, &every) < 0 ||
	    every > 86400 * TICK_SECOND)
		return -1;
	*extra = (struct conf_extra){ every, all };
	return (int)all + 1;
}

static void reset_extra(const struct conf_row *row, void *object)
{
	*TYPE_FIELD(struct conf_extra, row, object) = (struct conf_extra){ 0 };
}

static void print_extra(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_extra *e = TYPE_CONST(struct conf_extra, row, object);
	char text[CONF_TIME_TEXT_MAX];

	conf_put(out, "%s %s", e->all ? " all" : "",
		 conf_time_format(e->every, text));
}

static bool equal_extra(const struct conf_row *row, const void *a,
			const void *b)
{
	const struct conf_extra *one = TYPE_CONST(struct conf_extra, row, a);
	const struct conf_extra *two = TYPE_CONST(struct conf_extra, row, b);

	return one->every == two->every && one->all == two->all;
}

static void pack_extra(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_extra *e = TYPE_CONST(struct conf_extra, row, object);

	conf_pack_number(packer, e->every);
	conf_pack_number(packer, e->all);
}

static bool unpack_extra(const struct conf_row *row, void *object,
			 struct conf_unpacker *unpacker)
{
	int64_t every = conf_unpack_number(unpacker);
	int64_t all = conf_unpack_number(unpacker);

	*TYPE_FIELD(struct conf_extra, row, object) =
		(struct conf_extra){ every, all == 1 };
	return !unpacker->failed && every >= 0 &&
	       every <= 86400 * TICK_SECOND && (all == 0 || all == 1);
}

const struct conf_type conf_type_extra = {
	.name = "extra announcements",
	.expected = expected_extra,
	.read = read_extra,
	.reset = reset_extra,
	.print = print_extra,
	.equal = equal_extra,
	.pack = pack_extra,
	.unpack = unpack_extra,
	.least = 1,
	.most = 2,
};

/* Numbers of CPUs: all of them, or none. */

static const char *expected_cpus(const struct conf_row *row, char *text,
				 size_t size)
{
	snprintf(text, size, "numbers of CPUs, %lld to %lld",
		 (long long)row->minimum, (long long)row->maximum);
	return text;
}

static int read_cpus(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_cpus cpus = { .bound = true };
	size_t took = 0;

	for (; took < count; took++) {
		int64_t cpu;

		if (conf_number(words[took].text, &cpu) < 0 ||
		    cpu < row->minimum || cpu > row->maximum)
			break;
		cpus.set[cpu / 64] |= UINT64_C(1) << cpu % 64;
	}
	if (took == 0)
		return -1;
	*TYPE_FIELD(struct conf_cpus, row, object) = cpus;
	return (int)took;
}

static void reset_cpus(const struct conf_row *row, void *object)
{
	*TYPE_FIELD(struct conf_cpus, row, object) = (struct conf_cpus){ 0 };
}

static void print_cpus(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_cpus *c = TYPE_CONST(struct conf_cpus, row, object);

	for (unsigned n = 0; n < CONF_CPUS_MAX; n++)
		if (c->set[n / 64] >> n % 64 & 1)
			conf_put(out, " %u", n);
}

static bool equal_cpus(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_cpus *one = TYPE_CONST(struct conf_cpus, row, a);
	const struct conf_cpus *two = TYPE_CONST(struct conf_cpus, row, b);

	return one->bound == two->bound &&
	       memcmp(one->set, two->set, sizeof(one->set)) == 0;
}

static void pack_cpus(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	const struct conf_cpus *c = TYPE_CONST(struct conf_cpus, row, object);

	conf_pack_number(packer, c->bound);
	conf_pack_bytes(packer, c->set, sizeof(c->set));
}

static bool unpack_cpus(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	struct conf_cpus *c = TYPE_FIELD(struct conf_cpus, row, object);
	int64_t bound = conf_unpack_number(unpacker);

	bool any = false;

	c->bound = bound == 1;
	if (!conf_unpack_bytes(unpacker, c->set, sizeof(c->set)))
		return false;
	for (size_t i = 0; i < ARRAY_LENGTH(c->set); i++)
		any |= c->set[i] != 0;
	return bound == any;
}

const struct conf_type conf_type_cpus = {
	.name = "CPUs",
	.expected = expected_cpus,
	.read = read_cpus,
	.reset = reset_cpus,
	.print = print_cpus,
	.equal = equal_cpus,
	.pack = pack_cpus,
	.unpack = unpack_cpus,
	.least = 1,
	.most = UINT8_MAX,
};

/* random_seed counts for the ${_RANDOM} behind it. */

static int read_seed(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	int took = conf_type_number.read(reader, row, words, count, object);

	if (took > 0)
		*reader->random = (uint64_t)conf_field_get(row, object);
	return took;
}

const struct conf_type conf_type_seed = {
	.name = "seed",
	.expected = conf_numeric_expected,
	.read = read_seed,
	.print = conf_numeric_print,
	CONF_NUMERIC,
	.least = 1,
	.most = 1,
};
