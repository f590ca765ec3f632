/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invariants of one step: RFC 9568 6.3 and 6.4 as conditions on what is seen
 * from outside. They are written again from the standard, and share nothing
 * with src/vrrp but its vocabulary.
 */
#include "check.h"

#include "arithmetic.h"
#include "base/must.h"

#include <stddef.h>
#include <string.h>

/* Which causes may lead from one state to another. */
static const struct edge {
	enum vrrp_state from, to;
	unsigned causes;
} edges[] = {
#define C(cause) (1u << VRRP_CAUSE_##cause)
#define FAULTS                                                                 \
	(C(INTERFACE_MISSING) | C(INTERFACE_DOWN) | C(NO_CARRIER) |            \
	 C(NO_SOURCE))
#define SILENCES (C(SILENCE) | C(RESIGNED) | C(PREEMPT) | C(PREEMPT_DELAY))
	{ VRRP_INIT, VRRP_BACKUP, C(STARTUP) },
	{ VRRP_INIT, VRRP_ACTIVE, C(OWNER) },
	{ VRRP_INIT, VRRP_FAULT, FAULTS },
	{ VRRP_FAULT, VRRP_BACKUP, C(STARTUP) },
	{ VRRP_FAULT, VRRP_ACTIVE, C(OWNER) },
	{ VRRP_FAULT, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_BACKUP, VRRP_ACTIVE, SILENCES },
	{ VRRP_BACKUP, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_BACKUP, VRRP_FAULT, FAULTS },
	{ VRRP_ACTIVE, VRRP_BACKUP, C(HIGHER_PRIORITY) | C(HIGHER_ADDRESS) },
	{ VRRP_ACTIVE, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_ACTIVE, VRRP_FAULT, FAULTS },
#undef C
#undef FAULTS
#undef SILENCES
};

static bool is_allowed(const struct vrrp_action *action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(edges); i++)
		if (edges[i].from == action->state.from &&
		    edges[i].to == action->state.to)
			return edges[i].causes & (1u << action->state.cause);
	return false;
}

/* The four kinds of actions that touch the world, in their order. */
struct walk {
	enum vrrp_state state;
	bool holds;
	unsigned sends;
	unsigned announces;
	unsigned drops;
	unsigned moves;
};

static const char *check_send(const struct vrrp *before,
			      const struct vrrp *after,
			      const struct vrrp_action *action, struct walk *w)
{
	w->sends++;
	if (action->send.checksum == VRRP_CHECKSUM_AUTO)
		return "an advertisement without a form of checksum";
	if (action->send.priority == VRRP_PRIORITY_RESIGN) {
		if (before->state != VRRP_ACTIVE)
			return "a resignation of a router that is not Active";
		if (after->state != VRRP_INIT)
			return "a resignation without a shutdown";
		return NULL;
	}
	if (after->state != VRRP_ACTIVE)
		return "an advertisement of a router that is not Active";
	if (action->send.priority != after->priority)
		return "an advertisement with another priority than ours";
	return NULL;
}

static const char *check_action(const struct vrrp *before,
				const struct vrrp *after,
				const struct vrrp_action *action,
				struct walk *w)
{
	switch (action->type) {
	case VRRP_ACTION_SEND:
		return check_send(before, after, action, w);
	case VRRP_ACTION_CLAIM:
		if (w->holds)
			return "claims what it holds";
		if (w->sends == 0)
			return "claims before it has advertised (6.4.2)";
		w->holds = true;
		return NULL;
	case VRRP_ACTION_RELEASE:
		if (!w->holds)
			return "releases what it does not hold";
		w->holds = false;
		return NULL;
	case VRRP_ACTION_ANNOUNCE:
		w->announces++;
		return w->holds ? NULL : "announces what it does not hold";
	case VRRP_ACTION_STATE:
		w->moves++;
		if (action->state.from != w->state)
			return "leaves a state that it is not in";
		if (!is_allowed(action))
			return "a transition, or its cause, is not allowed";
		w->state = action->state.to;
		return NULL;
	case VRRP_ACTION_DROPPED:
		w->drops++;
		if (action->drop == VRRP_DROP_NONE ||
		    action->drop >= VRRP_DROPS)
			return "drops without a reason";
		return NULL;
	case VRRP_ACTION_NOTE:
		return action->note.note < VRRP_NOTES ? NULL : "an empty note";
	}
	return "an unknown action";
}

