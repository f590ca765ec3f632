/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoder of sys/mirror_parse_route.h. Every length is looked at, what is
 * unknown is skipped.
 */
/* mnl_attr_for_each() counts bytes in an int; a message is far shorter. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"

#include "sys/mirror_parse_route.h"

#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

/* Copies an attribute of exactly that size; else `out` is untouched. */
static void get(const struct nlattr *a, void *out, size_t size)
{
	if (mnl_attr_get_payload_len(a) == size)
		memcpy(out, mnl_attr_get_payload(a), size);
}

static uint32_t get_number(const struct nlattr *a)
{
	uint32_t value = 0;

	get(a, &value, sizeof(value));
	return value;
}

static uint8_t get_byte(const struct nlattr *a)
{
	return mnl_attr_get_payload_len(a) >= 1 ? mnl_attr_get_u8(a) : 0;
}

static void get_text(const struct nlattr *a, char *out, size_t size)
{
	size_t length =
		strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));

	if (length >= size)
		length = size - 1;
	memset(out, 0, size);
	memcpy(out, mnl_attr_get_payload(a), length);
}

static void get_address(const struct nlattr *a, uint8_t family, struct ip *out)
{
	if (mnl_attr_get_payload_len(a) == ip_size(family))
		*out = ip_from_bytes(family, mnl_attr_get_payload(a));
}

static uint8_t family_of(unsigned family)
{
	return family == AF_INET ? IP_V4 : family == AF_INET6 ? IP_V6 : IP_NONE;
}

/* RTA_VIA: a next hop of the other family. */
static void get_via(const struct nlattr *a, struct ip *out)
{
	const unsigned char *bytes = mnl_attr_get_payload(a);
	uint16_t number;
	uint8_t family;

	if (mnl_attr_get_payload_len(a) < sizeof(number))
		return;
	memcpy(&number, bytes, sizeof(number));
	family = family_of(number);
	if (family != IP_NONE &&
	    mnl_attr_get_payload_len(a) == sizeof(number) + ip_size(family))
		*out = ip_from_bytes(family, bytes + sizeof(number));
}

static void get_hop(const struct rtnexthop *from, uint8_t family,
		    struct netlink_hop *hop)
{
	const struct nlattr *a;

	*hop = (struct netlink_hop){
		.ifindex = (uint32_t)from->rtnh_ifindex,
		.weight = (uint16_t)(from->rtnh_hops + 1),
		.onlink = from->rtnh_flags & RTNH_F_ONLINK,
		.dead = from->rtnh_flags & RTNH_F_DEAD,
	};
	for (a = (const void *)RTNH_DATA(from); mnl_attr_ok(
		     a, (const char *)from + from->rtnh_len - (const char *)a);
	     a = mnl_attr_next(a)) {
		switch (mnl_attr_get_type(a)) {
		case RTA_GATEWAY:
			get_address(a, family, &hop->via);
			break;
		case RTA_VIA:
			get_via(a, &hop->via);
			break;
		case RTA_FLOW:
			hop->realms = get_number(a);
			break;
		}
	}
}

static bool get_hops(const struct nlattr *all, struct netlink_route *route,
		     struct netlink_hop hops[NETLINK_HOPS_MAX])
{
	const char *at = mnl_attr_get_payload(all);
	size_t left = mnl_attr_get_payload_len(all);

	route->hop_count = 0;
	while (left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const void *)at;
		size_t length = RTNH_ALIGN(hop->rtnh_len);

		if (hop->rtnh_len < sizeof(*hop) || hop->rtnh_len > left ||
		    route->hop_count == NETLINK_HOPS_MAX)
			return false;
		get_hop(hop, route->family, &hops[route->hop_count++]);
		if (length >= left)
			break;
		at += length;
		left -= length;
	}
	return true;
}

static void get_settings(const struct nlattr *all, struct netlink_route *route)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, all)
	{
		unsigned type = mnl_attr_get_type(a);

		if (type == RTAX_CC_ALGO) {
			get_text(a, route->congestion,
				 sizeof(route->congestion));
		} else if (type == RTAX_LOCK) {
			route->locked = get_number(a);
		} else if (type < NETLINK_ROUTE_SETTINGS) {
			route->settings[type] = get_number(a);
			route->set |= 1u << type;
		}
	}
}

static bool get_route_attribute(const struct nlattr *a,
				struct netlink_route *route,
				struct netlink_hop *hops)
{
	struct rta_cacheinfo info = { 0 };

	switch (mnl_attr_get_type(a)) {
	case RTA_TABLE:
		route->table = get_number(a);
		break;
	case RTA_DST:
		get_address(a, route->family, &route->destination);
		break;
	case RTA_SRC:
		get_address(a, route->family, &route->from);
		break;
	case RTA_PRIORITY:
		route->metric = get_number(a);
		break;
	case RTA_PREFSRC:
		get_address(a, route->family, &route->source);
		break;
	case RTA_FLOW:
		route->realms = get_number(a);
		break;
	case RTA_GATEWAY:
		get_address(a, route->family, &hops->via);
		route->hop_count = 1;
		break;
	case RTA_VIA:
		get_via(a, &hops->via);
		route->hop_count = 1;
		break;
	case RTA_OIF:
		hops->ifindex = get_number(a);
		route->hop_count = 1;
		break;
	case RTA_MULTIPATH:
		return get_hops(a, route, hops);
	case RTA_METRICS:
		get_settings(a, route);
		break;
	case RTA_PREF:
		route->pref = get_byte(a);
		break;
	case RTA_TTL_PROPAGATE:
		route->ttl_propagate = get_byte(a);
		break;
	case RTA_CACHEINFO:
		get(a, &info, sizeof(info));
		/* In hundredths of a second (USER_HZ). */
		if (info.rta_expires > 0)
			route->expires = (uint32_t)info.rta_expires / 100 + 1;
		break;
	}
	return true;
}

