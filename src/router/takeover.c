/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of another program of this machine, which was stopped where it
 * stood (`baton takeover`). What it put into the kernel is there: by that it is
 * seen which virtual routers it served, and that is taken over as it is.
 */
#include "router/state.h"

/* An address is there that is not ours: the other program is Active. */
static bool is_served(const struct router *r, uint32_t id)
{
	const struct instance *i = &r->instances[id];

	for (uint32_t k = 0; k < i->address_count; k++) {
		const struct holding *h = &r->holdings[i->address_first + k];

		if (h->foreign)
			return true;
	}
	return false;
}

static void take(struct router *r, uint32_t id)
{
	static const struct vrrp_event takeover = {
		.type = VRRP_EVENT_TAKEOVER,
	};

	if (!is_served(r, id)) {
		start_if_ready(r, id);
		return;
	}
	router_step(r, id, &takeover);
	if (r->instances[id].core->state == VRRP_ACTIVE)
		holdings_take_over(r, id);
}

void takeover_run(struct router *r)
{
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->drained = false;
		if (i->core->state == VRRP_INIT && !is_quarantined(i))
			take(r, n);
	}
	holdings_take_over(r, ROUTER_NONE);
}
