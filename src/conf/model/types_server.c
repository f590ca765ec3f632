/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of virtual and real servers: what a service is known by, and how
 * packets reach its servers.
 */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types_lvs.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdio.h>
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

/* A number from `least` to `most`; false: it is none. */
static bool number(const char *text, int64_t least, int64_t most, int64_t *out)
{
	return conf_number_any_base(text, out) == 0 && *out >= least &&
	       *out <= most;
}

/* The address of a host; a mistake of many, a length, is none. */
static bool host(const char *text, struct ip *out)
{
	return ip_parse(text, out) == 0 && !ip_is_multicast(out) &&
	       !ip_is_unspecified(out);
}

/* IP [PORT]: how many words it took, or -1. */
static int endpoint(const struct conf_word *words, size_t count,
		    struct ip *address, uint16_t *port)
{
	int64_t value = 0;

	if (!host(words[0].text, address))
		return -1;
	if (count < 2)
		return 1;
	if (!number(words[1].text, 0, UINT16_MAX, &value))
		return -1;
	*port = (uint16_t)value;
	return 2;
}

static bool is_host(const struct ip *ip)
{
	return (ip->family == IP_V4 || ip->family == IP_V6) &&
	       !ip_is_multicast(ip) && !ip_is_unspecified(ip) &&
	       !memcmp(ip->bytes + ip_size(ip->family), (uint8_t[16]){ 0 },
		       16 - ip_size(ip->family));
}

static void put_endpoint(struct conf_out *out, const struct ip *address,
			 uint16_t port)
{
	char text[IP_TEXT_MAX];

	conf_put(out, " %s", ip_format(address, text));
	if (port)
		conf_put(out, " %u", port);
}

/* What a service is known by. */

static const char *expected_id(const struct conf_row *row, char *text,
			       size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "an address and a port, or fwmark and a number, "
			     "or group and a name");
}

static int read_id(struct conf_reader *reader, const struct conf_row *row,
		   const struct conf_word *words, size_t count, void *object)
{
	struct conf_server_id id = { .by = CONF_BY_ADDRESS };
	int64_t mark;
	int took = 2;

	if (strcmp(words[0].text, "fwmark") == 0) {
		if (count < 2 || !number(words[1].text, 1, UINT32_MAX, &mark))
			return -1;
		id.by = CONF_BY_MARK;
		id.mark = (uint32_t)mark;
	} else if (strcmp(words[0].text, "group") == 0) {
		if (count < 2 || !conf_name_ok(words[1].text, CONF_NAME_MAX))
			return -1;
		id.by = CONF_BY_GROUP;
		id.group = conf_reader_text(reader, words[1].text);
	} else {
		took = endpoint(words, count, &id.address, &id.port);
	}
	if (took > 0)
		*(struct conf_server_id *)at(row, object) = id;
	return took;
}

static void reset_id(const struct conf_row *row, void *object)
{
	*(struct conf_server_id *)at(row, object) =
		(struct conf_server_id){ 0 };
}

static void print_id(const struct conf_row *row, const void *object,
		     struct conf_out *out)
{
	const struct conf_server_id *id = of(row, object);

	if (id->by == CONF_BY_MARK) {
		conf_put(out, " fwmark %u", id->mark);
	} else if (id->by == CONF_BY_GROUP) {
		conf_put_text(out, " group ");
		conf_put_word(out, id->group);
	} else {
		put_endpoint(out, &id->address, id->port);
	}
}

static bool equal_id(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_server_id *one = of(row, a), *two = of(row, b);

	return one->by == two->by && ip_equal(&one->address, &two->address) &&
	       one->port == two->port && one->mark == two->mark &&
	       !one->group == !two->group &&
	       (!one->group || strcmp(one->group, two->group) == 0);
}

static void pack_id(const struct conf_row *row, const void *object,
		    struct conf_packer *packer)
{
	const struct conf_server_id *id = of(row, object);

	conf_pack_number(packer, id->by);
	conf_pack_bytes(packer, &id->address, sizeof(id->address));
	conf_pack_number(packer, id->port);
	conf_pack_number(packer, id->mark);
	conf_pack_text(packer, id->group);
}

