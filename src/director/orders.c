/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders for real servers (ledger/ordered.h) go to the core. The list is what
 * should be: a server that is not in it, and is under an order all the same, is
 * as the configuration says from then on.
 */
#include "director/director_state.h"

#include "ledger/ordered.h"

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
	if (s->order != LVS_ORDER_DRAINED &&
	    (s->order != LVS_ORDER_DRAINING || s->until != until))
		lvs_drain(&d->core, now, server, until);
}

static void apply(struct director *d, tick_t now, uint32_t server,
		  const struct ledger_ordered *order)
{
	const struct lvs_server *s = &d->core.servers[server];

	switch ((enum ledger_ordered_what)order->what) {
	case LEDGER_ORDERED_NOTHING:
		if (s->order != LVS_ORDER_NONE)
			lvs_enable(&d->core, now, server);
		break;
	case LEDGER_ORDERED_DRAIN:
		drain(d, now, server, order->until);
		break;
	case LEDGER_ORDERED_DISABLE:
		if (s->order != LVS_ORDER_DISABLED)
			lvs_disable(&d->core, now, server);
		break;
	case LEDGER_ORDERED_WHATS:
		break;
	}
	if (s->ordered != order->weight)
		lvs_set_weight(&d->core, now, server, order->weight);
}

/* Another program's list has other numbers. */
static bool is_ours(const struct director *d, const struct ledger_ordered *o)
{
	return o->real < d->server_count &&
	       ip_equal(&d->servers[o->real].address, &o->address);
}

static void read_list(struct director *d, tick_t now)
{
	struct ledger_ordered order;

	for (uint32_t n = 0; n < ledger_ordered_used(d->ledger); n++) {
		if (!ledger_read_ordered(d->ledger, n, &order) ||
		    !is_ours(d, &order))
			continue;
		apply(d, now, order.real, &order);
		d->under_order[order.real] |= UNDER_ORDER | IN_LIST;
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
	}
	d->orders_seen = ledger_ordered_changes(d->ledger);
	read_list(d, now);
}
