/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The typed configuration: routes and rules, as a model has them (model.h).
 * ip-route(8), ip-rule(8).
 */
#pragma once

#include "base/ip.h"
#include "conf/language/span.h"

#include <stdbool.h>
#include <stdint.h>

/* A destination or source; IP_NONE: not written, or the default route. */
struct conf_prefix {
	struct ip address;
	uint8_t length;
};

#define CONF_ROUTES_MAX     4096 /* of one list */
#define CONF_RULES_MAX      4096
#define CONF_HOPS_MAX       32
#define CONF_ROUTE_SETTINGS 18 /* RTAX_* of linux/rtnetlink.h, and one more */
#define CONF_CONGESTION_MAX 15
#define CONF_TABLE_MAIN     254
/* By type and next hops, as ip(8) has it. */
#define CONF_ROUTE_SCOPE_AUTO (-1)
#define CONF_ROUTE_UNSET      UINT8_MAX

struct conf_hop {
	struct ip via;   /* IP_NONE: directly */
	const char *dev; /* NULL: where `via` is */
	uint16_t weight; /* 1 to 256 */
	bool onlink;
	uint32_t realms; /* source in the upper half; IPv4 only */
};

/* How it is installed beside one of the same destination, table and metric. */
enum conf_route_how {
	CONF_ROUTE_PREPEND, /* keepalived's default */
	CONF_ROUTE_APPEND,
	CONF_ROUTE_ADD, /* fails */
};

/* A line of virtual_routes or static_routes; numbers are rtnetlink(7)'s. */
struct conf_route {
	struct conf_span span;
	uint8_t family; /* IP_V4, IP_V6 */
	uint8_t type;   /* RTN_* */
	uint8_t how;    /* enum conf_route_how */
	uint8_t tos;
	uint8_t protocol;      /* 0: baton's; only with no_track */
	int16_t scope;         /* or CONF_ROUTE_SCOPE_AUTO */
	struct conf_prefix to; /* IP_NONE: the default route */
	struct conf_prefix from;
	struct ip source;
	uint32_t table, metric;
	uint32_t realms;  /* source in the upper half */
	uint32_t expires; /* seconds, 0: never */
	/* The bits 1 << RTAX_x of `settings` that are set, and locked. */
	uint32_t set, locked;
	uint32_t settings[CONF_ROUTE_SETTINGS]; /* in the kernel's units */
	const char *congestion;                 /* congctl, or NULL */
	uint8_t pref;          /* ICMPV6_ROUTER_PREF_*, or CONF_ROUTE_UNSET */
	uint8_t ttl_propagate; /* 0, 1 or CONF_ROUTE_UNSET */
	bool no_track;
	const char *track_group; /* of static_routes, or NULL */
	struct conf_hop *hops;
	uint32_t hop_count;
};

struct conf_range {
	uint32_t first, last;
	bool written;
};

/* A line of virtual_rules or static_rules. */
struct conf_rule {
	struct conf_span span;
	uint8_t family;
	uint8_t action; /* FR_ACT_*; 0: none was written */
	uint8_t tos;
	uint8_t protocol; /* 0: baton's; only with no_track */
	uint8_t ip_protocol;
	bool invert;
	bool l3mdev;
	bool no_track;
	bool has_priority;
	struct conf_prefix from, to;
	uint32_t priority;
	uint32_t table, go_to;
	uint32_t mark, mark_mask;
	uint32_t realms;
	int32_t suppress_prefix, suppress_group; /* or -1 */
	uint64_t tunnel;
	const char *in, *out; /* or NULL */
	struct conf_range uids, source_ports, destination_ports;
	const char *track_group; /* of static_rules, or NULL */
};
