/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, and settings of links, as commands of sys/netlink.h. */
#include "sys/netlink.h"
#include "sys/netlink_message.h"

#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

static void put_settings(struct nlmsghdr *message,
			 const struct netlink_address *a)
{
	struct ifa_cacheinfo lifetimes = {
		.ifa_prefered = a->preferred,
		.ifa_valid = a->valid,
	};
	uint32_t flags = 0;

	if (a->no_prefix_route)
		flags |= IFA_F_NOPREFIXROUTE;
	if (a->no_dad && a->address.family == IP_V6)
		flags |= IFA_F_NODAD;
	if (a->home && a->address.family == IP_V6)
		flags |= IFA_F_HOMEADDRESS;
	if (a->temporary && a->address.family == IP_V6)
		flags |= IFA_F_MANAGETEMPADDR;
	if (flags)
		mnl_attr_put_u32(message, IFA_FLAGS, flags);
	if (a->tag)
		mnl_attr_put_u8(message, IFA_PROTO, a->tag);
	if (a->address.family == IP_V4 && a->broadcast.family == IP_V4)
		netlink_put_ip(message, IFA_BROADCAST, &a->broadcast);
	if (a->address.family == IP_V4 && a->label[0])
		mnl_attr_put_strz(message, IFA_LABEL, a->label);
	mnl_attr_put(message, IFA_CACHEINFO, sizeof(lifetimes), &lifetimes);
}

static int queue(struct netlink *n, uint16_t type, uint16_t flags,
		 const struct netlink_address *a, uint64_t cookie)
{
	struct nlmsghdr *message;
	struct ifaddrmsg *body;
	int error = netlink_begin(n, type, flags, &message);

	if (error)
		return error;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifa_family = netlink_family(a->address.family);
	body->ifa_prefixlen = a->prefix;
	body->ifa_scope = a->scope;
	body->ifa_index = a->ifindex;
	/* Without IFA_ADDRESS a removal would not look at the prefix. */
	netlink_put_ip(message, IFA_LOCAL, &a->address);
	netlink_put_ip(message, IFA_ADDRESS,
		       a->peer.family == IP_NONE ? &a->address : &a->peer);
	if (type == RTM_NEWADDR)
		put_settings(message, a);
	netlink_end(n, message, cookie);
	return 0;
}

int netlink_set(struct netlink *n, const struct netlink_address *a,
		uint64_t cookie)
{
	return queue(n, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, a, cookie);
}

int netlink_add(struct netlink *n, const struct netlink_address *a,
		uint64_t cookie)
{
	return queue(n, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, a, cookie);
}

int netlink_remove(struct netlink *n, const struct netlink_address *a,
		   uint64_t cookie)
{
	return queue(n, RTM_DELADDR, 0, a, cookie);
}

int netlink_set_link(struct netlink *n, uint32_t ifindex, unsigned setting,
		     uint32_t value, uint64_t cookie)
{
	struct nlattr *families, *inet, *settings;
	struct nlmsghdr *message;
	struct ifinfomsg *body;
	int error = netlink_begin(n, RTM_SETLINK, 0, &message);

	if (error)
		return error;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->ifi_index = (int)ifindex;
	families = mnl_attr_nest_start(message, IFLA_AF_SPEC);
	inet = mnl_attr_nest_start(message, AF_INET);
	settings = mnl_attr_nest_start(message, IFLA_INET_CONF);
	mnl_attr_put_u32(message, (uint16_t)setting, value);
	mnl_attr_nest_end(message, settings);
	mnl_attr_nest_end(message, inet);
	mnl_attr_nest_end(message, families);
	netlink_end(n, message, cookie);
	return 0;
}