static const char *check_event(const struct vrrp_event *event,
			       const struct vrrp *before,
			       const struct vrrp *after, const struct walk *w)
{
	struct vrrp_advert advert;

	if (event->type == VRRP_EVENT_ADVERT) {
		bool good = vrrp_decode(&event->datagram, &advert) ==
			    VRRP_DROP_NONE;

		if (w->drops > 1)
			return "drops one packet twice";
		if (!good && w->drops == 0)
			return "a malformed packet is not dropped";
		if (w->drops == 1 && (w->sends || w->moves || w->announces ||
				      memcmp(before, after, sizeof(*after))))
			return "a dropped packet changes something";
		if (w->drops == 0 &&
		    ip_equal(&event->datagram.source, &before->source))
			return "hears itself";
		if (w->drops == 0 && before->state != VRRP_BACKUP &&
		    before->state != VRRP_ACTIVE)
			return "a packet is read outside Backup and Active";
	} else if (w->drops > 0) {
		return "drops a packet that never came";
	}
	if (event->type == VRRP_EVENT_PRIORITY &&
	    after->config->priority != VRRP_PRIORITY_OWNER &&
	    after->priority != event->priority)
		return "another priority than it was given";
	if (event->type == VRRP_EVENT_CONFIG &&
	    (after->config != event->config ||
	     after->priority != event->config->priority))
		return "another configuration than it was given";
	if (event->type == VRRP_EVENT_SHUTDOWN && after->state != VRRP_INIT)
		return "is not in Initialize after a shutdown";
	if (event->type == VRRP_EVENT_SHUTDOWN &&
	    before->state == VRRP_ACTIVE && w->sends != 1)
		return "an Active that stops says nothing";
	if (event->type == VRRP_EVENT_INTERFACE && w->moves > 0 &&
	    (event->interface.status != VRRP_INTERFACE_UP) !=
		    (after->state == VRRP_FAULT))
		return "FAULT does not follow the interface";
	return NULL;
}

static const char *check_deadline(tick_t now, const struct vrrp_event *event,
				  const struct vrrp *before,
				  const struct vrrp *after)
{
	const struct vrrp_config *c = after->config;
	tick_t deadline = vrrp_deadline(after);
	tick_t slack = vrrp_slack(after);
	tick_t oldest;

	if (slack < 0 || slack > TICK_MILLISECOND || slack > c->interval / 100)
		return "a slack beyond a hundredth of the interval or 1 ms";
	if (slack > 0 && after->state != VRRP_ACTIVE)
		return "a down timer with a slack";
	if ((after->state == VRRP_BACKUP || after->state == VRRP_ACTIVE) !=
	    (deadline != TICK_NEVER))
		return "a deadline if and only if Backup or Active";
	switch (event->type) {
	case VRRP_EVENT_TIME:
	case VRRP_EVENT_STARTUP:
		if (event->type == VRRP_EVENT_TIME && c->announce.interval == 0)
			return deadline < now ? "a deadline in the past" : NULL;
		return deadline <= now ? "a deadline in the past" : NULL;
	case VRRP_EVENT_ADVERT:
		/* A packet that waited may date a timer back, but no more. */
		oldest = tick_min(vrrp_deadline(before),
				  event->datagram.received);
		return deadline < oldest ? "a deadline in the past" : NULL;
	case VRRP_EVENT_SHUTDOWN:
	case VRRP_EVENT_INTERFACE:
	case VRRP_EVENT_PRIORITY:
	case VRRP_EVENT_CONFIG:
		break;
	}
	return NULL;
}

