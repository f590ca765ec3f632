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
#define SILENCES                                                               \
	(C(SILENCE) | C(RESIGNED) | C(PREEMPT) | C(PREEMPT_DELAY) |            \
	 C(NO_ANSWER))
	{ VRRP_INIT, VRRP_BACKUP, C(STARTUP) },
	{ VRRP_INIT, VRRP_ACTIVE, C(OWNER) },
	{ VRRP_INIT, VRRP_FAULT, FAULTS },
	{ VRRP_FAULT, VRRP_BACKUP, C(STARTUP) },
	{ VRRP_FAULT, VRRP_ACTIVE, C(OWNER) },
	{ VRRP_FAULT, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_BACKUP, VRRP_ACTIVE, SILENCES },
	{ VRRP_BACKUP, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_BACKUP, VRRP_FAULT, FAULTS },
	{ VRRP_ACTIVE, VRRP_BACKUP,
	  C(HIGHER_PRIORITY) | C(HIGHER_ADDRESS) | C(HANDOVER) | C(STALLED) },
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

/* The actions that touch the world, in their order. */
struct walk {
	enum vrrp_state state;
	enum vrrp_cause cause; /* of the change of state */
	bool holds;
	bool claims;
	bool claims_first; /* before it has advertised */
	unsigned sends;
	unsigned announces;
	unsigned probes;
	unsigned drops;
	unsigned moves;
};

static bool is_leaving(const struct vrrp *v)
{
	return v->leave_timer != TICK_NEVER;
}

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
		if (after->state != VRRP_ACTIVE || !is_leaving(after))
			return "a resignation without a shutdown";
		return NULL;
	}
	if (is_leaving(after))
		return "an advertisement of an Active that leaves";
	/* The last word of one that loses, while it holds the addresses. */
	if (after->state != VRRP_ACTIVE &&
	    (before->state != VRRP_ACTIVE || !w->holds))
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
		w->claims = true;
		w->claims_first = w->sends == 0;
		w->holds = true;
		return NULL;
	case VRRP_ACTION_RELEASE:
		if (!w->holds)
			return "releases what it does not hold";
		w->holds = false;
		return NULL;
	case VRRP_ACTION_ANNOUNCE:
		w->announces++;
		if (w->claims_first && w->sends > 0)
			return "announces after it has deposed the other";
		return w->holds ? NULL : "announces what it does not hold";
	case VRRP_ACTION_PROBE:
		w->probes++;
		if (after->config->address_count == 0)
			return "asks for an address and has none";
		return after->state == VRRP_BACKUP
			       ? NULL
			       : "a probe of a router that is no Backup";
	case VRRP_ACTION_STATE:
		w->moves++;
		w->cause = action->state.cause;
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

/* A list with an address that is not ours, or without one of ours. */
static bool is_other_list(const struct vrrp_config *c,
			  const struct vrrp_advert *advert)
{
	size_t size = ip_size(c->family);

	for (unsigned i = 0; i < advert->count; i++) {
		bool found = false;

		for (unsigned k = 0; k < c->address_count; k++)
			found |= memcmp(advert->addresses + i * size,
					c->addresses[k].bytes, size) == 0;
		if (!found)
			return true;
	}
	return advert->count != c->address_count;
}

/*
 * RFC 3768 7.1: another list is refused in version 2, but from an owner; and
 * always where it is to be strict. Our Active need not be looked at again.
 */
