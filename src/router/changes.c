/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others are told of a virtual router or a sync group, by users' scripts,
 * FIFOs and mail: the last few changes with their numbers, so that none is lost
 * while who tells of them starts anew. A change may be told when the kernel has
 * done what it asks for: who is told of MASTER finds the addresses, who is told
 * of BACKUP does not.
 */
#include "router/state.h"

#include "sys/clock.h"

/* By a number that counts from 1; NULL: nobody follows. */
static struct ledger_changes *changes_at(const struct router *r,
					 uint32_t follower)
{
	return follower > 0 && follower <= ledger_followers(r->ledger)
		       ? ledger_changes_at(r->ledger, follower - 1)
		       : NULL;
}

static struct ledger_changes *changes_of(const struct router *r, uint32_t id)
{
	return changes_at(r, ledger_configured_at(r->ledger, id)->follower);
}

static struct ledger_changes *changes_of_group(const struct router *r,
					       uint32_t group)
{
	return changes_at(r, ledger_group_at(r->ledger, group)->follower);
}

/* Groups have the numbers behind the instances. */
static bool *untold_of(const struct router *r, uint32_t number)
{
	return number < r->instance_count
		       ? &r->instances[number].untold
		       : &r->groups[number - r->instance_count].untold;
}

static void wait_for_kernel(struct router *r, uint32_t number)
{
	bool *untold = untold_of(r, number);

	if (!*untold)
		waiting_add(&r->untold, number);
	*untold = true;
}

/* Of the ring that the kind has. */
static void add(struct router *r, struct ledger_changes *c, uint64_t *count,
		struct ledger_change *ring, const struct ledger_change *what)
{
	struct ledger_change *change;

	ledger_begin(&c->sequence);
	++*count;
	change = &ring[*count % LEDGER_CHANGES_KEPT];
	*change = *what;
	change->number = *count;
	change->order = ++r->server->changes;
	change->time_real = clock_real_now();
	ledger_end(&c->sequence);
}

static void add_state(struct router *r, struct ledger_changes *c,
		      uint32_t number, const struct ledger_change *change)
{
	if (!c)
		return;
	add(r, c, &c->count, c->last, change);
	wait_for_kernel(r, number);
}

void changes_add(struct router *r, uint32_t id,
		 const struct vrrp_action *action, uint8_t priority)
{
	bool fault = action->state.to == VRRP_FAULT;
	bool deleted =
		r->instances[id].removed && action->state.to == VRRP_INIT;
	const struct ledger_change change = {
		.peer = action->state.peer,
		.from = (uint8_t)action->state.from,
		.to = (uint8_t)action->state.to,
		.cause = (uint8_t)action->state.cause,
		/* What is bad may have lowered it, too: keepalived's. */
		.priority = fault ? priority : r->instances[id].core->priority,
		.peer_priority = action->state.peer_priority,
		.kind = deleted ? LEDGER_CHANGE_DELETED : LEDGER_CHANGE_STATE,
	};

	add_state(r, changes_of(r, id), id, &change);
}

void changes_add_group(struct router *r, uint32_t group, enum vrrp_state from,
		       enum vrrp_state to)
{
	/* The cause is known of its members; its priority is 0. */
	const struct ledger_change change = {
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.cause = VRRP_CAUSE_GROUP,
		.kind = LEDGER_CHANGE_STATE,
	};

	add_state(r, changes_of_group(r, group), r->instance_count + group,
		  &change);
}

static void may_tell(struct router *r, uint32_t number)
{
	struct ledger_changes *c =
		number < r->instance_count
			? changes_of(r, number)
			: changes_of_group(r, number - r->instance_count);

	*untold_of(r, number) = false;
	ledger_begin(&c->sequence);
	c->ready = c->count;
	ledger_end(&c->sequence);
	r->tells = true;
}

static bool group_settled(const struct router *r, const struct group *group)
{
	for (uint32_t k = 0; k < group->conf->member_count; k++)
		if (!holdings_settled(r, group_instance(group, k)))
			return false;
	return true;
}

