/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of state that the process `run` tells to users' scripts: the last
 * few of an instance with their numbers, so that none is lost while it starts
 * anew. A change may be told when the kernel has done what it asks for: who is
 * told of MASTER finds the addresses, who is told of BACKUP does not.
 */
#include "router/state.h"

#include "sys/clock.h"

static struct ledger_changes *changes_of(const struct router *r, uint32_t id)
{
	uint32_t follower = ledger_configured_at(r->ledger, id)->follower;

	return follower > 0 && follower <= ledger_followers(r->ledger)
		       ? ledger_changes_at(r->ledger, follower - 1)
		       : NULL;
}

static void wait_for_kernel(struct router *r, uint32_t id)
{
	r->untold += !r->instances[id].untold;
	r->instances[id].untold = true;
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

void changes_add(struct router *r, uint32_t id,
		 const struct vrrp_action *action)
{
	struct ledger_changes *c = changes_of(r, id);
	const struct ledger_change change = {
		.peer = action->state.peer,
		.from = (uint8_t)action->state.from,
		.to = (uint8_t)action->state.to,
		.cause = (uint8_t)action->state.cause,
		.priority = r->instances[id].core->priority,
		.peer_priority = action->state.peer_priority,
		.kind = LEDGER_CHANGE_STATE,
	};

	if (!c)
		return;
	add(r, c, &c->count, c->last, &change);
	wait_for_kernel(r, id);
}

void changes_run(struct router *r)
{
	for (uint32_t n = 0; r->untold > 0 && n < r->instance_count; n++) {
		struct ledger_changes *c;

		if (!r->instances[n].untold || !holdings_settled(r, n))
			continue;
		r->instances[n].untold = false;
		r->untold--;
		c = changes_of(r, n);
		ledger_begin(&c->sequence);
		c->ready = c->count;
		ledger_end(&c->sequence);
		r->tells = true;
	}
}

void changes_adopt(struct router *r, uint32_t id)
{
	struct ledger_changes *c = changes_of(r, id);

	if (!c)
		return;
	ledger_begin(&c->sequence); /* also where it was torn */
	ledger_end(&c->sequence);
	if (c->ready != c->count)
		wait_for_kernel(r, id);
}

/* One that did not follow it before tells of what comes from now on. */
static void inherit_told(struct ledger_changes *c, const struct ledger *before,
			 const struct ledger_configured *was)
{
	for (unsigned t = 0; t < LEDGER_TELLERS; t++) {
		const struct ledger_told told = ledger_told(
			before, (enum ledger_teller)t, was->follower - 1);
		struct ledger_told *to = &c->told[t];

		if (!(was->tellers & 1u << t)) {
			*to = (struct ledger_told){ c->count, c->remarks };
			continue;
		}
		if (to->states < told.states)
			to->states = told.states;
		if (to->remarks < told.remarks)
			to->remarks = told.remarks;
	}
}

void changes_inherit(struct router *r, uint32_t id, struct ledger *before,
		     const struct ledger_configured *was)
{
	struct ledger_changes *c = changes_of(r, id), copy;

	if (!c || was->follower == 0 ||
	    was->follower > ledger_followers(before))
		return;
	ledger_copy_changes(before, was->follower - 1, &copy);
	inherit_told(&copy, before, was);
	ledger_begin(&c->sequence);
	copy.sequence = c->sequence;
	*c = copy;
	ledger_end(&c->sequence);
}
