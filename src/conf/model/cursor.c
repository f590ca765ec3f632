/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cursor of conf/model/cursor.h, and what its structs are packed by. */
#include "conf/model/cursor.h"
#include "conf/language/value.h"

#include <stdio.h>
#include <string.h>

const char *conf_cursor_peek(const struct conf_cursor *c)
{
	return c->at < c->count && !c->failed ? c->words[c->at].text : NULL;
}

bool conf_cursor_is(struct conf_cursor *c, const char *word)
{
	const char *next = conf_cursor_peek(c);

	if (!next || strcmp(next, word) != 0)
		return false;
	c->at++;
	c->after = word;
	return true;
}

const char *conf_cursor_take(struct conf_cursor *c)
{
	if (c->at < c->count && !c->failed)
		return c->words[c->at++].text;
	if (!c->failed)
		conf_report_ignored(c->reader->report,
				    &c->words[c->count - 1].place, NULL,
				    "%s needs a value behind it", c->after);
	c->failed = true;
	return NULL;
}

void conf_cursor_wrong(struct conf_cursor *c, const char *expected)
{
	const struct conf_word *word = &c->words[c->at ? c->at - 1 : 0];

	if (!c->failed)
		conf_report_ignored(c->reader->report, &word->place, NULL,
				    "%s takes %s, not \"%s\"", c->after,
				    expected, word->text);
	c->failed = true;
}

uint32_t conf_cursor_number(struct conf_cursor *c, uint32_t least,
			    uint32_t most)
{
	const char *text = conf_cursor_take(c);
	char expected[64];
	int64_t number;

	if (!text)
		return 0;
	if (conf_number_any_base(text, &number) == 0 && number >= least &&
	    number <= most)
		return (uint32_t)number;
	snprintf(expected, sizeof(expected), "a number from %u to %u", least,
		 most);
	conf_cursor_wrong(c, expected);
	return 0;
}

static const char *const expected_names[] = {
	[CONF_NAMES_TABLE] = "a number or a name of rt_tables",
	[CONF_NAMES_DSFIELD] = "a number up to 255 or a name of rt_dsfield",
	[CONF_NAMES_PROTOCOL] = "a number up to 255 or a name of rt_protos",
	[CONF_NAMES_REALM] = "realms of rt_realms, as TO or FROM/TO",
	[CONF_NAMES_GROUP] = "a number or a name of the file group",
};

uint32_t conf_cursor_name(struct conf_cursor *c, enum conf_names names,
			  uint32_t most)
{
	const char *text = conf_cursor_take(c);
	uint32_t number = 0;

	if (text && !conf_named_number(c->reader, names, text, most, &number))
		conf_cursor_wrong(c, expected_names[names]);
	return c->failed ? 0 : number;
}

uint32_t conf_cursor_realms(struct conf_cursor *c)
{
	const char *text = conf_cursor_take(c);
	const char *slash = text ? strchr(text, '/') : NULL;
	uint32_t from = 0, to = 0;
	char name[64];

	if (!text)
		return 0;
	if (slash) {
		snprintf(name, sizeof(name), "%.*s", (int)(slash - text), text);
		if (!conf_named_number(c->reader, CONF_NAMES_REALM, name,
				       UINT8_MAX, &from))
			conf_cursor_wrong(c, expected_names[CONF_NAMES_REALM]);
		text = slash + 1;
	}
	if (!conf_named_number(c->reader, CONF_NAMES_REALM, text, UINT8_MAX,
			       &to))
		conf_cursor_wrong(c, expected_names[CONF_NAMES_REALM]);
	return from << 16 | to;
}

struct ip conf_cursor_ip(struct conf_cursor *c)
{
	const char *text = conf_cursor_take(c);
	struct ip ip = { 0 };

	if (text && ip_parse(text, &ip) < 0)
		conf_cursor_wrong(c, "an address");
	return ip;
}

struct conf_prefix conf_cursor_prefix(struct conf_cursor *c)
{
	const char *text = conf_cursor_take(c);
	struct conf_prefix prefix = { 0 };

	if (text && conf_prefix(text, &prefix.address, &prefix.length) < 0)
		conf_cursor_wrong(c, "an address or a prefix as 10.0.0.0/8");
	return prefix;
}

const char *conf_cursor_interface(struct conf_cursor *c)
{
	const char *text = conf_cursor_take(c);

	if (!text)
		return NULL;
	if (!conf_interface_ok(text)) {
		conf_cursor_wrong(c, "the name of an interface");
		return NULL;
	}
	conf_reader_interface(c->reader, &c->words[c->at - 1]);
	return conf_reader_text(c->reader, text);
}

