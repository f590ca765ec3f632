/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/sync_wait.h"

#include "ledger/lvs.h"
#include "router/state.h"

#include <string.h>

void sync_wait_setup(struct router *r)
{
	const struct conf_sync_daemon *sync = &r->model->global.lvs.sync;

	r->sync_waiter = ROUTER_NONE;
	if (!sync->interface || !sync->instance ||
	    r->model->global.lvs.sync_wait == 0)
		return;
	for (uint32_t n = 0; n < r->instance_count; n++)
		if (strcmp(r->instances[n].conf->name, sync->instance) == 0)
			r->sync_waiter = n;
}

/* What it has waited for began when it became a Backup. */
static tick_t ends_at(const struct router *r, const struct vrrp_saved *v)
{
	return tick_after(v->since, r->model->global.lvs.sync_wait);
}

/* As `lvs` says. It may say what it likes: the wait has an end. */
static bool is_steady(const struct router *r, const struct vrrp_saved *v)
{
	tick_t steady;

	if (!ledger_has_lvs(r->ledger))
		return true;
	steady = (tick_t)__atomic_load_n(&ledger_lvs(r->ledger)->sync_steady,
					 __ATOMIC_ACQUIRE);
	return steady > v->since && steady <= r->now;
}

static bool holds(const struct router *r, const struct vrrp_saved *v)
{
	switch ((enum vrrp_state)v->state) {
	case VRRP_INIT:
	case VRRP_FAULT:
		return true;
	case VRRP_BACKUP:
		/* Once over, it is until the next fault. */
		return v->waits && r->now < ends_at(r, v) && !is_steady(r, v);
	case VRRP_ACTIVE:
	case VRRP_STATES:
		break;
	}
	return false;
}

/* For who sees that it waits. */
static void note(struct router *r, uint32_t id, bool waits)
{
	struct ledger_record *record = r->instances[id].record;
	const struct vrrp_saved *v = r->instances[id].core;
	tick_t until = waits && v->state == VRRP_BACKUP ? ends_at(r, v) : 0;
	bool opened;

	if (record->sync_until == until)
		return;
	opened = record_open(record);
	record->sync_until = until;
	record_close(record, opened);
}

void sync_wait_run(struct router *r)
{
	uint32_t id = r->sync_waiter;
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };
	const struct vrrp_saved *v;
	bool waits, backup;

	if (id == ROUTER_NONE)
		return;
	v = r->instances[id].core;
	waits = holds(r, v);
	backup = v->state == VRRP_BACKUP;
	if (waits && backup && !r->instances[id].record->sync_until)
		journal_sync_wait(r, id, true, false);
	note(r, id, waits);
	if (waits == (v->waits != 0))
		return;
	if (backup && !waits)
		journal_sync_wait(r, id, false, is_steady(r, v));
	event.track = (struct vrrp_track){
		.faults = v->faults,
		.waits = waits,
		.weight = v->weight,
	};
	router_step(r, id, &event);
}

tick_t sync_wait_deadline(const struct router *r)
{
	const struct vrrp_saved *v;

	if (r->sync_waiter == ROUTER_NONE)
		return TICK_NEVER;
	v = r->instances[r->sync_waiter].core;
	return v->waits && v->state == VRRP_BACKUP ? ends_at(r, v) : TICK_NEVER;
}
