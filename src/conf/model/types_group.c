/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of a line of virtual_server_group, and of the netmask by which clients
 * are persistent.
 */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types_lvs.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdio.h>
#include <string.h>

static void *at(const struct conf_row *row, void *object)
{
	return (char *)object + row->offset;
}

static const void *of(const struct conf_row *row, const void *object)
{
	return (const char *)object + row->offset;
}

/* The last four bytes of an address: ranges are counted in them. */
static uint32_t tail_of(const struct ip *ip)
{
	const uint8_t *tail = ip->bytes + ip_size(ip->family) - 4;

	return (uint32_t)tail[0] << 24 | (uint32_t)tail[1] << 16 |
	       (uint32_t)tail[2] << 8 | tail[3];
}

static struct ip with_tail(struct ip ip, uint32_t value)
{
	uint8_t *tail = ip.bytes + ip_size(ip.family) - 4;

	tail[0] = (uint8_t)(value >> 24);
	tail[1] = (uint8_t)(value >> 16);
	tail[2] = (uint8_t)(value >> 8);
	tail[3] = (uint8_t)value;
	return ip;
}

struct ip conf_group_address(const struct conf_group_entry *entry, uint32_t n)
{
	return with_tail(entry->first, tail_of(&entry->first) + n);
}

/* Both ends are hosts, and what is between them too. */
static bool range_is_sound(const struct ip *first, uint32_t more)
{
	uint32_t tail;
	struct ip last;

	if (first->family != IP_V4 && first->family != IP_V6)
		return false;
	tail = tail_of(first);
	last = with_tail(*first, tail + more);
	return more < CONF_SERVICES_MAX && tail + more >= tail &&
	       !ip_is_multicast(first) && !ip_is_unspecified(first) &&
	       !ip_is_multicast(&last) &&
	       !memcmp(first->bytes + ip_size(first->family),
		       (uint8_t[16]){ 0 }, 16 - ip_size(first->family));
}

/* A-N, where N is the last byte, or the last two of IPv6, in hexadecimal. */
static bool read_last(const char *text, const struct ip *first, struct ip *last)
{
	char whole[IP_TEXT_MAX + 2];
	int64_t value;

	if (ip_parse(text, last) == 0)
		return last->family == first->family;
	if (first->family == IP_V4) {
		if (conf_number(text, &value) < 0 || value < 0 ||
		    value > UINT8_MAX)
			return false;
		*last = with_tail(*first,
				  (tail_of(first) & ~0xffu) | (uint32_t)value);
		return true;
	}
	if (strlen(text) > 4 || text[0] == '+' || text[0] == '-')
		return false;
	snprintf(whole, sizeof(whole), "0x%s", text);
	if (conf_number_any_base(whole, &value) < 0 || value < 0)
		return false;
	*last = with_tail(*first,
			  (tail_of(first) & ~0xffffu) | (uint32_t)value);
	return true;
}

static bool read_range(const char *text, struct conf_group_entry *entry)
{
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : strlen(text);
	char first[IP_TEXT_MAX];
	struct ip last;
	uint8_t bits;

	if (!dash) {
		uint32_t host;

		if (conf_prefix(text, &entry->first, &bits) < 0)
			return false;
		bits = (uint8_t)(ip_size(entry->first.family) * 8 - bits);
		if (bits > 16)
			return false;
		host = (1u << bits) - 1;
		entry->more = host;
		return !(tail_of(&entry->first) & host) &&
		       range_is_sound(&entry->first, entry->more);
	}
	if (length >= sizeof(first))
		return false;
	memcpy(first, text, length);
	first[length] = '\0';
	if (ip_parse(first, &entry->first) < 0 ||
	    !read_last(dash + 1, &entry->first, &last) ||
	    memcmp(entry->first.bytes, last.bytes, ip_size(last.family) - 4) !=
		    0 ||
	    tail_of(&last) < tail_of(&entry->first))
		return false;
	entry->more = tail_of(&last) - tail_of(&entry->first);
	return range_is_sound(&entry->first, entry->more);
}

static const char *expected_entry(const struct conf_row *row, char *text,
				  size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "an address, a range (192.0.2.1-9) or a prefix "
			     "with no bits behind its length, at most 65536 "
			     "of them, and after it a port; "
			     "or fwmark, a number and inet or inet6");
}

/* fwmark N [inet|inet6] */
static int read_mark(const struct conf_word *words, size_t count,
		     struct conf_group_entry *entry)
{
	int64_t value;

	if (count < 2 || conf_number_any_base(words[1].text, &value) < 0 ||
	    value < 1 || value > UINT32_MAX)
		return -1;
	entry->mark = (uint32_t)value;
	if (count < 3)
		return 2;
	if (strcmp(words[2].text, "inet") == 0)
		entry->family = IP_V4;
	else if (strcmp(words[2].text, "inet6") == 0)
		entry->family = IP_V6;
	else
		return -1;
	return 3;
}

static int read_entry(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_group_entry *out = object, entry = { 0 };
	int64_t port = 0;
	int took = count < 2 ? 1 : 2;

	(void)reader;
	(void)row;
	if (strcmp(words[0].text, "fwmark") == 0)
		took = read_mark(words, count, &entry);
	else if (!read_range(words[0].text, &entry) ||
		 (count > 1 && (conf_number(words[1].text, &port) < 0 ||
				port < 0 || port > UINT16_MAX)))
		took = -1;
	if (took < 0)
		return -1;
	entry.port = (uint16_t)port;
	entry.span = out->span;
	*out = entry;
	return took;
}

static void reset_entry(const struct conf_row *row, void *object)
{
	(void)row;
	(void)object; /* a line has one, or it is none */
}

