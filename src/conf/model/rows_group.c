/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: vrrp_sync_group, and what is wrong with groups
 * beside the instances that they name. keepalived.conf(5).
 */
#include "base/map.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"
#include "conf/model/targets.h"
#include "vrrp/group.h"

#include <string.h>

#define NOTIFY(w, n, h)                                                        \
	NOTIFY_OF(conf_sync_group, &conf_type_notify, w, n, h, w, )

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_sync_group, name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of the group",
		 "vrrp_sync_group G {\n group { A }\n}", NULL),
};

static const struct conf_row rows[] = {
	{
		.word = "group", .type = &conf_type_each,
		LIST(conf_sync_group, members, member_count,
		     conf_block_member),
		.help = "the virtual routers of the group, which change state "
			"together",
		.good = "group {\n A\n B\n}", .bad = "group A",
	},
	NOTIFY("notify", CONF_NOTIFY_ANY,
	       "the script to run at every change of state of the group, with "
	       "its user and group; it is told GROUP, the name, the state and "
	       "0"),
	NOTIFY("notify_master", CONF_NOTIFY_ACTIVE,
	       "the script to run when the group becomes Active, with its "
	       "user and group"),
	NOTIFY("notify_backup", CONF_NOTIFY_BACKUP,
	       "the script to run when the group becomes Backup, with its "
	       "user and group"),
	NOTIFY("notify_fault", CONF_NOTIFY_FAULT,
	       "the script to run when the group has a fault, with its user "
	       "and group"),
	NOTIFY("notify_stop", CONF_NOTIFY_STOP,
	       "the script to run when the group is stopped, with its user "
	       "and group"),
	ROW("sync_group_tracking_weight",
	    FLAG(conf_sync_group, keeps_weights, 1),
	    "let weights of what the virtual routers of this group track "
	    "count, each for its own; without it they are left out",
	    "sync_group_tracking_weight", "sync_group_tracking_weight 5"),
	ROW_WITH("global_tracking", FLAG(conf_sync_group, keeps_weights, 1),
		 .flags = CONF_ALIAS,
		 "an old spelling of sync_group_tracking_weight",
		 "global_tracking", "global_tracking 5"),
	{
		.word = "track_interface", .type = &conf_type_lines,
		LIST(conf_sync_group, tracked_interfaces,
		     tracked_interface_count, conf_block_tracked_interface),
		.help = "the interfaces that must be up; with a weight, each "
			"adds to the priority of all members instead",
		.good = "track_interface {\n eth1 weight 10\n}",
		.bad = "track_interface eth1",
	},
	TRACKED_BY(conf_sync_group, VRRP_TARGET_SCRIPT, "track_script",
		   conf_block_tracked_script,
		   "the vrrp_scripts that must succeed; with a weight, "
		   "each adds to the priority of all members instead", "check"),
	TRACKED_BY(conf_sync_group, VRRP_TARGET_FILE, "track_file",
		   conf_block_tracked_file,
		   "the track_files whose numbers, multiplied by their "
		   "weights, are added to the priority of all members", "f"),
	TRACKED_BY(conf_sync_group, VRRP_TARGET_PROCESS, "track_process",
		   conf_block_tracked_process,
		   "the vrrp_track_processes that must run; with a "
		   "weight, each adds to the priority of all members "
		   "instead", "nginx"),
	TRACKED_SERVERS_BY(conf_sync_group),
	BLOCK(CONF_NEEDED, "track_bfd", conf_block_list,
	      "the bfd_instances that must be up; with a weight, each adds to "
	      "the priority instead", "track_bfd {\n peer\n}"),
	INERT("notify_deleted", 0, 3,
	      "tell DELETED when a reload removes the group; keepalived knows "
	      "the word only of a vrrp_instance, and so does baton",
	      "notify_deleted /bin/n.sh"),
	ROW_WITH("notify_priority_changes",
		 SWITCH(conf_sync_group, notify_priority_changes, 0),
		 .flags = CONF_QUIET,
		 "write changes of the priority of all members to the notify "
		 "FIFOs",
		 "notify_priority_changes on", "notify_priority_changes 3"),
	ROW_WITH("smtp_alert", SWITCH(conf_sync_group, smtp_alert, 0),
		 INHERITS(mail.alert_vrrp),
		 "send mail when the state of the group changes; default: "
		 "smtp_alert_vrrp, or smtp_alert",
		 "smtp_alert on", "smtp_alert maybe"),
};
/* clang-format on */

