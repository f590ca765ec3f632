/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Backup's book: RFC 9568 6.4.2 as arithmetic over all that it has heard. It
 * does not call that of src/vrrp, or a fault there would judge itself.
 */
#include "watch.h"

#include "arithmetic.h"
#include "check.h"

#include <stddef.h>

/* When a Backup must become Active if it hears nothing more. */
tick_t watch_due(const struct watch *w, const struct vrrp *v)
{
	const struct vrrp_config *c = v->config;
	tick_t length = w->resigned ? judge_skew(c, v->priority, w->learned)
				    : judge_down(c, v->priority, w->learned);

	return tick_min(w->from + length, w->hold);
}

/*
 * (450): the timer runs on; but not by an interval that is doubted, if our own
 * ends sooner.
 */
static void lower_heard(struct watch *w, const struct vrrp *v, tick_t received,
			tick_t interval)
{
	const struct vrrp_config *c = v->config;

	w->lower_at = received;
	w->lower_interval = interval;
	if (!judge_doubts(v, w->learned) ||
	    received + judge_down(c, v->priority, c->interval) >=
		    watch_due(w, v))
		return;
	w->from = received;
	w->learned = c->interval;
	w->resigned = false;
	w->probes = 0;
}

/* 6.4.2 (420) to (450), and preempt_delay. */
static void backup_heard(struct watch *w, const struct lan_step *s,
			 const struct vrrp_advert *advert)
{
	const struct vrrp *v = s->after;
	const struct vrrp_config *c = v->config;
	const struct vrrp_datagram *d = &s->event->datagram;
	bool foreign =
		!ip_equal(&s->before->active, &d->source) && !c->resign_any;
	tick_t received = d->received;

	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		if (foreign)
			return;
		if (!w->resigned) {
			w->from = received;
			if (judge_doubts(s->before, w->learned))
				w->learned = c->interval;
		}
		w->resigned = true;
		w->lower_at = TICK_NEVER;
		w->hold = TICK_NEVER;
		return;
	}
	if (judge_preempts(v) && advert->priority < v->priority) {
		if (judge_outranked(s->before, v, s->event, advert->priority))
			return;
		if (c->preempt_delay == 0) {
			lower_heard(w, v, received, advert->interval);
			return;
		}
		if (w->hold == TICK_NEVER)
			w->hold = received + c->preempt_delay;
	} else {
		w->hold = TICK_NEVER;
	}
	w->from = received;
	w->learned = judge_learned(v, received, advert->interval);
	w->resigned = false;
	w->lower_at = TICK_NEVER;
	w->probes = 0;
}

/* Older than half of the interval that its sender keeps. */
static bool is_stale(const struct lan_step *s)
{
	return s->now - s->event->datagram.received >=
	       s->after->active_interval / 2;
}

/* It is the Active that speaks, and none that is preempted. */
static bool is_news(const struct lan_step *s, const struct vrrp_advert *advert)
{
	const struct vrrp *v = s->after;

	if (advert->priority == VRRP_PRIORITY_RESIGN)
		return ip_equal(&s->before->active,
				&s->event->datagram.source) ||
		       v->config->resign_any;
	if (judge_preempts(v) && advert->priority < v->priority)
		return false;
	return !judge_outranked(s->before, v, s->event, advert->priority);
}

static void new_backup(struct watch *w, const struct lan_step *s)
{
	struct vrrp_advert advert;
	bool stalled = false;

	w->resigned = false;
	w->hold = TICK_NEVER;
	w->lower_at = TICK_NEVER;
	w->probes = 0;
	if (s->event->type == VRRP_EVENT_ADVERT) {
		if (vrrp_decode(&s->event->datagram, &vrrp_expect_any,
				&advert) != VRRP_DROP_NONE)
			return;
		w->from = s->event->datagram.received;
		for (unsigned i = 0; i < s->actions->count; i++)
			if (s->actions->list[i].type == VRRP_ACTION_STATE &&
			    s->actions->list[i].state.cause ==
				    VRRP_CAUSE_STALLED)
				stalled = true;
		if (stalled)
			w->from = s->now;
		w->learned = judge_learned(s->after, w->from, advert.interval);
	} else {
		w->from = s->now;
		w->learned = s->before->state == VRRP_ACTIVE
				     ? w->heirs_interval
				     : s->after->config->interval;
	}
	/* It stepped back for a word that may have waited for long. */
	w->slept = s->before->doubt && s->event->type == VRRP_EVENT_ADVERT &&
		   (stalled || is_stale(s));
}

/* Another priority or Preempt_Mode: there may be nobody to preempt any more. */
static void no_longer_lower(struct watch *w, const struct lan_step *s)
{
	const struct vrrp *v = s->after;
	bool lower = s->before->active_priority < v->priority;

	if (!lower)
		w->hold = TICK_NEVER;
	if (w->lower_at == TICK_NEVER ||
	    (lower && judge_preempts(v) && v->config->preempt_delay == 0))
		return;
	/* Then what it said last counts, as if it had been accepted. */
	w->from = w->lower_at;
	w->learned = v->config->version == 2 ? v->config->interval
					     : w->lower_interval;
	w->resigned = false;
	w->lower_at = TICK_NEVER;
	w->probes = 0;
}

