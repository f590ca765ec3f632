/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * only_active: a virtual server that is in the kernel's table only while a
 * virtual router of this daemon is Active. What is known of its real servers
 * goes on meanwhile, so that it is there as it should be in one train.
 */
#include "director/director_state.h"

#include "ledger/ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t instance_of(const struct conf_model *m, const char *name)
{
	for (uint32_t n = 0; n < m->instance_count; n++)
		if (strcmp(m->instances[n].name, name) == 0)
			return n;
	return LVS_NONE;
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
	if (!d->away || !d->masters)
		return -ENOMEM;
	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		const char *name = m->virtual_servers[n].only_active;

		d->masters[n] = name ? instance_of(m, name) : LVS_NONE;
	}
	return 0;
}

/* One that cannot be read just now is as it was. */
static bool is_away(struct director *d, uint32_t n)
{
	struct ledger_instance instance;
	struct vrrp_saved core;

	if (d->masters[n] == LVS_NONE)
		return false;
	if (d->masters[n] >= ledger_instances(d->ledger) ||
	    !ledger_read_instance(d->ledger, d->masters[n], &instance, &core))
		return d->away[n];
	return core.state != VRRP_ACTIVE;
}

void only_active_turn(struct director *d)
{
	for (uint32_t n = 0; d->away && n < d->model->virtual_server_count;
	     n++) {
		bool away = is_away(d, n);

		if (away == d->away[n])
			continue;
		d->away[n] = away;
		wanted_change(d, n, !away);
	}
}
