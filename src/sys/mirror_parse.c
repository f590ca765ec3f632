/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoder of sys/mirror_parse.h. The kernel is trusted to mean well, not
 * to be as we expect: every length is looked at, what is unknown is skipped.
 */
/* mnl_attr_for_each() counts bytes in an int; a message is far shorter. */
#pragma GCC diagnostic ignored "-Wconversion"

#include "sys/mirror_parse.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <string.h>

static uint32_t get_u32(const struct nlattr *a)
{
	uint32_t value = 0;

	if (mnl_attr_get_payload_len(a) >= sizeof(value))
		memcpy(&value, mnl_attr_get_payload(a), sizeof(value));
	return value;
}

static uint8_t get_u8(const struct nlattr *a)
{
	return mnl_attr_get_payload_len(a) >= 1 ? mnl_attr_get_u8(a) : 0;
}

static void get_name(const struct nlattr *a, char out[IFNAMSIZ])
{
	size_t length =
		strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a));

	if (length >= IFNAMSIZ)
		length = IFNAMSIZ - 1;
	memcpy(out, mnl_attr_get_payload(a), length);
	memset(out + length, 0, IFNAMSIZ - length);
}

static void get_kind(const struct nlattr *info, char out[IFNAMSIZ])
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, info)
	{
		if (mnl_attr_get_type(a) == IFLA_INFO_KIND)
			get_name(a, out);
	}
}

/* IFLA_AF_SPEC holds AF_INET, that IFLA_INET_CONF: an array from 1 on. */
static void get_inet(const struct nlattr *inet, struct mirror_link *link)
{
	const size_t at = (IPV4_DEVCONF_PROMOTE_SECONDARIES - 1) * 4;
	const struct nlattr *a;
	uint32_t value;

	mnl_attr_for_each_nested(a, inet)
	{
		if (mnl_attr_get_type(a) != IFLA_INET_CONF ||
		    mnl_attr_get_payload_len(a) < at + sizeof(value))
			continue;
		memcpy(&value, (const char *)mnl_attr_get_payload(a) + at,
		       sizeof(value));
		link->promotes_secondaries = value != 0;
	}
}

static void get_families(const struct nlattr *families,
			 struct mirror_link *link)
{
	const struct nlattr *a;

	mnl_attr_for_each_nested(a, families)
	{
		if (mnl_attr_get_type(a) == AF_INET)
			get_inet(a, link);
	}
}

static void get_mac(const struct nlattr *a, struct mirror_link *link)
{
	if (mnl_attr_get_payload_len(a) != sizeof(link->mac))
		return;
	memcpy(link->mac, mnl_attr_get_payload(a), sizeof(link->mac));
	link->has_mac = true;
}

/* Those that no file can name are left out. */
static void get_names(const struct nlattr *properties, struct mirror_link *link)
{
	const struct nlattr *a;
	unsigned count = 0;

	mnl_attr_for_each_nested(a, properties)
	{
		if (mnl_attr_get_type(a) != IFLA_ALT_IFNAME ||
		    strnlen(mnl_attr_get_payload(a),
			    mnl_attr_get_payload_len(a)) >= IFNAMSIZ)
			continue;
		if (count < MIRROR_NAMES_MAX)
			get_name(a, link->names[count++]);
	}
}

static void take_link_attribute(const struct nlattr *a,
				struct mirror_link *link, bool *elsewhere)
{
	switch (mnl_attr_get_type(a)) {
	case IFLA_IFNAME:
		get_name(a, link->name);
		break;
	case IFLA_ADDRESS:
		get_mac(a, link);
		break;
	case IFLA_MTU:
		link->mtu = get_u32(a);
		break;
	case IFLA_LINK:
		link->parent = get_u32(a);
		break;
	case IFLA_LINK_NETNSID:
		*elsewhere = true;
		break;
	case IFLA_MASTER:
		link->master = get_u32(a);
		break;
	case IFLA_OPERSTATE:
		link->operstate = get_u8(a);
		break;
	case IFLA_AF_SPEC:
		get_families(a, link);
		break;
	case IFLA_LINKINFO:
		get_kind(a, link->kind);
		break;
	case IFLA_PROP_LIST:
		get_names(a, link);
		break;
	}
}

