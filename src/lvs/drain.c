/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders: an operator drains a real server, disables it, enables it again, or
 * sets its weight. Health goes on beside that. One that is ordered away counts
 * neither for the quorum nor for panic. So does a reload that changes weights.
 */
#include "lvs/state.h"

#include "base/must.h"

static void set_order(struct lvs *l, tick_t now, uint32_t server,
		      enum lvs_order order)
{
	struct lvs_server *s = &l->servers[server];
	struct lvs_service *v = &l->services[s->service];
	bool was = lvs_is_candidate(s), is;

	MUST(v->begun);
	s->order = (uint8_t)order;
	is = lvs_is_candidate(s);
	lvs_mark(l, server);
	if (was && !is) {
		lvs_bring_in(l, server);
		v->candidates--;
		lvs_ramp_stop(l, s);
	} else if (!was && is) {
		v->candidates++;
		/* It was not in use, so panic does not keep it there. */
		if (s->health != LVS_HEALTH_UP) {
			s->out = true;
			v->out++;
		}
	}
	if (order != LVS_ORDER_DRAINING)
		s->until = TICK_NEVER;
	lvs_review(l, now, server);
	lvs_settle(l, now, s->service);
}

void lvs_drain(struct lvs *l, tick_t now, uint32_t server, tick_t until)
{
	struct lvs_server *s;

	MUST(server < l->server_count);
	s = &l->servers[server];
	switch ((enum lvs_order)s->order) {
	case LVS_ORDER_NONE:
	case LVS_ORDER_DRAINING:
		s->until = until;
		set_order(l, now, server, LVS_ORDER_DRAINING);
		return;
	case LVS_ORDER_DISABLED:
		/* It is out of the table already. */
		set_order(l, now, server, LVS_ORDER_DRAINED);
		return;
	case LVS_ORDER_DRAINED:
		return;
	case LVS_ORDERS:
		break;
	}
	UNREACHABLE();
}

void lvs_disable(struct lvs *l, tick_t now, uint32_t server)
{
	MUST(server < l->server_count);
	set_order(l, now, server, LVS_ORDER_DISABLED);
}

void lvs_enable(struct lvs *l, tick_t now, uint32_t server)
{
	MUST(server < l->server_count);
	set_order(l, now, server, LVS_ORDER_NONE);
}

void lvs_set_weight(struct lvs *l, tick_t now, uint32_t server, int32_t weight)
{
	MUST(server < l->server_count && weight >= LVS_WEIGHT_UNSET);
	MUST(l->services[l->servers[server].service].begun);
	l->servers[server].ordered = weight;
	lvs_mark(l, server);
	lvs_review(l, now, server);
	lvs_settle(l, now, l->servers[server].service);
}

void lvs_configured_weight(struct lvs *l, tick_t now, uint32_t server,
			   int32_t was)
{
	struct lvs_server *s;
	struct lvs_service *v;

	MUST(server < l->server_count);
	s = &l->servers[server];
	v = &l->services[s->service];
	MUST(v->begun && s->config->weight >= 0);
	v->total += s->config->weight - was;
	lvs_recount(l, s); /* a part of it may be added or missing */
	lvs_mark(l, server);
	/* Whether weights are scaled goes by all together. */
	if (v->ramping > 0)
		lvs_mark_all(l, s->service);
	lvs_review(l, now, server);
	lvs_settle(l, now, s->service);
}

void lvs_connections(struct lvs *l, uint32_t server, uint64_t left)
{
	MUST(server < l->server_count + l->leaving_count);
	if (l->servers[server].order == LVS_ORDER_DRAINING && left == 0)
		lvs_drain_ends(l, server, LVS_TOLD_DRAINED);
}

static void stop_service(struct lvs *l, uint32_t service)
{
	struct lvs_service *v = &l->services[service];

	for (uint32_t n = 0; n < v->config->server_count; n++) {
		struct lvs_server *s = &l->servers[v->first + n];

		if (s->health != LVS_HEALTH_UP || s->told == LVS_HEALTH_DOWN)
			continue;
		s->told = LVS_HEALTH_DOWN;
		lvs_tell(l, LVS_TOLD_SERVER_DOWN, service, v->first + n);
	}
	if (v->quorum == LVS_HEALTH_UP && v->told != LVS_HEALTH_DOWN) {
		v->told = LVS_HEALTH_DOWN;
		lvs_tell(l, LVS_TOLD_QUORUM_DOWN, service, LVS_NONE);
	}
}

void lvs_stop(struct lvs *l)
{
	for (uint32_t service = 0; service < l->config->service_count;
	     service++)
		if (l->services[service].config->omega)
			stop_service(l, service);
}