static bool is_refused_list(const struct vrrp *before,
			    const struct vrrp_event *event,
			    const struct vrrp_advert *advert)
{
	const struct vrrp_config *c = before->config;

	if (c->skip_check_adv_addr &&
	    ip_equal(&before->active, &event->datagram.source))
		return false;
	return is_other_list(c, advert) &&
	       (c->strict ||
		(c->version == 2 && advert->priority != VRRP_PRIORITY_OWNER));
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
		if (w->drops == 0 && advert.count == 0 &&
		    before->config->address_count > 0)
			return "hears one that names no address";
		if (w->drops == 0 && is_refused_list(before, event, &advert))
			return "hears one with addresses that are not its own";
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
	if (event->type == VRRP_EVENT_SHUTDOWN && after->state != VRRP_INIT &&
	    !is_leaving(after))
		return "is not in Initialize after a shutdown";
	if (event->type == VRRP_EVENT_HANDOVER && before->started &&
	    before->state == VRRP_ACTIVE && !is_leaving(after))
		return "does not leave though it was told to";
	if ((event->type == VRRP_EVENT_STALLED ||
	     event->type == VRRP_EVENT_ANSWERED) &&
	    w->sends + w->moves + w->claims + w->probes > 0)
		return "acts on what is only news";
	if (event->type == VRRP_EVENT_CONFLICT &&
	    w->sends + w->moves + w->announces > 0)
		return "a conflict does more than ask for an announcement";
	/* Who was told to stop only waited; it stops now. */
	if (event->type == VRRP_EVENT_INTERFACE && w->moves > 0 &&
	    after->started &&
	    (event->interface.status != VRRP_INTERFACE_UP) !=
		    (after->state == VRRP_FAULT))
		return "FAULT does not follow the interface";
	return NULL;
}

/*
 * How an Active leaves: 6.4.3 says priority 0, ours are three; the addresses
 * stay until the successor was heard and had 100 ms, or until the lowest
 * priority's Skew_Time and 100 ms have passed.
 */
#define GRACE (100 * TICK_MILLISECOND)

static const char *check_waits_for_heir(tick_t now, const struct vrrp *v)
{
	const struct vrrp_config *c = v->config;

	if (v->leave_timer != now + judge_skew(c, 1, c->interval) + GRACE)
		return "leaves too early or too late";
	if (v->resign_timer != now + c->interval / 64 || v->resigns_left != 2)
		return "priority 0 will not be sent three times";
	return NULL;
}

/*
 * A successor that resigns is none. Then the other one waits for another, as
 * at the beginning, but not more than three times.
 */
static const char *check_lost_heir(tick_t now, const struct vrrp_event *event,
				   const struct vrrp *before,
				   const struct vrrp *after,
				   const struct walk *w)
{
	struct vrrp_advert advert;
	bool lost = is_leaving(before) && before->heir &&
		    before->heirs_lost < 3 && w->drops == 0 &&
		    event->type == VRRP_EVENT_ADVERT &&
		    vrrp_decode(&event->datagram, &advert) == VRRP_DROP_NONE &&
		    advert.priority == VRRP_PRIORITY_RESIGN &&
		    ip_equal(&event->datagram.source, &before->active);

	if (is_leaving(before) && is_leaving(after) && before->heir &&
	    !after->heir && !lost)
		return "forgets its successor";
	if (!lost)
		return NULL;
	if (after->heir || !is_leaving(after) || w->sends != 1)
		return "goes, though its successor goes";
	return check_waits_for_heir(now, after);
}

static const char *check_leaving(tick_t now, const struct vrrp_event *event,
				 const struct vrrp *before,
				 const struct vrrp *after, const struct walk *w)
{
	bool ends = is_leaving(before) && !is_leaving(after);
	const char *wrong;

	if (is_leaving(after) && after->state != VRRP_ACTIVE)
		return "leaves what it does not hold";
	if (!is_leaving(before) && is_leaving(after)) {
		if (event->type != VRRP_EVENT_SHUTDOWN &&
		    event->type != VRRP_EVENT_HANDOVER)
			return "leaves without being told to";
		if (w->sends != 1)
			return "an Active that stops says nothing";
		wrong = check_waits_for_heir(now, after);
		if (wrong)
			return wrong;
	}
	wrong = check_lost_heir(now, event, before, after, w);
	if (wrong)
		return wrong;
	if (is_leaving(before) && is_leaving(after) && after->heir) {
		if (!before->heir &&
		    (event->type != VRRP_EVENT_ADVERT ||
		     after->leave_timer !=
			     tick_min(before->leave_timer, now + GRACE)))
			return "a successor without a word, or too short";
		if (before->heir && after->leave_timer != before->leave_timer)
			return "the same successor twice";
		if (after->resign_timer != TICK_NEVER || w->sends > 0)
			return "resigns though the successor was heard";
	}
	if (ends && event->type != VRRP_EVENT_TIME &&
	    event->type != VRRP_EVENT_INTERFACE)
		return "ceases to leave without its timer";
	if (ends && event->type == VRRP_EVENT_TIME && now < before->leave_timer)
		return "lets go before its time";
	if (ends && after->state == VRRP_ACTIVE &&
	    (before->heir || !after->started || w->sends != 1))
		return "remains Active beside its successor";
	if (ends && after->state == VRRP_BACKUP &&
	    (!after->yielded || !before->heir))
		return "a Backup by handover that has handed nothing over";
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
		if (is_leaving(before) && is_leaving(after))
			return deadline < vrrp_deadline(before)
				       ? "a deadline in the past"
				       : NULL;
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
	case VRRP_EVENT_STALLED:
		break;
	case VRRP_EVENT_HANDOVER:
	case VRRP_EVENT_ANSWERED:
	case VRRP_EVENT_CONFLICT:
		/* What was due still is; nothing new is due at once. */
		return deadline <= now && deadline < vrrp_deadline(before)
			       ? "a deadline in the past"
			       : NULL;
	}
	return NULL;
}

