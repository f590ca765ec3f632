/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes as holdings (router/holding_kind.h): virtual_routes and static_routes.
 * They carry our routing protocol number. One that is to have another's number
 * (`protocol`, with no_track) is not in the mirror: it is what was commanded.
 */
#include "router/state.h"

#include <assert.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

static_assert(CONF_HOPS_MAX <= NETLINK_HOPS_MAX, "a command has room");
static_assert(CONF_ROUTE_SETTINGS == NETLINK_ROUTE_SETTINGS, "the same ones");
static_assert((int)CONF_ROUTE_SCOPE_AUTO == NETLINK_SCOPE_AUTO &&
		      CONF_ROUTE_UNSET == NETLINK_PREF_NONE &&
		      CONF_ROUTE_UNSET == NETLINK_TTL_UNSET,
	      "the same values");

extern const struct holding_kind holding_route;

static const struct conf_route *conf_of(const struct holding *h)
{
	return h->conf;
}

static bool is_ours(const struct holding *h)
{
	return conf_of(h)->protocol == 0;
}

/* All but the next hops, which its key does not have. */
static struct netlink_route without_hops(const struct conf_route *c)
{
	struct netlink_route route = {
		.family = c->family,
		.type = c->type,
		.protocol = c->protocol ? c->protocol : SYS_ROUTE_PROTOCOL,
		.scope = c->scope,
		.tos = c->tos,
		.prefix = c->to.length,
		.destination = c->to.address,
		.from = c->from.address,
		.from_prefix = c->from.length,
		.table = c->table,
		.metric = c->metric,
		.source = c->source,
		.realms = c->realms,
		.set = c->set,
		.locked = c->locked,
		.pref = c->pref,
		.expires = c->expires,
		.ttl_propagate = c->ttl_propagate,
	};

	memcpy(route.settings, c->settings, sizeof(route.settings));
	if (c->congestion)
		strncpy(route.congestion, c->congestion,
			sizeof(route.congestion) - 1);
	return route;
}

/* As a command has it now. False: one of its interfaces is missing. */
static bool as_wanted(const struct router *r, const struct holding *h,
		      struct netlink_route *route,
		      struct netlink_hop hops[NETLINK_HOPS_MAX])
{
	const struct conf_route *c = h->conf;

	*route = without_hops(c);
	route->hops = hops;
	route->hop_count = (unsigned)c->hop_count;
	for (size_t n = 0; n < c->hop_count; n++) {
		const struct conf_hop *hop = &c->hops[n];
		const struct mirror_link *link =
			hop->dev ? mirror_link_by_name(r->mirror, hop->dev)
				 : NULL;

		if (hop->dev && !link)
			return false;
		hops[n] = (struct netlink_hop){
			.via = hop->via,
			.ifindex = link ? link->ifindex : 0,
			.weight = hop->weight,
			.onlink = hop->onlink,
			.realms = hop->realms,
		};
	}
	return true;
}

static size_t count(const struct conf_model *model,
		    const struct conf_instance *instance)
{
	return instance ? instance->route_count : model->static_route_count;
}

static const void *at(const struct conf_model *model,
		      const struct conf_instance *instance, size_t n)
{
	return instance ? &instance->routes[n] : &model->static_routes[n];
}

static const char *device(const struct conf_instance *instance,
			  const void *conf, size_t n)
{
	const struct conf_route *c = conf;

	(void)instance;
	for (size_t k = 0; k < c->hop_count; k++)
		if (c->hops[k].dev && n-- == 0)
			return c->hops[k].dev;
	return NULL;
}

/* As keepalived: what it names by `dev` is tracked, unless it is no_track. */
static bool follows(const struct conf_instance *instance, const void *conf)
{
	(void)instance;
	return !((const struct conf_route *)conf)->no_track;
}

static const char *group(const void *conf)
{
	return ((const struct conf_route *)conf)->track_group;
}

static bool let_go(const void *conf)
{
	return ((const struct conf_route *)conf)->no_track;
}

static void describe(const void *conf, struct ledger_wanted *record)
{
	const struct conf_route *c = conf;

	record->address = c->to.address;
	record->address.family = c->family; /* also of the default route */
	record->prefix = c->to.length;
	record->number = c->table == RT_TABLE_MAIN ? 0 : c->table;
}

static uint32_t hash(const struct holding *h, uint32_t ifindex)
{
	struct netlink_route route = without_hops(h->conf);

	(void)ifindex;
	return netlink_route_hash(&route);
}

