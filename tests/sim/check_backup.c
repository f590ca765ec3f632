/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invariants of one step of a Backup: RFC 9568 6.4.2, whom it follows and how
 * long it waits.
 */
#include "walk.h"

#include <stddef.h>

/* When silence alone makes it Active. */
static tick_t patience(const struct vrrp *v)
{
	return tick_min(v->down_timer, v->preempt_timer);
}

/*
 * A learned interval that is longer than ours is doubted, until it was kept:
 * when our own Active_Down_Interval ends there have been three probes, an
 * eighth to a quarter of ours apart, or of a second.
 */
static const char *check_doubt(const struct vrrp *v, tick_t from)
{
	const struct vrrp_config *c = v->config;
	tick_t ends = from + judge_down(c, v->priority, c->interval);
	tick_t most = tick_min(c->interval, TICK_SECOND) * 3 / 4;

	if (v->probes > 0)
		return "probes that an advertisement does not end";
	if (!judge_doubts(v, v->active_interval) || c->address_count == 0)
		return v->probe_timer == TICK_NEVER
			       ? NULL
			       : "an interval is doubted too early, late or "
				 "not at all";
	return v->probe_timer >= ends - most &&
			       v->probe_timer <= ends - most / 2
		       ? NULL
		       : "an interval is doubted too early, late or not at all";
}

/* (450), and what a lower one proves about an interval that is doubted. */
static const char *check_lower(const struct vrrp *before,
			       const struct vrrp *after, tick_t received)
{
	const struct vrrp_config *c = after->config;
	tick_t own = received + judge_down(c, after->priority, c->interval);

	if (judge_doubts(before, before->active_interval) &&
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
	tick_t interval = judge_doubts(after, advert->interval)
				  ? c->interval
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
	if (judge_doubts(before, interval))
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
	tick_t from = event->datagram.received, hold = TICK_NEVER, interval;
	struct vrrp_advert advert;
	const char *wrong;

	if (vrrp_decode(&event->datagram, &vrrp_expect_any, &advert) !=
	    VRRP_DROP_NONE)
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
	interval = judge_learned(after, from, advert.interval);
	if (patience(after) !=
	    tick_min(from + judge_down(c, after->priority, interval), hold))
		return "a Backup that does not wait Active_Down_Interval";
	return check_doubt(after, from);
}

/* 6.4.2: how long a Backup waits after what it heard, or since it began. */
const char *check_backup(tick_t now, const struct vrrp_event *event,
			 const struct vrrp *before, const struct vrrp *after,
			 const struct walk *w)
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
