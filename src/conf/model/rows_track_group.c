/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: track_group, and what is wrong with one beside
 * the rest. keepalived.conf(5).
 */
#include "base/map.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <string.h>

/* clang-format off */
static const struct conf_row member_heads[] = {
	ROW_WITH("instance", NAME(conf_member, name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of a vrrp_instance", "A", NULL),
};
/* clang-format on */

static bool same_member(const void *a, const void *b)
{
	const struct conf_member *one = a;
	const struct conf_member *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_member(const void *item)
{
	const struct conf_member *one = item;

	return map_hash(one->name, strlen(one->name));
}

const struct conf_block conf_block_member = {
	.name = "group",
	.heads = ROWS(member_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_member),
	.span = offsetof(struct conf_member, span),
	.same = same_member,
	.hash = hash_member,
	.noun = "member",
};

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_track_group, name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of the group",
		 "track_group G {\n group { A }\n}", NULL),
};

static const struct conf_row rows[] = {
	{
		.word = "group", .type = &conf_type_each,
		LIST(conf_track_group, members, member_count,
		     conf_block_member),
		.help = "the virtual routers that are in FAULT while the "
			"interface of a static address, route or rule is down",
		.good = "group {\n A\n}", .bad = "group A",
	},
};
/* clang-format on */

static bool same_group(const void *a, const void *b)
{
	const struct conf_track_group *one = a;
	const struct conf_track_group *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_group(const void *item)
{
	const struct conf_track_group *one = item;

	return map_hash(one->name, strlen(one->name));
}

const struct conf_block conf_block_track_group = {
	.name = "track_group",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(rows) },
	.size = sizeof(struct conf_track_group),
	.span = offsetof(struct conf_track_group, span),
	.same = same_group,
	.hash = hash_group,
	.noun = "track_group",
};

static bool is_instance(const struct conf_model *model, const char *name)
{
	for (size_t i = 0; i < model->instance_count; i++)
		if (strcmp(model->instances[i].name, name) == 0)
			return true;
	return false;
}

static bool is_group(const struct conf_model *model, const char *name)
{
	for (size_t i = 0; i < model->track_group_count; i++)
		if (strcmp(model->track_groups[i].name, name) == 0)
			return true;
	return false;
}

static void drop_strangers(struct conf_reader *r,
			   const struct conf_model *model,
			   struct conf_track_group *group)
{
	size_t kept = 0;

	for (size_t i = 0; i < group->member_count; i++) {
		struct conf_member member = group->members[i];
		struct conf_place place = { .span = member.span };

		if (is_instance(model, member.name))
			group->members[kept++] = member;
		else
			conf_report_ignored(r->report, &place, NULL,
					    "there is no vrrp_instance %s",
					    member.name);
	}
	group->member_count = (uint32_t)kept;
}

static void check_reference(struct conf_reader *r,
			    const struct conf_model *model,
			    const struct conf_span *span, const char **name)
{
	struct conf_place place = { .span = *span };

	if (!*name || is_group(model, *name))
		return;
	conf_report_ignored(r->report, &place, NULL,
			    "there is no track_group %s", *name);
	*name = NULL;
}

void conf_track_groups_finish(struct conf_reader *r, struct conf_model *model)
{
	for (size_t i = 0; i < model->track_group_count; i++)
		drop_strangers(r, model, &model->track_groups[i]);
	for (size_t i = 0; i < model->static_address_count; i++)
		check_reference(r, model, &model->static_addresses[i].is.span,
				&model->static_addresses[i].track_group);
	for (size_t i = 0; i < model->static_route_count; i++)
		check_reference(r, model, &model->static_routes[i].span,
				&model->static_routes[i].track_group);
	for (size_t i = 0; i < model->static_rule_count; i++)
		check_reference(r, model, &model->static_rules[i].span,
				&model->static_rules[i].track_group);
}
