/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The priorities of rules that have none. keepalived counts down from 16384 in
 * each family, in the order in which it reads them; here static rules are
 * first, whatever the order of blocks, and then the instances.
 */
#include "conf/model/finish.h"

#define PRIORITY_FIRST 16384

struct counting {
	struct conf_reader *reader;
	uint32_t ipv4, ipv6; /* the next ones */
};

static void number(struct counting *c, struct conf_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct conf_rule *rule = &rules[i];
		struct conf_place place = { .span = rule->span };
		uint32_t *next = rule->family == IP_V6 ? &c->ipv6 : &c->ipv4;

		if (rule->has_priority)
			continue;
		rule->has_priority = true;
		rule->priority = *next > 1 ? (*next)-- : 1;
		conf_report(c->reader->report, CONF_WARNING, &place,
			    "write priority NUMBER: what is added or removed "
			    "above changes it otherwise",
			    "the rule has no priority; it gets %u",
			    rule->priority);
	}
}

void conf_rules_finish(struct conf_reader *r, struct conf_model *model)
{
	struct counting c = { r, PRIORITY_FIRST, PRIORITY_FIRST };

	number(&c, model->static_rules, model->static_rule_count);
	for (size_t i = 0; i < model->instance_count; i++)
		number(&c, model->instances[i].rules,
		       model->instances[i].rule_count);
}