struct route_key {
	const struct netlink_route *route;
	bool agrees; /* it has what the holding wants */
};

static bool same(const struct router *r, const struct holding *h,
		 const void *key)
{
	const struct route_key *k = key;
	struct netlink_route route = without_hops(h->conf);
	struct netlink_hop hops[NETLINK_HOPS_MAX];

	if (!netlink_route_same_key(&route, k->route))
		return false;
	return !k->agrees || (as_wanted(r, h, &route, hops) &&
			      netlink_route_within(&route, k->route));
}

static bool equal(const struct router *r, const struct holding *a,
		  const struct holding *b)
{
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	struct netlink_route route;
	struct route_key key = { &route, true };

	return as_wanted(r, a, &route, hops) && same(r, b, &key);
}

static uint32_t find(const struct router *r, const struct netlink_route *route,
		     bool agrees)
{
	struct route_key key = { route, agrees };

	return holding_find(r, &holding_route, netlink_route_hash(route), &key);
}

/* Several may have one key, each with its next hops. */
static uint32_t concerned(const struct router *r,
			  const struct mirror_event *event)
{
	uint32_t n;

	if (!event->route)
		return ROUTER_NONE;
	n = find(r, &event->route->route, true);
	return n != ROUTER_NONE ? n : find(r, &event->route->route, false);
}

static void look(const struct router *r, struct holding *h)
{
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	const struct mirror_route *found = NULL;
	struct netlink_route route;

	if (!is_ours(h))
		return;
	if (as_wanted(r, h, &route, hops))
		found = mirror_find_route(r->mirror, &route);
	h->present = found && netlink_route_within(&route, &found->route);
	h->foreign = false;
}

/* `add`: what has the key of ours is in its way, and serves. */
static bool is_others(const struct holding *h)
{
	return conf_of(h)->how == CONF_ROUTE_ADD && is_ours(h);
}

/* Takes the next hops of one of ours out of `left`. */
static void take_hops(const struct netlink_route *ours,
		      struct netlink_route *left,
		      struct netlink_hop hops[NETLINK_HOPS_MAX])
{
	unsigned count = 0;

	for (unsigned n = 0; n < left->hop_count; n++) {
		unsigned k = 0;

		while (k < ours->hop_count &&
		       !netlink_hop_same(&ours->hops[k], &left->hops[n]))
			k++;
		if (k == ours->hop_count)
			hops[count++] = left->hops[n];
	}
	left->hops = hops;
	left->hop_count = count;
}

/*
 * Ours, in its place, and nobody's: a route or, of IPv6, next hops of one that
 * has others of ours, too.
 */
static bool old_one(const struct router *r, const struct holding *h,
		    struct netlink_route *old,
		    struct netlink_hop left[NETLINK_HOPS_MAX], bool *whole)
{
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	const struct mirror_route *found;
	struct netlink_route route;
	struct route_key key;
	uint32_t n, at = 0;

	if (!is_ours(h) || !as_wanted(r, h, &route, hops))
		return false;
	found = mirror_find_other_route(r->mirror, &route);
	if (!found)
		return false;
	*old = found->route;
	*whole = true;
	key = (struct route_key){ &found->route, true };
	while ((n = holding_next(r, &holding_route,
				 netlink_route_hash(&found->route), &key,
				 &at)) != ROUTER_NONE) {
		*whole = false;
		if (as_wanted(r, &r->holdings[n], &route, hops))
			take_hops(&route, old, left);
	}
	return *whole || old->hop_count > 0;
}

static bool outdated(struct router *r, const struct holding *h, bool remove)
{
	struct netlink_hop left[NETLINK_HOPS_MAX];
	struct netlink_route old;
	bool whole;

	if (!old_one(r, h, &old, left, &whole))
		return false;
	if (remove)
		(void)netlink_remove_route(r->netlink, &old, ROUTER_NO_ANSWER);
	return true;
}

/* Whether IPv6 takes the one beside the other: other gateways alone. */
static bool fits_beside(const struct netlink_route *route,
			const struct netlink_route *old)
{
	for (unsigned n = 0; n < route->hop_count; n++)
		for (unsigned k = 0; k < old->hop_count; k++)
			if (route->hops[n].via.family == IP_NONE ||
			    old->hops[k].via.family == IP_NONE ||
			    netlink_hop_same(&route->hops[n], &old->hops[k]))
				return false;
	return route->hop_count > 0 && old->hop_count > 0;
}

