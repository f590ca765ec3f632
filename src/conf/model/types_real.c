/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The type of ADDRESS [PORT] of a real server: two fields of the struct. */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types_lvs.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <string.h>

static const char *expected_real(const struct conf_row *row, char *text,
				 size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "the address of a host, and after it a port");
}

static bool is_host(const struct ip *ip)
{
	return (ip->family == IP_V4 || ip->family == IP_V6) &&
	       !ip_is_multicast(ip) && !ip_is_unspecified(ip) &&
	       !memcmp(ip->bytes + ip_size(ip->family), (uint8_t[16]){ 0 },
		       16 - ip_size(ip->family));
}

static int read_real(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_real_server *rs = object;
	struct ip address;
	int64_t port = 0;

	(void)reader;
	(void)row;
	if (ip_parse(words[0].text, &address) < 0 || !is_host(&address))
		return -1;
	if (count > 1 && (conf_number(words[1].text, &port) < 0 || port < 0 ||
			  port > UINT16_MAX))
		return -1;
	rs->address = address;
	rs->port = (uint16_t)port;
	return count > 1 ? 2 : 1;
}

static void reset_real(const struct conf_row *row, void *object)
{
	struct conf_real_server *rs = object;

	(void)row;
	rs->address = (struct ip){ 0 };
	rs->port = 0;
}

static void print_real(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_real_server *rs = object;
	char text[IP_TEXT_MAX];

	(void)row;
	conf_put(out, " %s", ip_format(&rs->address, text));
	if (rs->port)
		conf_put(out, " %u", rs->port);
}

bool conf_same_real_server(const void *a, const void *b)
{
	const struct conf_real_server *one = a, *two = b;

	return ip_equal(&one->address, &two->address) && one->port == two->port;
}

static bool equal_real(const struct conf_row *row, const void *a, const void *b)
{
	(void)row;
	return conf_same_real_server(a, b);
}

static void pack_real(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	const struct conf_real_server *rs = object;

	(void)row;
	conf_pack_bytes(packer, &rs->address, sizeof(rs->address));
	conf_pack_number(packer, rs->port);
}

static bool unpack_real(const struct conf_row *row, void *object,
			struct conf_unpacker *u)
{
	struct conf_real_server *rs = object;
	struct ip address;
	int64_t port;

	(void)row;
	conf_unpack_bytes(u, &address, sizeof(address));
	port = conf_unpack_number(u);
	if (u->failed || !is_host(&address) || port < 0 || port > UINT16_MAX)
		return false;
	rs->address = address;
	rs->port = (uint16_t)port;
	return true;
}

const struct conf_type conf_type_real_server = {
	.name = "address and port",
	.expected = expected_real,
	.read = read_real,
	.reset = reset_real,
	.print = print_real,
	.equal = equal_real,
	.pack = pack_real,
	.unpack = unpack_real,
	.least = 1,
	.most = 2,
};
