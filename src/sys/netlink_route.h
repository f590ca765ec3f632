/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A route of the kernel, as a command of sys/netlink.h and as the mirror
 * reports it (sys/mirror.h). rtnetlink(7), ip-route(8).
 *
 * Left out: encap (ip, ip6, mpls), and MPLS routes.
 */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The rtm_protocol, and the FRA_PROTOCOL of a rule, that says that it is ours;
 * the same number as the tag of addresses (sys/netlink.h), and in no rt_protos
 * of iproute2.
 */
#define SYS_ROUTE_PROTOCOL 112

/* Next hops of one route. */
#define NETLINK_HOPS_MAX 32

/* The highest RTAX_* of linux/rtnetlink.h that we know, and one more. */
#define NETLINK_ROUTE_SETTINGS 18

/* The longest name of a congestion control (TCP_CA_NAME_MAX), with its zero. */
#define NETLINK_CONGESTION_MAX 16

/* The scope that follows from the type and the next hops, as for ip(8). */
#define NETLINK_SCOPE_AUTO (-1)

#define NETLINK_PREF_NONE UINT8_MAX

struct netlink_hop {
	struct ip via;    /* of either family, or IP_NONE: directly on a link */
	uint32_t ifindex; /* 0: the kernel finds it by `via` */
	uint16_t weight;  /* 1 to 256, of one among several */
	bool onlink;      /* `via` is on the link, whatever its addresses say */
	/* Of one among several: source in the upper half; IPv4; 0: none. */
	uint32_t realms;
	bool dead; /* reported only: its link is down */
};

struct netlink_route {
	uint8_t family;   /* IP_V4 or IP_V6 */
	uint8_t type;     /* RTN_UNICAST (1) … */
	uint8_t protocol; /* rtm_protocol */
	int16_t scope;    /* RT_SCOPE_*; IPv4 only */
	uint8_t tos;      /* IPv4 only */
	uint8_t prefix;
	struct ip destination; /* IP_NONE: the default route, or 0/prefix */
	struct ip from;        /* IPv6 only */
	uint8_t from_prefix;
	uint32_t table;   /* RT_TABLE_MAIN (254) … */
	uint32_t metric;  /* 0: none; of IPv6 the kernel makes it 1024 */
	struct ip source; /* the preferred one of what is sent (src) */
	uint32_t realms;  /* as of a hop; IPv4 only */
	const struct netlink_hop *hops;
	unsigned hop_count;
	/* RTAX_*: the bits 1 << RTAX_x of those that are set, and locked. */
	uint32_t settings[NETLINK_ROUTE_SETTINGS];
	uint32_t set, locked;
	char congestion[NETLINK_CONGESTION_MAX]; /* RTAX_CC_ALGO, "": none */
	uint8_t pref;          /* ICMPV6_ROUTER_PREF_*, or NETLINK_PREF_NONE */
	uint32_t expires;      /* seconds; IPv6 only; 0: never */
	uint8_t ttl_propagate; /* RTA_TTL_PROPAGATE; 255: not set */
};

#define NETLINK_TTL_UNSET UINT8_MAX

/* True if a next hop of a command leads where the kernel's does. */
bool netlink_hop_same(const struct netlink_hop *wanted,
		      const struct netlink_hop *held);

/* The scope of a route whose `scope` is NETLINK_SCOPE_AUTO, else that one. */
uint8_t netlink_route_scope(const struct netlink_route *route);

/*
 * The kernel's key: table, destination, metric, for IPv4 TOS, for IPv6 `from`.
 * What a command leaves to the kernel counts as what that makes of it.
 */
bool netlink_route_same_key(const struct netlink_route *a,
			    const struct netlink_route *b);
uint32_t netlink_route_hash(const struct netlink_route *route);

/*
 * True if a route that the kernel reports is what the command asked for: type,
 * scope, source, next hops and all that was set. The order of IPv6's next hops
 * is the kernel's, so it does not count; nor does the time till it expires.
 */
bool netlink_route_agrees(const struct netlink_route *wanted,
			  const struct netlink_route *held);

/*
 * The same, but the kernel's may have more next hops behind them: routes of
 * IPv6 with one key and a gateway each are one route for the kernel.
 */
bool netlink_route_within(const struct netlink_route *wanted,
			  const struct netlink_route *held);
