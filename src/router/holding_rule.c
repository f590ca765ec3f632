/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routing rules as holdings (router/holding_kind.h): virtual_rules and
 * static_rules. They carry our protocol number; see holding_route.c of those
 * that carry another's.
 */
#include "router/state.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

extern const struct holding_kind holding_rule;

static const struct conf_rule *conf_of(const struct holding *h)
{
	return h->conf;
}

static bool is_ours(const struct holding *h)
{
	return conf_of(h)->protocol == 0;
}

static struct netlink_range16 range_of(const struct conf_range *c)
{
	return (struct netlink_range16){
		(uint16_t)c->first,
		(uint16_t)c->last,
	};
}

static struct netlink_rule as_wanted(const struct holding *h)
{
	const struct conf_rule *c = h->conf;
	struct netlink_rule rule = {
		.family = c->family,
		.action = c->action,
		.protocol = c->protocol ? c->protocol : SYS_ROUTE_PROTOCOL,
		.invert = c->invert,
		.l3mdev = c->l3mdev,
		.tos = c->tos,
		.ip_protocol = c->ip_protocol,
		.from = c->from.address,
		.to = c->to.address,
		.from_prefix = c->from.length,
		.to_prefix = c->to.length,
		.priority = c->priority,
		.table = c->action == FR_ACT_TO_TBL ? c->table : 0,
		.go_to = c->action == FR_ACT_GOTO ? c->go_to : 0,
		.mark = c->mark,
		.mark_mask = c->mark_mask,
		.realms = c->realms,
		.suppress_prefix = c->suppress_prefix,
		.suppress_group = c->suppress_group,
		.tunnel = c->tunnel,
		.has_uids = c->uids.written,
		.uid_first = c->uids.first,
		.uid_last = c->uids.last,
		.source_ports = range_of(&c->source_ports),
		.destination_ports = range_of(&c->destination_ports),
	};

	if (c->in)
		strncpy(rule.in, c->in, sizeof(rule.in) - 1);
	if (c->out)
		strncpy(rule.out, c->out, sizeof(rule.out) - 1);
	return rule;
}

static size_t count(const struct conf_model *model,
		    const struct conf_instance *instance)
{
	return instance ? instance->rule_count : model->static_rule_count;
}

static const void *at(const struct conf_model *model,
		      const struct conf_instance *instance, size_t n)
{
	return instance ? &instance->rules[n] : &model->static_rules[n];
}

/* A rule that names an interface which is missing waits for it by itself. */
static const char *device(const struct conf_instance *instance,
			  const void *conf, size_t n)
{
	const struct conf_rule *c = conf;
	const char *names[] = { c->in, c->out };

	(void)instance;
	for (size_t k = 0; k < 2; k++)
		if (names[k] && n-- == 0)
			return names[k];
	return NULL;
}

static bool follows(const struct conf_instance *instance, const void *conf)
{
	(void)instance;
	return !((const struct conf_rule *)conf)->no_track;
}

static const char *group(const void *conf)
{
	return ((const struct conf_rule *)conf)->track_group;
}

static bool let_go(const void *conf)
{
	return ((const struct conf_rule *)conf)->no_track;
}

static void describe(const void *conf, struct ledger_wanted *record)
{
	const struct conf_rule *c = conf;
	const struct conf_prefix *p =
		c->from.address.family != IP_NONE ? &c->from : &c->to;

	record->address = p->address;
	record->prefix = p->length;
	record->number = c->priority;
}

static uint32_t hash(const struct holding *h, uint32_t ifindex)
{
	struct netlink_rule rule = as_wanted(h);

	(void)ifindex;
	return netlink_rule_hash(&rule);
}

static bool same(const struct router *r, const struct holding *h,
		 const void *key)
{
	struct netlink_rule rule = as_wanted(h);

	(void)r;
	return netlink_rule_equal(&rule, key);
}

static bool equal(const struct router *r, const struct holding *a,
		  const struct holding *b)
{
	struct netlink_rule rule = as_wanted(a);

	return same(r, b, &rule);
}

static uint32_t find(const struct router *r, const struct netlink_rule *rule)
{
	return holding_find(r, &holding_rule, netlink_rule_hash(rule), rule);
}

static uint32_t concerned(const struct router *r,
			  const struct mirror_event *event)
{
	return event->rule ? find(r, &event->rule->rule) : ROUTER_NONE;
}

static void look(const struct router *r, struct holding *h)
{
	struct netlink_rule rule = as_wanted(h);

	if (!is_ours(h))
		return;
	h->present = mirror_find_rule(r->mirror, &rule) != NULL;
	h->foreign = false;
}

/* The kernel does not tell whose it is when it says that it is there. */
static bool is_others(const struct holding *h)
{
	return is_ours(h);
}

/* Ours beside that of another program, and then without it. */
static int take_over(struct router *r, const struct netlink_rule *rule,
		     uint64_t cookie)
{
	struct netlink_rule theirs = *rule;
	int error = netlink_put_rule_beside(r->netlink, rule, cookie);

	theirs.protocol = RTPROT_KEEPALIVED;
	if (!error)
		(void)netlink_remove_rule(r->netlink, &theirs,
					  ROUTER_NO_ANSWER);
	return error;
}

static int command(struct router *r, const struct holding *h,
		   enum holding_command what, uint64_t cookie)
{
	struct netlink_rule rule = as_wanted(h);

	if (what == HOLDING_REMOVE)
		return netlink_remove_rule(r->netlink, &rule, cookie);
	if (what == HOLDING_REFRESH && is_ours(h) &&
	    !mirror_find_rule(r->mirror, &rule))
		return take_over(r, &rule, cookie);
	return netlink_put_rule(r->netlink, &rule, cookie);
}

static bool is_missing(int error)
{
	return error == ENOENT;
}

static bool was_had(struct ledger *before, const struct netlink_rule *rule)
{
	for (uint32_t n = 0; n < ledger_holdings(before); n++) {
		struct ledger_holding l;
		const struct ledger_wanted *w = &l.wanted;

		ledger_copy_holding(before, n, &l);
		if (w->kind == holding_rule.number &&
		    w->number == rule->priority)
			return true;
	}
	return false;
}

static void leftovers(struct router *r, struct ledger *before, bool first)
{
	const struct mirror_rule *rule;
	uint32_t at = 0;

	while ((rule = mirror_next_rule(r->mirror, &at)))
		if (find(r, &rule->rule) == ROUTER_NONE &&
		    (first || (before && was_had(before, &rule->rule))))
			(void)netlink_remove_rule(r->netlink, &rule->rule,
						  ROUTER_NO_ANSWER);
}

const struct holding_kind holding_rule = {
	.name = "rule",
	.number = 2,
	.number_name = "priority",
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
	.command = command,
	.is_missing = is_missing,
	.leftovers = leftovers,
};
