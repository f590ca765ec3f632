/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/book.h"

#include "router/holding_kind.h"
#include "sys/clock.h"

#include <stdio.h>

/* Of an instance, or with NULL the static ones. */
static uint32_t holdings_of(const struct conf_model *model,
			    const struct conf_instance *instance)
{
	size_t count = 0;

	for (unsigned k = 0; k < holding_kind_count; k++)
		count += holding_kinds[k]->count(model, instance);
	return (uint32_t)count;
}

void book_size(const struct conf_model *model, uint32_t *instances,
	       uint32_t *holdings)
{
	*instances = (uint32_t)model->instance_count;
	*holdings = holdings_of(model, NULL);
	for (size_t n = 0; n < model->instance_count; n++)
		*holdings += holdings_of(model, &model->instances[n]);
}

/* In the order of holdings_setup(). */
static void fill_holdings(const struct conf_model *model,
			  const struct conf_instance *c,
			  struct ledger_instance *r, struct ledger *ledger,
			  uint32_t *next)
{
	for (unsigned k = 0; k < holding_kind_count; k++) {
		const struct holding_kind *kind = holding_kinds[k];
		size_t count = kind->count(model, c);

		if (r && kind->number == 0) {
			r->address_first = *next;
			r->address_count = (uint32_t)count;
		}
		for (size_t n = 0; n < count; n++) {
			struct ledger_holding *h =
				ledger_holding_at(ledger, (*next)++);

			h->kind = kind->number;
			kind->describe(kind->at(model, c, n), h);
			if (c && kind->number == 0)
				h->excluded = n >= c->advertised;
		}
	}
}

static void fill_instance(const struct conf_instance *c,
			  struct ledger_instance *r, struct ledger *ledger)
{
	struct vrrp core;

	snprintf(r->name, sizeof(r->name), "%s", c->name);
	snprintf(r->interface, sizeof(r->interface), "%s", c->interface);
	r->family = c->vrrp.family;
	r->version = c->vrrp.version;
	r->vrid = c->vrrp.vrid;
	r->priority = c->vrrp.priority;
	r->destination = c->vrrp.destination;
	r->interval = c->vrrp.interval;
	r->link_at = TICK_NEVER;
	r->down_timer_adverts = c->vrrp.down_timer_adverts;
	vrrp_init(&core, &c->vrrp);
	core.since = clock_now();
	ledger_save(ledger, r->id, &core);
	r->since_real = clock_real_now();
}

void book_fill(const struct conf_model *model, struct ledger *ledger)
{
	uint32_t next = 0;

	if (model->global.router_id)
		snprintf(ledger->router_id, sizeof(ledger->router_id), "%s",
			 model->global.router_id);
	for (unsigned k = 0; k < holding_kind_count; k++) {
		const struct holding_kind *kind = holding_kinds[k];
		struct ledger_kind *record =
			ledger_kind_at(ledger, kind->number);

		snprintf(record->name, sizeof(record->name), "%s", kind->name);
		if (kind->number_name)
			snprintf(record->number_name,
				 sizeof(record->number_name), "%s",
				 kind->number_name);
	}
	for (uint32_t n = 0; n < ledger_instances(ledger); n++) {
		const struct conf_instance *c = &model->instances[n];
		struct ledger_instance *r = ledger_instance_at(ledger, n);

		r->id = n;
		r->holding_first = next;
		fill_instance(c, r, ledger);
		fill_holdings(model, c, r, ledger, &next);
		r->holding_count = next - r->holding_first;
	}
	fill_holdings(model, NULL, NULL, ledger, &next);
}