/* Who slept, and whose time is over, first listens for an interval and a half.
 */
static void listens(struct watch *w, const struct vrrp *v, tick_t now)
{
	const struct vrrp_config *c = v->config;
	tick_t interval =
		judge_doubts(v, w->learned) ? c->interval : w->learned;
	tick_t until = now + interval * 3 / 2;
	tick_t length = w->resigned ? judge_skew(c, v->priority, w->learned)
				    : judge_down(c, v->priority, w->learned);

	w->slept = false;
	w->from = tick_max(w->from, until - length);
	if (w->hold != TICK_NEVER)
		w->hold = tick_max(w->hold, until);
}

/* Keeps the Backup's book up to date; it was a Backup and still is one. */
static void still_backup(struct watch *w, const struct lan_step *s)
{
	const struct vrrp_config *c = s->after->config;
	struct vrrp_advert advert;

	switch (s->event->type) {
	case VRRP_EVENT_ADVERT:
		if (!was_dropped(s->actions) &&
		    vrrp_decode(&s->event->datagram, &vrrp_expect_any,
				&advert) == VRRP_DROP_NONE)
			backup_heard(w, s, &advert);
		w->slept &= was_dropped(s->actions) || is_stale(s) ||
			    !is_news(s, &advert);
		break;
	case VRRP_EVENT_CONFIG:
		/* What was learned stays, what was only assumed does not. */
		if (c->interval != s->before->config->interval &&
		    (c->version == 2 || s->before->active.family == IP_NONE))
			w->learned = c->interval;
		/* Whatever runs keeps the moment it was started at. */
		if (!c->preempt || c->preempt_delay == 0)
			w->hold = TICK_NEVER;
		else if (w->hold != TICK_NEVER)
			w->hold += c->preempt_delay -
				   s->before->config->preempt_delay;
		no_longer_lower(w, s);
		w->probes = 0;
		break;
	case VRRP_EVENT_TRACK:
		no_longer_lower(w, s);
		w->probes = 0;
		break;
	case VRRP_EVENT_ANSWERED:
		w->probes = 0;
		break;
	case VRRP_EVENT_STALLED:
		w->slept = true;
		break;
	case VRRP_EVENT_TIME:
		if (w->slept)
			listens(w, s->after, s->now);
		break;
	case VRRP_EVENT_STARTUP:
	case VRRP_EVENT_TAKEOVER:
	case VRRP_EVENT_SHUTDOWN:
	case VRRP_EVENT_INTERFACE:
	case VRRP_EVENT_HANDOVER:
	case VRRP_EVENT_CONFLICT:
	case VRRP_EVENT_ADOPTED: /* lan_adopt() is not watched */
	case VRRP_EVENT_PROMOTE: /* of sync groups: groups.c */
	case VRRP_EVENT_YIELD:
	case VRRP_EVENT_UNHEARD:
	case VRRP_EVENT_HEARD:
	case VRRP_EVENT_ASSERT:
		break;
	}
}

/* When silence alone makes it Active; a doubt may do so earlier. */
static tick_t patience(const struct vrrp *v)
{
	return tick_min(v->down_timer, v->preempt_timer);
}

/* Not long before our own Active_Down_Interval has passed in silence. */
static const char *watch_probe(struct watch *w, const struct lan_step *s)
{
	const struct vrrp *v = s->after;
	tick_t own = judge_down(v->config, v->priority, v->config->interval);
	tick_t most = tick_min(v->config->interval, TICK_SECOND) * 3 / 4;

	if (!judge_doubts(v, w->learned) || w->resigned)
		return "doubts an interval that is not long";
	if (s->now < w->from + own - most)
		return "doubts an interval too early";
	if (w->probes++ == 0)
		w->asked = s->now;
	return w->probes > 3 ? "asks more than three times" : NULL;
}

const char *watch_backup(struct watch *w, const struct lan_step *s)
{
	const char *wrong = NULL;

	if (s->before->state != VRRP_BACKUP)
		new_backup(w, s);
	else
		still_backup(w, s);
	for (unsigned i = 0; i < s->actions->count && !wrong; i++)
		if (s->actions->list[i].type == VRRP_ACTION_PROBE)
			wrong = watch_probe(w, s);
	if (wrong)
		return wrong;
	if (patience(s->after) < watch_due(w, s->after))
		return "a Backup that waits too short a time";
	if (patience(s->after) > watch_due(w, s->after))
		return "a Backup that waits too long";
	if (s->event->type == VRRP_EVENT_TIME &&
	    s->now >= watch_due(w, s->after))
		return "a Backup that lets its time pass";
	return NULL;
}
