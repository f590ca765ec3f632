/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the book, for people: what the kernel has of virtual and real servers, and
 * what it refuses. With tens of thousands that takes milliseconds, so it is not
 * written after each train, and only where something has changed.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

#include <errno.h>
#include <stdlib.h>

#define SHOW_EVERY (250 * TICK_MILLISECOND)

static void show_virtual(struct director *d, uint32_t n)
{
	struct ledger_lvs_virtual *to = ledger_lvs_virtual_at(d->ledger, n);
	uint32_t present = 0, error = 0;

	for (uint32_t k = d->first[n]; k < d->first[n + 1]; k++) {
		const struct table_service *s =
			&d->table.services[d->numbers[k]];

		present += (s->is & TABLE_KNOWN) != 0;
		if (s->error)
			error = s->error;
	}
	to->present = present;
	to->error = error;
}

static void show_server(struct director *d, uint32_t server, uint32_t n)
{
	struct ledger_lvs_server *to = ledger_lvs_server_at(d->ledger, server);
	uint32_t present = 0, error = 0;
	int32_t weight = 0;

	for (uint32_t k = d->first[n]; k < d->first[n + 1]; k++) {
		const struct table_service *s =
			&d->table.services[d->numbers[k]];
		const struct table_dest *dest =
			wanted_find(d, server, d->numbers[k]);

		if (!dest)
			continue;
		if (s->is & dest->is & TABLE_KNOWN) {
			present++;
			weight = dest->have.weight;
		}
		if (dest->error)
			error = dest->error;
	}
	to->weight = weight;
	to->present = present;
	to->error = error;
}

int shown_setup(struct director *d)
{
	d->shown_of = calloc(d->model->virtual_server_count + 1,
			     sizeof(*d->shown_of));
	return d->shown_of ? 0 : -ENOMEM;
}

/* How often its services have changed; never 0. */
static uint64_t changes_of(const struct director *d, uint32_t n)
{
	uint64_t changes = 1;

	for (uint32_t k = d->first[n]; k < d->first[n + 1]; k++)
		changes += d->table.services[d->numbers[k]].changes;
	return changes;
}

void shown_write(struct director *d, tick_t now)
{
	uint64_t as_of = d->table.changes + 1;

	if (as_of == d->shown || !d->remembers || now < d->show_at)
		return;
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++) {
		uint32_t first =
			(uint32_t)(d->services[n].servers - d->servers);
		uint64_t changes = changes_of(d, n);

		if (changes == d->shown_of[n])
			continue;
		d->shown_of[n] = changes;
		show_virtual(d, n);
		for (uint32_t k = 0; k < d->services[n].server_count; k++)
			show_server(d, first + k, n);
		for (uint32_t k = d->core.services[n].leaving; k != LVS_NONE;
		     k = d->core.servers[k].next)
			show_server(d, k, n);
	}
	d->shown = as_of;
	d->show_at = now + SHOW_EVERY;
}
