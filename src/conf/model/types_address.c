/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of a line of virtual_ipaddress: all know struct conf_address. */
#include "conf/language/value.h"
#include "conf/model/names.h"
#include "conf/model/types.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdio.h>
#include <string.h>

static bool equal_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* ADDRESS[/LENGTH] */

static const char *expected_prefix(const struct conf_row *row, char *text,
				   size_t size)
{
	return conf_expected(
		text, size,
		"the address of a host, such as 192.0.2.1/24 or 2001:db8::1/64");
}

/*
 * The length behind the slash. As to keepalived, what stands behind the digits
 * does not count, and more bits than an address has are all of them; but where
 * it takes no digits for /0, which is nobody's wish, we take all bits. False:
 * it is not as it should be.
 */
static bool read_length(const char *text, uint8_t most, uint8_t *out)
{
	unsigned length = 0;

	*out = most;
	if (!text)
		return true;
	if (*text == '+')
		text++;
	if (*text < '0' || *text > '9')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (length <= most)
			length = length * 10 + (unsigned)(*text - '0');
	}
	if (length < most)
		*out = (uint8_t)length;
	return *text == '\0' && length <= most;
}

static int read_prefix(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	struct conf_address *out = object;
	const char *text = words[0].text;
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char copy[IP_TEXT_MAX];
	struct ip address;

	if (length >= sizeof(copy))
		return -1;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (ip_parse(copy, &address) < 0 || ip_is_multicast(&address) ||
	    ip_is_unspecified(&address))
		return -1;
	out->address = address;
	if (!read_length(slash ? slash + 1 : NULL,
			 (uint8_t)(ip_size(address.family) * 8), &out->prefix))
		conf_report_ignored(
			reader->report, &words[0].place,
			"write the number of bits: 10.0.0.1/24 for a netmask "
			"of 255.255.255.0",
			"%s is no length of a prefix; /%u is used", slash,
			out->prefix);
	return 1;
}

static void reset_prefix(const struct conf_row *row, void *object)
{
	struct conf_address *out = object;

	out->address = (struct ip){ 0 };
	out->prefix = 0;
}

/* An address and the length of its prefix, of whatever part of the struct. */

static void put_pair(struct conf_out *out, const struct ip *ip, uint8_t length)
{
	char text[IP_TEXT_MAX];

	conf_put(out, " %s/%u", ip_format(ip, text), length);
}

static void pack_pair(struct conf_packer *packer, const struct ip *ip,
		      uint8_t length)
{
	conf_pack_bytes(packer, ip, sizeof(*ip));
	conf_pack_number(packer, length);
}

static bool unpack_pair(struct conf_unpacker *unpacker, struct ip *ip,
			uint8_t *length)
{
	int64_t number;

	conf_unpack_bytes(unpacker, ip, sizeof(*ip));
	number = conf_unpack_number(unpacker);
	*length = (uint8_t)number;
	return !unpacker->failed && number == *length;
}

static bool is_canonical(const struct ip *ip)
{
	static const uint8_t zeros[16];
	size_t size = ip_size(ip->family);

	return memcmp(ip->bytes + size, zeros, sizeof(zeros) - size) == 0;
}

/* What read_prefix() leaves behind. */
static bool is_pair(const struct ip *ip, uint8_t length)
{
	return (ip->family == IP_V4 || ip->family == IP_V6) &&
	       is_canonical(ip) && !ip_is_multicast(ip) &&
	       !ip_is_unspecified(ip) && length <= ip_size(ip->family) * 8;
}

static void print_prefix(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const struct conf_address *one = object;

	put_pair(out, &one->address, one->prefix);
}

static bool equal_prefix(const struct conf_row *row, const void *a,
			 const void *b)
{
	const struct conf_address *one = a;
	const struct conf_address *two = b;

	return ip_equal(&one->address, &two->address) &&
	       one->prefix == two->prefix;
}

static void pack_prefix(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	const struct conf_address *one = object;

	pack_pair(packer, &one->address, one->prefix);
}

static bool unpack_prefix(const struct conf_row *row, void *object,
			  struct conf_unpacker *unpacker)
{
	struct conf_address *out = object;