static bool announces_later(const struct vrrp *v)
{
	return v->announce.next != TICK_NEVER ||
	       v->announce.again != TICK_NEVER ||
	       v->announce.refresh != TICK_NEVER;
}

static const char *check_active(tick_t now, const struct vrrp *after)
{
	tick_t slack =
		tick_min(after->config->interval / 100, TICK_MILLISECOND);

	if (after->state != VRRP_ACTIVE)
		return NULL;
	if (after->down_timer != TICK_NEVER ||
	    after->preempt_timer != TICK_NEVER ||
	    after->probe_timer != TICK_NEVER)
		return "an Active that waits for an Active";
	if (is_leaving(after)) {
		if (after->adver_timer != TICK_NEVER)
			return "an Active that leaves and goes on advertising";
		if (announces_later(after))
			return "an Active that leaves and goes on announcing";
		return NULL;
	}
	/* It may have spoken early, and keeps its phase. */
	if (after->adver_timer > now + after->config->interval + slack)
		return "an Active that waits longer than its interval";
	if (!ip_equal(&after->active, &after->source))
		return "an Active that takes another for the Active";
	return NULL;
}

/* When silence alone makes it Active. */
static tick_t patience(const struct vrrp *v)
{
	return tick_min(v->down_timer, v->preempt_timer);
}

/*
 * A learned interval that is longer than 3 s and than ten times our own is
 * doubted after our own Active_Down_Interval, by probes.
 */
static const char *check_doubt(const struct vrrp *v, tick_t from)
{
	tick_t probe = TICK_NEVER;

	if (judge_doubts(v->config, v->active_interval) &&
	    v->config->address_count > 0)
		probe = from +
			judge_down(v->config, v->priority, v->config->interval);
	if (v->probes > 0)
		return "probes that an advertisement does not end";
	return v->probe_timer == probe
		       ? NULL
		       : "an interval is doubted too early, late or not at all";
}

/* (450), and what a lower one proves about an interval that is doubted. */
static const char *check_lower(const struct vrrp *before,
			       const struct vrrp *after, tick_t received)
{
	const struct vrrp_config *c = after->config;
	tick_t own = received + judge_down(c, after->priority, c->interval);

	if (judge_doubts(c, before->active_interval) &&
	    own < patience(before)) {
		if (patience(after) != own)
			return "a lower one serves, and a doubted interval "
			       "stays";
		return check_doubt(after, received);
	}
	return patience(after) == patience(before)
		       ? NULL
		       : "a lower one moves the timer";
}

/* A better one was heard, and may well live. */
bool judge_outranked(const struct vrrp *before, const struct vrrp *after,
		     const struct vrrp_event *event, uint8_t priority)
{
	return event->datagram.received < before->active_until &&
	       !ip_equal(&before->active, &event->datagram.source) &&
	       priority < before->active_priority &&
	       (before->active_priority >= after->priority ||
		!judge_preempts(after));
}

