/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Active's book: when it speaks, how it leaves, and for whom it steps down
 * (RFC 9568 6.4.3).
 */
#include "watch.h"

#include "arithmetic.h"

#include <stddef.h>

/* An Active speaks at least once in its interval, and answers not too often. */
static const char *watch_send(struct watch *w, const struct lan_step *s)
{
	const struct vrrp_config *c = s->after->config;
	bool on_time = s->before->state == VRRP_ACTIVE &&
		       s->before->leave_timer == TICK_NEVER &&
		       s->event->type == VRRP_EVENT_TIME;
	tick_t planned = on_time ? s->before->adver_timer : s->now;

	if (on_time && w->sent != TICK_NEVER) {
		/*
		 * When it was due; that it woke late is not its fault. Who was
		 * dead for long listens first (check_active.c).
		 */
		if (!s->before->doubt &&
		    planned > tick_max(w->sent, w->planned) + w->interval_then)
			return "an advertisement later than the interval";
		if (planned < w->planned + c->interval && c->phase == 0 &&
		    c->interval == w->interval_then && !w->hurried)
			return "advertisements faster than the interval";
	}
	if (s->event->type == VRRP_EVENT_ADVERT) {
		if (s->event->datagram.bytes[2] == VRRP_PRIORITY_RESIGN &&
		    c->phase == 0 &&
		    s->after->adver_timer != s->now + c->interval)
			return "priority 0 is answered, Adver_Timer not reset";
		if (w->answered != TICK_NEVER && s->now < w->answered + w->gap)
			return "answers faster than the limit";
		w->answered = s->now;
		w->gap = tick_min(c->interval, 100 * TICK_MILLISECOND);
	}
	/* An answer does not reset Adver_Timer, so it proves nothing. */
	if (s->event->type != VRRP_EVENT_ADVERT ||
	    s->after->adver_timer != s->before->adver_timer) {
		w->sent = s->now;
		w->planned = planned;
		w->interval_then = c->interval;
		w->hurried = false;
	}
	return NULL;
}

/* The Backup that became Active was allowed to. */
static const char *watch_promotion(const struct watch *w,
				   const struct lan_step *s)
{
	const struct vrrp_config *c = s->before->config;

	if (s->event->type != VRRP_EVENT_TIME)
		return "a Backup becomes Active without its timer";
	if (s->now >= watch_due(w, s->before))
		return NULL;
	/* Or nobody answered: three probes, each with its time. */
	if (w->probes == 3 &&
	    s->now >= w->asked + tick_min(c->interval, TICK_SECOND) * 3 / 8)
		return NULL;
	return "a Backup becomes Active too early";
}

static void wait_for_heir(struct watch *w, const struct lan_step *s)
{
	const struct vrrp_config *c = s->before->config;

	w->leaves =
		s->now + judge_skew(c, 1, c->interval) + 100 * TICK_MILLISECOND;
	w->left_at = s->now;
	w->resigns = 0;
	w->heir = TICK_NEVER;
}

static bool is_better(uint8_t priority, const struct ip *address, uint8_t than,
		      const struct ip *than_address)
{
	return priority > than ||
	       (priority == than && ip_compare(address, than_address) > 0);
}

/*
 * One that lost says so and lets go. A successor says nothing so early, for
 * three quarters of its Skew_Time; and it hears those that lose to it.
 */
static bool is_last_word(const struct watch *w, const struct lan_step *s,
			 const struct vrrp_advert *advert)
{
	const struct vrrp *v = s->before;
	const struct vrrp_datagram *d = &s->event->datagram;
	/* It may not have believed our interval yet, if that is longer. */
	tick_t skew =
		judge_skew(v->config, advert->priority,
			   tick_min(v->config->interval, advert->interval));

	if (w->heir != TICK_NEVER)
		return is_better(w->heirs_priority, &w->heirs_address,
				 advert->priority, &d->source);
	return is_better(v->priority, &v->source, advert->priority,
			 &d->source) &&
	       d->received - w->left_at < skew * 3 / 4;
}

/* The one that spoke last is the successor, until it resigns itself. */
static void leaving_heard(struct watch *w, const struct lan_step *s,
			  const struct vrrp_advert *advert)
{
	const struct ip *sender = &s->event->datagram.source;

	if (advert->priority != VRRP_PRIORITY_RESIGN) {
		if (is_last_word(w, s, advert))
			return;
		w->heir = tick_min(w->heir, s->now);
		w->heirs_interval = advert->interval;
		w->heirs_address = *sender;
		w->heirs_priority = advert->priority;
	} else if (w->heir != TICK_NEVER &&
		   ip_equal(sender, &w->heirs_address) && w->heirs_lost < 3) {
		wait_for_heir(w, s);
		w->heirs_lost++;
	}
}

