/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invariants of one step of an Active: RFC 9568 6.4.3, how it leaves, takes
 * over, answers and yields.
 */
#include "walk.h"

#include <stddef.h>

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
		    vrrp_decode(&event->datagram, &vrrp_expect_any, &advert) ==
			    VRRP_DROP_NONE &&
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
	    event->type != VRRP_EVENT_INTERFACE &&
	    !((event->type == VRRP_EVENT_TRACK ||
	       event->type == VRRP_EVENT_STARTUP) &&
	      after->track.faults))
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

static bool announces_later(const struct vrrp *v)
{
	return v->announce.next != TICK_NEVER ||
	       v->announce.again != TICK_NEVER ||
	       v->announce.refresh != TICK_NEVER;
}

static const char *check_serving(tick_t now, const struct vrrp *after)
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
	/* It may have spoken early, and keeps its phase. Who was dead for long
	 * listens first, an interval and a half. */
	if (after->adver_timer >
	    now + after->config->interval * (after->doubt ? 3 : 2) / 2 + slack)
		return "an Active that waits longer than its interval";
	if (!ip_equal(&after->active, &after->source))
		return "an Active that takes another for the Active";
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
	bool deaf = judge_ignores(before), misleads;
	struct vrrp_advert advert;

	if (deaf && event->type == VRRP_EVENT_ADVERT && w->moves > 0)
		return "an owner that ignores others yields";
	if (before->state != VRRP_ACTIVE || after->state != VRRP_ACTIVE ||
	    is_leaving(before) || event->type != VRRP_EVENT_ADVERT ||
	    w->drops > 0 ||
	    vrrp_decode(&event->datagram, &vrrp_expect_any, &advert) !=
		    VRRP_DROP_NONE)
		return NULL;
	misleads = advert.interval < after->config->interval;
	if (deaf && (advert.priority == VRRP_PRIORITY_RESIGN ||
		     advert.priority == VRRP_PRIORITY_OWNER)) {
		bool answers = advert.priority == VRRP_PRIORITY_OWNER &&
			       misleads && now >= before->answer_after;

		return w->sends == answers && w->announces == 0 &&
				       vrrp_deadline(before) ==
					       vrrp_deadline(after)
			       ? NULL
			       : "an owner that ignores others does not";
	}
	if (advert.priority == VRRP_PRIORITY_RESIGN)
		return NULL;
	/* One of a shorter interval may have misled the Backups. */
	if ((deaf || after->config->lower_prio_no_advert) && !misleads)
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

const char *check_active(tick_t now, const struct vrrp_event *event,
			 const struct vrrp *before, const struct vrrp *after,
			 const struct walk *w)
{
	const char *wrong = check_takeover(before, w);

	if (!wrong)
		wrong = check_answer(now, event, before, after, w);
	if (!wrong)
		wrong = check_loser(before, w);
	if (!wrong)
		wrong = check_leaving(now, event, before, after, w);
	if (!wrong)
		wrong = check_serving(now, after);
	return wrong;
}