	return unpack_pair(unpacker, &out->address, &out->prefix) &&
	       is_pair(&out->address, out->prefix);
}

const struct conf_type conf_type_prefix = {
	.name = "address with prefix",
	.expected = expected_prefix,
	.read = read_prefix,
	.reset = reset_prefix,
	.print = print_prefix,
	.equal = equal_prefix,
	.pack = pack_prefix,
	.unpack = unpack_prefix,
	.least = 1,
	.most = 1,
};

/* PEER[/LENGTH]; the length of the address itself then means nothing. */

static int read_peer(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_address *out = object;
	struct conf_address peer = { 0 };

	if (read_prefix(reader, row, words, count, &peer) < 0)
		return -1;
	if (peer.address.family != out->address.family) {
		conf_report_ignored(reader->report, &words[0].place, NULL,
				    "the other end is of another family than "
				    "the address; it is left out");
		return 1;
	}
	out->peer = peer.address;
	out->peer_prefix = peer.prefix;
	return 1;
}

static void reset_peer(const struct conf_row *row, void *object)
{
	struct conf_address *out = object;

	out->peer = (struct ip){ 0 };
	out->peer_prefix = 0;
}

static void print_peer(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_address *one = object;

	put_pair(out, &one->peer, one->peer_prefix);
}

static bool equal_peer(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_address *one = a;
	const struct conf_address *two = b;

	return ip_equal(&one->peer, &two->peer) &&
	       one->peer_prefix == two->peer_prefix;
}

static void pack_peer(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	const struct conf_address *one = object;

	pack_pair(packer, &one->peer, one->peer_prefix);
}

static bool unpack_peer(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	struct conf_address *out = object;

	if (!unpack_pair(unpacker, &out->peer, &out->peer_prefix))
		return false;
	if (out->peer.family == IP_NONE)
		return is_canonical(&out->peer) && out->peer_prefix == 0;
	return out->peer.family == out->address.family &&
	       is_pair(&out->peer, out->peer_prefix);
}

const struct conf_type conf_type_peer = {
	.name = "other end",
	.expected = expected_prefix,
	.read = read_peer,
	.reset = reset_peer,
	.print = print_peer,
	.equal = equal_peer,
	.pack = pack_peer,
	.unpack = unpack_peer,
	.least = 1,
	.most = 1,
};

/* An IPv4 address, + or - */

static const char *expected_broadcast(const struct conf_row *row, char *text,
				      size_t size)
{
	return conf_expected(text, size, "an IPv4 address, + or -");
}

/* The address with its host bits all set, or all cleared. */
static struct ip host_bits(const struct conf_address *address, bool set)
{
	struct ip ip = address->address;
	size_t bits = ip_size(ip.family) * 8;

	for (size_t bit = address->prefix; bit < bits; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		if (set)
			ip.bytes[bit / 8] |= mask;
		else
			ip.bytes[bit / 8] &= (uint8_t)~mask;
	}
	return ip;
}

static int read_broadcast(struct conf_reader *reader,
			  const struct conf_row *row,
			  const struct conf_word *words, size_t count,
			  void *object)
{
	struct conf_address *out = object;
	const char *text = words[0].text;
	struct ip ip;

	if (strcmp(text, "+") == 0 || strcmp(text, "-") == 0) {
		ip = host_bits(out, text[0] == '+');
		if (out->address.family == IP_V4 && out->prefix > 30) {
			conf_report_ignored(reader->report, &words[0].place,
					    NULL,
					    "a prefix of /%u has no broadcast "
					    "address; it is left out",
					    out->prefix);
			return 1;
		}
	} else if (ip_parse(text, &ip) < 0 || ip.family != IP_V4) {
		return -1;
	}
	if (out->address.family != IP_V4) {
		conf_report_ignored(reader->report, &words[0].place, NULL,
				    "IPv6 has no broadcast address; it is left "
				    "out");
		return 1;
	}
	out->has_broadcast = true;
	out->broadcast = ip;
	return 1;
}

static void reset_broadcast(const struct conf_row *row, void *object)
{
	struct conf_address *out = object;

	out->has_broadcast = false;
	out->broadcast = (struct ip){ 0 };
}

