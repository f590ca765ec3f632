/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual servers that are not in the configuration any more as a whole, and
 * had a drain_timeout: the services of the kernel that they were stay in the
 * table with all that is in them, at weight 0, until no connection is left or
 * the deadline has come. Nobody knows any more how they were configured: what
 * the kernel has is wanted. A record of the book says which they are, so that
 * the next process goes on with it; one that is in the file again is wanted
 * from there, and leaves no more.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

#include <errno.h>
#include <stdlib.h>

/* Connections are counted so often, in slices of so many real servers, where a
 * dump counts as some more. */
#define COUNT_EVERY TICK_SECOND
#define SLICE       2048
#define SLICE_DUMP  16
#define SLICE_EVERY (20 * TICK_MILLISECOND)

static struct departed *find(const struct director *d, uint32_t service)
{
	return service < d->departed_count && d->departed[service].until
		       ? &d->departed[service]
		       : NULL;
}

/* While packets get its mark, its addresses are no service of their own: who
 * connects is refused, unless it serves. */
static bool serves_yet(const struct director *d, uint32_t service)
{
	return d->table.services[service].want.key.mark && fwmarks_leave(d);
}

/* One that did, until its marks had gone. */
static void silence(struct director *d, uint32_t service)
{
	const struct table_service *s = &d->table.services[service];

	if (!s->want.key.mark)
		return;
	for (uint32_t n = 0; n < s->dest_count; n++) {
		struct ipvs_dest want = s->dests[n].want;

		if (!(s->dests[n].is & TABLE_WANTED) || want.weight == 0)
			continue;
		want.weight = 0;
		if (table_want_dest(&d->table, service, &want) == TABLE_NONE)
			news_of_look(d, -ENOMEM);
	}
}

int departed_setup(struct director *d, uint32_t count)
{
	d->departed = calloc(count + 1, sizeof(*d->departed));
	d->departed_count = count;
	return d->departed ? 0 : -ENOMEM;
}

void departed_note(struct director *d, const struct ledger_lvs_service *was)
{
	uint32_t service = table_find(&d->table, &was->key);

	if (service >= d->departed_count)
		return;
	d->departed[service] = (struct departed){
		.drain = was->drain,
		.until = was->until,
		.left = was->left,
		.told = was->until != 0,
	};
}

/* The kernel looks for a port before it looks for any: what is wanted for all
 * ports of that address would get none of this one. */
static bool is_in_the_way(const struct director *d, uint32_t service)
{
	struct ipvs_key any = d->table.services[service].want.key;
	uint32_t n;

	if (any.mark)
		return false;
	any.port = 0;
	n = table_find(&d->table, &any);
	return n != TABLE_NONE && d->table.services[n].is & TABLE_WANTED;
}

void departed_begin(struct director *d, tick_t now)
{
	for (uint32_t n = 0; n < d->departed_count; n++) {
		struct departed *one = &d->departed[n];

		if (d->table.services[n].is & TABLE_WANTED)
			one->until = 0; /* it is in the file */
		else if (is_in_the_way(d, n))
			one->until = 0; /* it goes at once */
		else if (!one->until && one->drain > 0)
			one->until = now + one->drain * TICK_SECOND;
	}
}

void departed_saw(struct director *d, const struct ipvs_service *service)
{
	uint32_t n = table_find(&d->table, &service->key);

	if (find(d, n) && !(d->table.services[n].is & TABLE_WANTED) &&
	    table_want(&d->table, service) == TABLE_NONE)
		news_of_look(d, -ENOMEM);
}

void departed_saw_dest(struct director *d, uint32_t service,
		       const struct ipvs_dest *dest)
{
	const struct departed *one = find(d, service);
	struct ipvs_dest want = *dest;

	if (!one || one->known)
		return;
	want.weight = serves_yet(d, service) ? dest->weight : 0;
	if (table_want_dest(&d->table, service, &want) == TABLE_NONE)
		news_of_look(d, -ENOMEM);
}

void departed_looked(struct director *d, uint32_t service)
{
	struct departed *one = find(d, service);

	if (!one || one->known)
		return;
	one->known = true;
	if (!one->told)
		news_departs(d, service, one->until - d->turned_at);
	one->told = true;
}

static void add(void *context, const struct ipvs_dest *dest,
		const struct ipvs_counts *counts)
{
	struct ledger_lvs_counts *sum = context;

	(void)dest;
	sum->active += counts->active;
	sum->inactive += counts->inactive;
	sum->persistent += counts->persistent;
}

/* None of it gets new connections. */
static bool is_quiet(const struct table_service *s)
{
	if (!(s->is & TABLE_KNOWN) || s->is & TABLE_UNSURE)
		return false;
	for (uint32_t n = 0; n < s->dest_count; n++)
		if (s->dests[n].is & TABLE_KNOWN && s->dests[n].have.weight > 0)
			return false;
	return true;
}

/* Its record is to be written. */
static void touch(struct director *d, uint32_t service)
{
	d->table.services[service].changes++;
	d->table.changes++;
}

static void end(struct director *d, uint32_t service, bool late)
{
	struct departed *one = &d->departed[service];

	if (d->table.services[service].is & TABLE_WANTED)
		news_departed(d, service, late, one->left > 0);
	table_unwant(&d->table, service);
	*one = (struct departed){ 0 };
	touch(d, service);
}

/* What that has cost. */
static uint32_t count(struct director *d, uint32_t service, tick_t now)
{
	const struct table_service *s = &d->table.services[service];
	struct departed *one = &d->departed[service];
	struct ledger_lvs_counts sum = { 0 };
	uint64_t left;

	/* At the deadline; or the kernel does not have it. */
	if (now >= one->until || !(s->is & TABLE_WANTED)) {
		end(d, service, true);
		return 1;
	}
	if (one->known && !serves_yet(d, service))
		silence(d, service);
	if (!one->known || !is_quiet(s))
		return 1;
	if (ipvs_dests(d->ipvs, &s->want.key, add, &sum))
		return SLICE;
	left = ledger_lvs_left(&sum, s->want.key.protocol);
	if (left == 0)
		end(d, service, false);
	else if (left != one->left)
		touch(d, service);
	one->left = left;
	return SLICE_DUMP + s->dest_count;
}

tick_t departed_turn(struct director *d, tick_t now)
{
	uint32_t left = SLICE, cost;

	if (d->departed_count == 0)
		return TICK_NEVER;
	if (now < d->departed_at)
		return d->departed_at;
	if (!d->table.looked || d->table.unsure)
		return now + COUNT_EVERY;
	for (; d->departed_next < d->departed_count && left > 0;
	     d->departed_next++) {
		if (!find(d, d->departed_next))
			continue;
		cost = count(d, d->departed_next, now);
		left -= cost < left ? cost : left;
	}
	if (d->departed_next < d->departed_count) {
		d->departed_at = now + SLICE_EVERY;
		return d->departed_at;
	}
	d->departed_next = 0;
	d->departed_at = now + COUNT_EVERY;
	return d->departed_at;
}

void departed_write(const struct director *d, uint32_t service,
		    struct ledger_lvs_service *to)
{
	const struct departed *one = find(d, service);
	uint32_t owner = wanted_owner(d, service);

	/* A Backup is not to have what is for the Active alone. */
	if (owner != LVS_NONE && !d->model->virtual_servers[owner].only_active)
		to->drain = (uint32_t)(d->services[owner].drain_timeout /
				       TICK_SECOND);
	if (!one)
		return;
	to->until = one->until;
	to->left = one->left;
}
