/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a core begins: what was known before a reload or a crash is taken over,
 * and then it decides. A server is known by its address and port; what its
 * checks have found out since its record was written counts at once, without
 * a detour over another state.
 */
#include "lvs/save.h"
#include "lvs/state.h"

#include "base/must.h"
#include "lvs/ramp.h"

bool lvs_adopt_service(struct lvs *l, uint32_t service,
		       const struct lvs_saved_service *saved, size_t length)
{
	MUST(service < l->config->service_count && !l->services[service].begun);
	return lvs_read_service(saved, length, &l->services[service]);
}

/* What a record says that cannot be goes. */
static void mend(struct lvs_server *s, const struct lvs_service *v, tick_t now)
{
	bool drains = s->order == LVS_ORDER_DRAINING;

	s->since = tick_min(s->since, now);
	if (!drains)
		s->until = TICK_NEVER;
	if (s->health == LVS_HEALTH_UP || s->order != LVS_ORDER_NONE ||
	    v->config->panic == 0)
		s->held = false;
	if (s->ramp > now || v->config->slow_start <= 0 ||
	    v->config->fixed_weights || s->order != LVS_ORDER_NONE ||
	    (s->health != LVS_HEALTH_UP && !s->held))
		s->ramp = TICK_NEVER;
	if (s->step >= LVS_RAMP_STEPS)
		s->ramp = TICK_NEVER;
}

/* It is not in the file any more: what becomes of it. */
static enum lvs_adopted leave(struct lvs *l, tick_t now,
			      const struct lvs_address *whose,
			      const struct lvs_server *was)
{
	struct lvs_service *v = &l->services[whose->service];
	uint32_t server = l->server_count + l->leaving_count;
	bool drains =
		was->order == LVS_ORDER_DRAINING ||
		(was->order == LVS_ORDER_NONE && was->health == LVS_HEALTH_UP);
	tick_t until = tick_after(now, v->config->drain_timeout);
	struct lvs_server_config *config;
	struct lvs_server *s;

	if (was->order == LVS_ORDER_DRAINING && was->until != TICK_NEVER)
		until = was->until; /* as promised */
	if (!drains || (!was->leaves && v->config->drain_timeout <= 0) ||
	    l->leaving_count == l->config->leaving_max ||
	    (v->config->sorry.family != IP_NONE &&
	     ip_equal(&v->config->sorry, &whose->address) &&
	     v->config->sorry_port == whose->port))
		return LVS_GONE;
	config = &l->leaving[l->leaving_count];
	*config = (struct lvs_server_config){
		.address = whose->address,
		.port = whose->port,
	};
	s = &l->servers[server];
	*s = *was;
	s->config = config;
	s->order = LVS_ORDER_DRAINING;
	s->until = until;
	s->leaves = true;
	s->held = false;
	s->ramp = TICK_NEVER;
	s->next = v->leaving;
	MUST(lvs_enter(l, server));
	v->leaving = server;
	l->leaving_count++;
	return LVS_LEAVES;
}

enum lvs_adopted lvs_adopt_server(struct lvs *l, tick_t now, uint32_t service,
				  const struct ip *address, uint16_t port,
				  const struct lvs_saved_server *saved,
				  size_t length)
{
	const struct lvs_address whose = { service, *address, port };
	uint32_t server = lvs_find(l, &whose);
	struct lvs_service *v;
	struct lvs_server fresh = {
		.service = service,
		.next = LVS_NONE,
		.previous = LVS_NONE,
		.until = TICK_NEVER,
		.ramp = TICK_NEVER,
		.ordered = LVS_WEIGHT_UNSET,
	};
	struct lvs_server *s =
		server == MAP_NONE ? &fresh : &l->servers[server];

	MUST(service < l->config->service_count);
	v = &l->services[service];
	MUST(!v->begun);
	/* One that leaves already, or twice the same: the first one counts. */
	if (s->health != LVS_HEALTH_UNKNOWN ||
	    !lvs_read_server(saved, length, s))
		return LVS_GONE;
	mend(s, v, now);
	if (server != MAP_NONE) {
		if (s->leaves) { /* it is back in the file */
			s->leaves = false;
			s->order = LVS_ORDER_NONE;
			s->until = TICK_NEVER;
		}
		s->before = s->health;
		return LVS_ADOPTED;
	}
	if (s->health == LVS_HEALTH_UP && s->told == LVS_HEALTH_UP) {
		struct lvs_told told = {
			.what = LVS_TOLD_SERVER_DOWN,
			.service = service,
			.server = LVS_NONE,
			.address = *address,
			.port = port,
			.removed = true,
		};

		l->sink.tell(l->sink.context, &told);
		s->told = LVS_HEALTH_DOWN;
	}
	return leave(l, now, &whose, s);
}

/* ---- the beginning ---- */

static void begin_server(struct lvs *l, tick_t now, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];
	struct lvs_service *v = &l->services[s->service];

	lvs_recount(l, s);
	if (s->health == LVS_HEALTH_UNKNOWN) {
		s->health = (uint8_t)lvs_health_of(s);
		s->since = now;
		/* keepalived: that it is up at the start goes without saying */
		if (s->health == LVS_HEALTH_UP && !v->config->init_told)
			s->told = LVS_HEALTH_UP;
	}
	if (!lvs_is_candidate(s))
		return;
	v->candidates++;
	if (s->ramp != TICK_NEVER) {
		uint8_t step =
			lvs_ramp_step(s->ramp, v->config->slow_start, now);

		/* It never goes back, even if ramps are longer now. */
		if (step > s->step)
			s->step = step;
		if (s->step >= LVS_RAMP_STEPS)
			s->ramp = TICK_NEVER;
		else
			v->ramping++;
	}
	if (s->held) {
		lvs_hold(l, server);
	} else if (s->health != LVS_HEALTH_UP) {
		s->out = true;
		v->out++;
	}
}

static void begin_service(struct lvs *l, tick_t now, uint32_t service)
{
	struct lvs_service *v = &l->services[service];
	uint32_t end = v->first + v->config->server_count;

	MUST(!v->begun);
	v->since =
		v->quorum == LVS_HEALTH_UNKNOWN ? now : tick_min(v->since, now);
	for (uint32_t s = v->first; s < end; s++)
		begin_server(l, now, s);
	/* The quorum comes after all servers, which have a weight now. */
	for (uint32_t s = v->first; s < end; s++)
		lvs_review(l, now, s);
	v->begun = true;
	for (uint32_t s = v->leaving; s != LVS_NONE; s = l->servers[s].next)
		lvs_set_deadline(l, s);
	lvs_settle(l, now, service);
	lvs_mark_all(l, service);
}

void lvs_begin(struct lvs *l, tick_t now)
{
	for (uint32_t service = 0; service < l->config->service_count;
	     service++)
		begin_service(l, now, service);
}