static bool id_is_sound(const struct conf_server_id *id)
{
	switch (id->by) {
	case CONF_BY_ADDRESS:
		return is_host(&id->address) && !id->mark && !id->group;
	case CONF_BY_MARK:
		return id->address.family == IP_NONE && id->mark && !id->port &&
		       !id->group;
	default:
		return id->address.family == IP_NONE && !id->mark &&
		       !id->port && id->group &&
		       conf_name_ok(id->group, CONF_NAME_MAX);
	}
}

/* A number of the bytes, of 0 to `most`. */
static uint32_t unpack_number(struct conf_unpacker *u, int64_t most)
{
	int64_t value = conf_unpack_number(u);

	if (value < 0 || value > most) {
		u->failed = true;
		value = 0;
	}
	return (uint32_t)value;
}

static bool unpack_id(const struct conf_row *row, void *object,
		      struct conf_unpacker *u)
{
	struct conf_server_id id = { 0 };

	id.by = (uint8_t)unpack_number(u, CONF_BY_GROUP);
	conf_unpack_bytes(u, &id.address, sizeof(id.address));
	id.port = (uint16_t)unpack_number(u, UINT16_MAX);
	id.mark = unpack_number(u, UINT32_MAX);
	id.group = conf_unpack_text(u, CONF_NAME_MAX);
	if (u->failed || !id_is_sound(&id))
		return false;
	*(struct conf_server_id *)at(row, object) = id;
	return true;
}

const struct conf_type conf_type_server_id = {
	.name = "service",
	.expected = expected_id,
	.read = read_id,
	.reset = reset_id,
	.print = print_id,
	.equal = equal_id,
	.pack = pack_id,
	.unpack = unpack_id,
	.least = 1,
	.most = 2,
};

/* sorry_server: IP [PORT]. */

static const char *expected_sorry(const struct conf_row *row, char *text,
				  size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "the address of a host, and after it a port");
}

static int read_sorry(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_sorry_server *sorry = at(row, object);
	struct ip address;
	uint16_t port = 0;
	int took = endpoint(words, count, &address, &port);

	(void)reader;
	if (took < 0)
		return -1;
	sorry->address = address;
	sorry->port = port;
	return took;
}

static void reset_sorry(const struct conf_row *row, void *object)
{
	struct conf_sorry_server *sorry = at(row, object);

	sorry->address = (struct ip){ 0 };
	sorry->port = 0;
}

static void print_sorry(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_sorry_server *sorry = of(row, object);

	put_endpoint(out, &sorry->address, sorry->port);
}

static bool equal_sorry(const struct conf_row *row, const void *a,
			const void *b)
{
	const struct conf_sorry_server *one = of(row, a), *two = of(row, b);

	return ip_equal(&one->address, &two->address) && one->port == two->port;
}

static void pack_sorry(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_sorry_server *sorry = of(row, object);

	conf_pack_bytes(packer, &sorry->address, sizeof(sorry->address));
	conf_pack_number(packer, sorry->port);
}

static bool unpack_sorry(const struct conf_row *row, void *object,
			 struct conf_unpacker *u)
{
	struct conf_sorry_server *sorry = at(row, object);
	struct ip address;
	uint16_t port;

	conf_unpack_bytes(u, &address, sizeof(address));
	port = (uint16_t)unpack_number(u, UINT16_MAX);
	if (u->failed ||
	    (!is_host(&address) && !ip_equal(&address, &(struct ip){ 0 })))
		return false;
	sorry->address = address;
	sorry->port = port;
	return true;
}

const struct conf_type conf_type_sorry = {
	.name = "address and port",
	.expected = expected_sorry,
	.read = read_sorry,
	.reset = reset_sorry,
	.print = print_sorry,
	.equal = equal_sorry,
	.pack = pack_sorry,
	.unpack = unpack_sorry,
	.least = 1,
	.most = 2,
};

/* NAT, DR, TUN [type ipip|gue|gre] [port N] [nocsum|csum|remcsum]. */

static const struct conf_choice methods[] = {
	{ "NAT", CONF_FORWARD_NAT },
	{ "DR", CONF_FORWARD_DR },
	{ "TUN", CONF_FORWARD_TUN },
	{ NULL, 0 },
};

