/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders for real servers (ledger/ordered.h) go to the core. The list is what
 * should be: a server that is not in it, and is under an order all the same, is
 * as the configuration says from then on.
 */
#include "director/director_state.h"

#include "ledger/ordered.h"

#include <assert.h>

static_assert(LEDGER_ORDERED_MAX < ORDER_PLACE_ANY, "a place has 16 bits");

enum {
	UNDER_ORDER = 1, /* the core has one for it */
	IN_LIST = 2,     /* the list, that is being read, has */
};

static const struct ledger_ordered nothing = {
	.what = LEDGER_ORDERED_NOTHING,
	.weight = LEDGER_ORDERED_NO_WEIGHT,
};

static void drain(struct director *d, tick_t now, uint32_t server, tick_t until)
{
	const struct lvs_server *s = &d->core.servers[server];

	/* What is drained stays so; one that drains may get more time. */
	if (s->order == LVS_ORDER_DRAINED ||
	    (s->order == LVS_ORDER_DRAINING && s->until == until))
		return;
	told_of_server(d, server, LEDGER_NEWS_ORDER_DRAIN, 0);
	lvs_drain(&d->core, now, server, until);
}

static void apply(struct director *d, tick_t now, uint32_t server,
		  const struct ledger_ordered *order)
{
	const struct lvs_server *s = &d->core.servers[server];

	switch ((enum ledger_ordered_what)order->what) {
	case LEDGER_ORDERED_NOTHING:
		if (s->order == LVS_ORDER_NONE)
			break;
		told_of_server(d, server, LEDGER_NEWS_ORDER_END, 0);
		lvs_enable(&d->core, now, server);
		break;
	case LEDGER_ORDERED_DRAIN:
		drain(d, now, server, order->until);
		break;
	case LEDGER_ORDERED_DISABLE:
		if (s->order == LVS_ORDER_DISABLED)
			break;
		told_of_server(d, server, LEDGER_NEWS_ORDER_DISABLE, 0);
		lvs_disable(&d->core, now, server);
		break;
	case LEDGER_ORDERED_WHATS:
		break;
	}
	if (s->ordered == order->weight)
		return;
	told_of_server(d, server, LEDGER_NEWS_ORDER_WEIGHT, order->weight);
	lvs_set_weight(&d->core, now, server, order->weight);
}

/* Another program's list has other numbers. */
static bool is_ours(const struct director *d, const struct ledger_ordered *o)
{
	const struct lvs_server_config *server;
	struct ledger_virtual of;
	uint32_t virtual;

	if (o->real >= d->server_count)
		return false;
	server = &d->servers[o->real];
	virtual = d->core.servers[o->real].service;
	if (o->port != server->port ||
	    !ip_equal(&server->address, &o->address) ||
	    virtual >= ledger_virtuals(d->ledger))
		return false;
	ledger_copy_virtual(d->ledger, virtual, &of);
	return ledger_virtual_key(d->ledger, &of) == o->key;
}

/* One that is being written is as it was, until that is over: then the list
 * has changed once more. */
static void keep(struct director *d, uint32_t place)
{
	for (uint32_t n = 0; n < d->server_count; n++)
		if (d->under_order[n] &&
		    (d->order_places[n] == place ||
		     d->order_places[n] == ORDER_PLACE_ANY))
			d->under_order[n] |= IN_LIST;
}

static void read_list(struct director *d, tick_t now)
{
	struct ledger_ordered order;

	for (uint32_t n = 0; n < ledger_ordered_used(d->ledger); n++) {
		int is = ledger_try_ordered(d->ledger, n, &order);

		if (is < 0)
			keep(d, n);
		if (is <= 0 || !is_ours(d, &order))
			continue;
		apply(d, now, order.real, &order);
		d->under_order[order.real] |= UNDER_ORDER | IN_LIST;
		d->order_places[order.real] = (uint16_t)n;
	}
	for (uint32_t n = 0; n < d->server_count; n++) {
		if (d->under_order[n] == UNDER_ORDER) {
			apply(d, now, n, &nothing);
			d->under_order[n] = 0;
		}
		d->under_order[n] &= (uint8_t)~IN_LIST;
	}
}

void orders_read(struct director *d, tick_t now)
{
	uint64_t changes = ledger_ordered_changes(d->ledger);

	if (changes == d->orders_seen)
		return;
	/* What changes from here on is read in the next turn. */
	d->orders_seen = changes;
	read_list(d, now);
}

void orders_begin(struct director *d, tick_t now)
{
	for (uint32_t n = 0; n < d->server_count; n++) {
		const struct lvs_server *s = &d->core.servers[n];

		if (s->order != LVS_ORDER_NONE ||
		    s->ordered != LVS_WEIGHT_UNSET)
			d->under_order[n] = UNDER_ORDER;
		d->order_places[n] = ORDER_PLACE_ANY;
	}
	d->orders_seen = ledger_ordered_changes(d->ledger);
	read_list(d, now);
}
