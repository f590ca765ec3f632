/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to announce: RFC 9568 6.4.1 and 6.4.2 ask for one GARP or NA for each
 * address on becoming Active. Hosts lose frames and switches are slow after a
 * change, so there are rounds, a second set, and refreshes (as keepalived's
 * users know them). The plan ends the moment we are not Active any more.
 */
#include "vrrp/states.h"

/* A conflict is answered after this, and not again for that. */
#define DEFEND_DELAY (50 * TICK_MILLISECOND)
#define DEFEND_GAP   TICK_SECOND

static uint16_t larger(uint16_t a, uint16_t b)
{
	return a > b ? a : b;
}

/* Starts a set; its first round leaves now. */
static void start_set(struct vrrp *v, tick_t now, uint16_t rounds,
		      struct vrrp_actions *out)
{
	if (rounds == 0)
		return;
	vrrp_emit(out, VRRP_ACTION_ANNOUNCE);
	v->announce.rounds = rounds - 1;
	v->announce.next =
		rounds > 1 ? now + v->config->announce.interval : TICK_NEVER;
}

void vrrp_announce_start(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	const struct vrrp_announce_config *c = &v->config->announce;

	vrrp_announce_stop(v);
	start_set(v, now, c->repeat, out);
	if (c->delay > 0 && c->repeat > 0) {
		v->announce.again = now + c->delay;
		v->announce.again_rounds = c->repeat;
	}
	if (c->refresh > 0)
		v->announce.refresh = now + c->refresh;
}

void vrrp_announce_lower(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	const struct vrrp_announce_config *c = &v->config->announce;

	/* A set that runs serves as well. */
	if (v->announce.next == TICK_NEVER)
		start_set(v, now, c->lower_repeat, out);
	if (c->lower_delay > 0 && c->lower_repeat > 0 &&
	    v->announce.again == TICK_NEVER) {
		v->announce.again = now + c->lower_delay;
		v->announce.again_rounds = c->lower_repeat;
	}
}

/* The same, but not yet, and not if a round is to come anyway. */
void vrrp_announce_lower_at(struct vrrp *v, tick_t when)
{
	uint16_t rounds = v->config->announce.lower_repeat;

	if (rounds == 0 || v->announce.next != TICK_NEVER)
		return;
	v->announce.next = when;
	v->announce.rounds = rounds;
}

/*
 * One more round soon: another has our address. Not at once, or two that do
 * the same would never end, and a successor that just took over would lose.
 */
void vrrp_announce_defend(struct vrrp *v, tick_t now)
{
	if (now < v->defend_after)
		return;
	v->defend_after = now + DEFEND_GAP;
	v->announce.next = tick_min(v->announce.next, now + DEFEND_DELAY);
	v->announce.rounds = larger(v->announce.rounds, 1);
}

void vrrp_announce_time(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	const struct vrrp_announce_config *c = &v->config->announce;
	uint16_t rounds = now >= v->announce.next ? v->announce.rounds : 0;

	/* After a long sleep several are due: one round serves them all. */
	if (now >= v->announce.again) {
		rounds = larger(rounds, v->announce.again_rounds);
		v->announce.again = TICK_NEVER;
	}
	if (now >= v->announce.refresh) {
		rounds = larger(rounds, c->refresh_repeat);
		v->announce.refresh =
			c->refresh > 0 ? now + c->refresh : TICK_NEVER;
	}
	if (rounds > 0)
		start_set(v, now, larger(rounds, v->announce.rounds), out);
}

void vrrp_announce_stop(struct vrrp *v)
{
	v->announce = (struct vrrp_announce){
		.next = TICK_NEVER,
		.again = TICK_NEVER,
		.refresh = TICK_NEVER,
	};
}

tick_t vrrp_announce_deadline(const struct vrrp *v)
{
	return tick_min(v->announce.next,
			tick_min(v->announce.again, v->announce.refresh));
}
