/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the table of the kernel should hold of an item (lvs.h). */
#include "lvs/state.h"

#include "base/must.h"
#include "lvs/ramp.h"

/* While a ramp runs, so that small weights have steps too. */
#define RAMP_SCALE 100

#define SORRY_WEIGHT 1 /* keepalived */

/* The weight of one that serves. */
static int32_t serving_weight(const struct lvs_service *v,
			      const struct lvs_server *s)
{
	int64_t weight = lvs_full_weight(s);

	/* What cannot be scaled for all is not scaled for one. */
	if (v->ramping > 0 && v->total <= INT32_MAX / RAMP_SCALE)
		weight *= RAMP_SCALE;
	if (weight > INT32_MAX)
		weight = INT32_MAX;
	return s->ramp == TICK_NEVER
		       ? (int32_t)weight
		       : lvs_ramp_weight((int32_t)weight, s->step);
}

/* Not to serve: out of the table, or in it with weight 0. */
static void want_out(const struct lvs_server *s, struct lvs_want *out)
{
	out->present = s->config->inhibit;
	out->weight = 0;
}

static void want_server(const struct lvs_service *v, const struct lvs_server *s,
			struct lvs_want *out)
{
	switch ((enum lvs_order)s->order) {
	case LVS_ORDER_DRAINING: /* its connections go on */
		out->present = true;
		out->weight = 0;
		return;
	case LVS_ORDER_DRAINED:
		want_out(s, out);
		if (s->leaves)
			out->present = false;
		return;
	case LVS_ORDER_DISABLED:
		want_out(s, out);
		return;
	case LVS_ORDER_NONE:
		if (lvs_sorry_serves(v) ||
		    (s->health != LVS_HEALTH_UP && !s->held)) {
			want_out(s, out);
			return;
		}
		out->present = true;
		out->weight = serving_weight(v, s);
		return;
	case LVS_ORDERS:
		break;
	}
	UNREACHABLE();
}

static void want_sorry(const struct lvs_service *v, struct lvs_want *out)
{
	if (lvs_sorry_serves(v)) {
		out->sorry = true;
		out->present = true;
		out->weight = SORRY_WEIGHT;
	} else if (v->config->sorry_inhibit && !out->present) {
		out->sorry = true;
		out->present = true;
		out->weight = 0;
	}
}

void lvs_want(const struct lvs *l, uint32_t item, struct lvs_want *out)
{
	uint32_t room = l->server_count + l->config->leaving_max;
	const struct lvs_service *v;

	*out = (struct lvs_want){ 0 };
	if (item >= room) {
		MUST(item - room < l->config->service_count);
		out->service = item - room;
		v = &l->services[out->service];
		out->address = v->config->sorry;
		out->port = v->config->sorry_port;
		out->sorry = true;
		want_sorry(v, out);
	} else {
		const struct lvs_server *s = &l->servers[item];

		out->service = s->service;
		v = &l->services[s->service];
		out->address = s->config->address;
		out->port = s->config->port;
		want_server(v, s, out);
		if (v->sorry_server == item)
			want_sorry(v, out);
	}
}
