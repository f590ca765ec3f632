/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading rtnetlink(7)'s messages about routes and rules into the structs of
 * sys/netlink_route.h and sys/netlink_rule.h. Pure.
 */
#pragma once

#include "sys/netlink_route.h"
#include "sys/netlink_rule.h"

struct nlmsghdr;

/*
 * RTM_NEWROUTE and RTM_DELROUTE of IPv4 and IPv6. False if it is neither, a
 * cached one, or more than a struct holds. The route's hops are in `hops`.
 */
bool mirror_parse_route(const struct nlmsghdr *message,
			struct netlink_route *route,
			struct netlink_hop hops[NETLINK_HOPS_MAX]);

/* RTM_NEWRULE and RTM_DELRULE of IPv4 and IPv6. */
bool mirror_parse_rule(const struct nlmsghdr *message,
		       struct netlink_rule *rule);
