/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of our routes and rules (sys/mirror_routes.h).
 *
 * Several routes may have one key: IPv4's that were appended, and IPv6's over
 * links without a next hop. IPv6 keeps next hops of one key as one route: a
 * message about a new one names all of them, one about a deletion only what
 * went.
 */
#include "sys/mirror_routes.h"
#include "base/must.h"
#include "sys/mirror_parse_route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

enum match {
	ANY,
	AGREES, /* in all else, too */
	WITHIN, /* the same, but it may have more next hops */
	DIFFERS,
};

struct route_key {
	const struct netlink_route *route;
	enum match match;
};

static bool same_route(const void *record, const void *key)
{
	const struct mirror_route *held = record;
	const struct route_key *k = key;

	if (!netlink_route_same_key(k->route, &held->route))
		return false;
	switch (k->match) {
	case ANY:
		break;
	case AGREES:
		return netlink_route_agrees(k->route, &held->route);
	case WITHIN:
		return netlink_route_within(k->route, &held->route);
	case DIFFERS:
		return !netlink_route_agrees(k->route, &held->route);
	}
	return true;
}

static bool same_rule(const void *record, const void *key)
{
	const struct mirror_rule *held = record;

	return netlink_rule_equal(&held->rule, key);
}

void mirror_routes_init(struct mirror_routes *r)
{
	*r = (struct mirror_routes){ 0 };
	mirror_store_init(&r->routes, same_route);
	mirror_store_init(&r->rules, same_rule);
}

void mirror_routes_free(struct mirror_routes *r)
{
	mirror_store_free(&r->routes);
	mirror_store_free(&r->rules);
}

static struct mirror_route *route_at(const struct mirror_routes *r, uint32_t at)
{
	return r->routes.places[at].record;
}

static uint32_t find_route(const struct mirror_routes *r,
			   const struct netlink_route *route, enum match match)
{
	struct route_key key = { route, match };

	return mirror_store_find(&r->routes, netlink_route_hash(route), &key);
}

static bool has_source(const struct mirror_route *record)
{
	return record->route.source.family == IP_V4;
}

static void drop_route(struct mirror_routes *r, uint32_t at)
{
	uint32_t hash = netlink_route_hash(&route_at(r, at)->route);
	struct mirror_route *record = mirror_store_take(&r->routes, hash, at);

	r->sourced -= has_source(record);
	r->changed(r->context, false, record, NULL);
	free(record);
}

/* A record with its next hops behind it. */
static struct mirror_route *copy_route(const struct netlink_route *route)
{
	size_t hops = route->hop_count * sizeof(*route->hops);
	struct mirror_route *record = malloc(sizeof(*record) + hops);

	if (!record)
		return NULL;
	record->route = *route;
	record->route.hops = record->hops;
	memcpy(record->hops, route->hops, hops);
	return record;
}

static enum mirror_routes_result add_route(struct mirror_routes *r,
					   const struct netlink_route *route,
					   uint32_t generation)
{
	struct mirror_route *record = copy_route(route);

	if (!record)
		return MIRROR_ROUTES_REFUSED;
	record->generation = generation;
	if (mirror_store_add(&r->routes, netlink_route_hash(route), record)) {
		free(record);
		return MIRROR_ROUTES_REFUSED;
	}
	r->sourced += has_source(record);
	r->changed(r->context, true, record, NULL);
	return MIRROR_ROUTES_TAKEN;
}

static bool has_hop(const struct netlink_route *route,
		    const struct netlink_hop *hop)
{
	for (unsigned i = 0; i < route->hop_count; i++) {
		if (route->hops[i].ifindex == hop->ifindex &&
		    ip_equal(&route->hops[i].via, &hop->via))
			return true;
	}
	return false;
}

/* A route of IPv6 of that key that `route` has all the next hops of. */
static uint32_t find_part(const struct mirror_routes *r,
			  const struct netlink_route *route)
{
	uint32_t at = find_route(r, route, ANY);
	const struct netlink_route *held;

	if (at == MAP_NONE || route->family != IP_V6 || route->hop_count < 2)
		return MAP_NONE;
	held = &route_at(r, at)->route;
	for (unsigned i = 0; i < held->hop_count; i++) {
		if (!has_hop(route, &held->hops[i]))
			return MAP_NONE;
	}
	return at;
}

/* How many there were. */
static unsigned drop_routes(struct mirror_routes *r,
			    const struct netlink_route *route, enum match match)
{
	unsigned dropped = 0;
	uint32_t at;

	for (; (at = find_route(r, route, match)) != MAP_NONE; dropped++)
		drop_route(r, at);
	return dropped;
}

