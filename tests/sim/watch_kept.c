/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The count of what an Active was heard to keep: an interval that is not ours
 * is believed when three advertisements of one sender named it, each half of
 * it or more after the one before and three of it at most. And after a short
 * one that was not kept none is believed at once for a minute.
 */
#include "watch.h"

#include <stddef.h>

static void count(struct watch *w, const struct lan_step *s,
		  const struct vrrp_advert *advert, bool outranked)
{
	tick_t gap = s->event->datagram.received - w->kept_from;
	bool again = w->kept_interval == advert->interval && !outranked &&
		     ip_equal(&s->before->active, &s->event->datagram.source);

	if (again && w->kept >= 2)
		return;
	if (!again || gap > 3 * advert->interval)
		w->kept = 0;
	else if (gap >= advert->interval / 2)
		w->kept++;
	w->kept_interval = advert->interval;
	if (outranked || advert->interval == s->after->config->interval)
		w->kept_interval = 0, w->kept = 0;
}

static void hear(struct watch *w, const struct lan_step *s,
		 const struct vrrp_advert *advert)
{
	const struct vrrp *v = s->after;
	bool was = s->before->state == VRRP_BACKUP;
	bool outranked = was && judge_outranked(s->before, v, s->event,
						advert->priority);

	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		if (ip_equal(&s->before->active, &s->event->datagram.source) ||
		    v->config->resign_any)
			w->kept_interval = 0, w->kept = 0;
		return;
	}
	/* One that will be preempted is heard, and nothing is learned. */
	if (!was || !judge_preempts(v) || advert->priority >= v->priority ||
	    (v->config->preempt_delay > 0 && !outranked))
		count(w, s, advert, outranked);
	else if (!outranked && w->kept < 2 &&
		 (w->kept_interval != advert->interval ||
		  !ip_equal(&s->before->active, &s->event->datagram.source)))
		w->kept_interval = 0, w->kept = 0;
	if (!outranked)
		w->kept_from = s->event->datagram.received;
	for (unsigned i = 0; i < s->actions->count; i++)
		if (s->actions->list[i].type == VRRP_ACTION_STATE &&
		    s->actions->list[i].state.cause == VRRP_CAUSE_STALLED)
			w->kept_from = s->now;
}

const char *watch_kept(struct watch *w, const struct lan_step *s)
{
	const struct vrrp *before = s->before, *after = s->after;
	tick_t shy = before->shy_until;
	struct vrrp_advert advert;

	if (before->state != VRRP_BACKUP || after->state != VRRP_BACKUP)
		w->kept_interval = 0, w->kept = 0;
	if (s->event->type == VRRP_EVENT_ADVERT && !was_dropped(s->actions) &&
	    after->state == VRRP_BACKUP &&
	    vrrp_decode(&s->event->datagram, &vrrp_expect_any, &advert) ==
		    VRRP_DROP_NONE)
		hear(w, s, &advert);
	/* What was counted was by another measure. */
	if (s->event->type == VRRP_EVENT_CONFIG &&
	    (after->config->interval != before->config->interval ||
	     after->config->down_timer_adverts !=
		     before->config->down_timer_adverts))
		w->kept_interval = 0, w->kept = 0;
	if (after->kept != w->kept || after->kept_interval != w->kept_interval)
		return "counts otherwise how an interval is kept";
	if (before->state == VRRP_BACKUP && after->state == VRRP_ACTIVE &&
	    before->active_interval < before->config->interval &&
	    before->kept < 2)
		shy = s->now + 60 * TICK_SECOND;
	return after->shy_until == shy
		       ? NULL
		       : "is shy without a reason, or not with one";
}