const char *conf_cursor_text(struct conf_cursor *c, size_t most)
{
	const char *text = conf_cursor_take(c);

	if (!text)
		return NULL;
	if (!conf_name_ok(text, most)) {
		conf_cursor_wrong(c, "a name");
		return NULL;
	}
	return conf_reader_text(c->reader, text);
}

struct conf_range conf_cursor_range(struct conf_cursor *c, uint32_t most)
{
	const char *text = conf_cursor_take(c);
	const char *dash = text ? strchr(text, '-') : NULL;
	struct conf_range range = { 0 };
	int64_t first, last;
	char copy[16];

	if (!text)
		return range;
	snprintf(copy, sizeof(copy), "%.*s",
		 dash ? (int)(dash - text) : (int)strlen(text), text);
	if (conf_number(copy, &first) < 0 ||
	    conf_number(dash ? dash + 1 : copy, &last) < 0 || first < 0 ||
	    last < first || last > most) {
		conf_cursor_wrong(c, "a range of numbers as 1000-2000");
		return range;
	}
	if (!dash)
		conf_report(c->reader->report, CONF_NOTE,
			    &c->words[c->at - 1].place, NULL,
			    "keepalived installs the rule without this; baton "
			    "takes it for %s-%s",
			    text, text);
	return (struct conf_range){ (uint32_t)first, (uint32_t)last, true };
}

void conf_cursor_family(struct conf_cursor *c, uint8_t *family, uint8_t another)
{
	if (c->failed || another == IP_NONE)
		return;
	if (*family == IP_NONE) {
		*family = another;
	} else if (*family != another) {
		conf_report_ignored(c->reader->report,
				    &c->words[c->at ? c->at - 1 : 0].place,
				    NULL, "IPv4 and IPv6 in one line");
		c->failed = true;
	}
}

static int64_t scalar_get(const struct conf_scalar *s, const void *object)
{
	uint64_t value = 0;

	/* Little-endian, as all we run on. */
	memcpy(&value, (const char *)object + s->offset, s->size);
	if (s->least < 0 && s->size < sizeof(value) &&
	    value >> (s->size * 8 - 1) & 1)
		value |= ~UINT64_C(0) << s->size * 8;
	return (int64_t)value;
}

void conf_scalars_pack(const struct conf_scalar *list, size_t count,
		       const void *object, struct conf_packer *packer)
{
	for (size_t i = 0; i < count; i++)
		conf_pack_number(packer, scalar_get(&list[i], object));
}

bool conf_scalars_unpack(const struct conf_scalar *list, size_t count,
			 void *object, struct conf_unpacker *unpacker)
{
	for (size_t i = 0; i < count; i++) {
		int64_t value = conf_unpack_number(unpacker);

		if (unpacker->failed || value < list[i].least ||
		    value > list[i].most)
			return false;
		memcpy((char *)object + list[i].offset, &value, list[i].size);
	}
	return true;
}

bool conf_scalars_equal(const struct conf_scalar *list, size_t count,
			const void *a, const void *b)
{
	for (size_t i = 0; i < count; i++) {
		if (scalar_get(&list[i], a) != scalar_get(&list[i], b))
			return false;
	}
	return true;
}

void conf_ip_pack(struct conf_packer *packer, const struct ip *ip)
{
	conf_pack_bytes(packer, ip, sizeof(*ip));
}

bool conf_ip_unpack(struct conf_unpacker *unpacker, struct ip *ip)
{
	static const uint8_t zeros[sizeof(ip->bytes)];
	size_t size;

	conf_unpack_bytes(unpacker, ip, sizeof(*ip));
	size = ip_size(ip->family);
	return !unpacker->failed &&
	       (ip->family == IP_NONE || ip->family == IP_V4 ||
		ip->family == IP_V6) &&
	       memcmp(ip->bytes + size, zeros, sizeof(zeros) - size) == 0;
}

void conf_prefix_pack(struct conf_packer *packer, const struct conf_prefix *p)
{
	conf_ip_pack(packer, &p->address);
	conf_pack_number(packer, p->length);
}

bool conf_prefix_unpack(struct conf_unpacker *unpacker, struct conf_prefix *p)
{
	int64_t length;

	if (!conf_ip_unpack(unpacker, &p->address))
		return false;
	length = conf_unpack_number(unpacker);
	if (unpacker->failed || length < 0 ||
	    length > (int64_t)ip_size(p->address.family) * 8)
		return false;
	p->length = (uint8_t)length;
	return true;
}

bool conf_prefix_equal(const struct conf_prefix *a, const struct conf_prefix *b)
{
	return a->length == b->length && ip_equal(&a->address, &b->address);
}

bool conf_text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}
