/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All processes of a daemon have died at once, and their books with them. What
 * they knew of real servers is still in the kernel: one that is missing in a
 * service that has others, or has weight 0, had failed. It stays out until its
 * checks say something else, and what is in use stays in use. What is under
 * orders (ledger/ordered.h) is not in use for that reason.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"
#include "ledger/ordered.h"
#include "lvs/save.h"

#include <stdlib.h>
#include <string.h>

struct found {
	struct ipvs_dest *dests;
	uint32_t count, room;
	bool failed; /* no memory: nothing is known */
};

static void saw(void *context, const struct ipvs_dest *dest,
		const struct ipvs_counts *counts)
{
	struct found *f = context;

	(void)counts;
	if (f->count == f->room) {
		uint32_t room = f->room ? 2 * f->room : 64;
		void *more = realloc(f->dests, room * sizeof(*f->dests));

		if (!more) {
			f->failed = true;
			return;
		}
		f->dests = more;
		f->room = room;
	}
	f->dests[f->count++] = *dest;
}

/* By what the kernel knows it by. */
static int compare(const void *left, const void *right)
{
	const struct ipvs_dest *a = left, *b = right;
	int address = memcmp(a->address, b->address, sizeof(a->address));

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return address != 0 ? address : (int)a->port - (int)b->port;
}

/* NULL: the kernel does not have it. */
static const struct ipvs_dest *find(const struct found *f,
				    const struct conf_virtual_server *vs,
				    const struct conf_real_server *rs,
				    uint16_t service_port)
{
	struct ipvs_dest key = {
		.family = rs->address.family,
		.port = conf_server_port(conf_server_forward(vs, rs), rs->port,
					 service_port),
	};

	memcpy(key.address, rs->address.bytes, sizeof(key.address));
	return bsearch(&key, f->dests, f->count, sizeof(key), compare);
}

/*
 * One that is under an order is not in use for that reason, which says nothing
 * of its health. False: it is under none.
 */
static bool is_ordered(const struct director *d, uint32_t server,
		       const struct ipvs_dest *is,
		       struct lvs_saved_server *known)
{
	struct ledger_ordered order;

	if (!ledger_find_ordered(d->ledger, server, &order) ||
	    order.what == LEDGER_ORDERED_NOTHING)
		return false;
	known->health = known->told = LVS_HEALTH_UP;
	if (order.what == LEDGER_ORDERED_DISABLE) {
		known->order = LVS_ORDER_DISABLED;
	} else if (is) {
		known->order = LVS_ORDER_DRAINING;
		known->until = order.until;
	} else {
		known->order = LVS_ORDER_DRAINED;
	}
	return true;
}

static void adopt_one(struct director *d, uint32_t n, uint32_t k,
		      const struct ipvs_dest *is, tick_t now)
{
	const struct lvs_server_config *server = &d->services[n].servers[k];
	struct lvs_saved_server known = lvs_known_server(
		is && is->weight > 0 ? LVS_HEALTH_UP : LVS_HEALTH_DOWN, now);

	/* What is not checked is always up, and 0 may be configured. */
	if (!is_ordered(d, (uint32_t)(server - d->servers), is, &known) &&
	    (server->follow_count == 0 || server->weight == 0))
		return;
	lvs_adopt_server(&d->core, now, n, &server->address, server->port,
			 &known, sizeof(known));
}

/* What the file has lost meanwhile drains, if it is to; else it goes. */
static void adopt_lost(struct director *d, uint32_t n,
		       const struct ipvs_dest *is, tick_t now)
{
	struct lvs_saved_server known = lvs_known_server(LVS_HEALTH_UP, now);
	struct ip ip = ip_from_bytes(is->family, is->address);

	if (d->services[n].drain_timeout <= 0 || leaving_is_in_file(d, n, is))
		return;
	if (lvs_adopt_server(&d->core, now, n, &ip, is->port, &known,
			     sizeof(known)) != LVS_LEAVES)
		return;
	leaving_note(d, d->core.leaving_count - 1, is);
}

/* Of a group its first service is as all others are. */
static void adopt(struct director *d, uint32_t n, struct found *f, tick_t now)
{
	const struct conf_virtual_server *vs = &d->model->virtual_servers[n];
	const struct ipvs_key *key =
		&d->table.services[d->numbers[d->first[n]]].want.key;

	f->count = 0;
	if (ipvs_dests(d->ipvs, key, saw, f) != 0 || f->failed || f->count == 0)
		return;
	qsort(f->dests, f->count, sizeof(*f->dests), compare);
	for (uint32_t k = 0; k < vs->server_count; k++)
		adopt_one(d, n, k, find(f, vs, &vs->servers[k], key->port),
			  now);
	for (uint32_t k = 0; k < f->count; k++)
		adopt_lost(d, n, &f->dests[k], now);
}

static void count_service(void *context, const struct ipvs_service *service,
			  const struct ipvs_counts *counts)
{
	(void)service;
	(void)counts;
	++*(uint32_t *)context;
}

void found_adopt(struct director *d, tick_t now)
{
	struct found f = { 0 };
	uint32_t services = 0;

	if (ledger_lvs_used_virtuals(d->ledger) > 0)
		return; /* a book knows more */
	if (ipvs_services(d->ipvs, count_service, &services) != 0 ||
	    services == 0)
		return;
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++)
		if (d->first[n] < d->first[n + 1])
			adopt(d, n, &f, now);
	free(f.dests);
}
