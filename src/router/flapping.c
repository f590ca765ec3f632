/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who comes and goes and comes again: some changes of state are told in a
 * while, and then, when that is over, how many more there were. So no forger,
 * and no router that is set up badly, fills the ring and the log. Scripts,
 * FIFOs and mail follow another book (changes.c).
 */
#include "router/state.h"

#include <stdio.h>

/* The changes of one instance or group, in a window. */
bool flapping_tells(struct router *r, uint32_t number, enum vrrp_state to)
{
	struct flaps *f = &r->flaps[number];

	if (r->now >= f->until && f->untold == 0)
		*f = (struct flaps){ .until = r->now + FLAPPING_WINDOW };
	f->state = to;
	if (f->told < FLAPPING_TOLD) {
		f->told++;
		return true;
	}
	if (f->untold++ == 0)
		waiting_add(&r->flapping, number);
	r->flapping_due = tick_min(r->flapping_due, f->until);
	return false;
}

static void sum_up(struct router *r, uint32_t number)
{
	struct flaps *f = &r->flaps[number];
	bool group = number >= r->instance_count;
	struct ledger_event event = {
		.instance = group ? LEDGER_NO_INSTANCE : number,
		.type = LEDGER_EVENT_TROUBLE,
		.code = LEDGER_TROUBLE_FLAPPING,
		.from = (uint8_t)f->state,
		.to = true,
		.value = ledger_holding_value(
			f->untold, (int)(FLAPPING_WINDOW / TICK_SECOND)),
	};

	if (group)
		snprintf(event.name, sizeof(event.name), "%s",
			 r->groups[number - r->instance_count].conf->name);
	ledger_append(r->ledger, &event);
	*f = (struct flaps){ .until = r->now + FLAPPING_WINDOW };
}

tick_t flapping_deadline(const struct router *r)
{
	return r->flapping.count > 0 ? r->flapping_due : TICK_NEVER;
}

void flapping_run(struct router *r)
{
	uint32_t left = 0;

	if (r->now < flapping_deadline(r))
		return;
	r->flapping_due = TICK_NEVER;
	for (uint32_t k = 0; k < r->flapping.count; k++) {
		uint32_t number = r->flapping.list[k];
		tick_t until = r->flaps[number].until;

		if (r->now >= until) {
			sum_up(r, number);
		} else {
			r->flapping.list[left++] = number;
			r->flapping_due = tick_min(r->flapping_due, until);
		}
	}
	r->flapping.count = left;
}
