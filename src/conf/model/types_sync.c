/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of values of all virtual servers: lvs_sync_daemon and lvs_timeouts,
 * words with options in any order.
 */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types_lvs.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <string.h>

static void *at(const struct conf_row *row, void *object)
{
	return (char *)object + row->offset;
}

static const void *of(const struct conf_row *row, const void *object)
{
	return (const char *)object + row->offset;
}

static bool number(const char *text, int64_t least, int64_t most, int64_t *out)
{
	return conf_number(text, out) == 0 && *out >= least && *out <= most;
}

/* lvs_sync_daemon IF [[inst] NAME] [id N] [maxlen N] [port N] [ttl N] [group A]
 */

#define MAXLEN_MAX 65507 /* of a datagram */

static const char *expected_sync(const struct conf_row *row, char *text,
				 size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "INTERFACE [inst NAME] [id 0-255] [maxlen "
			     "1-65507] [port N] [ttl 1-255] [group ADDRESS]");
}

/* An option and its value; false: it is none. */
static bool sync_option(struct conf_sync_daemon *d, const char *word,
			const char *value)
{
	int64_t n;
	struct ip group;

	if (strcmp(word, "id") == 0 && number(value, 0, UINT8_MAX, &n)) {
		d->id = (int16_t)n;
	} else if (strcmp(word, "maxlen") == 0 &&
		   number(value, 1, MAXLEN_MAX, &n)) {
		d->maxlen = (uint16_t)n;
	} else if (strcmp(word, "port") == 0 &&
		   number(value, 1, UINT16_MAX, &n)) {
		d->port = (uint16_t)n;
	} else if (strcmp(word, "ttl") == 0 &&
		   number(value, 1, UINT8_MAX, &n)) {
		d->ttl = (uint8_t)n;
	} else if (strcmp(word, "group") == 0 && ip_parse(value, &group) == 0 &&
		   ip_is_multicast(&group)) {
		d->group = group;
	} else {
		return false;
	}
	return true;
}

static bool is_option(const char *word)
{
	static const char *const options[] = { "id", "maxlen", "port", "ttl",
					       "group" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(options[i], word) == 0)
			return true;
	return false;
}

static int read_sync(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_sync_daemon d = { .id = CONF_SYNC_ID_UNSAID };
	size_t i = 1;

	if (!conf_interface_ok(words[0].text))
		return -1;
	if (i + 1 < count && strcmp(words[i].text, "inst") == 0)
		i++;
	if (i < count && !is_option(words[i].text)) {
		if (!conf_name_ok(words[i].text, CONF_NAME_MAX))
			return -1;
		d.instance = conf_reader_text(reader, words[i].text);
		i++;
	}
	for (; i + 1 < count; i += 2)
		if (!sync_option(&d, words[i].text, words[i + 1].text))
			return -1;
	conf_reader_interface(reader, &words[0]);
	d.interface = conf_reader_text(reader, words[0].text);
	*(struct conf_sync_daemon *)at(row, object) = d;
	return (int)i;
}

static void reset_sync(const struct conf_row *row, void *object)
{
	*(struct conf_sync_daemon *)at(row, object) =
		(struct conf_sync_daemon){ .id = CONF_SYNC_ID_UNSAID };
}

static void print_sync(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_sync_daemon *d = of(row, object);
	char text[IP_TEXT_MAX];

	conf_put_text(out, " ");
	conf_put_word(out, d->interface ? d->interface : "");
	if (d->instance) {
		conf_put_text(out, " inst ");
		conf_put_word(out, d->instance);
	}
	if (d->id != CONF_SYNC_ID_UNSAID)
		conf_put(out, " id %d", d->id);
	if (d->maxlen)
		conf_put(out, " maxlen %u", d->maxlen);
	if (d->port)
		conf_put(out, " port %u", d->port);
	if (d->ttl)
		conf_put(out, " ttl %u", d->ttl);
	if (d->group.family != IP_NONE)
		conf_put(out, " group %s", ip_format(&d->group, text));
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool equal_sync(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_sync_daemon *one = of(row, a), *two = of(row, b);

	return same(one->interface, two->interface) &&
	       same(one->instance, two->instance) && one->id == two->id &&
	       one->maxlen == two->maxlen && one->port == two->port &&
	       one->ttl == two->ttl && ip_equal(&one->group, &two->group);
}

static void pack_sync(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	const struct conf_sync_daemon *d = of(row, object);

	conf_pack_text(packer, d->interface);
	conf_pack_text(packer, d->instance);
	conf_pack_number(packer, d->id);
	conf_pack_number(packer, d->maxlen);
	conf_pack_number(packer, d->port);
	conf_pack_number(packer, d->ttl);
	conf_pack_bytes(packer, &d->group, sizeof(d->group));
}

static int64_t unpack_number(struct conf_unpacker *u, int64_t least,
			     int64_t most)
{
	int64_t value = conf_unpack_number(u);

	if (value < least || value > most)
		u->failed = true;
	return value;
}

static bool unpack_sync(const struct conf_row *row, void *object,
			struct conf_unpacker *u)
{
	struct conf_sync_daemon d = { 0 };

	d.interface = conf_unpack_text(u, CONF_INTERFACE_MAX);
	d.instance = conf_unpack_text(u, CONF_NAME_MAX);
	d.id = (int16_t)unpack_number(u, CONF_SYNC_ID_UNSAID, UINT8_MAX);
	d.maxlen = (uint16_t)unpack_number(u, 0, MAXLEN_MAX);
	d.port = (uint16_t)unpack_number(u, 0, UINT16_MAX);
	d.ttl = (uint8_t)unpack_number(u, 0, UINT8_MAX);
	conf_unpack_bytes(u, &d.group, sizeof(d.group));
	if (u->failed || (d.interface && !conf_interface_ok(d.interface)) ||
	    (d.instance && !conf_name_ok(d.instance, CONF_NAME_MAX)) ||
	    (d.group.family == IP_NONE &&
	     !ip_equal(&d.group, &(struct ip){ 0 })) ||
	    (d.group.family != IP_NONE &&
	     ((d.group.family != IP_V4 && d.group.family != IP_V6) ||
	      !ip_is_multicast(&d.group))))
		return false;
	*(struct conf_sync_daemon *)at(row, object) = d;
	return true;
}

const struct conf_type conf_type_sync = {
	.name = "sync daemon",
	.expected = expected_sync,
	.read = read_sync,
	.reset = reset_sync,
	.print = print_sync,
	.equal = equal_sync,
	.pack = pack_sync,
	.unpack = unpack_sync,
	.least = 1,
	.most = 13,
};

/* lvs_timeouts [tcp N] [tcpfin N] [udp N] */

#define TIMEOUT_MAX (INT32_MAX / 1000) /* the kernel counts in jiffies */

static const char *expected_timeouts(const struct conf_row *row, char *text,
				     size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "tcp, tcpfin or udp, each with whole seconds");
}

