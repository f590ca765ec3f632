/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command in the making, for the files that encode one kind of object
 * (netlink_encode_*.c) and for nobody else.
 */
#pragma once

#include "base/ip.h"

#include <stdint.h>

struct netlink;
struct nlmsghdr;

/* No command is longer: a route with NETLINK_HOPS_MAX next hops. */
#define NETLINK_MESSAGE_MAX 2048

/*
 * Begins a message behind the queued ones: 0, or -ENOBUFS or -ENOMEM. Nothing
 * is queued before netlink_end().
 */
int netlink_begin(struct netlink *n, uint16_t type, uint16_t flags,
		  struct nlmsghdr **out);
void netlink_end(struct netlink *n, const struct nlmsghdr *message,
		 uint64_t cookie);

/* The bytes of an address as an attribute; nothing for IP_NONE. */
void netlink_put_ip(struct nlmsghdr *message, uint16_t attribute,
		    const struct ip *ip);

/* AF_INET, AF_INET6. */
uint8_t netlink_family(uint8_t ip_family);
