/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our routes and rules in the mirror, and what a message does to them: for
 * sys/mirror.c and sys/mirror_lookup.c only. Others' are read and forgotten.
 *
 * IPv4's routes go without a word when their links go down or have no address
 * any more (fib_sync_down_dev() of the kernel), and before Linux 6.7 when their
 * source goes. So mirror.c tells what happens to links, and the same is
 * concluded here.
 */
#pragma once

#include "sys/mirror_record.h"
#include "sys/mirror_store.h"

struct mirror;
struct nlmsghdr;

struct mirror_routes {
	struct mirror_store routes, rules;
	uint32_t sourced; /* IPv4's with a source */
	bool replaced;    /* what is just told to be gone: another's is there */
	/* One of the two is set. What goes is no longer found by look-ups. */
	void (*changed)(void *context, bool added,
			const struct mirror_route *route,
			const struct mirror_rule *rule);
	void *context;
};

enum mirror_routes_result {
	MIRROR_ROUTES_TAKEN,
	MIRROR_ROUTES_REFUSED, /* not understood, or no room */
	MIRROR_ROUTES_DOUBT,   /* a dump has to tell what is there now */
};

/* Set `changed` and `context` then. It must not move. */
void mirror_routes_init(struct mirror_routes *r);
void mirror_routes_free(struct mirror_routes *r);

/* RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE and RTM_DELRULE. */
enum mirror_routes_result mirror_routes_take(struct mirror_routes *r,
					     const struct nlmsghdr *message,
					     uint32_t generation);

/* Drops what has an older generation. */
void mirror_routes_sweep(struct mirror_routes *r, uint32_t generation);

/*
 * IPv4 does no longer leave by this link, or may do so again. A route of the
 * scope host goes only with the link itself, or its last address (`gone`).
 */
void mirror_routes_link(struct mirror_routes *r, uint32_t ifindex, bool usable,
			bool gone);

/* No link has this IPv4 address any more. */
void mirror_routes_source(struct mirror_routes *r, const struct ip *address);

/* The routes and rules of a mirror. */
const struct mirror_routes *mirror_routes_of(const struct mirror *m);

/* One of that key, rather one that agrees in all; NULL: none. */
const struct mirror_route *
mirror_routes_find(const struct mirror_routes *r,
		   const struct netlink_route *wanted);
/* One of that key that does not agree, or NULL. */
const struct mirror_route *
mirror_routes_find_other(const struct mirror_routes *r,
			 const struct netlink_route *wanted);
const struct mirror_rule *
mirror_routes_find_rule(const struct mirror_routes *r,
			const struct netlink_rule *rule);
