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

#include <string.h>

/* NULL: the kernel does not have it. */
static const struct ipvs_dest *find(const struct table_service *s,
				    const struct conf_virtual_server *vs,
				    const struct conf_real_server *rs)
{
	struct ipvs_dest key = {
		.family = rs->address.family,
		.port = conf_server_port(conf_server_forward(vs, rs), rs->port,
					 s->want.key.port),
	};
	uint32_t at;

	memcpy(key.address, rs->address.bytes, sizeof(key.address));
	at = table_find_dest(s, &key);
	return at != TABLE_NONE && (s->dests[at].is & TABLE_KNOWN)
		       ? &s->dests[at].have
		       : NULL;
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
	leaving_note(d, d->core.leaving_count - 1, is, now);
}

/* Of a group its first service is as all others are. */
static void adopt(struct director *d, uint32_t n, tick_t now)
{
	const struct conf_virtual_server *vs = &d->model->virtual_servers[n];
	const struct table_service *s =
		&d->table.services[d->numbers[d->first[n]]];

	if (!(s->is & TABLE_KNOWN) || s->dest_count == 0)
		return;
	for (uint32_t k = 0; k < vs->server_count; k++)
		adopt_one(d, n, k, find(s, vs, &vs->servers[k]), now);
	for (uint32_t k = 0; k < s->dest_count; k++)
		if (s->dests[k].is & TABLE_KNOWN)
			adopt_lost(d, n, &s->dests[k].have, now);
}

bool found_adopt(struct director *d, tick_t now)
{
	bool seen;

	if (ledger_lvs_used_virtuals(d->ledger) > 0)
		return true; /* a book knows more */
	/* Whatever is there, nobody has changed it behind our back. */
	d->table.tell = NULL;
	seen = converge_look(&d->converge);
	d->table.tell = news_of_table;
	for (uint32_t n = 0; seen && n < d->model->virtual_server_count; n++)
		if (d->first[n] < d->first[n + 1])
			adopt(d, n, now);
	return seen;
}
