/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * only_active: a virtual server that is in the kernel's table only while a
 * virtual router of this daemon is Active. What is known of its real servers
 * goes on meanwhile, so that it is there as it should be in one train.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

#include <errno.h>
#include <stdlib.h>

/* Who changes wakes us; a wake-up that got lost costs so much. */
#define LOOK_EVERY (2 * TICK_SECOND)

/* The one of that virtual router, which may be new. */
static uint32_t get_watched(struct director *d, uint32_t instance)
{
	uint32_t n = 0;

	while (n < d->watched_count && d->watched[n].instance != instance)
		n++;
	if (n == d->watched_count)
		d->watched[d->watched_count++] = (struct watched){
			.instance = instance,
			.away = true,
		};
	return n;
}

/* The process before this one had put it into the table: what that owned comes
 * first (book.c). */
static bool was_there(const struct director *d, uint32_t number)
{
	return d->first[number] < d->first[number + 1] &&
	       d->numbers[d->first[number]] < d->departed_count;
}

int only_active_setup(struct director *d)
{
	const struct conf_model *m = d->model;
	bool any = false;

	for (uint32_t n = 0; n < m->virtual_server_count; n++)
		any |= m->virtual_servers[n].only_active != NULL;
	if (!any)
		return 0;
	d->away = calloc(m->virtual_server_count, sizeof(*d->away));
	d->masters = calloc(m->virtual_server_count, sizeof(*d->masters));
	d->watched = calloc(m->instance_count + 1, sizeof(*d->watched));
	if (!d->away || !d->masters || !d->watched)
		return -ENOMEM;
	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		const char *name = m->virtual_servers[n].only_active;

		d->masters[n] =
			name ? get_watched(d, kernel_find(d, name)) : LVS_NONE;
		if (name && was_there(d, n))
			d->watched[d->masters[n]].away = false;
	}
	return 0;
}

tick_t only_active_turn(struct director *d, tick_t now)
{
	struct vrrp_saved core;

	if (!d->away)
		return TICK_NEVER;
	if (!d->news && now < d->away_at)
		return d->away_at;
	/* One that cannot be read just now is as it was. */
	for (uint32_t n = 0; n < d->watched_count; n++)
		if (kernel_read(d, d->watched[n].instance, &core))
			d->watched[n].away = core.state != VRRP_ACTIVE;
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++) {
		bool away = d->masters[n] != LVS_NONE &&
			    d->watched[d->masters[n]].away;

		if (away == d->away[n])
			continue;
		d->away[n] = away;
		wanted_change(d, n, !away);
	}
	d->away_at = now + LOOK_EVERY;
	return d->away_at;
}
