/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sync groups: what they are, which of them have moved, and what one takes
 * over of the time before. What members then ask of each other: agree.c.
 */
#include "router/state.h"

#include "sys/clock.h"
#include "vrrp/group.h"
#include "vrrp/track.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int groups_setup(struct router *r)
{
	uint32_t count = 0, most = 0;

	r->group_count = ledger_groups(r->ledger);
	if (r->group_count != r->model->group_count)
		r->group_count = 0;
	for (uint32_t g = 0; g < r->group_count; g++) {
		const struct conf_sync_group *c = &r->model->groups[g];

		count += c->member_count;
		most = c->member_count > most ? c->member_count : most;
	}
	r->groups = calloc(r->group_count + 1, sizeof(*r->groups));
	r->members = calloc(most + 1, sizeof(*r->members));
	if (!r->groups || !r->members)
		return -ENOMEM;
	r->group_queue = ROUTER_NONE;
	for (uint32_t n = 0; n < r->instance_count; n++)
		r->instances[n].group = r->group_count > 0
						? r->model->instances[n].group
						: ROUTER_NONE;
	for (uint32_t g = 0; g < r->group_count; g++) {
		struct group *group = &r->groups[g];

		group->conf = &r->model->groups[g];
		group->state = ledger_group_state_at(r->ledger, g);
		for (uint32_t k = 0; k < group->conf->member_count; k++)
			if (!r->model->instances[group_instance(group, k)]
				     .vrrp.follower)
				group->decider = k;
	}
	return 0;
}

static void enqueue(struct router *r, uint32_t g)
{
	if (r->groups[g].queued)
		return;
	r->groups[g].queued = true;
	r->groups[g].next = r->group_queue;
	r->group_queue = g;
}

/* Of a saved core and one after a step: whether others of its group care. */
static bool has_moved(const struct vrrp_saved *was, const struct vrrp *is)
{
	return was->state != is->state || was->wishes != is->wishes ||
	       was->interface != is->interface ||
	       was->faults != is->track.faults || was->started != is->started ||
	       was->yield_after != is->yield_after ||
	       (was->leave_timer == TICK_NEVER) !=
		       (is->leave_timer == TICK_NEVER) ||
	       (was->active.family == IP_NONE) !=
		       (is->active.family == IP_NONE);
}

void groups_watch(struct router *r, uint32_t id, const struct vrrp *core)
{
	struct instance *i = &r->instances[id];

	if (!has_moved(i->core, core))
		return;
	i->contested |= core->yield_after != i->core->yield_after &&
			core->yield_after != TICK_NEVER;
	r->groups[i->group].trigger = id;
	enqueue(r, i->group);
}

void groups_want_start(struct router *r, uint32_t id)
{
	if (r->instances[id].core->state == VRRP_INIT)
		enqueue(r, r->instances[id].group);
}

void groups_adopt(struct router *r)
{
	for (uint32_t n = 0; n < r->instance_count; n++)
		r->instances[n].group_fault =
			r->instances[n].group != ROUTER_NONE &&
			(r->instances[n].core->faults & VRRP_FAULT_GROUP_BIT);
	for (uint32_t g = 0; g < r->group_count; g++)
		enqueue(r, g);
}

/* Of a group that another ledger has under the number `old`. */
static void inherit(struct router *r, uint32_t g, struct ledger *before,
		    uint32_t old)
{
	struct ledger_group_state was, *is = r->groups[g].state;
	struct ledger_group group;

	(void)ledger_read_group_state(before, old, &was);
	ledger_copy_group(before, old, &group);
	ledger_begin(&is->sequence);
	is->state = was.state;
	is->since_real = was.since_real;
	ledger_end(&is->sequence);
	changes_inherit_group(r, g, before, &group);
}

static bool has_name(const void *context, uint32_t number, const void *name)
{
	return strcmp(ledger_group_name(context, number), name) == 0;
}

static uint32_t name_hash(const char *name)
{
	return map_hash(name, strlen(name));
}

void groups_inherit(struct router *r, struct ledger *before)
{
	uint32_t count = ledger_groups(before);
	void *memory = count ? malloc(map_memory(count)) : NULL;
	struct map names;

	if (!memory) /* then their states are told once more */
		return;
	map_init(&names, memory, count, has_name, before);
	for (uint32_t n = 0; n < count; n++)
		map_put(&names, name_hash(ledger_group_name(before, n)), n);
	for (uint32_t g = 0; g < r->group_count; g++) {
		const char *name = r->groups[g].conf->name;
		uint32_t old = map_find(&names, name_hash(name), name);

		if (old != MAP_NONE)
			inherit(r, g, before, old);
	}
	free(memory);
}
