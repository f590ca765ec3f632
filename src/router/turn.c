/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The turn, when the packets have been read to their end: what the mirror told
 * of interfaces; then the instances whose deadline has passed; then the flush,
 * adverts before addresses before announcements.
 */
#include "router/speech.h"
#include "router/state.h"
#include "router/sync_wait.h"

#include "sys/clock.h"
#include "vrrp/timer.h"

/* How long the end waits for the kernel to take the addresses away. */
#define STOP_TIME (3 * TICK_SECOND)

/* Turns in a row in which a flood of packets may hold up the timers. */
#define BEHIND_MAX 8

/*
 * Before the packets of a turn are read: did this process run in time? From
 * all others have taken over when the machine was suspended. A Backup that
 * would act so late that another advertisement must have come since may have
 * lost that one: its socket has no room for ever.
 */
void turn_look_for_stall(struct router *r)
{
	static const struct vrrp_event stalled = {
		.type = VRRP_EVENT_STALLED,
	};
	tick_t asleep = clock_asleep();
	bool suspended = asleep - r->asleep > TICK_SECOND;

	if (r->looked)
		return;
	r->looked = true;
	r->asleep = asleep;
	if (!suspended && r->now - r->planned < TICK_CENTISECOND)
		return;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct vrrp v = router_core(r, n);

		if ((v.state == VRRP_ACTIVE &&
		     (suspended || r->now - v.adver_timer >
					   vrrp_lateness_limit(v.config))) ||
		    (v.state == VRRP_BACKUP &&
		     r->now - vrrp_deadline(&v) > v.active_interval))
			router_step(r, n, &stalled);
	}
}

void turn_stop(struct router *r)
{
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};

	if (r->stopping)
		return;
	r->stopping = true;
	r->stop_at = r->now + STOP_TIME;
	for (uint32_t n = 0; n < r->instance_count; n++)
		router_step(r, n, &shutdown);
	holdings_want(r, ROUTER_NONE, false);
}

/*
 * How long one without a keeper waits for the next one, which takes over what
 * it finds, and how often it then looks whether another batond is here that
 * has not found it.
 */
#define ORPHAN_TIME  (10 * TICK_SECOND)
#define ORPHAN_AGAIN TICK_SECOND

void turn_without_keeper(struct router *r)
{
	r->orphan_at = r->now + ORPHAN_TIME;
}

/*
 * Another batond serves here, and nobody keeps this process any more: it would
 * serve beside that one for ever. What both serve it leaves as it is, since
 * that one goes on with it; of anything else it lets go as in a stop.
 */
static void look_for_another(struct router *r)
{
	if (r->now < r->orphan_at || r->stopping)
		return;
	r->orphan_at = r->now + ORPHAN_AGAIN;
	switch (theirs_serve(r)) {
	case THEIRS_NOTHING:
		break;
	case THEIRS_SOME:
		turn_stop(r);
		break;
	case THEIRS_ALL:
		r->yielding = true;
		break;
	}
}

/* The keeper takes a process that does not turn for one that hangs. */
#define HEARTBEAT (500 * TICK_MILLISECOND)

static tick_t next_deadline(const struct router *r)
{
	tick_t next = tick_min(heap_next(&r->deadlines), holdings_deadline(r));

	next = tick_min(next, leases_deadline(r));
	next = tick_min(next, announcer_deadline(r));
	next = tick_min(next, neighbours_deadline(r));
	next = tick_min(next, links_deadline(r));
	next = tick_min(next, starts_deadline(r));
	next = tick_min(next, channels_deadline(r));
	next = tick_min(next, unheard_deadline(r));
	next = tick_min(next, journal_deadline(r));
	next = tick_min(next, flapping_deadline(r));
	next = tick_min(next, sync_wait_deadline(r));
	next = tick_min(next, mirror_deadline(r->mirror));
	next = tick_min(next, throttle_deadline(&r->mirror_throttle));
	next = tick_min(next, r->now + HEARTBEAT);
	return tick_min(next, r->stop_at);
}

/*
 * Every Active has let go, and the kernel has taken the addresses away. One
 * whose successor leaves too waits for another, and is waited for.
 */
static bool all_left(struct router *r)
{
	bool left = true;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct vrrp_saved *v = r->instances[n].core;

		left &= v->state == VRRP_INIT;
		if (vrrp_saved_leaving(v))
			r->stop_at = tick_max(r->stop_at,
					      v->leave_timer + STOP_TIME);
	}
	return left && netlink_pending(r->netlink) == 0;
}

/* This turn should have begun at `planned`. */
static void note_lateness(struct router *r)
{
	tick_t late = r->now - r->planned;
	tick_t most = r->model->global.vrrp.auto_delay;

	if (late < 0)
		return;
	journal_lateness(r->server->lateness_turn,
			 &r->server->lateness_turn_max,
			 &r->server->lateness_turn_sum, late);
	r->server->turns_late += most > 0 && late >= most;
}

tick_t turn_run(struct router *r)
{
	tick_t now = r->now;
	bool more;

	note_lateness(r);
	/* A dump that was refused is asked for again: nothing else tells. */
	if (now >= mirror_deadline(r->mirror))
		mirror_read(r->mirror);
	throttle_run(&r->mirror_throttle, now);
	interfaces_update(r);
	if (r->behind && ++r->turns_behind < BEHIND_MAX) {
		r->behind = false;
		return r->planned = now;
	}
	r->behind = false;
	r->turns_behind = 0;
	turn_look_for_stall(r);
	r->looked = false; /* for the next turn */
	trackers_look(r);
	sync_wait_run(r);
	starts_run(r);
	unheard_run(r);
	router_step_due(r);
	groups_agree(r);
	neighbours_run(r);
	transmit_flush(r->transmit);
	r->batch++;
	rttime_pause_if_due(r);
	leases_run(r);
	more = holdings_flush(r);
	rttime_pause_if_due(r);
	announcer_run(r);
	router_send_held(r);
	transmit_flush(r->transmit);
	r->batch++;
	look_for_another(r);
	changes_run(r);
	journal_run(r);
	flapping_run(r);

	r->server->heartbeat = (uint64_t)now;
	r->server->turns++;
	journal_wake(r);
	if (r->yielding)
		loop_stop(&r->loop);
	if (r->stopping && ((all_left(r) && !more) || now >= r->stop_at)) {
		promote_end(r); /* when no address goes any more */
		loop_stop(&r->loop);
	}
	r->planned = more ? now : next_deadline(r);
	return r->planned;
}
