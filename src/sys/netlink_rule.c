/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What routing rules are compared by (sys/netlink_rule.h). */
#include "sys/netlink_rule.h"
#include "base/map.h"

#include <string.h>

static bool same_range(struct netlink_range16 a, struct netlink_range16 b)
{
	return a.first == b.first && a.last == b.last;
}

static bool same_selectors(const struct netlink_rule *a,
			   const struct netlink_rule *b)
{
	return a->mark == b->mark && a->mark_mask == b->mark_mask &&
	       strcmp(a->in, b->in) == 0 && strcmp(a->out, b->out) == 0 &&
	       a->tunnel == b->tunnel && a->l3mdev == b->l3mdev &&
	       a->ip_protocol == b->ip_protocol && a->has_uids == b->has_uids &&
	       a->uid_first == b->uid_first && a->uid_last == b->uid_last &&
	       same_range(a->source_ports, b->source_ports) &&
	       same_range(a->destination_ports, b->destination_ports);
}

bool netlink_rule_equal(const struct netlink_rule *a,
			const struct netlink_rule *b)
{
	return a->family == b->family && a->priority == b->priority &&
	       a->action == b->action && a->protocol == b->protocol &&
	       a->invert == b->invert && a->tos == b->tos &&
	       ip_equal(&a->from, &b->from) &&
	       a->from_prefix == b->from_prefix && ip_equal(&a->to, &b->to) &&
	       a->to_prefix == b->to_prefix && a->table == b->table &&
	       a->go_to == b->go_to && a->realms == b->realms &&
	       a->suppress_prefix == b->suppress_prefix &&
	       a->suppress_group == b->suppress_group && same_selectors(a, b);
}

uint32_t netlink_rule_hash(const struct netlink_rule *rule)
{
	uint32_t words[] = { rule->family, rule->priority, rule->table,
			     rule->mark };

	return map_hash(words, sizeof(words));
}
