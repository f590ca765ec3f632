/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes as commands of sys/netlink.h. */
#include "sys/netlink.h"
#include "sys/netlink_message.h"

#include <assert.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static_assert(RTAX_FASTOPEN_NO_COOKIE < NETLINK_ROUTE_SETTINGS, "all RTAX");

/* A next hop of the route's own family, or of the other one (RFC 8950). */
static void put_via(struct nlmsghdr *message, const struct ip *via,
		    uint8_t family)
{
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} other;
	size_t size = ip_size(via->family);

	if (via->family == IP_NONE)
		return;
	if (via->family == family) {
		netlink_put_ip(message, RTA_GATEWAY, via);
		return;
	}
	other.family = netlink_family(via->family);
	memcpy(other.bytes, via->bytes, size);
	mnl_attr_put(message, RTA_VIA, sizeof(other.family) + size, &other);
}

static void put_one_hop(struct nlmsghdr *message, struct rtmsg *body,
			const struct netlink_route *route)
{
	const struct netlink_hop *hop = &route->hops[0];

	put_via(message, &hop->via, route->family);
	if (hop->ifindex)
		mnl_attr_put_u32(message, RTA_OIF, hop->ifindex);
	if (hop->onlink)
		body->rtm_flags |= RTNH_F_ONLINK;
}

static void put_hops(struct nlmsghdr *message,
		     const struct netlink_route *route)
{
	struct nlattr *all = mnl_attr_nest_start(message, RTA_MULTIPATH);

	for (unsigned i = 0; i < route->hop_count; i++) {
		const struct netlink_hop *hop = &route->hops[i];
		struct rtnexthop *to = mnl_nlmsg_get_payload_tail(message);

		*to = (struct rtnexthop){
			.rtnh_flags = hop->onlink ? RTNH_F_ONLINK : 0,
			.rtnh_hops =
				(uint8_t)(hop->weight ? hop->weight - 1 : 0),
			.rtnh_ifindex = (int)hop->ifindex,
		};
		message->nlmsg_len += sizeof(*to);
		put_via(message, &hop->via, route->family);
		if (hop->realms)
			mnl_attr_put_u32(message, RTA_FLOW, hop->realms);
		to->rtnh_len =
			(uint16_t)((char *)mnl_nlmsg_get_payload_tail(message) -
				   (char *)to);
	}
	mnl_attr_nest_end(message, all);
}

static void put_route_settings(struct nlmsghdr *message,
			       const struct netlink_route *route)
{
	struct nlattr *all;

	if (!route->set && !route->locked && !route->congestion[0])
		return;
	all = mnl_attr_nest_start(message, RTA_METRICS);
	if (route->locked)
		mnl_attr_put_u32(message, RTAX_LOCK, route->locked);
	for (uint16_t i = RTAX_MTU; i < NETLINK_ROUTE_SETTINGS; i++) {
		if ((route->set & (1u << i)) && i != RTAX_CC_ALGO)
			mnl_attr_put_u32(message, i, route->settings[i]);
	}
	if (route->congestion[0])
		mnl_attr_put_strz(message, RTAX_CC_ALGO, route->congestion);
	mnl_attr_nest_end(message, all);
}

static struct rtmsg *put_route(struct nlmsghdr *message,
			       const struct netlink_route *route)
{
	struct rtmsg *body = mnl_nlmsg_put_extra_header(message, sizeof(*body));

	body->rtm_family = netlink_family(route->family);
	body->rtm_dst_len = route->prefix;
	body->rtm_tos = route->tos;
	body->rtm_protocol = route->protocol;
	body->rtm_scope = netlink_route_scope(route);
	body->rtm_type = route->type;
	body->rtm_table =
		route->table < 256 ? (uint8_t)route->table : RT_TABLE_UNSPEC;
	mnl_attr_put_u32(message, RTA_TABLE, route->table);
	netlink_put_ip(message, RTA_DST, &route->destination);
	if (route->from.family != IP_NONE) {
		body->rtm_src_len = route->from_prefix;
		netlink_put_ip(message, RTA_SRC, &route->from);
	}
	if (route->metric)
		mnl_attr_put_u32(message, RTA_PRIORITY, route->metric);
	netlink_put_ip(message, RTA_PREFSRC, &route->source);
	if (route->hop_count == 1)
		put_one_hop(message, body, route);
	else if (route->hop_count > 1)
		put_hops(message, route);
	return body;
}

int netlink_put_route(struct netlink *n, const struct netlink_route *route,
		      enum netlink_route_how how, uint64_t cookie)
{
	static const uint16_t flags[] = {
		[NETLINK_ROUTE_SET] = NLM_F_CREATE | NLM_F_REPLACE,
		[NETLINK_ROUTE_ADD] = NLM_F_CREATE | NLM_F_EXCL,
		[NETLINK_ROUTE_PREPEND] = NLM_F_CREATE,
		[NETLINK_ROUTE_APPEND] = NLM_F_CREATE | NLM_F_APPEND,
	};
	struct nlmsghdr *message;
	int error;

	if (route->hop_count > NETLINK_HOPS_MAX)
		return -EINVAL;
	error = netlink_begin(n, RTM_NEWROUTE, flags[how], &message);
	if (error)
		return error;
	put_route(message, route);
	if (route->realms)
		mnl_attr_put_u32(message, RTA_FLOW, route->realms);
	put_route_settings(message, route);
	if (route->pref != NETLINK_PREF_NONE && route->family == IP_V6)
		mnl_attr_put_u8(message, RTA_PREF, route->pref);
	if (route->expires && route->family == IP_V6)
		mnl_attr_put_u32(message, RTA_EXPIRES, route->expires);
	if (route->ttl_propagate != NETLINK_TTL_UNSET)
		mnl_attr_put_u8(message, RTA_TTL_PROPAGATE,
				route->ttl_propagate);
	netlink_end(n, message, cookie);
	return 0;
}

int netlink_remove_route(struct netlink *n, const struct netlink_route *route,
			 uint64_t cookie)
{
	struct nlmsghdr *message;
	int error;

	if (route->hop_count > NETLINK_HOPS_MAX)
		return -EINVAL;
	error = netlink_begin(n, RTM_DELROUTE, 0, &message);
	if (error)
		return error;
	put_route(message, route);
	netlink_end(n, message, cookie);
	return 0;
}
