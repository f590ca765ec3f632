/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IP addresses of both families, by value.
 *
 * `bytes` is in network order; an IPv4 address uses the first four and the
 * rest is zero, so two equal addresses are equal byte for byte.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ip_family {
	IP_NONE = 0,
	IP_V4 = 4,
	IP_V6 = 6,
};

struct ip {
	uint8_t family; /* enum ip_family */
	uint8_t bytes[16];
};

/* Long enough for every address with its terminating zero. */
#define IP_TEXT_MAX 46

/* Bytes of an address on the wire: 4, 16, or 0 for IP_NONE. */
size_t ip_size(uint8_t family);

/* "ipv4", "ipv6" or "none". */
const char *ip_family_name(uint8_t family);

/* The address in `size(family)` bytes of network order. */
struct ip ip_from_bytes(uint8_t family, const void *bytes);

/* Parses a numeric address; -1 and `out` untouched if it is none. */
int ip_parse(const char *text, struct ip *out);

/* The address as text (RFC 5952 for IPv6), "" for IP_NONE. Returns `text`. */
const char *ip_format(const struct ip *ip, char text[IP_TEXT_MAX]);

bool ip_equal(const struct ip *a, const struct ip *b);

/*
 * <0, 0, >0 as unsigned integers in network order: the order in which RFC
 * 9568 6.4.3 compares sender addresses. Both must be of one family.
 */
int ip_compare(const struct ip *a, const struct ip *b);

/* fe80::/10 (RFC 4291 2.5.6). False for IPv4. */
bool ip_is_link_local(const struct ip *ip);

/* 224.0.0.0/4 or ff00::/8. */
bool ip_is_multicast(const struct ip *ip);

/* 0.0.0.0 or ::. */
bool ip_is_unspecified(const struct ip *ip);
