/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the book, for people: what the kernel has of virtual and real servers, and
 * what it refuses. With tens of thousands that takes milliseconds, so it is not
 * written after each train.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

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

void shown_write(struct director *d, tick_t now)
{
	const struct converge *c = &d->converge;
	bool done = table_is_done(&d->table);
	uint64_t as_of = c->trains << 2 | (done ? 2 : 0) | 1;
	uint32_t server = 0;

	if (as_of == d->shown || !d->remembers || now < d->show_at)
		return;
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++) {
		show_virtual(d, n);
		for (uint32_t k = 0; k < d->services[n].server_count; k++)
			show_server(d, server++, n);
	}
	d->shown = as_of;
	d->show_at = now + SHOW_EVERY;
}