/*
 * The new one is beside what it replaces until that is taken away. IPv6 makes
 * one route of the two meanwhile, which may have next hops of others, too; but
 * if it knows a next hop already, it must replace the whole.
 */
static enum netlink_route_how how_to_put(const struct router *r,
					 const struct holding *h)
{
	const struct conf_route *c = h->conf;
	struct netlink_hop left[NETLINK_HOPS_MAX], hops[NETLINK_HOPS_MAX];
	struct netlink_route old, route;
	bool whole;

	/* Or theirs would stay when ours goes. */
	if (h->replaced)
		return NETLINK_ROUTE_SET;
	if ((c->family == IP_V6 || c->how == CONF_ROUTE_ADD) &&
	    old_one(r, h, &old, left, &whole) && whole)
		return c->family == IP_V6 && as_wanted(r, h, &route, hops) &&
				       fits_beside(&route, &old)
			       ? NETLINK_ROUTE_PREPEND
			       : NETLINK_ROUTE_SET;
	switch ((enum conf_route_how)c->how) {
	case CONF_ROUTE_APPEND:
		return NETLINK_ROUTE_APPEND;
	case CONF_ROUTE_ADD:
		return NETLINK_ROUTE_ADD;
	case CONF_ROUTE_PREPEND:
		break;
	}
	return NETLINK_ROUTE_PREPEND;
}

/* That of another program, in whatever scope, beside ours. */
static void remove_theirs(struct router *r, struct netlink_route theirs)
{
	theirs.protocol = RTPROT_KEEPALIVED;
	theirs.scope = RT_SCOPE_NOWHERE;
	(void)netlink_remove_route(r->netlink, &theirs, ROUTER_NO_ANSWER);
}

/*
 * In the place of another program's. IPv4 may have both, if ours is there
 * already.
 */
static int take_over(struct router *r, const struct netlink_route *route,
		     uint64_t cookie)
{
	int error =
		netlink_put_route(r->netlink, route, NETLINK_ROUTE_SET, cookie);

	if (!error && route->protocol == SYS_ROUTE_PROTOCOL)
		remove_theirs(r, *route);
	return error;
}

static int command(struct router *r, const struct holding *h,
		   enum holding_command what, uint64_t cookie)
{
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	struct netlink_route route;

	if (!as_wanted(r, h, &route, hops))
		return -ENODEV;
	if (what == HOLDING_REMOVE)
		return netlink_remove_route(r->netlink, &route, cookie);
	if (what == HOLDING_REFRESH)
		return take_over(r, &route, cookie);
	return netlink_put_route(r->netlink, &route, how_to_put(r, h), cookie);
}

static bool is_missing(int error)
{
	return error == ESRCH || error == ENODEV;
}

static bool was_had(struct ledger *before, const struct netlink_route *route)
{
	for (uint32_t n = 0; n < ledger_holdings(before); n++) {
		struct ledger_holding l;
		const struct ledger_wanted *w = &l.wanted;

		ledger_copy_holding(before, n, &l);
		if (w->kind == holding_route.number &&
		    w->prefix == route->prefix &&
		    (w->number ? w->number : RT_TABLE_MAIN) == route->table &&
		    w->address.family == route->family &&
		    memcmp(w->address.bytes, route->destination.bytes,
			   ip_size(route->family)) == 0)
			return true;
	}
	return false;
}

static void leftovers(struct router *r, struct ledger *before, bool first)
{
	const struct mirror_route *route;
	uint32_t at = 0;

	while ((route = mirror_next_route(r->mirror, &at))) {
		/* What has the key of one of ours is seen to with that. */
		if (find(r, &route->route, false) != ROUTER_NONE)
			continue;
		if (first || (before && was_had(before, &route->route)))
			(void)netlink_remove_route(r->netlink, &route->route,
						   ROUTER_NO_ANSWER);
	}
}

const struct holding_kind holding_route = {
	.name = "route",
	.number = 1,
	.number_name = "table",
	.make_before_break = true,
	.count = count,
	.at = at,
	.device = device,
	.group = group,
	.follows = follows,
	.let_go = let_go,
	.describe = describe,
	.hash = hash,
	.same = same,
	.equal = equal,
	.concerned = concerned,
	.look = look,
	.is_others = is_others,
	.outdated = outdated,
	.command = command,
	.is_missing = is_missing,
	.leftovers = leftovers,
};
