/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual server: its quorum and its panic.
 *
 * The quorum is lost when the weight that is up is 0 or less than quorum -
 * hysteresis, and gained when it is at least quorum + hysteresis (keepalived).
 * DEVIATION: what is more than all servers together have cannot be asked of
 * them; keepalived would never gain such a quorum again.
 *
 * Panic: at least `panic` percent of the servers that nobody ordered away stay
 * in the table. What fails beyond that is held: it is down and serves all the
 * same. As soon as others are back, those held for the longest time go. While
 * the sorry server serves nothing is held.
 */
#include "lvs/state.h"

#include "base/must.h"

/* ---- quorum ---- */

bool lvs_sorry_serves(const struct lvs_service *v)
{
	return v->config->sorry.family != IP_NONE &&
	       v->quorum == LVS_HEALTH_DOWN;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool is_quorum(const struct lvs_service *v)
{
	int64_t quorum = least(v->config->quorum, v->total);
	int64_t hysteresis = least(v->config->hysteresis, quorum - 1);

	if (v->sum == 0)
		return false;
	if (hysteresis < 0) /* the quorum is 0: any weight will do */
		hysteresis = 0;
	switch ((enum lvs_health)v->quorum) {
	case LVS_HEALTH_UP:
		return v->sum >= quorum - hysteresis;
	case LVS_HEALTH_DOWN:
		return v->sum >= least(quorum + hysteresis, v->total);
	case LVS_HEALTH_UNKNOWN:
	case LVS_HEALTH_WAITS:
	case LVS_HEALTHS:
		return v->sum >= quorum;
	}
	UNREACHABLE();
}

static void tell_quorum(struct lvs *l, uint32_t service)
{
	struct lvs_service *v = &l->services[service];

	if (v->quorum == v->told)
		return;
	/* keepalived: at the start only what is up, or what sorry does. */
	if (v->told == LVS_HEALTH_UNKNOWN && v->quorum == LVS_HEALTH_DOWN &&
	    !lvs_sorry_serves(v))
		return;
	v->told = v->quorum;
	lvs_tell(l,
		 v->quorum == LVS_HEALTH_UP ? LVS_TOLD_QUORUM_UP
					    : LVS_TOLD_QUORUM_DOWN,
		 service, LVS_NONE);
}

static void review_quorum(struct lvs *l, tick_t now, uint32_t service)
{
	struct lvs_service *v = &l->services[service];
	enum lvs_health quorum = is_quorum(v) ? LVS_HEALTH_UP : LVS_HEALTH_DOWN;

	if (quorum != v->quorum) {
		v->quorum = (uint8_t)quorum;
		v->since = now;
		if (v->config->sorry.family != IP_NONE)
			lvs_mark_all(l, service);
	}
	tell_quorum(l, service);
}

/* ---- panic ---- */

/* How many may be out of the table. */
static uint64_t most_out(const struct lvs_service *v)
{
	uint64_t stay = (uint64_t)v->candidates * v->config->panic;

	if (v->config->panic == 0 || lvs_sorry_serves(v))
		return v->candidates;
	stay = (stay + 99) / 100;
	return stay < v->candidates ? v->candidates - stay : 0;
}

void lvs_hold(struct lvs *l, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];
	struct lvs_service *v = &l->services[s->service];

	s->held = true;
	s->next = LVS_NONE;
	s->previous = v->last;
	if (v->last == LVS_NONE)
		v->held = server;
	else
		l->servers[v->last].next = server;
	v->last = server;
}

static void unhold(struct lvs *l, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];
	struct lvs_service *v = &l->services[s->service];

	s->held = false;
	if (s->previous == LVS_NONE)
		v->held = s->next;
	else
		l->servers[s->previous].next = s->next;
	if (s->next == LVS_NONE)
		v->last = s->previous;
	else
		l->servers[s->next].previous = s->previous;
	s->next = LVS_NONE;
	s->previous = LVS_NONE;
}

static void leave_table(struct lvs *l, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];

	s->out = true;
	l->services[s->service].out++;
	lvs_ramp_stop(l, s);
	lvs_set_deadline(l, server);
	lvs_mark(l, server);
}

void lvs_take_out(struct lvs *l, uint32_t server)
{
	struct lvs_service *v = &l->services[l->servers[server].service];

	if (v->out < most_out(v))
		leave_table(l, server);
	else
		lvs_hold(l, server);
}

void lvs_bring_in(struct lvs *l, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];

	if (s->held)
		unhold(l, server);
	else if (s->out)
		l->services[s->service].out--;
	s->out = false;
}

/* Those that need not be held any more go; panic is told. */
static void review_panic(struct lvs *l, uint32_t service)
{
	struct lvs_service *v = &l->services[service];
	bool panic;

	while (v->held != LVS_NONE && v->out < most_out(v)) {
		uint32_t server = v->held;

		unhold(l, server);
		leave_table(l, server);
	}
	panic = v->held != LVS_NONE;
	if (panic == v->panic)
		return;
	v->panic = panic;
	lvs_tell(l, panic ? LVS_TOLD_PANIC : LVS_TOLD_PANIC_OVER, service,
		 LVS_NONE);
}

void lvs_settle(struct lvs *l, tick_t now, uint32_t service)
{
	if (!l->services[service].begun)
		return;
	review_quorum(l, now, service);
	review_panic(l, service);
}