/* And so it stays the Active; if not, the sender is it. */
static const char *check_follows(const struct vrrp *before,
				 const struct vrrp *after,
				 const struct vrrp_event *event,
				 const struct vrrp_advert *advert, tick_t from)
{
	const struct vrrp_config *c = after->config;
	tick_t interval = judge_doubts(c, advert->interval) ? c->interval
							    : advert->interval;

	if (before->state == VRRP_BACKUP &&
	    judge_outranked(before, after, event, advert->priority))
		return ip_equal(&after->active, &before->active) &&
				       after->active_priority ==
					       before->active_priority &&
				       after->active_until ==
					       before->active_until
			       ? NULL
			       : "a lesser one takes a living Active's place";
	return ip_equal(&after->active, &event->datagram.source) &&
			       after->active_priority == advert->priority &&
			       after->active_until ==
				       from + judge_trusted(c, interval)
		       ? NULL
		       : "the one that speaks is not the Active";
}

/* Priority 0: Skew_Time, if the current Active said so, and only once. */
static const char *check_resigned(const struct vrrp *before,
				  const struct vrrp *after,
				  const struct vrrp_event *event)
{
	bool foreign = !ip_equal(&before->active, &event->datagram.source) &&
		       !after->config->resign_any;
	tick_t interval = before->active_interval;

	if (foreign || before->down_cause == VRRP_CAUSE_RESIGNED)
		return patience(after) == patience(before)
			       ? NULL
			       : "priority 0 that does not count, counts";
	if (after->probe_timer != TICK_NEVER)
		return "doubts an Active that resigned";
	if (judge_doubts(after->config, interval))
		interval = after->config->interval;
	return patience(after) == event->datagram.received +
					  judge_skew(after->config,
						     after->priority, interval)
		       ? NULL
		       : "not Skew_Time after priority 0";
}

static const char *check_heard(tick_t now, const struct vrrp_event *event,
			       const struct vrrp *before,
			       const struct vrrp *after, const struct walk *w)
{
	const struct vrrp_config *c = after->config;
	tick_t from = event->datagram.received, hold = TICK_NEVER;
	struct vrrp_advert advert;
	const char *wrong;

	if (vrrp_decode(&event->datagram, &advert) != VRRP_DROP_NONE)
		return NULL;
	/* Who slept waits from when it woke. */
	if (w->cause == VRRP_CAUSE_STALLED)
		from = now;
	if (before->state == VRRP_BACKUP &&
	    advert.priority == VRRP_PRIORITY_RESIGN)
		return check_resigned(before, after, event);
	wrong = check_follows(before, after, event, &advert, from);
	if (wrong)
		return wrong;
	if (before->state == VRRP_BACKUP && judge_preempts(after) &&
	    advert.priority < after->priority) {
		if (judge_outranked(before, after, event, advert.priority))
			return patience(after) == patience(before)
				       ? NULL
				       : "a lower one moves the timer";
		if (c->preempt_delay == 0)
			return check_lower(before, after, from);
		hold = before->preempt_timer;
		if (hold == TICK_NEVER)
			hold = from + c->preempt_delay;
	}
	if (patience(after) !=
	    tick_min(from + judge_down(c, after->priority, advert.interval),
		     hold))
		return "a Backup that does not wait Active_Down_Interval";
	return check_doubt(after, from);
}

/* 6.4.2: how long a Backup waits after what it heard, or since it began. */
static const char *check_backup(tick_t now, const struct vrrp_event *event,
				const struct vrrp *before,
				const struct vrrp *after, const struct walk *w)
{
	tick_t interval = after->config->interval;

	if (after->state != VRRP_BACKUP)
		return NULL;
	if (before->state != VRRP_BACKUP &&
	    before->priority == VRRP_PRIORITY_OWNER && w->drops == 0 &&
	    event->type != VRRP_EVENT_ADVERT && !after->yielded)
		return "an owner that starts as Backup";
	if (event->type == VRRP_EVENT_ADVERT)
		return w->drops > 0 ? NULL
				    : check_heard(now, event, before, after, w);
	if (event->type == VRRP_EVENT_TIME && before->doubt)
		return w->probes > 0 || after->doubt || patience(after) < now
			       ? "slept, and does not listen first"
			       : NULL;
	if (event->type == VRRP_EVENT_TIME && before->state == VRRP_BACKUP)
		return w->probes == (now >= before->probe_timer) &&
				       after->probes ==
					       before->probes + w->probes
			       ? NULL
			       : "a probe that is missing or comes too early";
	if (event->type == VRRP_EVENT_ANSWERED && before->probes > 0 &&
	    after->probes > 0)
		return "an answer that is not believed";
	if (before->state == VRRP_BACKUP)
		return NULL;
	if (after->yielded) /* it follows its successor */
		interval = after->active_interval;
	if (patience(after) !=
	    now + judge_down(after->config, after->priority, interval))
		return "a Backup that does not wait Active_Down_Interval";
	return NULL;
}