static bool same_group(const void *a, const void *b)
{
	const struct conf_sync_group *one = a, *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_group(const void *item)
{
	const struct conf_sync_group *one = item;

	return map_hash(one->name, strlen(one->name));
}

const struct conf_block conf_block_sync_group = {
	.name = "vrrp_sync_group",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(rows) },
	.size = sizeof(struct conf_sync_group),
	.span = offsetof(struct conf_sync_group, span),
	.same = same_group,
	.hash = hash_group,
	.noun = "vrrp_sync_group",
};

/* What is at hand while groups are finished. */
struct grouping {
	struct conf_reader *reader;
	struct conf_model *model;
	struct map names;      /* of instances */
	const char **group_of; /* of each instance: the name of its group */
};

static uint32_t name_hash(const char *name)
{
	return map_hash(name, strlen(name));
}

static bool named(const void *context, uint32_t number, const void *key)
{
	const struct conf_model *m = context;

	return strcmp(m->instances[number].name, key) == 0;
}

/* The instances of a model by their names; false: no memory. */
static bool index_names(struct arena *arena, const struct conf_model *m,
			struct map *names)
{
	uint32_t capacity = m->instance_count ? m->instance_count : 1;
	void *memory = arena_alloc(arena, map_memory(capacity));

	if (!memory)
		return false;
	map_init(names, memory, capacity, named, m);
	for (uint32_t n = 0; n < m->instance_count; n++)
		map_put(names, name_hash(m->instances[n].name), n);
	return true;
}

static void left_out(const struct grouping *g, const struct conf_span *span,
		     const char *name, const char *why)
{
	struct conf_place place = { .span = *span };

	conf_report_ignored(g->reader->report, &place, NULL,
			    "%s is left out: %s", name, why);
}

/* Members that are none; as keepalived, an instance is in one group. */
static void finish_members(struct grouping *g, struct conf_sync_group *group)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < group->member_count; i++) {
		struct conf_member member = group->members[i];
		uint32_t n = map_find(&g->names, name_hash(member.name),
				      member.name);
		const char *why = NULL;

		if (n == MAP_NONE)
			why = "there is no such vrrp_instance";
		else if (g->group_of[n] == group->name)
			why = "it stands in this group already";
		else if (g->group_of[n])
			why = "it is in another vrrp_sync_group already";
		if (why) {
			left_out(g, &member.span, member.name, why);
			continue;
		}
		g->group_of[n] = group->name;
		group->members[kept++] = member;
	}
	group->member_count = kept;
}

/* Texts are kept once: equal ones are one pointer. */
static bool same_name(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_sync_group *list = context;

	return list[a].name == list[b].name;
}

/* Of a file with weight 1, which is that of one without, the weight goes. */
static bool loses_weight(enum vrrp_target kind, struct conf_tracked *one,
			 int16_t weight)
{
	if (kind != VRRP_TARGET_FILE || weight != 1)
		return false;
	one->weight = (struct conf_weight){ .written = true };
	return true;
}

/* Those of a kind; processes keep theirs. */
static void drop_weighted(const struct grouping *g, struct conf_instance *c,
			  enum vrrp_target kind, const char *hint)
{
	struct conf_tracking *t = &c->tracking;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->count[kind]; i++) {
		struct conf_tracked one = t->list[kind][i];
		struct conf_place place = { .span = one.span };
		int16_t weight =
			conf_tracked_weight(g->model, kind, &one).value;

		if (weight == 0 || kind == VRRP_TARGET_PROCESS ||
		    loses_weight(kind, &one, weight))
			t->list[kind][kept++] = one;
		else
			conf_report_ignored(g->reader->report, &place, hint,
					    "in a vrrp_sync_group %s does not "
					    "count, since it has a weight",
					    one.name);
	}
	t->count[kind] = kept;
}

/*
 * What a member tracks with a weight would set it apart from the others: as
 * keepalived, of an interface the weight is left out, and of others the entry.
 */
static void drop_weights(const struct grouping *g, struct conf_instance *c)
{
	static const char *const hint =
		"write sync_group_tracking_weight in the group to keep it";

	for (uint32_t i = 0; i < c->tracked_interface_count; i++) {
		struct conf_tracked_interface *one = &c->tracked_interfaces[i];
		struct conf_place place = { .span = one->on.span };

		if (one->weight == 0)
			continue;
		conf_report_ignored(g->reader->report, &place, hint,
				    "in a vrrp_sync_group the weight of %s "
				    "does not count: while it is down, the "
				    "group is in FAULT",
				    one->on.name);
		one->weight = 0;
		one->reverse = false;
	}
	for (unsigned k = 0; k < VRRP_TARGETS; k++)
		drop_weighted(g, c, (enum vrrp_target)k, hint);
}