/* Once more what is held; if it replaced one of several, which one? */
static enum mirror_routes_result
refresh_route(struct mirror_routes *r, const struct netlink_route *route,
	      uint32_t at, uint32_t generation, bool replaced)
{
	struct mirror_route *record = route_at(r, at);

	record->generation = generation;
	record->route.expires = route->expires;
	for (unsigned i = 0;
	     i < route->hop_count && record->route.family == IP_V4; i++)
		record->hops[i].dead = route->hops[i].dead;
	return replaced && drop_routes(r, route, DIFFERS) > 0
		       ? MIRROR_ROUTES_DOUBT
		       : MIRROR_ROUTES_TAKEN;
}

static enum mirror_routes_result take_route(struct mirror_routes *r,
					    const struct netlink_route *route,
					    uint32_t generation, bool replaced)
{
	uint32_t at = find_route(r, route, AGREES);
	enum mirror_routes_result result;
	unsigned dropped = 0;

	if (at != MAP_NONE)
		return refresh_route(r, route, at, generation, replaced);
	if (replaced)
		dropped = drop_routes(r, route, ANY);
	else if ((at = find_part(r, route)) != MAP_NONE)
		drop_route(r, at);
	result = add_route(r, route, generation);
	return dropped > 1 ? MIRROR_ROUTES_DOUBT : result;
}

/* Another's route took the place of whatever had its key. */
static enum mirror_routes_result
replace_route(struct mirror_routes *r, const struct netlink_route *route)
{
	uint32_t at = find_route(r, route, ANY);

	if (at == MAP_NONE)
		return MIRROR_ROUTES_TAKEN;
	r->replaced = true;
	drop_route(r, at);
	r->replaced = false;
	return find_route(r, route, ANY) == MAP_NONE ? MIRROR_ROUTES_TAKEN
						     : MIRROR_ROUTES_DOUBT;
}

/* Without the next hops of `gone` the route is another one, or none. */
static enum mirror_routes_result lessen_route(struct mirror_routes *r,
					      uint32_t at,
					      const struct netlink_route *gone)
{
	struct mirror_route *record = route_at(r, at);
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	struct netlink_route less = record->route;
	uint32_t generation = record->generation;

	less.hops = hops;
	less.hop_count = 0;
	for (unsigned i = 0; i < record->route.hop_count; i++) {
		if (!has_hop(gone, &record->hops[i]))
			hops[less.hop_count++] = record->hops[i];
	}
	if (less.hop_count == record->route.hop_count)
		return MIRROR_ROUTES_DOUBT;
	drop_route(r, at);
	return less.hop_count > 0 ? add_route(r, &less, generation)
				  : MIRROR_ROUTES_TAKEN;
}

static enum mirror_routes_result lose_route(struct mirror_routes *r,
					    const struct netlink_route *route)
{
	uint32_t at = find_route(r, route, AGREES);

	if (at != MAP_NONE) {
		drop_route(r, at);
		return MIRROR_ROUTES_TAKEN;
	}
	at = find_route(r, route, ANY);
	if (at == MAP_NONE)
		return MIRROR_ROUTES_TAKEN; /* it went with its link */
	return route->family == IP_V6 ? lessen_route(r, at, route)
				      : MIRROR_ROUTES_DOUBT;
}

static enum mirror_routes_result
take_route_message(struct mirror_routes *r, const struct nlmsghdr *message,
		   uint32_t generation)
{
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	struct netlink_route route;
	bool replaced = (message->nlmsg_flags & NLM_F_REPLACE) &&
			!(message->nlmsg_flags & NLM_F_MULTI);

	if (!mirror_parse_route(message, &route, hops))
		return MIRROR_ROUTES_REFUSED;
	if (route.protocol != SYS_ROUTE_PROTOCOL)
		return replaced && message->nlmsg_type == RTM_NEWROUTE
			       ? replace_route(r, &route)
			       : MIRROR_ROUTES_TAKEN;
	if (message->nlmsg_type == RTM_DELROUTE)
		return lose_route(r, &route);
	return take_route(r, &route, generation, replaced);
}

static struct mirror_rule *rule_at(const struct mirror_routes *r, uint32_t at)
{
	return r->rules.places[at].record;
}

static void drop_rule(struct mirror_routes *r, uint32_t at)
{
	uint32_t hash = netlink_rule_hash(&rule_at(r, at)->rule);
	struct mirror_rule *record = mirror_store_take(&r->rules, hash, at);

	r->changed(r->context, false, NULL, record);
	free(record);
}

