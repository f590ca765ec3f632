/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A routing rule of the kernel, as a command of sys/netlink.h and as the mirror
 * reports it (sys/mirror.h). ip-rule(8).
 */
#pragma once

#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* suppress_prefixlength and suppress_ifgroup: none. */
#define NETLINK_SUPPRESS_NONE (-1)

struct netlink_range16 {
	uint16_t first, last; /* 0 and 0: not looked at */
};

struct netlink_rule {
	uint8_t family;   /* IP_V4 or IP_V6 */
	uint8_t action;   /* FR_ACT_TO_TBL (1) … of linux/fib_rules.h */
	uint8_t protocol; /* FRA_PROTOCOL: who made it; SYS_ROUTE_PROTOCOL */
	bool invert;      /* not */
	bool l3mdev;
	uint8_t tos;
	uint8_t ip_protocol; /* 0: any */
	struct ip from, to;  /* IP_NONE: any */
	uint8_t from_prefix, to_prefix;
	uint32_t priority;
	uint32_t table;           /* with FR_ACT_TO_TBL; 0 with others */
	uint32_t go_to;           /* with FR_ACT_GOTO: a greater priority */
	uint32_t mark, mark_mask; /* fwmark; both 0: not looked at */
	uint32_t realms;          /* IPv4 only: source in the upper half */
	int32_t suppress_prefix, suppress_group; /* or NETLINK_SUPPRESS_NONE */
	char in[IFNAMSIZ], out[IFNAMSIZ];        /* iif, oif, "": any */
	uint64_t tunnel;                         /* 0: not looked at */
	bool has_uids;
	uint32_t uid_first, uid_last;
	struct netlink_range16 source_ports, destination_ports;
};

/* A rule has no key but all that it is. */
bool netlink_rule_equal(const struct netlink_rule *a,
			const struct netlink_rule *b);
uint32_t netlink_rule_hash(const struct netlink_rule *rule);