/* A weight that all members have would be lost on an owner. */
static void drop_own_weights(const struct grouping *g,
			     struct conf_sync_group *group)
{
	struct conf_place place = { .span = group->span };
	bool had = false;

	for (uint32_t i = 0; i < group->tracked_interface_count; i++) {
		had |= group->tracked_interfaces[i].weight != 0;
		group->tracked_interfaces[i].weight = 0;
	}
	for (unsigned k = 0; k < VRRP_TARGETS; k++)
		for (uint32_t i = 0; i < group->tracking.count[k]; i++) {
			struct conf_tracked *one = &group->tracking.list[k][i];

			had |= conf_tracked_weight(g->model,
						   (enum vrrp_target)k, one)
				       .value != 0;
			one->weight = (struct conf_weight){ .written = true };
		}
	if (had)
		conf_report_ignored(g->reader->report, &place, NULL,
				    "a member of this vrrp_sync_group has "
				    "priority 255, which is never changed: "
				    "weights of what the group tracks are 0");
}

static bool finish_group(struct grouping *g, struct conf_sync_group *group)
{
	struct conf_place place = { .span = group->span };
	bool owner = false;

	finish_members(g, group);
	if (group->member_count == 0) {
		left_out(g, &group->span, group->name,
			 "this vrrp_sync_group has no members");
		return false;
	}
	if (group->member_count == 1)
		conf_report(g->reader->report, CONF_WARNING, &place,
			    "name the others, or remove the group",
			    "vrrp_sync_group %s has one member only",
			    group->name);
	for (uint32_t i = 0; i < group->member_count; i++) {
		const char *name = group->members[i].name;
		uint32_t n = map_find(&g->names, name_hash(name), name);

		owner |= g->model->instances[n].vrrp.priority ==
			 VRRP_PRIORITY_OWNER;
		if (group->notify_priority_changes)
			g->model->instances[n].notify_priority_changes = true;
		if (!group->keeps_weights)
			drop_weights(g, &g->model->instances[n]);
	}
	if (owner)
		drop_own_weights(g, group);
	return true;
}

void conf_groups_finish(struct conf_reader *r, struct conf_model *m)
{
	struct grouping g = { .reader = r, .model = m };
	struct conf_index index = { .same = same_name, .context = m->groups };
	uint32_t kept = 0;

	if (m->group_count == 0)
		return;
	g.group_of = arena_alloc(r->scratch,
				 m->instance_count * sizeof(*g.group_of));
	if (!g.group_of || !index_names(r->scratch, m, &g.names)) {
		r->memory->failed = true;
		return;
	}
	for (uint32_t i = 0; i < m->group_count; i++) {
		struct conf_sync_group *one = &m->groups[kept];

		*one = m->groups[i];
		if (conf_index_put(&index, r->memory,
				   map_hash(&one->name, sizeof(one->name)),
				   kept) != CONF_INDEX_NONE)
			left_out(&g, &one->span, one->name,
				 "there is a vrrp_sync_group of this name "
				 "already");
		else
			kept += finish_group(&g, one);
	}
	m->group_count = kept;
	conf_index_free(&index, r->memory);
}

/* The member that decides where two groups serve (vrrp/group.h). */
static void choose_decider(struct conf_model *m,
			   const struct conf_sync_group *g)
{
	uint32_t decider = g->members[0].instance;

	for (uint32_t i = 1; i < g->member_count; i++)
		if (vrrp_group_decides(
			    &m->instances[g->members[i].instance].vrrp,
			    &m->instances[decider].vrrp))
			decider = g->members[i].instance;
	for (uint32_t i = 0; i < g->member_count; i++) {
		uint32_t n = g->members[i].instance;

		m->instances[n].vrrp.grouped = true;
		m->instances[n].vrrp.follower = n != decider;
	}
}

bool conf_groups_derive(struct arena *arena, struct conf_model *m)
{
	struct map names;

	for (uint32_t n = 0; n < m->instance_count; n++)
		m->instances[n].group = CONF_NO_GROUP;
	if (m->group_count == 0)
		return true;
	if (!index_names(arena, m, &names))
		return false;
	for (uint32_t i = 0; i < m->group_count; i++) {
		struct conf_sync_group *g = &m->groups[i];

		if (g->member_count == 0)
			return false;
		for (uint32_t k = 0; k < g->member_count; k++) {
			struct conf_member *member = &g->members[k];

			member->instance = map_find(
				&names, name_hash(member->name), member->name);
			if (member->instance == MAP_NONE ||
			    m->instances[member->instance].group !=
				    CONF_NO_GROUP)
				return false;
			m->instances[member->instance].group = i;
		}
		choose_decider(m, g);
	}
	return true;
}
