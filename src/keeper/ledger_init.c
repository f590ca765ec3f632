/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a model to the ledger that is made for it. */
#include "keeper/ledger_init.h"

#include "sys/clock.h"

#include <stdio.h>

void ledger_init_size(const struct conf_model *model, uint32_t *instances,
		      uint32_t *addresses)
{
	*instances = (uint32_t)model->instance_count;
	*addresses = 0;
	for (size_t n = 0; n < model->instance_count; n++)
		*addresses += (uint32_t)model->instances[n].address_count;
}

void ledger_init(const struct conf_model *model, struct ledger *ledger)
{
	uint32_t next = 0;

	if (model->global.router_id)
		snprintf(ledger->router_id, sizeof(ledger->router_id), "%s",
			 model->global.router_id);
	for (uint32_t n = 0; n < ledger_instances(ledger); n++) {
		const struct conf_instance *c = &model->instances[n];
		struct ledger_instance *r = ledger_instance_at(ledger, n);
		struct vrrp core;

		r->id = n;
		snprintf(r->name, sizeof(r->name), "%s", c->name);
		snprintf(r->interface, sizeof(r->interface), "%s",
			 c->interface);
		r->family = c->vrrp.family;
		r->version = c->vrrp.version;
		r->vrid = c->vrrp.vrid;
		r->priority = c->vrrp.priority;
		r->destination = c->mcast_dst;
		r->interval = c->vrrp.interval;
		r->link_at = TICK_NEVER;
		r->down_timer_adverts = c->vrrp.down_timer_adverts;
		r->address_first = next;
		r->address_count = (uint32_t)c->address_count;
		vrrp_init(&core, &c->vrrp);
		core.since = clock_now();
		ledger_save(ledger, n, &core);
		r->since_real = clock_real_now();
		for (size_t k = 0; k < c->address_count; k++, next++) {
			struct ledger_address *a =
				ledger_address_at(ledger, next);

			a->address = c->addresses[k].address;
			a->prefix = c->addresses[k].prefix;
			a->excluded = k >= c->advertised;
		}
	}
}