static const char *check_active(tick_t now, const struct vrrp *after)
{
	tick_t slack =
		tick_min(after->config->interval / 100, TICK_MILLISECOND);

	if (after->state != VRRP_ACTIVE)
		return NULL;
	/* It may have spoken early, and keeps its phase. */
	if (after->adver_timer > now + after->config->interval + slack)
		return "an Active that waits longer than its interval";
	if (after->down_timer != TICK_NEVER ||
	    after->preempt_timer != TICK_NEVER)
		return "an Active that waits for an Active";
	if (!ip_equal(&after->active, &after->source))
		return "an Active that takes another for the Active";
	return NULL;
}

/* 6.4.2: how long a Backup waits after what it heard, or since it began. */
static const char *check_backup(tick_t now, const struct vrrp_event *event,
				const struct vrrp *before,
				const struct vrrp *after, const struct walk *w)
{
	const struct vrrp_config *c = after->config;
	tick_t deadline = vrrp_deadline(after), from = now, hold = TICK_NEVER;
	tick_t interval = c->interval;
	struct vrrp_advert advert;

	if (after->state != VRRP_BACKUP)
		return NULL;
	if (before->state != VRRP_BACKUP &&
	    before->priority == VRRP_PRIORITY_OWNER && w->drops == 0 &&
	    event->type != VRRP_EVENT_ADVERT)
		return "an owner that starts as Backup";
	if (event->type == VRRP_EVENT_ADVERT) {
		if (w->drops > 0 ||
		    vrrp_decode(&event->datagram, &advert) != VRRP_DROP_NONE)
			return NULL;
		from = event->datagram.received;
		interval = advert.interval;
	} else if (before->state == VRRP_BACKUP) {
		return NULL;
	}
	if (before->state == VRRP_BACKUP) {
		if (advert.priority == VRRP_PRIORITY_RESIGN) {
			from += judge_skew(c, after->priority,
					   before->active_interval);
			if (before->down_cause == VRRP_CAUSE_RESIGNED)
				from = vrrp_deadline(before);
			return deadline == from
				       ? NULL
				       : "not Skew_Time after priority 0";
		}
		if (judge_preempts(after) &&
		    advert.priority < after->priority) {
			if (c->preempt_delay == 0)
				return deadline == vrrp_deadline(before)
					       ? NULL
					       : "a lower one moves the timer";
			hold = tick_min(before->preempt_timer,
					from + c->preempt_delay);
		}
	}
	from += judge_down(c, after->priority, interval);
	if (deadline != tick_min(from, hold))
		return "a Backup that does not wait Active_Down_Interval";
	return NULL;
}

const char *check_step(tick_t now, const struct vrrp_event *event,
		       const struct vrrp *before, const struct vrrp *after,
		       const struct vrrp_actions *actions)
{
	struct walk w = { .state = before->state,
			  .holds = before->state == VRRP_ACTIVE };
	const char *wrong = NULL;

	if (actions->count > VRRP_ACTIONS_MAX)
		return "more actions than VRRP_ACTIONS_MAX";
	for (unsigned i = 0; i < actions->count && !wrong; i++)
		wrong = check_action(before, after, &actions->list[i], &w);
	if (wrong)
		return wrong;
	if (w.state != after->state)
		return "a change of state that is not told";
	if (w.holds != (after->state == VRRP_ACTIVE))
		return after->state == VRRP_ACTIVE
			       ? "an Active without the addresses"
			       : "addresses held outside Active";
	if (w.sends > 1)
		return "more than one advertisement in one step";
	wrong = check_event(event, before, after, &w);
	if (!wrong)
		wrong = check_deadline(now, event, before, after);
	if (!wrong)
		wrong = check_active(now, after);
	if (!wrong)
		wrong = check_backup(now, event, before, after, &w);
	return wrong;
}