bool mirror_parse_route(const struct nlmsghdr *message,
			struct netlink_route *route,
			struct netlink_hop hops[NETLINK_HOPS_MAX])
{
	const struct rtmsg *body;
	const struct nlattr *a;
	uint8_t family;

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(*body)))
		return false;
	body = mnl_nlmsg_get_payload(message);
	family = family_of(body->rtm_family);
	if (family == IP_NONE || (body->rtm_flags & RTM_F_CLONED))
		return false;
	*route = (struct netlink_route){
		.family = family,
		.type = body->rtm_type,
		.protocol = body->rtm_protocol,
		.scope = body->rtm_scope,
		.tos = body->rtm_tos,
		.prefix = body->rtm_dst_len,
		.from_prefix = body->rtm_src_len,
		.table = body->rtm_table,
		.pref = NETLINK_PREF_NONE,
		.ttl_propagate = NETLINK_TTL_UNSET,
		.hops = hops,
	};
	hops[0] = (struct netlink_hop){
		.weight = 1,
		.onlink = body->rtm_flags & RTNH_F_ONLINK,
		.dead = body->rtm_flags & RTNH_F_DEAD,
	};
	mnl_attr_for_each(a, message, sizeof(*body))
	{
		if (!get_route_attribute(a, route, hops))
			return false;
	}
	return true;
}

static void get_rule_selector(const struct nlattr *a, struct netlink_rule *rule)
{
	struct fib_rule_uid_range uids = { 0 };
	uint64_t tunnel = 0;

	switch (mnl_attr_get_type(a)) {
	case FRA_FWMARK:
		rule->mark = get_number(a);
		break;
	case FRA_FWMASK:
		rule->mark_mask = get_number(a);
		break;
	case FRA_IIFNAME:
		get_text(a, rule->in, sizeof(rule->in));
		break;
	case FRA_OIFNAME:
		get_text(a, rule->out, sizeof(rule->out));
		break;
	case FRA_TUN_ID:
		get(a, &tunnel, sizeof(tunnel));
		rule->tunnel = be64toh(tunnel);
		break;
	case FRA_L3MDEV:
		rule->l3mdev = get_byte(a) != 0;
		break;
	case FRA_IP_PROTO:
		rule->ip_protocol = get_byte(a);
		break;
	case FRA_UID_RANGE:
		rule->has_uids = true;
		get(a, &uids, sizeof(uids));
		rule->uid_first = uids.start;
		rule->uid_last = uids.end;
		break;
	case FRA_SPORT_RANGE:
		get(a, &rule->source_ports, sizeof(rule->source_ports));
		break;
	case FRA_DPORT_RANGE:
		get(a, &rule->destination_ports,
		    sizeof(rule->destination_ports));
		break;
	}
}

static void get_rule_attribute(const struct nlattr *a,
			       struct netlink_rule *rule)
{
	switch (mnl_attr_get_type(a)) {
	case FRA_SRC:
		get_address(a, rule->family, &rule->from);
		break;
	case FRA_DST:
		get_address(a, rule->family, &rule->to);
		break;
	case FRA_PRIORITY:
		rule->priority = get_number(a);
		break;
	case FRA_PROTOCOL:
		rule->protocol = get_byte(a);
		break;
	case FRA_TABLE:
		rule->table = get_number(a);
		break;
	case FRA_GOTO:
		rule->go_to = get_number(a);
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		rule->suppress_prefix = (int32_t)get_number(a);
		break;
	case FRA_SUPPRESS_IFGROUP:
		rule->suppress_group = (int32_t)get_number(a);
		break;
	case FRA_FLOW:
		rule->realms = get_number(a);
		break;
	default:
		get_rule_selector(a, rule);
		break;
	}
}

bool mirror_parse_rule(const struct nlmsghdr *message,
		       struct netlink_rule *rule)
{
	const struct fib_rule_hdr *body;
	const struct nlattr *a;
	uint8_t family;

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(*body)))
		return false;
	body = mnl_nlmsg_get_payload(message);
	family = family_of(body->family);
	if (family == IP_NONE)
		return false;
	*rule = (struct netlink_rule){
		.family = family,
		.action = body->action,
		.invert = body->flags & FIB_RULE_INVERT,
		.tos = body->tos,
		.from_prefix = body->src_len,
		.to_prefix = body->dst_len,
		.table = body->table,
		.suppress_prefix = NETLINK_SUPPRESS_NONE,
		.suppress_group = NETLINK_SUPPRESS_NONE,
	};
	mnl_attr_for_each(a, message, sizeof(*body))
		get_rule_attribute(a, rule);
	return true;
}