static const struct conf_choice tunnels[] = {
	{ "ipip", CONF_TUNNEL_IPIP },
	{ "gue", CONF_TUNNEL_GUE },
	{ "gre", CONF_TUNNEL_GRE },
	{ NULL, 0 },
};

static const struct conf_choice sums[] = {
	{ "nocsum", 0 },
	{ "csum", CONF_TUNNEL_CSUM },
	{ "remcsum", CONF_TUNNEL_REMCSUM },
	{ NULL, 0 },
};

static bool choose(const struct conf_choice *one, const char *text,
		   int64_t *value)
{
	for (; one->word; one++) {
		if (strcasecmp(one->word, text) == 0) {
			*value = one->value;
			return true;
		}
	}
	return false;
}

static const char *expected_forward(const struct conf_row *row, char *text,
				    size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "NAT, DR or TUN [type ipip|gre|gue] [port N] "
			     "[nocsum|csum|remcsum], gue with a port");
}

/* As the kernel takes it. */
static bool forward_is_sound(const struct conf_forward *f)
{
	if (!conf_choice_word(methods, f->method) ||
	    !conf_choice_word(tunnels, f->tunnel) ||
	    !conf_choice_word(sums, f->flags))
		return false;
	if (f->method != CONF_FORWARD_TUN)
		return !f->tunnel && !f->flags && !f->port;
	return (f->tunnel == CONF_TUNNEL_GUE) == (f->port != 0) &&
	       (f->tunnel != CONF_TUNNEL_IPIP || !f->flags) &&
	       (f->tunnel != CONF_TUNNEL_GRE ||
		f->flags != CONF_TUNNEL_REMCSUM);
}

/* The options of TUN: how many words they took. */
static size_t read_tunnel(const struct conf_word *words, size_t count,
			  struct conf_forward *f)
{
	size_t i = 0;
	int64_t value;

	while (i < count) {
		bool more = i + 1 < count;

		if (more && strcmp(words[i].text, "type") == 0 &&
		    choose(tunnels, words[i + 1].text, &value)) {
			f->tunnel = (uint8_t)value;
			i += 2;
		} else if (more && strcmp(words[i].text, "port") == 0 &&
			   number(words[i + 1].text, 1, UINT16_MAX, &value)) {
			f->port = (uint16_t)value;
			i += 2;
		} else if (choose(sums, words[i].text, &value)) {
			f->flags = (uint16_t)value;
			i++;
		} else {
			break;
		}
	}
	return i;
}

static int read_forward(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	struct conf_forward f = { 0 };
	int64_t method;
	size_t took = 1;

	(void)reader;
	if (!choose(methods, words[0].text, &method))
		return -1;
	f.method = (uint8_t)method;
	if (f.method == CONF_FORWARD_TUN)
		took += read_tunnel(words + 1, count - 1, &f);
	if (!forward_is_sound(&f))
		return -1;
	*(struct conf_forward *)at(row, object) = f;
	return (int)took;
}

/* The default is a method, or that nothing is said. */
static void reset_forward(const struct conf_row *row, void *object)
{
	*(struct conf_forward *)at(row, object) = (struct conf_forward){
		.method = (uint8_t)row->otherwise,
	};
}

static void print_forward(const struct conf_row *row, const void *object,
			  struct conf_out *out)
{
	const struct conf_forward *f = of(row, object);
	const char *method = conf_choice_word(methods, f->method);

	conf_put(out, " %s", method ? method : "");
	if (f->tunnel)
		conf_put(out, " type %s", conf_choice_word(tunnels, f->tunnel));
	if (f->port)
		conf_put(out, " port %u", f->port);
	if (f->flags)
		conf_put(out, " %s", conf_choice_word(sums, f->flags));
}

static bool equal_forward(const struct conf_row *row, const void *a,
			  const void *b)
{
	const struct conf_forward *one = of(row, a), *two = of(row, b);

	return one->method == two->method && one->tunnel == two->tunnel &&
	       one->flags == two->flags && one->port == two->port;
}

static void pack_forward(const struct conf_row *row, const void *object,
			 struct conf_packer *packer)
{
	const struct conf_forward *f = of(row, object);

