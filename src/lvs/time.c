/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has a deadline: slow starts and drains. */
#include "lvs/state.h"

#include "base/must.h"
#include "lvs/ramp.h"

void lvs_set_deadline(struct lvs *l, uint32_t server)
{
	const struct lvs_server *s = &l->servers[server];
	const struct lvs_service *v = &l->services[s->service];
	tick_t due = TICK_NEVER;

	if (s->order == LVS_ORDER_DRAINING)
		due = s->until;
	else if (s->ramp != TICK_NEVER)
		due = lvs_ramp_next(s->ramp, v->config->slow_start, s->step);
	heap_set(&l->deadlines, server, due);
}

void lvs_ramp_start(struct lvs *l, tick_t now, struct lvs_server *s)
{
	struct lvs_service *v = &l->services[s->service];

	if (v->config->slow_start <= 0 || v->config->fixed_weights)
		return;
	s->ramp = now;
	s->step = 0;
	if (v->ramping++ == 0)
		lvs_mark_all(l, s->service);
}

void lvs_ramp_stop(struct lvs *l, struct lvs_server *s)
{
	if (s->ramp == TICK_NEVER)
		return;
	s->ramp = TICK_NEVER;
	if (--l->services[s->service].ramping == 0)
		lvs_mark_all(l, s->service);
}

void lvs_drain_ends(struct lvs *l, uint32_t server, enum lvs_told_what told)
{
	struct lvs_server *s = &l->servers[server];

	MUST(s->order == LVS_ORDER_DRAINING);
	s->order = LVS_ORDER_DRAINED;
	s->until = TICK_NEVER;
	lvs_set_deadline(l, server);
	lvs_mark(l, server);
	lvs_tell(l, told, s->service, server);
}

static void ramp_goes_on(struct lvs *l, tick_t now, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];
	tick_t duration = l->services[s->service].config->slow_start;

	s->step = lvs_ramp_step(s->ramp, duration, now);
	if (s->step == LVS_RAMP_STEPS)
		lvs_ramp_stop(l, s);
	lvs_set_deadline(l, server);
	lvs_mark(l, server);
}

void lvs_time(struct lvs *l, tick_t now)
{
	while (heap_next(&l->deadlines) <= now) {
		uint32_t server = heap_first(&l->deadlines);

		if (server == HEAP_NONE)
			break; /* now is TICK_NEVER */
		if (l->servers[server].order == LVS_ORDER_DRAINING)
			lvs_drain_ends(l, server, LVS_TOLD_DRAIN_LATE);
		else
			ramp_goes_on(l, now, server);
	}
}

tick_t lvs_deadline(const struct lvs *l)
{
	return heap_next(&l->deadlines);
}
