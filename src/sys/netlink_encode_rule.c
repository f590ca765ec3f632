/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routing rules as commands of sys/netlink.h. */
#include "sys/netlink.h"
#include "sys/netlink_message.h"

#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

static void put_selectors(struct nlmsghdr *message,
			  const struct netlink_rule *rule)
{
	if (rule->mark || rule->mark_mask) {
		mnl_attr_put_u32(message, FRA_FWMARK, rule->mark);
		mnl_attr_put_u32(message, FRA_FWMASK, rule->mark_mask);
	}
	if (rule->in[0])
		mnl_attr_put_strz(message, FRA_IIFNAME, rule->in);
	if (rule->out[0])
		mnl_attr_put_strz(message, FRA_OIFNAME, rule->out);
	if (rule->tunnel)
		mnl_attr_put_u64(message, FRA_TUN_ID, htobe64(rule->tunnel));
	if (rule->l3mdev)
		mnl_attr_put_u8(message, FRA_L3MDEV, 1);
	if (rule->ip_protocol)
		mnl_attr_put_u8(message, FRA_IP_PROTO, rule->ip_protocol);
	if (rule->has_uids) {
		struct fib_rule_uid_range uids = { rule->uid_first,
						   rule->uid_last };

		mnl_attr_put(message, FRA_UID_RANGE, sizeof(uids), &uids);
	}
	if (rule->source_ports.last)
		mnl_attr_put(message, FRA_SPORT_RANGE,
			     sizeof(rule->source_ports), &rule->source_ports);
	if (rule->destination_ports.last)
		mnl_attr_put(message, FRA_DPORT_RANGE,
			     sizeof(rule->destination_ports),
			     &rule->destination_ports);
}

static int queue_rule(struct netlink *n, uint16_t type, uint16_t flags,
		      const struct netlink_rule *rule, uint64_t cookie)
{
	struct fib_rule_hdr *body;
	struct nlmsghdr *message;
	int error = netlink_begin(n, type, flags, &message);

	if (error)
		return error;
	body = mnl_nlmsg_put_extra_header(message, sizeof(*body));
	body->family = netlink_family(rule->family);
	body->action = rule->action;
	body->tos = rule->tos;
	body->flags = rule->invert ? FIB_RULE_INVERT : 0;
	body->table =
		rule->table < 256 ? (uint8_t)rule->table : RT_TABLE_UNSPEC;
	if (rule->from.family != IP_NONE)
		body->src_len = rule->from_prefix;
	if (rule->to.family != IP_NONE)
		body->dst_len = rule->to_prefix;
	netlink_put_ip(message, FRA_SRC, &rule->from);
	netlink_put_ip(message, FRA_DST, &rule->to);
	mnl_attr_put_u32(message, FRA_PRIORITY, rule->priority);
	mnl_attr_put_u8(message, FRA_PROTOCOL, rule->protocol);
	if (rule->table)
		mnl_attr_put_u32(message, FRA_TABLE, rule->table);
	if (rule->action == FR_ACT_GOTO)
		mnl_attr_put_u32(message, FRA_GOTO, rule->go_to);
	if (rule->suppress_prefix != NETLINK_SUPPRESS_NONE)
		mnl_attr_put_u32(message, FRA_SUPPRESS_PREFIXLEN,
				 (uint32_t)rule->suppress_prefix);
	if (rule->suppress_group != NETLINK_SUPPRESS_NONE)
		mnl_attr_put_u32(message, FRA_SUPPRESS_IFGROUP,
				 (uint32_t)rule->suppress_group);
	if (rule->realms && rule->family == IP_V4)
		mnl_attr_put_u32(message, FRA_FLOW, rule->realms);
	put_selectors(message, rule);
	netlink_end(n, message, cookie);
	return 0;
}

int netlink_put_rule(struct netlink *n, const struct netlink_rule *rule,
		     uint64_t cookie)
{
	return queue_rule(n, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule,
			  cookie);
}

int netlink_put_rule_beside(struct netlink *n, const struct netlink_rule *rule,
			    uint64_t cookie)
{
	return queue_rule(n, RTM_NEWRULE, NLM_F_CREATE, rule, cookie);
}

int netlink_remove_rule(struct netlink *n, const struct netlink_rule *rule,
			uint64_t cookie)
{
	return queue_rule(n, RTM_DELRULE, 0, rule, cookie);
}
