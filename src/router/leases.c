/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leases: an address that nobody refreshes is removed by the kernel, but not
 * before a Backup has taken over, also where all died just before the next
 * refresh. They are long enough that refreshing costs at most this part of a
 * core. What is static is nobody else's, and has none.
 */
#include "router/state.h"

#include "vrrp/timer.h"

#define LEASE_LEAST 2                      /* seconds */
#define LEASE_COST  (3 * TICK_MICROSECOND) /* of one refresh */
#define LEASE_SHARE 200
#define LEASE_PARTS 4 /* refreshes in one lease */

/*
 * What was adopted is refreshed when it is due, but soon: after the adverts,
 * and not later however often a process is replaced.
 */
#define LEASE_ADOPTED (50 * TICK_MILLISECOND)

static uint32_t lease_of(const struct router *r, const struct instance *i)
{
	/* Of our own interval: another may have told any, and be forged. */
	tick_t down = vrrp_active_down_interval(
		&i->conf->vrrp, i->core->priority, i->conf->vrrp.interval);
	tick_t load = LEASE_COST * LEASE_PARTS * LEASE_SHARE *
		      (tick_t)r->holding_count;
	tick_t lease = tick_max(load, LEASE_LEAST * TICK_SECOND);

	lease = tick_max(lease, down * LEASE_PARTS / (LEASE_PARTS - 1));
	if (i->conf->lease == 0)
		return NETLINK_FOREVER;
	if (i->conf->lease != CONF_LEASE_AUTO)
		return i->conf->lease;
	return (uint32_t)((lease + TICK_SECOND - 1) / TICK_SECOND);
}

static tick_t refresh_gap(const struct instance *i)
{
	return i->lease * TICK_SECOND / LEASE_PARTS;
}

void leases_begin(struct router *r)
{
	r->lease_refresh = TICK_NEVER;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->lease = lease_of(r, i);
		i->refresh_at = TICK_NEVER;
		if (i->lease == NETLINK_FOREVER)
			continue;
		i->refresh_at = tick_min(r->now + LEASE_ADOPTED,
					 i->record->refreshed + refresh_gap(i));
		r->lease_refresh = tick_min(r->lease_refresh, i->refresh_at);
	}
}

static void refresh(struct router *r, struct instance *i)
{
	bool opened = record_open(i->record);

	i->record->refreshed = r->now;
	record_close(i->record, opened);
	i->refresh_at = r->now + refresh_gap(i);
	for (uint32_t k = 0; k < i->holding_count; k++) {
		uint32_t n = i->holding_first + k;
		struct holding *h = &r->holdings[n];

		/* What is not there has its own retry. */
		if (!h->wanted || !h->present || !holding_kind_of(r, h)->leased)
			continue;
		h->refresh = true;
		if (h->kept > 0)
			h->kept--;
		holding_enqueue(r, n);
	}
}

void leases_run(struct router *r)
{
	tick_t next = TICK_NEVER;

	if (r->now < r->lease_refresh)
		return;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		if (r->now >= i->refresh_at)
			refresh(r, i);
		next = tick_min(next, i->refresh_at);
	}
	r->lease_refresh = next;
}

tick_t leases_deadline(const struct router *r)
{
	return r->lease_refresh;
}
