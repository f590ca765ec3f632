/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel counts of virtual and real servers: connections, packets,
 * bytes and their rates, for people and metrics; and the connections that a
 * server which drains still has, for the core.
 *
 * Nobody asks for it, and nobody waits: each second a slice of the servers is
 * read, so that each was within half a minute (256 servers and less: each
 * second), and those of virtual servers with one that drains each second, in
 * bounds. A dump costs about 3 us a server, so 30,000 cost 3 ms a second. The
 * counts of virtual servers come with each look at the services (converge.h).
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_EVERY TICK_SECOND
/* Servers of one time: at least, and so many that all are read in a round; and
 * of virtual servers with one that drains. A dump counts as some more. */
#define COUNT_LEAST  256
#define COUNT_ROUND  30
#define COUNT_DRAINS 2048
#define COUNT_DUMP   16

/* Of a real server, in all services of its virtual server. */
struct sum {
	struct ipvs_counts counts;
	bool changes; /* in one of them it is not yet as it should be */
};

/* One virtual server is counted after another, each service by service. */
struct walk {
	uint32_t virtual; /* that is counted now, or was last */
	uint32_t at;      /* its next service */
	bool busy;        /* some were, and some were not yet */
	bool unsure;      /* it is not all there, or changes just now */
	bool unread;      /* the kernel did not say all of it */
	bool unknown;     /* what is in it is to be looked at first */
	struct sum *sums;
};

struct counting {
	tick_t at; /* the next time */
	uint32_t slice;
	struct walk round, drains;
	bool failed; /* the last time one of those that drain was not read */
	/* Of the service that is read just now, by its destinations. */
	const struct table_service *service;
	struct ipvs_counts *seen;
	uint32_t room;
	/* Of virtual servers, in the look that is under way. */
	struct ipvs_counts *totals;
};

static void add(struct ipvs_counts *to, const struct ipvs_counts *more)
{
	to->active += more->active;
	to->inactive += more->inactive;
	to->persistent += more->persistent;
	to->connections += more->connections;
	to->in_packets += more->in_packets;
	to->out_packets += more->out_packets;
	to->in_bytes += more->in_bytes;
	to->out_bytes += more->out_bytes;
	to->connections_rate += more->connections_rate;
	to->in_packets_rate += more->in_packets_rate;
	to->out_packets_rate += more->out_packets_rate;
	to->in_bytes_rate += more->in_bytes_rate;
	to->out_bytes_rate += more->out_bytes_rate;
}

