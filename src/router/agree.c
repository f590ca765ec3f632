/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the members of a sync group ask of each other: when one has moved, the
 * others do what vrrp_group_next() says, after the steps of the turn and
 * before its batch leaves. So all of a group leaves in one batch.
 */
#include "router/state.h"

#include "sys/clock.h"
#include "vrrp/group.h"
#include "vrrp/track.h"

/* No group gives so many kinds of orders in a row; then it rests. */
#define ROUNDS_MAX 32

static bool is_faulty(const struct instance *i)
{
	return i->core->interface != VRRP_INTERFACE_UP ||
	       (i->core->faults & ~VRRP_FAULT_GROUP_BIT) || is_quarantined(i);
}

static struct vrrp_member member_of(const struct router *r,
				    const struct group *group, uint32_t number)
{
	const struct instance *i = &r->instances[group_instance(group, number)];
	const struct vrrp_saved *v = i->core;

	return (struct vrrp_member){
		.state = (enum vrrp_state)v->state,
		.wishes = v->wishes,
		.follows = v->active.family != IP_NONE,
		.leaving = vrrp_saved_leaving(v),
		.faulty = is_faulty(i),
		.in_fault = i->group_fault,
		.contested = i->contested,
	};
}

static void look(struct router *r, const struct group *group)
{
	for (uint32_t k = 0; k < group->conf->member_count; k++)
		r->members[k] = member_of(r, group, k);
}

static void order(struct router *r, const struct group *group,
		  const struct vrrp_group_work *work, uint32_t member)
{
	static const enum vrrp_event_type types[] = {
		[VRRP_GROUP_PROMOTE] = VRRP_EVENT_PROMOTE,
		[VRRP_GROUP_YIELD] = VRRP_EVENT_YIELD,
		[VRRP_GROUP_ASSERT] = VRRP_EVENT_ASSERT,
	};
	uint32_t id = group_instance(group, member);

	switch (work->ask) {
	case VRRP_GROUP_ASSERT:
		for (uint32_t k = 0; k < group->conf->member_count; k++)
			r->instances[group_instance(group, k)].contested =
				false;
		/* fall through */
	case VRRP_GROUP_PROMOTE:
	case VRRP_GROUP_YIELD:
		router_step(r, id,
			    &(struct vrrp_event){ .type = types[work->ask] });
		return;
	case VRRP_GROUP_FAULT:
	case VRRP_GROUP_NO_FAULT:
		r->instances[id].group_fault = work->ask == VRRP_GROUP_FAULT;
		tracker_tell(r, id);
		return;
	case VRRP_GROUP_REST:
		return;
	}
}

/* One after another, as each is when its turn comes. */
static void obey(struct router *r, const struct group *group,
		 const struct vrrp_group_work *work)
{
	order(r, group, work, work->member);
	for (uint32_t k = 0; k < group->conf->member_count; k++) {
		struct vrrp_member member = member_of(r, group, k);

		if (vrrp_group_asks(work, &member))
			order(r, group, work, k);
	}
}

static uint32_t trigger_of(const struct group *group)
{
	for (uint32_t k = 0; k < group->conf->member_count; k++)
		if (group_instance(group, k) == group->trigger)
			return k;
	return 0;
}

/* What users are told, after all its members. */
static void tell_state(struct router *r, uint32_t g)
{
	struct group *group = &r->groups[g];
	enum vrrp_state before = (enum vrrp_state)group->state->state, now;

	look(r, group);
	now = vrrp_group_state(r->members, group->conf->member_count, before);
	if (now == before)
		return;
	ledger_begin(&group->state->sequence);
	group->state->state = (uint8_t)now;
	group->state->since_real = clock_real_now();
	ledger_end(&group->state->sequence);
	journal_group(r, g, before, now);
	changes_add_group(r, g, before, now);
}

static void run(struct router *r, uint32_t g)
{
	struct group *group = &r->groups[g];
	uint32_t count = group->conf->member_count, trigger = trigger_of(group);
	bool is_started = false;

	/* At the end each leaves by itself. */
	for (unsigned rounds = 0; rounds < ROUNDS_MAX && !r->stopping;
	     rounds++) {
		struct vrrp_group_work work;
		bool about_faults;

		look(r, group);
		work = vrrp_group_next(r->members, count, trigger,
				       group->decider);
		about_faults = work.ask == VRRP_GROUP_FAULT ||
			       work.ask == VRRP_GROUP_NO_FAULT;
		/* Who starts knows of the faults of the others. */
		if (!about_faults && !is_started) {
			is_started = true;
			if (start_group(r, group))
				continue;
		}
		if (work.ask == VRRP_GROUP_REST)
			break;
		obey(r, group, &work);
	}
	tell_state(r, g);
}

void groups_agree(struct router *r)
{
	/* What a step puts into the queue meanwhile is its own group. */
	while (r->group_queue != ROUTER_NONE) {
		uint32_t g = r->group_queue;

		r->group_queue = r->groups[g].next;
		run(r, g);
		r->groups[g].queued = false;
	}
}