/*
 * 6.4.2 (410) for the dead, and the other way round for the living: who must
 * be lower, now, and we one that preempts.
 */
static const char *check_takeover(const struct vrrp *before,
				  const struct walk *w)
{
	bool living = w->cause == VRRP_CAUSE_PREEMPT ||
		      w->cause == VRRP_CAUSE_PREEMPT_DELAY;

	if (!w->claims)
		return NULL;
	if (living && (!judge_preempts(before) ||
		       before->active_priority >= before->priority))
		return "preempts one that it should let alone";
	if (w->sends != 1)
		return "claims without a word";
	if (living && !w->claims_first)
		return "deposes a living Active before it holds the addresses";
	if (!living && w->claims_first)
		return "claims before it has advertised (6.4.2)";
	return NULL;
}

/*
 * 6.4.3 (765): an Active that hears one that loses, and stays, answers at once,
 * but not again for a while; or leaves it to its next advertisement.
 */
static const char *check_answer(tick_t now, const struct vrrp_event *event,
				const struct vrrp *before,
				const struct vrrp *after, const struct walk *w)
{
	bool deaf = judge_ignores(before);
	struct vrrp_advert advert;

	if (deaf && event->type == VRRP_EVENT_ADVERT && w->moves > 0)
		return "an owner that ignores others yields";
	if (before->state != VRRP_ACTIVE || after->state != VRRP_ACTIVE ||
	    is_leaving(before) || event->type != VRRP_EVENT_ADVERT ||
	    w->drops > 0 ||
	    vrrp_decode(&event->datagram, &advert) != VRRP_DROP_NONE)
		return NULL;
	if (deaf && (advert.priority == VRRP_PRIORITY_RESIGN ||
		     advert.priority == VRRP_PRIORITY_OWNER))
		return w->sends + w->announces == 0 &&
				       vrrp_deadline(before) ==
					       vrrp_deadline(after)
			       ? NULL
			       : "an owner that ignores others does not";
	if (advert.priority == VRRP_PRIORITY_RESIGN)
		return NULL;
	/* One of a shorter interval may have misled the Backups. */
	if ((deaf || after->config->lower_prio_no_advert) &&
	    advert.interval >= after->config->interval)
		return w->sends == 0 ? NULL : "answers, and is told not to";
	return w->sends == (now >= before->answer_after)
		       ? NULL
		       : "a losing one is not answered, or too often";
}

/*
 * Who loses to a better one says so, unless it slept or is told not to; so
 * they announce.
 */
static const char *check_loser(const struct vrrp *before, const struct walk *w)
{
	bool lost = w->cause == VRRP_CAUSE_HIGHER_PRIORITY ||
		    w->cause == VRRP_CAUSE_HIGHER_ADDRESS;

	if (before->state != VRRP_ACTIVE || w->state != VRRP_BACKUP)
		return NULL;
	if (lost && !before->doubt && before->config->higher_prio_send_advert)
		return w->sends == 1 ? NULL : "lets go without a word";
	return w->sends == 0 ? NULL : "lets go with a word too many";
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
	wrong = check_takeover(before, &w);
	if (!wrong)
		wrong = check_answer(now, event, before, after, &w);
	if (!wrong)
		wrong = check_loser(before, &w);
	if (!wrong)
		wrong = check_event(event, before, after, &w);
	if (!wrong)
		wrong = check_leaving(now, event, before, after, &w);
	if (!wrong)
		wrong = check_deadline(now, event, before, after);
	if (!wrong)
		wrong = check_active(now, after);
	if (!wrong)
		wrong = check_backup(now, event, before, after, &w);
	return wrong;
}