static uint32_t least(uint64_t value)
{
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static struct ledger_lvs_counts record_of(const struct ipvs_counts *c)
{
	return (struct ledger_lvs_counts){
		.active = c->active,
		.inactive = c->inactive,
		.persistent = c->persistent,
		.connections_rate = least(c->connections_rate),
		.connections = c->connections,
		.in_packets = c->in_packets,
		.out_packets = c->out_packets,
		.in_bytes = c->in_bytes,
		.out_bytes = c->out_bytes,
		.in_packets_rate = least(c->in_packets_rate),
		.out_packets_rate = least(c->out_packets_rate),
		.in_bytes_rate = c->in_bytes_rate,
		.out_bytes_rate = c->out_bytes_rate,
	};
}

/* ---- real servers ---- */

/* Of a server its place in `sums`: those of the file, then those that leave. */
static uint32_t place_of(const struct director *d, uint32_t virtual,
			 uint32_t server)
{
	return server < d->server_count
		       ? server - d->core.services[virtual].first
		       : d->services[virtual].server_count + server -
				 d->server_count;
}

static void saw(void *context, const struct ipvs_dest *dest,
		const struct ipvs_counts *counts)
{
	struct counting *c = context;
	uint32_t at = table_find_dest(c->service, dest);

	if (at != TABLE_NONE)
		c->seen[at] = *counts;
}

static int make_room(struct counting *c, uint32_t count)
{
	void *more;

	if (count > c->room) {
		more = realloc(c->seen, count * sizeof(*c->seen));
		if (!more)
			return -ENOMEM;
		c->seen = more;
		c->room = count;
	}
	if (count > 0)
		memset(c->seen, 0, count * sizeof(*c->seen));
	return 0;
}

/* A service of it. */
static void count_service(struct director *d, struct walk *w, uint32_t number)
{
	const struct table_service *s = &d->table.services[number];
	struct counting *c = d->counting;

	if (s->is & TABLE_UNSURE) {
		w->unknown = true;
		return;
	}
	if (!(s->is & TABLE_KNOWN)) {
		/* What the kernel refuses has no connection. */
		w->unsure |= !s->error;
		return;
	}
	c->service = s;
	if (make_room(c, s->dest_count) ||
	    ipvs_dests(d->ipvs, &s->want.key, saw, c)) {
		w->unread = true;
		return;
	}
	for (uint32_t n = lvs_first(&d->core, w->virtual);
	     n < d->core.server_count + d->core.leaving_count;
	     n = lvs_next(&d->core, n)) {
		const struct table_dest *dest = wanted_find(d, n, number);
		struct sum *sum = &w->sums[place_of(d, w->virtual, n)];

		if (!dest)
			continue;
		if (dest->is & TABLE_KNOWN)
			add(&sum->counts, &c->seen[dest - s->dests]);
		sum->changes |= !dest->error && (dest->is & TABLE_WANTED) &&
				(!(dest->is & TABLE_KNOWN) ||
				 dest->have.weight != dest->want.weight);
	}
}

/* All of its services were counted; else what was known stays. */
static void settle(struct director *d, struct walk *w)
{
	const struct conf_virtual_server *vs =
		&d->model->virtual_servers[w->virtual];
	uint8_t protocol = vs->id.by == CONF_BY_MARK ? 0 : vs->protocol;
	struct ledger_lvs_counts *all =
		ledger_lvs_virtual_counts_at(d->ledger, w->virtual);
	uint32_t end = d->core.server_count + d->core.leaving_count;
	struct ipvs_counts sum = { 0 };

	if (w->unread || w->unknown)
		return;
	d->drains[w->virtual] = false;
	for (uint32_t n = lvs_first(&d->core, w->virtual); n < end;
	     n = lvs_next(&d->core, n)) {
		const struct sum *one = &w->sums[place_of(d, w->virtual, n)];
		struct ledger_lvs_counts counts = record_of(&one->counts);

		add(&sum, &one->counts);
		*ledger_lvs_server_counts_at(d->ledger, n) = counts;
		if (d->core.servers[n].order != LVS_ORDER_DRAINING)
			continue;
		if (!w->unsure && !one->changes)
			lvs_connections(&d->core, n,
					ledger_lvs_left(&counts, protocol));
		d->drains[w->virtual] |=
			d->core.servers[n].order == LVS_ORDER_DRAINING;
	}
	all->active = sum.active;
	all->inactive = sum.inactive;
	all->persistent = sum.persistent;
}

/* The next service, or the end of a virtual server; what it has cost. */
static uint32_t step(struct director *d, struct walk *w)
{
	uint32_t end = d->first[w->virtual + 1], number;

	if (w->at < end) {
		number = d->numbers[w->at++];
		count_service(d, w, number);
		return COUNT_DUMP + d->table.services[number].dest_count;
	}
	settle(d, w);
	w->busy = false;
	return 1;
}

static void begin(struct director *d, struct walk *w)
{
	uint32_t count =
		d->services[w->virtual].server_count + d->core.leaving_count;

	memset(w->sums, 0, count * sizeof(*w->sums));
	w->at = d->first[w->virtual];
	w->unsure = w->unread = w->unknown = false;
	w->busy = true;
}

/* So many servers; of all virtual servers, or those with one that drains.
 * False: one could not be read, which may have taken long. */
static bool walk(struct director *d, struct walk *w, bool drains,
		 uint32_t budget)
{
	uint32_t all = d->model->virtual_server_count, tried = 0, cost;
	bool before;

	while (budget > 0 && (w->busy || tried < all)) {
		if (!w->busy) {
			w->virtual = (w->virtual + 1) % all;
			tried++;
			if (drains && !d->drains[w->virtual])
				continue;
			begin(d, w);
		}
		before = w->unread;
		cost = step(d, w);
		if (w->unread && !before)
			return false;
		budget -= cost < budget ? cost : budget;
	}
	return true;
}

tick_t counts_turn(struct director *d, tick_t now)
{
	struct counting *c = d->counting;

	if (now < c->at)
		return c->at;
	c->at = now + COUNT_EVERY;
	/* Before there was a look nothing is known, not even that it is 0. */
	if (!d->remembers || !d->table.looked || d->table.unsure ||
	    d->model->virtual_server_count == 0)
		return c->at;
	/* After a failure the others have their time first. */
	c->failed = !c->failed && !walk(d, &c->drains, true, COUNT_DRAINS);
	if (!c->failed)
		(void)walk(d, &c->round, false, c->slice);
	return c->at;
}

/* ---- virtual servers ---- */

void counts_look(struct director *d)
{
	memset(d->counting->totals, 0,
	       (d->model->virtual_server_count + 1) *
		       sizeof(*d->counting->totals));
}

void counts_saw(struct director *d, const struct ipvs_service *service,
		const struct ipvs_counts *counts)
{
	struct counting *c = d->counting;
	uint32_t owner = wanted_owner(d, table_find(&d->table, &service->key));

	if (owner != LVS_NONE)
		add(&c->totals[owner], counts);
}

void counts_looked(struct director *d)
{
	for (uint32_t n = 0; d->remembers && n < d->model->virtual_server_count;
	     n++) {
		struct ledger_lvs_counts *to =
			ledger_lvs_virtual_counts_at(d->ledger, n);
		struct ledger_lvs_counts is =
			record_of(&d->counting->totals[n]);

		is.active = to->active;
		is.inactive = to->inactive;
		is.persistent = to->persistent;
		*to = is;
	}
}

/* ---- the beginning ---- */

int counts_setup(struct director *d)
{
	uint32_t virtuals = d->model->virtual_server_count, most = 0;
	struct counting *c = calloc(1, sizeof(*c));
	uint64_t all = 0;

	d->counting = c;
	if (!c)
		return -ENOMEM;
	for (uint32_t n = 0; n < virtuals; n++) {
		uint32_t count = d->services[n].server_count;

		most = count > most ? count : most;
		all += (uint64_t)(d->first[n + 1] - d->first[n]) *
		       (count + COUNT_DUMP);
	}
	c->slice = (uint32_t)(all / COUNT_ROUND + 1);
	if (c->slice < COUNT_LEAST)
		c->slice = COUNT_LEAST;
	most += d->config.leaving_max + 1;
	c->round.sums = calloc(most, sizeof(*c->round.sums));
	c->drains.sums = calloc(most, sizeof(*c->drains.sums));
	c->totals = calloc(virtuals + 1, sizeof(*c->totals));
	d->drains = calloc(virtuals + 1, sizeof(*d->drains));
	if (!c->round.sums || !c->drains.sums || !c->totals || !d->drains)
		return -ENOMEM;
	return 0;
}

void counts_free(struct director *d)
{
	struct counting *c = d->counting;

	free(d->drains);
	if (!c)
		return;
	free(c->round.sums);
	free(c->drains.sums);
	free(c->seen);
	free(c->totals);
	free(c);
}
