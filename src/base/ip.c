/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

size_t ip_size(uint8_t family)
{
	return family == IP_V4 ? 4 : family == IP_V6 ? 16 : 0;
}

const char *ip_family_name(uint8_t family)
{
	return family == IP_V4 ? "ipv4" : family == IP_V6 ? "ipv6" : "none";
}

struct ip ip_from_bytes(uint8_t family, const void *bytes)
{
	struct ip ip = { .family = family };

	memcpy(ip.bytes, bytes, ip_size(family));
	return ip;
}

int ip_parse(const char *text, struct ip *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, text, bytes) == 1)
		*out = ip_from_bytes(IP_V4, bytes);
	else if (inet_pton(AF_INET6, text, bytes) == 1)
		*out = ip_from_bytes(IP_V6, bytes);
	else
		return -1;
	return 0;
}

const char *ip_format(const struct ip *ip, char text[IP_TEXT_MAX])
{
	text[0] = '\0';
	if (ip->family == IP_V4)
		inet_ntop(AF_INET, ip->bytes, text, IP_TEXT_MAX);
	else if (ip->family == IP_V6)
		inet_ntop(AF_INET6, ip->bytes, text, IP_TEXT_MAX);
	return text;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

int ip_compare(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool ip_is_link_local(const struct ip *ip)
{
	return ip->family == IP_V6 && ip->bytes[0] == 0xfe &&
	       (ip->bytes[1] & 0xc0) == 0x80;
}

bool ip_is_multicast(const struct ip *ip)
{
	if (ip->family == IP_V4)
		return (ip->bytes[0] & 0xf0) == 0xe0;
	return ip->family == IP_V6 && ip->bytes[0] == 0xff;
}

bool ip_is_unspecified(const struct ip *ip)
{
	static const uint8_t zeros[16];

	return ip->family != IP_NONE &&
	       memcmp(ip->bytes, zeros, sizeof(zeros)) == 0;
}
