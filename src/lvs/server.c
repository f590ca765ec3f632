/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real server: what its checks come to, its weight, and what follows when
 * that changes. It is up if none of its checks has failed; one without checks
 * always is (keepalived). What was known before a crash or a reload holds for
 * each check that has not come to a verdict since.
 */
#include "lvs/state.h"

#include "base/must.h"

/* ---- its checks ---- */

/* What a link counts as, with what the server was before it was adopted. */
static enum lvs_health health_of_link(const struct lvs_link *k,
				      enum lvs_health before)
{
	if (k->state == LVS_CHECK_GOOD)
		return LVS_HEALTH_UP;
	if (k->state == LVS_CHECK_FAILED)
		return LVS_HEALTH_DOWN;
	if (before == LVS_HEALTH_UP || before == LVS_HEALTH_DOWN)
		return before;
	return k->alpha ? LVS_HEALTH_WAITS : LVS_HEALTH_UP;
}

/* What it adds to the configured weight. */
static int64_t extra_of_link(const struct lvs_link *k, int64_t configured)
{
	int64_t part;

	switch ((enum lvs_weighs)k->weighs) {
	case LVS_WEIGHS_NOT:
		return 0;
	case LVS_WEIGHS_ADD:
		return k->value;
	case LVS_WEIGHS_SET:
		return k->value - configured;
	case LVS_WEIGHS_PERCENT:
		part = configured * k->value / 100;
		/* A part of a weight is not nothing: that would be a drain. */
		if (part == 0 && k->value > 0 && configured > 0)
			part = 1;
		return part - configured;
	}
	UNREACHABLE();
}

static void count_link(struct lvs_server *s, const struct lvs_link *k, int by)
{
	switch (health_of_link(k, s->before)) {
	case LVS_HEALTH_DOWN:
		s->failing += (uint32_t)by;
		break;
	case LVS_HEALTH_WAITS:
		s->waiting += (uint32_t)by;
		break;
	case LVS_HEALTH_UNKNOWN:
	case LVS_HEALTH_UP:
	case LVS_HEALTHS:
		break;
	}
	s->extra += by * extra_of_link(k, s->config->weight);
}

void lvs_recount(struct lvs *l, struct lvs_server *s)
{
	s->failing = 0;
	s->waiting = 0;
	s->extra = 0;
	for (uint32_t n = 0; n < s->config->follow_count; n++)
		count_link(s, &l->links[s->links + n], 1);
}

enum lvs_health lvs_health_of(const struct lvs_server *s)
{
	if (s->failing > 0)
		return LVS_HEALTH_DOWN;
	return s->waiting > 0 ? LVS_HEALTH_WAITS : LVS_HEALTH_UP;
}

static void follow(struct lvs *l, tick_t now, struct lvs_link *k,
		   const struct lvs_verdict *verdict)
{
	struct lvs_server *s = &l->servers[k->server];
	bool begun = l->services[s->service].begun;

	if (k->state == verdict->state && k->weighs == verdict->weighs &&
	    k->value == verdict->value)
		return;
	if (begun)
		count_link(s, k, -1);
	k->state = verdict->state;
	k->weighs = verdict->weighs;
	k->value = verdict->value;
	if (!begun)
		return;
	count_link(s, k, 1);
	lvs_review(l, now, k->server);
}

void lvs_verdict(struct lvs *l, tick_t now, uint32_t check,
		 const struct lvs_verdict *verdict)
{
	MUST(check < l->config->check_count);
	MUST(verdict->state < LVS_CHECK_STATES &&
	     verdict->weighs <= LVS_WEIGHS_PERCENT);
	if (verdict->state == LVS_CHECK_NOT_YET)
		return;
	for (uint32_t k = l->followers[check]; k != LVS_NONE;
	     k = l->links[k].next)
		follow(l, now, &l->links[k], verdict);
	/* Not in between: what changes at once is judged at once. */
	for (uint32_t k = l->followers[check]; k != LVS_NONE;
	     k = l->links[k].next)
		lvs_settle(l, now, l->servers[l->links[k].server].service);
}

/* ---- its weight ---- */

int32_t lvs_full_weight(const struct lvs_server *s)
{
	int64_t weight = s->config->weight + s->extra;

	if (s->ordered != LVS_WEIGHT_UNSET)
		return s->ordered;
	if (weight < 0)
		return 0;
	return weight > INT32_MAX ? INT32_MAX : (int32_t)weight;
}

/* What it adds to the sum that the quorum looks at. */
static void count_weight(struct lvs *l, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];
	bool counts = s->health == LVS_HEALTH_UP && lvs_is_candidate(s);
	int32_t weight = counts ? lvs_full_weight(s) : 0;

	l->services[s->service].sum += weight - s->counted;
	s->counted = weight;
}

/* ---- what follows ---- */

static void health_changes(struct lvs *l, tick_t now, uint32_t server,
			   enum lvs_health health)
{
	struct lvs_server *s = &l->servers[server];
	enum lvs_health from = s->health;
	bool served = s->held;

	s->health = (uint8_t)health;
	s->since = now;
	lvs_mark(l, server);
	if (!lvs_is_candidate(s))
		return;
	if (health == LVS_HEALTH_UP) {
		lvs_bring_in(l, server);
		/* Not at the start, and not of one that served all along. */
		if (from == LVS_HEALTH_DOWN && !served)
			lvs_ramp_start(l, now, s);
	} else if (from == LVS_HEALTH_UP) {
		lvs_take_out(l, server);
	}
}

static void tell_health(struct lvs *l, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];

	if (s->health == LVS_HEALTH_WAITS || s->health == s->told)
		return;
	s->told = s->health;
	lvs_tell(l,
		 s->health == LVS_HEALTH_UP ? LVS_TOLD_SERVER_UP
					    : LVS_TOLD_SERVER_DOWN,
		 s->service, server);
}

void lvs_review(struct lvs *l, tick_t now, uint32_t server)
{
	struct lvs_server *s = &l->servers[server];
	enum lvs_health health = lvs_health_of(s);
	int32_t counted = s->counted;

	if (health != s->health)
		health_changes(l, now, server, health);
	count_weight(l, server);
	if (s->counted != counted || s->held)
		lvs_mark(l, server);
	tell_health(l, server);
	/* What is dead has nothing to drain. */
	if (s->order == LVS_ORDER_DRAINING && !s->leaves &&
	    s->health != LVS_HEALTH_UP && !s->config->inhibit)
		lvs_drain_ends(l, server, LVS_TOLD_DRAINED);
	lvs_set_deadline(l, server);
}