static enum mirror_routes_result add_rule(struct mirror_routes *r,
					  const struct netlink_rule *rule,
					  uint32_t generation)
{
	struct mirror_rule *record = malloc(sizeof(*record));

	if (!record)
		return MIRROR_ROUTES_REFUSED;
	*record = (struct mirror_rule){ *rule, generation };
	if (mirror_store_add(&r->rules, netlink_rule_hash(rule), record)) {
		free(record);
		return MIRROR_ROUTES_REFUSED;
	}
	r->changed(r->context, true, NULL, record);
	return MIRROR_ROUTES_TAKEN;
}

static enum mirror_routes_result
take_rule_message(struct mirror_routes *r, const struct nlmsghdr *message,
		  uint32_t generation)
{
	struct netlink_rule rule;
	uint32_t at;

	if (!mirror_parse_rule(message, &rule))
		return MIRROR_ROUTES_REFUSED;
	if (rule.protocol != SYS_ROUTE_PROTOCOL)
		return MIRROR_ROUTES_TAKEN;
	at = mirror_store_find(&r->rules, netlink_rule_hash(&rule), &rule);
	if (message->nlmsg_type == RTM_NEWRULE && at == MAP_NONE)
		return add_rule(r, &rule, generation);
	if (message->nlmsg_type == RTM_NEWRULE)
		rule_at(r, at)->generation = generation;
	else if (at != MAP_NONE)
		drop_rule(r, at);
	return MIRROR_ROUTES_TAKEN;
}

enum mirror_routes_result mirror_routes_take(struct mirror_routes *r,
					     const struct nlmsghdr *message,
					     uint32_t generation)
{
	if (message->nlmsg_type == RTM_NEWRULE ||
	    message->nlmsg_type == RTM_DELRULE)
		return take_rule_message(r, message, generation);
	return take_route_message(r, message, generation);
}

void mirror_routes_sweep(struct mirror_routes *r, uint32_t generation)
{
	for (uint32_t i = 0; (i = mirror_store_next(&r->routes, i)) != MAP_NONE;
	     i++) {
		if (route_at(r, i)->generation != generation)
			drop_route(r, i);
	}
	for (uint32_t i = 0; (i = mirror_store_next(&r->rules, i)) != MAP_NONE;
	     i++) {
		if (rule_at(r, i)->generation != generation)
			drop_rule(r, i);
	}
}

/* Notes it in the next hops; true if none is left to go by. */
static bool all_dead(struct mirror_route *record, uint32_t ifindex, bool usable)
{
	bool concerned = false, dead = true;

	for (unsigned i = 0; i < record->route.hop_count; i++) {
		struct netlink_hop *hop = &record->hops[i];

		if (hop->ifindex == ifindex) {
			hop->dead = !usable;
			concerned = true;
		}
		dead &= hop->dead;
	}
	return concerned && dead;
}

void mirror_routes_link(struct mirror_routes *r, uint32_t ifindex, bool usable,
			bool gone)
{
	for (uint32_t i = 0; (i = mirror_store_next(&r->routes, i)) != MAP_NONE;
	     i++) {
		const struct netlink_route *route = &route_at(r, i)->route;

		if (route->family == IP_V4 &&
		    (gone || netlink_route_scope(route) != RT_SCOPE_HOST) &&
		    all_dead(route_at(r, i), ifindex, usable))
			drop_route(r, i);
	}
}

void mirror_routes_source(struct mirror_routes *r, const struct ip *address)
{
	for (uint32_t i = 0; r->sourced > 0 &&
			     (i = mirror_store_next(&r->routes, i)) != MAP_NONE;
	     i++) {
		if (route_at(r, i)->route.table == RT_TABLE_MAIN &&
		    ip_equal(&route_at(r, i)->route.source, address))
			drop_route(r, i);
	}
}

const struct mirror_route *
mirror_routes_find(const struct mirror_routes *r,
		   const struct netlink_route *wanted)
{
	uint32_t at = find_route(r, wanted, AGREES);

	if (at == MAP_NONE)
		at = find_route(r, wanted, WITHIN);
	if (at == MAP_NONE)
		at = find_route(r, wanted, ANY);
	return at == MAP_NONE ? NULL : route_at(r, at);
}

const struct mirror_route *
mirror_routes_find_other(const struct mirror_routes *r,
			 const struct netlink_route *wanted)
{
	uint32_t at = find_route(r, wanted, DIFFERS);

	return at == MAP_NONE ? NULL : route_at(r, at);
}

const struct mirror_rule *
mirror_routes_find_rule(const struct mirror_routes *r,
			const struct netlink_rule *rule)
{
	uint32_t at =
		mirror_store_find(&r->rules, netlink_rule_hash(rule), rule);

	return at == MAP_NONE ? NULL : rule_at(r, at);
}