static void print_broadcast(const struct conf_row *row, const void *object,
			    struct conf_out *out)
{
	const struct conf_address *one = object;
	char text[IP_TEXT_MAX];

	conf_put(out, " %s", ip_format(&one->broadcast, text));
}

static bool equal_broadcast(const struct conf_row *row, const void *a,
			    const void *b)
{
	const struct conf_address *one = a;
	const struct conf_address *two = b;

	return one->has_broadcast == two->has_broadcast &&
	       ip_equal(&one->broadcast, &two->broadcast);
}

static void pack_broadcast(const struct conf_row *row, const void *object,
			   struct conf_packer *packer)
{
	const struct conf_address *one = object;

	conf_pack_bytes(packer, &one->broadcast, sizeof(one->broadcast));
}

static bool unpack_broadcast(const struct conf_row *row, void *object,
			     struct conf_unpacker *unpacker)
{
	struct conf_address *out = object;

	conf_unpack_bytes(unpacker, &out->broadcast, sizeof(out->broadcast));
	out->has_broadcast = out->broadcast.family == IP_V4;
	return !unpacker->failed && is_canonical(&out->broadcast) &&
	       (out->broadcast.family == IP_NONE ||
		(out->has_broadcast && out->address.family == IP_V4));
}

const struct conf_type conf_type_broadcast = {
	.name = "broadcast address",
	.expected = expected_broadcast,
	.read = read_broadcast,
	.reset = reset_broadcast,
	.print = print_broadcast,
	.equal = equal_broadcast,
	.pack = pack_broadcast,
	.unpack = unpack_broadcast,
	.least = 1,
	.most = 1,
};

/* label */

static const char *expected_label(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_expected(text, size, "a label of 1 to 15 bytes");
}

static int read_label(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_address *out = object;

	if (!conf_name_ok(words[0].text, CONF_LABEL_MAX))
		return -1;
	if (out->address.family != IP_V4)
		conf_report_ignored(reader->report, &words[0].place, NULL,
				    "an IPv6 address has no label; it is left "
				    "out");
	else
		out->label = conf_reader_text(reader, words[0].text);
	return 1;
}

static void reset_label(const struct conf_row *row, void *object)
{
	struct conf_address *out = object;

	out->label = NULL;
}

static void print_label(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_address *one = object;

	conf_put_text(out, " ");
	conf_put_word(out, one->label ? one->label : "");
}

static bool equal_label(const struct conf_row *row, const void *a,
			const void *b)
{
	const struct conf_address *one = a;
	const struct conf_address *two = b;

	return equal_text(one->label, two->label);
}

static void pack_label(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_address *one = object;

	conf_pack_text(packer, one->label);
}

static bool unpack_label(const struct conf_row *row, void *object,
			 struct conf_unpacker *unpacker)
{
	struct conf_address *out = object;

	out->label = conf_unpack_text(unpacker, CONF_LABEL_MAX);
	return !unpacker->failed &&
	       (!out->label || (out->address.family == IP_V4 &&
				conf_name_ok(out->label, CONF_LABEL_MAX)));
}

const struct conf_type conf_type_label = {
	.name = "label",
	.expected = expected_label,
	.read = read_label,
	.reset = reset_label,
	.print = print_label,
	.equal = equal_label,
	.pack = pack_label,
	.unpack = unpack_label,
	.least = 1,
	.most = 1,
};

/* scope */

static const char *expected_scope(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_expected(
		text, size,
		"global, site, link, host, nowhere, a name of rt_scopes "
		"or a number from 0 to 255");
}

static int read_scope(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct conf_address *out = object;
	uint8_t scope;

	if (!conf_scope_find(reader, words[0].text, &scope))
		return -1;
	out->scope = scope;
	return 1;
}

static void print_scope(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	const struct conf_address *one = object;
	const char *name = conf_scope_name(one->scope);

	if (name)
		conf_put(out, " %s", name);
	else
		conf_put(out, " %u", one->scope);
}

const struct conf_type conf_type_scope = {
	.name = "scope",
	.expected = expected_scope,
	.read = read_scope,
	.print = print_scope,
	CONF_NUMERIC,
	.least = 1,
	.most = 1,
};
