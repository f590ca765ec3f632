/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that another director shares with this one. While the virtual
 * router of lvs_sync_daemon is a Backup that waits for them they are counted:
 * when their number has been steady for two refresh periods (refresh.c), what
 * can be known here is known, and `vrrp` may preempt (router/sync_wait.h).
 *
 * They are counted a second after they were, service by service, in slices:
 * between two of them other work has its turn. What the kernel does not say is
 * not steady.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"
#include "sys/wake.h"

#define COUNT_EVERY TICK_SECOND
/* Real servers of one slice, where a dump counts as some more: about 6 ms. */
#define SLICE       2048
#define SLICE_DUMP  16
#define SLICE_EVERY (20 * TICK_MILLISECOND)

#define STEADY 50 /* a 50th more or less is steady */

static void add(void *context, const struct ipvs_dest *dest,
		const struct ipvs_counts *counts)
{
	uint64_t *sum = context;

	(void)dest;
	*sum += (uint64_t)counts->active + counts->inactive;
}

/* Some more of the services that are ours. 0, or a negative errno. */
static int count_slice(struct director *d)
{
	struct counted *c = &d->sync;
	uint32_t left = SLICE;

	while (left > 0 && c->next < d->table.service_count) {
		const struct table_service *s = &d->table.services[c->next++];
		uint32_t cost = SLICE_DUMP + s->dest_count;
		int error;

		if (!(s->is & TABLE_OURS))
			continue;
		error = ipvs_dests(d->ipvs, &s->want.key, add, &c->sum);
		if (error)
			return error;
		left -= cost < left ? cost : left;
	}
	return 0;
}

static bool differs(uint64_t a, uint64_t b)
{
	uint64_t more = a > b ? a - b : b - a;

	return more * STEADY > b;
}

static void begin(struct director *d, tick_t since, tick_t now)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);

	d->sync = (struct counted){
		.look_at = d->sync.look_at,
		.awaited = true,
		.since = since,
		.at = now,
	};
	book->sync_connections = 0;
	book->sync_from = (uint64_t)now;
	__atomic_store_n(&book->sync_steady, 0, __ATOMIC_RELEASE);
}

/* All have been counted. */
static void judge(struct director *d, tick_t now)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	struct counted *c = &d->sync;

	book->sync_connections =
		c->sum < UINT32_MAX ? (uint32_t)c->sum : UINT32_MAX;
	if (!c->known || differs(c->sum, c->steady)) {
		c->known = true;
		c->steady = c->sum;
		book->sync_from = (uint64_t)now;
	}
	if (tick_since((tick_t)book->sync_from, now) < 2 * d->refresh)
		return;
	__atomic_store_n(&book->sync_steady, (uint64_t)now, __ATOMIC_RELEASE);
	wake_send(d->wake);
}

static void look(struct director *d, tick_t now)
{
	struct counted *c = &d->sync;

	if (count_slice(d)) {
		c->known = false;
		ledger_lvs(d->ledger)->sync_from = (uint64_t)now;
	} else if (c->next < d->table.service_count) {
		c->at = now + SLICE_EVERY;
		return;
	} else {
		judge(d, now);
	}
	c->next = 0;
	c->sum = 0;
	c->at = now + COUNT_EVERY;
}

/* Nobody needs to know it unless a router waits for it. */
static bool is_awaited(struct director *d, struct vrrp_saved *core)
{
	return d->model->global.lvs.sync_wait > 0 && kernel_instance(d, core) &&
	       core->state == VRRP_BACKUP && core->waits;
}

tick_t sync_turn(struct director *d, tick_t now)
{
	struct vrrp_saved core;

	if (d->stopping) {
		refresh_close(d);
		return TICK_NEVER;
	}
	if (d->news || now >= d->sync.look_at) {
		d->sync.look_at = now + COUNT_EVERY;
		d->sync.awaited = is_awaited(d, &core);
		if (!d->sync.awaited)
			d->sync.since = 0;
		else if (core.since != d->sync.since)
			begin(d, core.since, now);
	}
	if (!d->sync.awaited || ledger_lvs(d->ledger)->sync_steady)
		return d->sync.look_at;
	if (now >= d->sync.at)
		look(d, now);
	return tick_min(d->sync.at, d->sync.look_at);
}