static bool settled(const struct router *r, uint32_t number)
{
	return number < r->instance_count
		       ? holdings_settled(r, number)
		       : group_settled(r,
				       &r->groups[number - r->instance_count]);
}

static void remark(struct router *r, uint32_t id, struct ledger_change *what)
{
	struct ledger_changes *c = changes_of(r, id);
	const struct vrrp_saved *v = r->instances[id].core;

	if (!c)
		return;
	what->from = what->to = v->state;
	what->priority = v->priority;
	add(r, c, &c->remarks, c->last_remarks, what);
	r->tells = true;
}

void changes_priority(struct router *r, uint32_t id, enum vrrp_state state,
		      uint8_t priority)
{
	const struct instance *i = &r->instances[id];

	/* What comes or goes with a fault is no news beside it. */
	if (i->core->priority == priority ||
	    !i->conf->notify_priority_changes ||
	    (state == VRRP_FAULT) != (i->core->state == VRRP_FAULT))
		return;
	remark(r, id,
	       &(struct ledger_change){ .kind = LEDGER_CHANGE_PRIORITY });
}

void changes_lower(struct router *r, uint32_t id,
		   const struct vrrp_action *action)
{
	remark(r, id,
	       &(struct ledger_change){
		       .kind = LEDGER_CHANGE_LOWER,
		       .peer = action->note.peer,
		       .peer_priority = (uint8_t)action->note.value,
	       });
}

void changes_run(struct router *r)
{
	uint32_t left = 0;

	for (uint32_t k = 0; k < r->untold.count; k++) {
		uint32_t number = r->untold.list[k];

		if (settled(r, number))
			may_tell(r, number);
		else
			r->untold.list[left++] = number;
	}
	r->untold.count = left;
}

static void adopt(struct router *r, struct ledger_changes *c, uint32_t number)
{
	if (!c)
		return;
	ledger_begin(&c->sequence); /* also where it was torn */
	ledger_end(&c->sequence);
	if (c->ready != c->count)
		wait_for_kernel(r, number);
}

void changes_adopt(struct router *r)
{
	for (uint32_t n = 0; n < r->instance_count; n++)
		adopt(r, changes_of(r, n), n);
	for (uint32_t g = 0; g < r->group_count; g++)
		adopt(r, changes_of_group(r, g), r->instance_count + g);
}

/* One that did not follow it before tells of what comes from now on. */
static void inherit_told(struct ledger_changes *c, const struct ledger *before,
			 uint32_t follower, uint8_t tellers)
{
	for (unsigned t = 0; t < LEDGER_TELLERS; t++) {
		const struct ledger_told told = ledger_told(
			before, (enum ledger_teller)t, follower - 1);
		struct ledger_told *to = &c->told[t];

		if (!(tellers & 1u << t)) {
			*to = (struct ledger_told){ c->count, c->remarks };
			continue;
		}
		if (to->states < told.states)
			to->states = told.states;
		if (to->remarks < told.remarks)
			to->remarks = told.remarks;
	}
}

static void inherit(struct ledger_changes *c, struct ledger *before,
		    uint32_t follower, uint8_t tellers)
{
	struct ledger_changes copy;

	if (!c || follower == 0 || follower > ledger_followers(before))
		return;
	ledger_copy_changes(before, follower - 1, &copy);
	inherit_told(&copy, before, follower, tellers);
	ledger_begin(&c->sequence);
	copy.sequence = c->sequence;
	*c = copy;
	ledger_end(&c->sequence);
}

void changes_inherit(struct router *r, uint32_t id, struct ledger *before,
		     const struct ledger_configured *was)
{
	inherit(changes_of(r, id), before, was->follower, was->tellers);
}

void changes_inherit_group(struct router *r, uint32_t group,
			   struct ledger *before,
			   const struct ledger_group *was)
{
	inherit(changes_of_group(r, group), before, was->follower,
		was->tellers);
}
