/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The book of `lvs` in the ledger. A record has the number of its service in
 * the table. What an earlier process has left comes first, in its order, and so
 * moves to lower numbers only: written in order, no service is ever without a
 * record.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

#include <errno.h>
#include <stdlib.h>

int book_resume(struct director *d)
{
	struct ledger_lvs_service was;
	uint32_t count = ledger_lvs(d->ledger)->used;

	if (count > ledger_lvs_services(d->ledger))
		count = ledger_lvs_services(d->ledger);
	d->written_of = calloc(ledger_lvs_services(d->ledger) + 1,
			       sizeof(*d->written_of));
	if (!d->written_of || departed_setup(d, count))
		return -ENOMEM;
	for (uint32_t n = 0; n < count; n++) {
		if (!ledger_read_lvs_service(d->ledger, n, &was))
			continue;
		table_own(&d->table, &was.key);
		departed_note(d, &was);
	}
	if (d->table.service_count < count)
		d->departed_count = d->table.service_count;
	return 0;
}

static uint32_t dests_in(const struct table_service *s)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < s->dest_count; n++)
		count += (s->dests[n].is & TABLE_KNOWN) != 0;
	return count;
}

static void write_service(struct director *d, uint32_t n)
{
	struct ledger_lvs_service *to = ledger_lvs_service_at(d->ledger, n);
	const struct table_service *s = &d->table.services[n];
	struct ledger_lvs_service is = {
		.key = s->want.key,
		.ours = (s->is & TABLE_OURS) != 0,
		.error = s->error,
		.dests = s->is & TABLE_KNOWN ? dests_in(s) : 0,
	};

	departed_write(d, n, &is);
	*to = is;
	d->written_of[n] = s->changes + 1;
}

static void write_services(struct director *d)
{
	uint32_t count = d->table.service_count;

	if (count > ledger_lvs_services(d->ledger))
		count = ledger_lvs_services(d->ledger);
	for (uint32_t n = 0; n < count; n++)
		if (d->written_of[n] != d->table.services[n].changes + 1)
			write_service(d, n);
	__atomic_store_n(&ledger_lvs(d->ledger)->used, count, __ATOMIC_RELEASE);
}

void book_write(struct director *d)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	const struct converge *c = &d->converge;
	uint64_t changes = d->table.changes + c->looks + 1;

	if (changes != d->written)
		write_services(d);
	d->written = changes;
	book->trains = c->trains;
	book->changes = c->changes;
	book->refused = c->refused;
	book->looks = c->looks;
	book->repairs = d->repairs;
	book->foreign = d->table.foreign;
	book->error = -c->error;
	book->done = table_is_done(&d->table);
}

void book_beat(struct director *d, tick_t now)
{
	__atomic_store_n(&ledger_lvs(d->ledger)->heartbeat, (uint64_t)now,
			 __ATOMIC_RELAXED);
}
