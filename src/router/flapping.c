/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who comes and goes and comes again: some changes of state are told in a
 * while, and then, when that is over, how many more there were. So no forger,
 * no router that is set up badly, and no tracked script fills the ring and the
 * log. Scripts, FIFOs and mail follow another book (changes.c).
 */
#include "router/state.h"

#include "base/must.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int flapping_setup(struct router *r)
{
	const uint32_t counts[] = {
		[FLAPPING_STATE] = r->instance_count,
		[FLAPPING_PRIORITY] = r->instance_count,
		[FLAPPING_GROUP] = r->group_count,
		[FLAPPING_TARGET] = r->target_count,
		[FLAPPING_LINK] = r->interface_count,
	};
	size_t all;

	static_assert(ARRAY_LENGTH(counts) == FLAPPINGS, "a number for each");
	for (unsigned n = 0; n < FLAPPINGS; n++)
		r->flaps_first[n + 1] = r->flaps_first[n] + counts[n];
	all = r->flaps_first[FLAPPINGS];
	r->flapping.list = calloc(all + 1, sizeof(*r->flapping.list));
	r->flaps = calloc(all + 1, sizeof(*r->flaps));
	r->flapping_due = TICK_NEVER;
	return r->flapping.list && r->flaps ? 0 : -ENOMEM;
}

void flapping_free(struct router *r)
{
	free(r->flapping.list);
	free(r->flaps);
}

/* The changes of one thing, in a window. */
bool flapping_tells(struct router *r, enum flapping what, uint32_t number,
		    uint8_t now)
{
	uint32_t at = r->flaps_first[what] + number;
	struct flaps *f = &r->flaps[at];

	if (r->now >= f->until && f->untold == 0)
		*f = (struct flaps){ .until = r->now + FLAPPING_WINDOW };
	f->now = now;
	if (f->told < FLAPPING_TOLD) {
		f->told++;
		return true;
	}
	if (f->untold++ == 0)
		waiting_add(&r->flapping, at);
	r->flapping_due = tick_min(r->flapping_due, f->until);
	return false;
}

/* Whose it is, and what its changes are. */
static void put_whose(const struct router *r, uint32_t at,
		      struct ledger_event *event)
{
	const char *name = "";
	unsigned what = 0;

	while (at >= r->flaps_first[what + 1])
		what++;
	at -= r->flaps_first[what];
	event->instance = LEDGER_NO_INSTANCE;
	switch ((enum flapping)what) {
	case FLAPPING_STATE:
		event->instance = at;
		return;
	case FLAPPING_PRIORITY:
		event->instance = at;
		event->code = LEDGER_TROUBLE_PRIORITIES;
		return;
	case FLAPPING_GROUP:
		name = r->groups[at].conf->name;
		break;
	case FLAPPING_TARGET:
		event->code = LEDGER_TROUBLE_VERDICTS;
		name = ledger_target_name(r->ledger, at);
		break;
	case FLAPPING_LINK:
		event->code = LEDGER_TROUBLE_LINKS;
		name = r->interfaces[at].name;
		break;
	case FLAPPINGS:
		return;
	}
	snprintf(event->name, sizeof(event->name), "%s", name);
}

static void sum_up(struct router *r, uint32_t at)
{
	struct flaps *f = &r->flaps[at];
	struct ledger_event event = {
		.type = LEDGER_EVENT_TROUBLE,
		.code = LEDGER_TROUBLE_FLAPPING,
		.from = f->now,
		.to = true,
		.value = ledger_holding_value(
			f->untold, (int)(FLAPPING_WINDOW / TICK_SECOND)),
	};

	put_whose(r, at, &event);
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