static int read_timeouts(struct conf_reader *reader, const struct conf_row *row,
			 const struct conf_word *words, size_t count,
			 void *object)
{
	struct conf_lvs_timeouts t = { 0 };
	size_t i;

	(void)reader;
	for (i = 0; i + 1 < count; i += 2) {
		const char *word = words[i].text;
		uint32_t *field = strcmp(word, "tcp") == 0      ? &t.tcp
				  : strcmp(word, "tcpfin") == 0 ? &t.tcpfin
				  : strcmp(word, "udp") == 0    ? &t.udp
								: NULL;
		int64_t value;

		if (!field ||
		    !number(words[i + 1].text, 1, TIMEOUT_MAX, &value))
			return -1;
		*field = (uint32_t)value;
	}
	*(struct conf_lvs_timeouts *)at(row, object) = t;
	return (int)i;
}

static void reset_timeouts(const struct conf_row *row, void *object)
{
	*(struct conf_lvs_timeouts *)at(row, object) =
		(struct conf_lvs_timeouts){ 0 };
}

static void print_timeouts(const struct conf_row *row, const void *object,
			   struct conf_out *out)
{
	const struct conf_lvs_timeouts *t = of(row, object);

	if (t->tcp)
		conf_put(out, " tcp %u", t->tcp);
	if (t->tcpfin)
		conf_put(out, " tcpfin %u", t->tcpfin);
	if (t->udp)
		conf_put(out, " udp %u", t->udp);
}

static bool equal_timeouts(const struct conf_row *row, const void *a,
			   const void *b)
{
	const struct conf_lvs_timeouts *one = of(row, a), *two = of(row, b);

	return one->tcp == two->tcp && one->tcpfin == two->tcpfin &&
	       one->udp == two->udp;
}

static void pack_timeouts(const struct conf_row *row, const void *object,
			  struct conf_packer *packer)
{
	const struct conf_lvs_timeouts *t = of(row, object);

	conf_pack_number(packer, t->tcp);
	conf_pack_number(packer, t->tcpfin);
	conf_pack_number(packer, t->udp);
}

static bool unpack_timeouts(const struct conf_row *row, void *object,
			    struct conf_unpacker *u)
{
	const struct conf_lvs_timeouts t = {
		.tcp = (uint32_t)unpack_number(u, 0, TIMEOUT_MAX),
		.tcpfin = (uint32_t)unpack_number(u, 0, TIMEOUT_MAX),
		.udp = (uint32_t)unpack_number(u, 0, TIMEOUT_MAX),
	};

	if (u->failed)
		return false;
	*(struct conf_lvs_timeouts *)at(row, object) = t;
	return true;
}

const struct conf_type conf_type_lvs_timeouts = {
	.name = "timeouts",
	.expected = expected_timeouts,
	.read = read_timeouts,
	.reset = reset_timeouts,
	.print = print_timeouts,
	.equal = equal_timeouts,
	.pack = pack_timeouts,
	.unpack = unpack_timeouts,
	.least = 2,
	.most = 6,
};

/* A name, or nothing: the usual one. */

static int read_table(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	const char **field = at(row, object);

	if (count > 0)
		return conf_type_text.read(reader, row, words, count, object);
	*field = conf_reader_text(reader, CONF_LVS_TABLE);
	return 0;
}

static const char *expected_table(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_type_text.expected(row, text, size);
}

static void reset_table(const struct conf_row *row, void *object)
{
	conf_type_text.reset(row, object);
}

static void print_table(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	conf_type_text.print(row, object, out);
}

static bool equal_table(const struct conf_row *row, const void *a,
			const void *b)
{
	return conf_type_text.equal(row, a, b);
}

static void pack_table(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	conf_type_text.pack(row, object, packer);
}

static bool unpack_table(const struct conf_row *row, void *object,
			 struct conf_unpacker *u)
{
	return conf_type_text.unpack(row, object, u);
}

const struct conf_type conf_type_table = {
	.name = "table",
	.expected = expected_table,
	.read = read_table,
	.reset = reset_table,
	.print = print_table,
	.equal = equal_table,
	.pack = pack_table,
	.unpack = unpack_table,
	.least = 0,
	.most = 1,
};