bool mirror_parse_link(const struct nlmsghdr *message, struct mirror_link *link)
{
	const struct ifinfomsg *body;
	const struct nlattr *a;
	bool elsewhere = false;

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(*body)))
		return false;
	body = mnl_nlmsg_get_payload(message);
	if (body->ifi_family != AF_UNSPEC || body->ifi_index <= 0)
		return false;
	*link = (struct mirror_link){
		.ifindex = (uint32_t)body->ifi_index,
		.type = body->ifi_type,
		.flags = body->ifi_flags,
		.up = body->ifi_flags & IFF_UP,
	};
	link->carrier = link->up && (link->flags & IFF_RUNNING) &&
			(link->flags & IFF_LOWER_UP);
	mnl_attr_for_each(a, message, sizeof(*body))
		take_link_attribute(a, link, &elsewhere);
	/* The other end of a veth is not what it stands on. */
	if (elsewhere || strcmp(link->kind, "veth") == 0 ||
	    link->parent == link->ifindex)
		link->parent = 0;
	return true;
}

static void get_lifetimes(const struct nlattr *a,
			  struct mirror_address *address)
{
	struct ifa_cacheinfo info;

	if (mnl_attr_get_payload_len(a) < sizeof(info))
		return;
	memcpy(&info, mnl_attr_get_payload(a), sizeof(info));
	address->valid = info.ifa_valid;
	address->preferred = info.ifa_prefered;
}

static void get_ip(const struct nlattr *a, uint8_t family, struct ip *out)
{
	if (mnl_attr_get_payload_len(a) == ip_size(family))
		*out = ip_from_bytes(family, mnl_attr_get_payload(a));
}

bool mirror_parse_address(const struct nlmsghdr *message,
			  struct mirror_address *address)
{
	const struct ifaddrmsg *body;
	const struct nlattr *a;
	struct ip local = { 0 }, peer = { 0 };
	uint8_t family;

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(*body)))
		return false;
	body = mnl_nlmsg_get_payload(message);
	family = body->ifa_family == AF_INET    ? IP_V4
		 : body->ifa_family == AF_INET6 ? IP_V6
						: IP_NONE;
	if (family == IP_NONE || body->ifa_index == 0)
		return false;
	*address = (struct mirror_address){
		.ifindex = body->ifa_index,
		.prefix = body->ifa_prefixlen,
		.scope = body->ifa_scope,
		.flags = body->ifa_flags,
		.valid = UINT32_MAX,
		.preferred = UINT32_MAX,
	};
	mnl_attr_for_each(a, message, sizeof(*body))
	{
		switch (mnl_attr_get_type(a)) {
		case IFA_LOCAL:
			get_ip(a, family, &local);
			break;
		case IFA_ADDRESS:
			get_ip(a, family, &peer);
			break;
		case IFA_FLAGS:
			address->flags = get_u32(a);
			break;
		case IFA_BROADCAST:
			get_ip(a, family, &address->broadcast);
			break;
		case IFA_LABEL:
			get_name(a, address->label);
			break;
		case IFA_RT_PRIORITY:
			address->metric = get_u32(a);
			break;
		case IFA_PROTO:
			address->tag = get_u8(a);
			break;
		case IFA_CACHEINFO:
			get_lifetimes(a, address);
			break;
		}
	}
	/* Of a point-to-point link IFA_ADDRESS is the other end. */
	address->address = local.family ? local : peer;
	if (!ip_equal(&address->address, &peer))
		address->peer = peer;
	return address->address.family != IP_NONE;
}