	conf_pack_number(packer, (int64_t)f->method | (int64_t)f->tunnel << 8 |
					 (int64_t)f->flags << 16 |
					 (int64_t)f->port << 32);
}

static bool unpack_forward(const struct conf_row *row, void *object,
			   struct conf_unpacker *u)
{
	int64_t value = conf_unpack_number(u);
	struct conf_forward f = {
		.method = (uint8_t)(value & UINT8_MAX),
		.tunnel = (uint8_t)(value >> 8 & UINT8_MAX),
		.flags = (uint16_t)(value >> 16 & UINT16_MAX),
		.port = (uint16_t)(value >> 32 & UINT16_MAX),
	};
	bool is_default =
		f.method == row->otherwise && !f.tunnel && !f.flags && !f.port;

	if (u->failed || value < 0 || value >> 48 ||
	    (!is_default && !forward_is_sound(&f)))
		return false;
	*(struct conf_forward *)at(row, object) = f;
	return true;
}

const struct conf_type conf_type_forward = {
	.name = "forwarding",
	.expected = expected_forward,
	.read = read_forward,
	.reset = reset_forward,
	.print = print_forward,
	.equal = equal_forward,
	.pack = pack_forward,
	.unpack = unpack_forward,
	.least = 1,
	.most = 6,
};

/* persistence_timeout: seconds, or nothing. */

#define PERSISTENCE_DEFAULT 360 /* keepalived's */

static int read_persistence(struct conf_reader *reader,
			    const struct conf_row *row,
			    const struct conf_word *words, size_t count,
			    void *object)
{
	int64_t value = PERSISTENCE_DEFAULT;

	(void)reader;
	if (count > 0 &&
	    !number(words[0].text, row->minimum, row->maximum, &value))
		return -1;
	conf_field_set(row, object, value);
	return count > 0;
}

const struct conf_type conf_type_persistence = {
	.name = "optional seconds",
	.expected = conf_numeric_expected,
	.read = read_persistence,
	.print = conf_numeric_print,
	.least = 0,
	.most = 1,
	CONF_NUMERIC,
};

/* A number of percent, with or without the sign. */

static int read_percent(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	size_t length = strlen(words[0].text);
	char text[8];
	int64_t value;

	(void)reader;
	if (length == 0 || length >= sizeof(text))
		return -1;
	memcpy(text, words[0].text, length + 1);
	if (text[length - 1] == '%')
		text[length - 1] = '\0';
	if (!number(text, row->minimum, row->maximum, &value))
		return -1;
	conf_field_set(row, object, value);
	if (count > 1 && strcmp(words[1].text, "%") == 0)
		return 2;
	return 1;
}

static const char *expected_percent(const struct conf_row *row, char *text,
				    size_t size)
{
	(void)row;
	return conf_expected(text, size, "a percentage of 0 to 100");
}

static void print_percent(const struct conf_row *row, const void *object,
			  struct conf_out *out)
{
	conf_put(out, " %lld%%", (long long)conf_field_get(row, object));
}

const struct conf_type conf_type_percent = {
	.name = "percentage",
	.expected = expected_percent,
	.read = read_percent,
	.print = print_percent,
	.least = 1,
	.most = 2,
	CONF_NUMERIC,
};

const struct conf_choice conf_schedulers[] = {
	{ "rr", CONF_SCHED_RR },
	{ "wrr", CONF_SCHED_WRR },
	{ "lc", CONF_SCHED_LC },
	{ "wlc", CONF_SCHED_WLC },
	{ "lblc", CONF_SCHED_LBLC },
	{ "lblcr", CONF_SCHED_LBLCR },
	{ "dh", CONF_SCHED_DH },
	{ "sh", CONF_SCHED_SH },
	{ "sed", CONF_SCHED_SED },
	{ "nq", CONF_SCHED_NQ },
	{ "fo", CONF_SCHED_FO },
	{ "ovf", CONF_SCHED_OVF },
	{ "mh", CONF_SCHED_MH },
	{ "twos", CONF_SCHED_TWOS },
	{ NULL, 0 },
};

const char *conf_scheduler_name(uint8_t scheduler)
{
	return conf_choice_word(conf_schedulers, scheduler);
}
