/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the lines of virtual_routes, static_routes,
 * virtual_rules and static_rules. A line is one value, since its words depend
 * on each other and may stand in any order.
 */
#include "base/map.h"
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row route_heads[] = {
	{
		.word = "route", .type = &conf_type_route,
		FIELD(conf_route, to),
		.help = "a route as ip-route(8) has it: its destination, where "
			"it leads, and options",
		.good = "10.0.0.0/8 via 192.0.2.1 dev eth0 metric 5",
		.bad = "10.0.0.0/8 via",
	},
};

static const struct conf_row rule_heads[] = {
	{
		.word = "rule", .type = &conf_type_rule,
		FIELD(conf_rule, from),
		.help = "a routing rule as ip-rule(8) has it: conditions, and "
			"one action",
		.good = "from 10.0.0.0/8 table 100 priority 200",
		.bad = "from 10.0.0.0/8",
	},
};
/* clang-format on */

/* Routes of one key may stand beside each other, so one is all that it is. */
static bool same_route(const void *a, const void *b)
{
	return conf_type_route.equal(route_heads, a, b);
}

static uint32_t hash_route(const void *item)
{
	const struct conf_route *one = item;
	uint32_t words[] = { one->family, one->table, one->metric,
			     map_hash(&one->to, sizeof(one->to)) };

	return map_hash(words, sizeof(words));
}

const struct conf_block conf_block_route = {
	.name = "virtual_routes",
	.heads = ROWS(route_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_route),
	.span = offsetof(struct conf_route, span),
	.items_max = CONF_ROUTES_MAX,
	.same = same_route,
	.hash = hash_route,
	.noun = "route",
	.ordered = "routes",
};

static bool same_rule(const void *a, const void *b)
{
	return conf_type_rule.equal(rule_heads, a, b);
}

static uint32_t hash_rule(const void *item)
{
	const struct conf_rule *one = item;
	uint32_t words[] = { one->family, one->priority, one->table,
			     map_hash(&one->from, sizeof(one->from)) };

	return map_hash(words, sizeof(words));
}

const struct conf_block conf_block_rule = {
	.name = "virtual_rules",
	.heads = ROWS(rule_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_rule),
	.span = offsetof(struct conf_rule, span),
	.items_max = CONF_RULES_MAX,
	.same = same_rule,
	.hash = hash_rule,
	.noun = "rule",
	.ordered = "rules",
};
