/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of another program of this machine, which was stopped where it
 * stood (`baton takeover`). What it put into the kernel is there: by that it is
 * seen which virtual routers it served, and that is taken over as it is. What
 * cannot be served is given up: two routers would have its addresses.
 */
#include "router/state.h"

/* An address is there that is not ours: the other program is Active. */
static bool has_theirs(const struct router *r, uint32_t id)
{
	const struct instance *i = &r->instances[id];

	for (uint32_t k = 0; k < i->address_count; k++) {
		const struct holding *h = &r->holdings[i->address_first + k];

		if (h->foreign)
			return true;
	}
	return false;
}

/* A sync group has one fate, also where a member has no address. */
static bool is_served(const struct router *r, uint32_t id)
{
	const struct group *group;

	if (r->instances[id].group == ROUTER_NONE)
		return has_theirs(r, id);
	group = &r->groups[r->instances[id].group];
	for (uint32_t k = 0; k < group->conf->member_count; k++)
		if (has_theirs(r, group_instance(group, k)))
			return true;
	return false;
}

static void take(struct router *r, uint32_t id)
{
	static const struct vrrp_event takeover = {
		.type = VRRP_EVENT_TAKEOVER,
	};

	router_step(r, id, &takeover);
	/* In any state: what was released is removed only if it is ours. */
	holdings_take_over(r, id);
}

/* In quarantine no step is made, so it leaves without priority 0. */
static void release(struct router *r, uint32_t id)
{
	holdings_want(r, id, false);
	holdings_take_over(r, id);
}

void takeover_run(struct router *r)
{
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->drained = false;
		if (i->core->state != VRRP_INIT)
			continue;
		if (!is_served(r, n))
			start_if_ready(r, n);
		else if (is_quarantined(i))
			release(r, n);
		else
			take(r, n);
	}
	holdings_take_over(r, ROUTER_NONE);
}
