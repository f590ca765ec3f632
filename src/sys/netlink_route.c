/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What routes are compared by (sys/netlink_route.h). */
#include "sys/netlink_route.h"
#include "base/map.h"

#include <assert.h>
#include <linux/rtnetlink.h>
#include <string.h>

uint8_t netlink_route_scope(const struct netlink_route *route)
{
	if (route->family == IP_V6)
		return RT_SCOPE_UNIVERSE;
	if (route->scope != NETLINK_SCOPE_AUTO)
		return (uint8_t)route->scope;
	switch (route->type) {
	case RTN_LOCAL:
	case RTN_NAT:
		return RT_SCOPE_HOST;
	case RTN_BROADCAST:
	case RTN_MULTICAST:
	case RTN_ANYCAST:
		return RT_SCOPE_LINK;
	case RTN_UNICAST:
		if (route->hop_count == 1 &&
		    route->hops[0].via.family == IP_NONE)
			return RT_SCOPE_LINK;
		break;
	}
	return RT_SCOPE_UNIVERSE;
}

/* IP6_RT_PRIO_USER: what the kernel makes of no metric. */
#define METRIC_IPV6 1024

static uint32_t metric_of(const struct netlink_route *route)
{
	return route->metric == 0 && route->family == IP_V6 ? METRIC_IPV6
							    : route->metric;
}

/* 0/0 and no address are the same destination. */
static bool same_prefix(const struct ip *a, uint8_t a_prefix,
			const struct ip *b, uint8_t b_prefix)
{
	bool a_none = a->family == IP_NONE || ip_is_unspecified(a);
	bool b_none = b->family == IP_NONE || ip_is_unspecified(b);

	return a_prefix == b_prefix &&
	       (a_none || b_none ? a_none == b_none : ip_equal(a, b));
}

bool netlink_route_same_key(const struct netlink_route *a,
			    const struct netlink_route *b)
{
	if (a->family != b->family || a->table != b->table ||
	    metric_of(a) != metric_of(b) ||
	    !same_prefix(&a->destination, a->prefix, &b->destination,
			 b->prefix))
		return false;
	if (a->family == IP_V4)
		return a->tos == b->tos;
	return same_prefix(&a->from, a->from_prefix, &b->from, b->from_prefix);
}

uint32_t netlink_route_hash(const struct netlink_route *route)
{
	struct {
		uint32_t table, metric;
		uint8_t destination[16];
		uint8_t prefix, family, tos, from_prefix;
	} key = {
		.table = route->table,
		.metric = metric_of(route),
		.prefix = route->prefix,
		.family = route->family,
		.tos = route->family == IP_V4 ? route->tos : 0,
		.from_prefix = route->from_prefix,
	};

	memcpy(key.destination, route->destination.bytes,
	       sizeof(key.destination));
	return map_hash(&key, sizeof(key));
}

bool netlink_hop_same(const struct netlink_hop *wanted,
		      const struct netlink_hop *held)
{
	return ip_equal(&wanted->via, &held->via) &&
	       (wanted->ifindex == 0 || wanted->ifindex == held->ifindex);
}

static bool same_hop(const struct netlink_hop *wanted,
		     const struct netlink_hop *held, bool weighed)
{
	return netlink_hop_same(wanted, held) &&
	       wanted->onlink == held->onlink &&
	       (!weighed || (wanted->weight == held->weight &&
			     wanted->realms == held->realms));
}

/* Each of the one has its own in the other, which may have more. */
static bool has_hops(const struct netlink_route *wanted,
		     const struct netlink_route *held)
{
	bool ordered = wanted->family == IP_V4;
	uint32_t used = 0;

	static_assert(NETLINK_HOPS_MAX <= 32, "a bit each");
	if (wanted->hop_count > held->hop_count ||
	    (ordered && wanted->hop_count < held->hop_count))
		return false;
	for (unsigned i = 0; i < wanted->hop_count; i++) {
		unsigned at = ordered ? i : 0;
		unsigned end = ordered ? i + 1 : held->hop_count;

		while (at < end && ((used & (1u << at)) ||
				    !same_hop(&wanted->hops[i], &held->hops[at],
					      wanted->hop_count > 1)))
			at++;
		if (at == end)
			return false;
		used |= 1u << at;
	}
	return true;
}

/*
 * What the kernel makes of a setting (ip_metrics_convert()): 0, which it does
 * not report, if it is not set.
 */
static uint32_t setting_of(const struct netlink_route *route, unsigned number)
{
	uint32_t most = UINT32_MAX;

	if (!(route->set & (1u << number)))
		return 0;
	if (number == RTAX_ADVMSS)
		most = UINT16_MAX - 40;
	else if (number == RTAX_MTU)
		most = UINT16_MAX - 15;
	else if (number == RTAX_HOPLIMIT)
		most = UINT8_MAX;
	return route->settings[number] < most ? route->settings[number] : most;
}

static bool same_settings(const struct netlink_route *wanted,
			  const struct netlink_route *held)
{
	if (wanted->locked != held->locked ||
	    strcmp(wanted->congestion, held->congestion) != 0)
		return false;
	for (unsigned i = 0; i < NETLINK_ROUTE_SETTINGS; i++) {
		if (setting_of(wanted, i) != setting_of(held, i))
			return false;
	}
	return true;
}

/* Routes that lead nowhere: their link, if the kernel reports one, is lo. */
static bool leads_nowhere(const struct netlink_route *route)
{
	return route->type == RTN_BLACKHOLE || route->type == RTN_PROHIBIT ||
	       route->type == RTN_UNREACHABLE || route->type == RTN_THROW;
}

bool netlink_route_agrees(const struct netlink_route *wanted,
			  const struct netlink_route *held)
{
	return netlink_route_within(wanted, held) &&
	       (leads_nowhere(wanted) || wanted->hop_count == held->hop_count);
}

bool netlink_route_within(const struct netlink_route *wanted,
			  const struct netlink_route *held)
{
	return wanted->type == held->type &&
	       wanted->protocol == held->protocol &&
	       netlink_route_scope(wanted) == netlink_route_scope(held) &&
	       ip_equal(&wanted->source, &held->source) &&
	       (leads_nowhere(wanted) || has_hops(wanted, held)) &&
	       same_settings(wanted, held) && wanted->realms == held->realms &&
	       (wanted->pref == NETLINK_PREF_NONE ||
		wanted->pref == held->pref) &&
	       (wanted->expires == 0) == (held->expires == 0);
}