static void print_entry(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_group_entry *entry = object;
	char text[IP_TEXT_MAX];
	struct ip last;

	(void)row;
	if (entry->mark) {
		conf_put(out, " fwmark %u", entry->mark);
		if (entry->family != IP_NONE)
			conf_put_text(out, entry->family == IP_V4 ? " inet"
								  : " inet6");
		return;
	}
	conf_put(out, " %s", ip_format(&entry->first, text));
	last = conf_group_address(entry, entry->more);
	if (entry->more)
		conf_put(out, "-%s", ip_format(&last, text));
	if (entry->port)
		conf_put(out, " %u", entry->port);
}

bool conf_same_group_entry(const void *a, const void *b)
{
	const struct conf_group_entry *one = a, *two = b;

	return ip_equal(&one->first, &two->first) && one->more == two->more &&
	       one->port == two->port && one->mark == two->mark &&
	       one->family == two->family;
}

static bool equal_entry(const struct conf_row *row, const void *a,
			const void *b)
{
	(void)row;
	return conf_same_group_entry(a, b);
}

static void pack_entry(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_group_entry *entry = object;

	(void)row;
	conf_pack_bytes(packer, &entry->first, sizeof(entry->first));
	conf_pack_number(packer, entry->more);
	conf_pack_number(packer, entry->port);
	conf_pack_number(packer, entry->mark);
	conf_pack_number(packer, entry->family);
}

static bool unpack_entry(const struct conf_row *row, void *object,
			 struct conf_unpacker *u)
{
	struct conf_group_entry *out = object, entry = { 0 };
	int64_t more, port, mark, family;

	(void)row;
	conf_unpack_bytes(u, &entry.first, sizeof(entry.first));
	more = conf_unpack_number(u);
	port = conf_unpack_number(u);
	mark = conf_unpack_number(u);
	family = conf_unpack_number(u);
	if (u->failed || more < 0 || more >= CONF_SERVICES_MAX || port < 0 ||
	    port > UINT16_MAX || mark < 0 || mark > UINT32_MAX ||
	    (family != IP_NONE && family != IP_V4 && family != IP_V6))
		return false;
	if (mark > 0 && (entry.first.family != IP_NONE || more || port))
		return false;
	if (mark == 0 &&
	    (family || !range_is_sound(&entry.first, (uint32_t)more)))
		return false;
	entry.more = (uint32_t)more;
	entry.port = (uint16_t)port;
	entry.mark = (uint32_t)mark;
	entry.family = (uint8_t)family;
	entry.span = out->span;
	*out = entry;
	return true;
}

const struct conf_type conf_type_group_entry = {
	.name = "addresses or mark",
	.expected = expected_entry,
	.read = read_entry,
	.reset = reset_entry,
	.print = print_entry,
	.equal = equal_entry,
	.pack = pack_entry,
	.unpack = unpack_entry,
	.least = 1,
	.most = 3,
};

/* persistence_granularity: a netmask, or a length of IPv6. */

static const char *expected_granularity(const struct conf_row *row, char *text,
					size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a netmask of IPv4, or a length of 1 to 128 for "
			     "IPv6");
}

static int read_granularity(struct conf_reader *reader,
			    const struct conf_row *row,
			    const struct conf_word *words, size_t count,
			    void *object)
{
	struct conf_granularity one = { 0 };
	struct ip mask;
	int64_t length;

	(void)reader;
	if (ip_parse(words[0].text, &mask) == 0 && mask.family == IP_V4 &&
	    tail_of(&mask) != 0)
		one.mask = tail_of(&mask);
	else if (conf_number(words[0].text, &length) == 0 && length >= 1 &&
		 length <= 128)
		one.length = (uint8_t)length;
	else
		return -1;
	*(struct conf_granularity *)at(row, object) = one;
	return 1;
}

static void reset_granularity(const struct conf_row *row, void *object)
{
	*(struct conf_granularity *)at(row, object) =
		(struct conf_granularity){ 0 };
}

static void print_granularity(const struct conf_row *row, const void *object,
			      struct conf_out *out)
{
	const struct conf_granularity *one = of(row, object);

	if (one->mask)
		conf_put(out, " %u.%u.%u.%u", one->mask >> 24,
			 one->mask >> 16 & 0xff, one->mask >> 8 & 0xff,
			 one->mask & 0xff);
	else
		conf_put(out, " %u", one->length);
}

static bool equal_granularity(const struct conf_row *row, const void *a,
			      const void *b)
{
	const struct conf_granularity *one = of(row, a), *two = of(row, b);

	return one->mask == two->mask && one->length == two->length;
}

static void pack_granularity(const struct conf_row *row, const void *object,
			     struct conf_packer *packer)
{
	const struct conf_granularity *one = of(row, object);

	conf_pack_number(packer, one->mask);
	conf_pack_number(packer, one->length);
}

static bool unpack_granularity(const struct conf_row *row, void *object,
			       struct conf_unpacker *u)
{
	int64_t mask = conf_unpack_number(u);
	int64_t length = conf_unpack_number(u);

	if (u->failed || mask < 0 || mask > UINT32_MAX || length < 0 ||
	    length > 128 || (mask && length))
		return false;
	*(struct conf_granularity *)at(row, object) =
		(struct conf_granularity){ (uint32_t)mask, (uint8_t)length };
	return true;
}

const struct conf_type conf_type_granularity = {
	.name = "netmask",
	.expected = expected_granularity,
	.read = read_granularity,
	.reset = reset_granularity,
	.print = print_granularity,
	.equal = equal_granularity,
	.pack = pack_granularity,
	.unpack = unpack_granularity,
	.least = 1,
	.most = 1,
};
