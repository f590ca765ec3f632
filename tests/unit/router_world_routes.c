/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes and rules of the world (router_world.h). */
#include "router_world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct mirror_route *find_route(const struct netlink_route *wanted,
					     bool agrees, bool differs)
{
	for (unsigned n = 0; n < world.route_count; n++) {
		const struct netlink_route *held =
			&world.routes[n].record.route;
		bool same = netlink_route_agrees(wanted, held);

		if (netlink_route_same_key(wanted, held) && (!agrees || same) &&
		    (!differs || !same))
			return &world.routes[n].record;
	}
	return NULL;
}

const struct mirror_route *mirror_find_route(const struct mirror *m,
					     const struct netlink_route *wanted)
{
	const struct mirror_route *found = find_route(wanted, true, false);

	return found ? found : find_route(wanted, false, false);
}

const struct mirror_route *
mirror_find_other_route(const struct mirror *m,
			const struct netlink_route *wanted)
{
	return find_route(wanted, false, true);
}

const struct mirror_rule *mirror_find_rule(const struct mirror *m,
					   const struct netlink_rule *wanted)
{
	for (unsigned n = 0; n < world.rule_count; n++)
		if (netlink_rule_equal(wanted, &world.rules[n].rule))
			return &world.rules[n];
	return NULL;
}

const struct mirror_route *mirror_next_route(const struct mirror *m,
					     uint32_t *at)
{
	return *at < world.route_count ? &world.routes[(*at)++].record : NULL;
}

const struct mirror_rule *mirror_next_rule(const struct mirror *m, uint32_t *at)
{
	return *at < world.rule_count ? &world.rules[(*at)++] : NULL;
}

static void copy_route(struct world_route *to, const struct netlink_route *from)
{
	assert_in_range(from->hop_count, 0, WORLD_HOPS);
	to->record.route = *from;
	memcpy(to->hops, from->hops, from->hop_count * sizeof(*to->hops));
	to->record.route.hops = to->hops;
}

int netlink_put_route(struct netlink *n, const struct netlink_route *route,
		      enum netlink_route_how how, uint64_t cookie)
{
	struct world_command *c = world_queue(WORLD_ROUTE_PUT, cookie);

	copy_route(&c->route, route);
	c->how = how;
	return 0;
}

int netlink_remove_route(struct netlink *n, const struct netlink_route *route,
			 uint64_t cookie)
{
	copy_route(&world_queue(WORLD_ROUTE_REMOVE, cookie)->route, route);
	return 0;
}

int netlink_put_rule(struct netlink *n, const struct netlink_rule *rule,
		     uint64_t cookie)
{
	world_queue(WORLD_RULE_PUT, cookie)->rule = *rule;
	return 0;
}

int netlink_put_rule_beside(struct netlink *n, const struct netlink_rule *rule,
			    uint64_t cookie)
{
	world_queue(WORLD_RULE_BESIDE, cookie)->rule = *rule;
	return 0;
}

int netlink_remove_rule(struct netlink *n, const struct netlink_rule *rule,
			uint64_t cookie)
{
	world_queue(WORLD_RULE_REMOVE, cookie)->rule = *rule;
	return 0;
}

/* Its place, or world.route_count. */
static unsigned place_of(const struct netlink_route *route, bool agrees)
{
	unsigned n = 0;

	while (n < world.route_count &&
	       !(netlink_route_same_key(route, &world.routes[n].record.route) &&
		 (!agrees ||
		  netlink_route_agrees(route, &world.routes[n].record.route))))
		n++;
	return n;
}

static void add_route(const struct netlink_route *route)
{
	assert_in_range(world.route_count, 0, WORLD_ROUTES - 1);
	copy_route(&world.routes[world.route_count++], route);
}

static void drop_route(unsigned n)
{
	world.route_count--;
	if (n < world.route_count)
		copy_route(&world.routes[n],
			   &world.routes[world.route_count].record.route);
}

static int answer_put(const struct world_command *c)
{
	const struct netlink_route *route = &c->route.record.route;
	unsigned same = place_of(route, true), key = place_of(route, false);

	if (same < world.route_count ||
	    (c->how == NETLINK_ROUTE_ADD && key < world.route_count))
		return EEXIST;
	if (c->how == NETLINK_ROUTE_SET && key < world.route_count)
		drop_route(key);
	add_route(route);
	return 0;
}

static int answer_remove(const struct world_command *c)
{
	unsigned n = place_of(&c->route.record.route, true);

	if (n == world.route_count)
		return ESRCH;
	drop_route(n);
	return 0;
}

static int answer_rule(const struct world_command *c)
{
	const struct mirror_rule *has = mirror_find_rule(NULL, &c->rule);
	bool puts = c->type != WORLD_RULE_REMOVE;

	if (c->type == WORLD_RULE_PUT && has)
		return EEXIST;
	if (has && has->rule.protocol != c->rule.protocol)
		has = NULL; /* what is not ours is not here */
	if (puts)
		world.rules[world.rule_count++].rule = c->rule;
	else if (has)
		world.rules[has - world.rules] =
			world.rules[--world.rule_count];
	return puts || has ? 0 : ENOENT;
}

int world_answer_route(const struct world_command *c)
{
	if (c->type == WORLD_ROUTE_PUT)
		return answer_put(c);
	return c->type == WORLD_ROUTE_REMOVE ? answer_remove(c)
					     : answer_rule(c);
}

void world_route_comes(const struct netlink_route *route)
{
	struct mirror_event event = { .change = MIRROR_ROUTE_ADDED };

	add_route(route);
	event.route = &world.routes[world.route_count - 1].record;
	world_tell(&event);
}

void world_route_goes(unsigned route)
{
	struct world_route gone;
	struct mirror_event event = {
		.change = MIRROR_ROUTE_REMOVED,
		.route = &gone.record,
	};

	copy_route(&gone, &world.routes[route].record.route);
	drop_route(route);
	world_tell(&event);
}

void world_rule_goes(unsigned rule)
{
	struct mirror_rule gone = world.rules[rule];
	struct mirror_event event = {
		.change = MIRROR_RULE_REMOVED,
		.rule = &gone,
	};

	world.rules[rule] = world.rules[--world.rule_count];
	world_tell(&event);
}