/* Priority 0 three times, and then silence until it lets go. */
static const char *watch_leaving(struct watch *w, const struct lan_step *s)
{
	const struct vrrp_config *c = s->before->config;
	struct vrrp_advert advert;

	if (s->before->leave_timer == TICK_NEVER) {
		wait_for_heir(w, s);
		w->heirs_lost = 0;
	}
	if (s->event->type == VRRP_EVENT_ADVERT && !was_dropped(s->actions) &&
	    vrrp_decode(&s->event->datagram, &vrrp_expect_any, &advert) ==
		    VRRP_DROP_NONE)
		leaving_heard(w, s, &advert);
	for (unsigned i = 0; i < s->actions->count; i++) {
		const struct vrrp_action *a = &s->actions->list[i];

		if (a->type == VRRP_ACTION_ANNOUNCE)
			return "an Active that leaves and goes on announcing";
		if (a->type != VRRP_ACTION_SEND)
			continue;
		if (a->send.priority != VRRP_PRIORITY_RESIGN)
			return "an Active that leaves and goes on advertising";
		if (w->resigns > 0 && s->now < w->resigned_at + w->resign_gap)
			return "priority 0 too often";
		w->resigned_at = s->now;
		w->resign_gap = c->interval / 64;
		if (++w->resigns > 3 || w->heir != TICK_NEVER)
			return "priority 0 once more than needed";
	}
	/* What the router should have said by now, if it is not late. */
	if (s->event->type == VRRP_EVENT_TIME && w->heir == TICK_NEVER &&
	    w->resigns < 3 && s->now >= w->resigned_at + w->resign_gap)
		return "an Active that leaves and says so too seldom";
	w->sent = TICK_NEVER;
	return NULL;
}

/* It serves until the successor does, or could long have done so. */
const char *watch_left(const struct watch *w, const struct lan_step *s)
{
	tick_t last = w->leaves;

	if (s->event->type == VRRP_EVENT_INTERFACE ||
	    s->after->state == VRRP_FAULT)
		return NULL;
	if (s->event->type != VRRP_EVENT_TIME)
		return "lets go for nothing";
	if (w->heir != TICK_NEVER)
		last = tick_min(last, w->heir + 100 * TICK_MILLISECOND);
	return s->now < last ? "lets go before its successor serves" : NULL;
}

const char *watch_active(struct watch *w, const struct lan_step *s)
{
	const char *wrong = NULL;

	if (s->before->state == VRRP_BACKUP)
		wrong = watch_promotion(w, s);
	if (s->before->state != VRRP_ACTIVE)
		w->sent = w->answered = TICK_NEVER;
	if (s->after->leave_timer != TICK_NEVER)
		return wrong ? wrong : watch_leaving(w, s);
	if (s->event->type == VRRP_EVENT_CONFIG ||
	    s->event->type == VRRP_EVENT_TRACK)
		w->hurried = true;
	for (unsigned i = 0; i < s->actions->count && !wrong; i++)
		if (s->actions->list[i].type == VRRP_ACTION_SEND)
			wrong = watch_send(w, s);
	if (wrong)
		return wrong;
	if (s->event->type == VRRP_EVENT_TIME &&
	    s->before->state == VRRP_ACTIVE &&
	    s->now >= s->before->adver_timer &&
	    s->after->adver_timer == s->before->adver_timer)
		return "an Active that does not advertise when it is time";
	return NULL;
}

/* An Active that steps down must have heard a better one (6.4.3). */
const char *watch_demotion(const struct watch *w, const struct lan_step *s)
{
	const struct vrrp *v = s->before;
	struct vrrp_advert advert;

	if (v->leave_timer != TICK_NEVER)
		return w->heir == TICK_NEVER ? "hands over to nobody" : NULL;
	if (s->event->type != VRRP_EVENT_ADVERT ||
	    vrrp_decode(&s->event->datagram, &vrrp_expect_any, &advert) !=
		    VRRP_DROP_NONE)
		return "an Active steps down for nobody";
	if (advert.priority > v->priority)
		return NULL;
	if (advert.priority == v->priority &&
	    ip_compare(&s->event->datagram.source, &v->source) > 0)
		return NULL;
	/* It slept, and somebody serves. */
	if (v->doubt && advert.priority != VRRP_PRIORITY_RESIGN)
		return NULL;
	return "an Active steps down for a lesser one";
}

/* And one that heard a better one must step down. */
const char *watch_stubborn(const struct lan_step *s)
{
	struct vrrp_advert advert;

	if (judge_ignores(s->before) || s->event->type != VRRP_EVENT_ADVERT ||
	    was_dropped(s->actions) ||
	    vrrp_decode(&s->event->datagram, &vrrp_expect_any, &advert) !=
		    VRRP_DROP_NONE)
		return NULL;
	if (advert.priority > s->before->priority ||
	    (advert.priority == s->before->priority &&
	     ip_compare(&s->event->datagram.source, &s->before->source) > 0))
		return "an Active that does not step down for a better one";
	if (s->before->doubt && advert.priority != VRRP_PRIORITY_RESIGN)
		return "an Active that slept deposes the one that serves";
	return NULL;
}
