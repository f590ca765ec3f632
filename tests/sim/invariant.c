/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The referee of the simulated LAN. Its arithmetic is written from RFC 9568
 * 6.1 and RFC 3768 6.1 once more; it does not call that of src/vrrp, or a
 * fault there would judge itself.
 */
#include "invariant.h"

#include "arithmetic.h"
#include "check.h"

#include <stddef.h>
#include <string.h>

/* When a Backup must become Active if it hears nothing more. */
static tick_t due(const struct watch *w, const struct vrrp *v)
{
	const struct vrrp_config *c = v->config;
	tick_t length = w->resigned ? judge_skew(c, v->priority, w->learned)
				    : judge_down(c, v->priority, w->learned);

	return tick_min(w->from + length, w->hold);
}

static bool was_dropped(const struct vrrp_actions *actions)
{
	for (unsigned i = 0; i < actions->count; i++)
		if (actions->list[i].type == VRRP_ACTION_DROPPED)
			return true;
	return false;
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
	if (!judge_doubts(c, w->learned) ||
	    received + judge_down(c, v->priority, c->interval) >= due(w, v))
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
			if (judge_doubts(c, w->learned))
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
	w->learned = advert->interval;
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
		if (vrrp_decode(&s->event->datagram, &advert) != VRRP_DROP_NONE)
			return;
		w->from = s->event->datagram.received;
		w->learned = advert.interval;
		for (unsigned i = 0; i < s->actions->count; i++)
			if (s->actions->list[i].type == VRRP_ACTION_STATE &&
			    s->actions->list[i].state.cause ==
				    VRRP_CAUSE_STALLED)
				stalled = true;
		if (stalled)
			w->from = s->now;
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
		judge_doubts(c, w->learned) ? c->interval : w->learned;
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
		    vrrp_decode(&s->event->datagram, &advert) == VRRP_DROP_NONE)
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
		break;
	case VRRP_EVENT_PRIORITY:
		no_longer_lower(w, s);
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
	case VRRP_EVENT_SHUTDOWN:
	case VRRP_EVENT_INTERFACE:
	case VRRP_EVENT_HANDOVER:
	case VRRP_EVENT_CONFLICT:
		break;
	}
}

/* When silence alone makes it Active; a doubt may do so earlier. */
static tick_t patience(const struct vrrp *v)
{
	return tick_min(v->down_timer, v->preempt_timer);
}

/* Not before our own Active_Down_Interval has passed in silence. */
static const char *watch_probe(struct watch *w, const struct lan_step *s)
{
	const struct vrrp *v = s->after;
	tick_t own = v->config->down_timer_adverts * v->config->interval;

	if (!judge_doubts(v->config, w->learned) || w->resigned)
		return "doubts an interval that is not long";
	if (s->now < w->from + own)
		return "doubts an interval too early";
	if (w->probes++ == 0)
		w->asked = s->now;
	return w->probes > 3 ? "asks more than three times" : NULL;
}

static const char *watch_backup(struct watch *w, const struct lan_step *s)
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
	if (patience(s->after) < due(w, s->after))
		return "a Backup that waits too short a time";
	if (patience(s->after) > due(w, s->after))
		return "a Backup that waits too long";
	if (s->event->type == VRRP_EVENT_TIME && s->now >= due(w, s->after))
		return "a Backup that lets its time pass";
	return NULL;
}

/* An Active speaks at least once in its interval, and answers not too often. */
static const char *watch_send(struct watch *w, const struct lan_step *s)
{
	const struct vrrp_config *c = s->after->config;
	bool on_time = s->before->state == VRRP_ACTIVE &&
		       s->before->leave_timer == TICK_NEVER &&
		       s->event->type == VRRP_EVENT_TIME;
	tick_t planned = on_time ? s->before->adver_timer : s->now;

	if (on_time && w->sent != TICK_NEVER) {
		/* When it was due; that it woke late is not its fault. */
		if (planned > tick_max(w->sent, w->planned) + w->interval_then)
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
	if (s->event->type != VRRP_EVENT_TIME)
		return "a Backup becomes Active without its timer";
	if (s->now >= due(w, s->before))
		return NULL;
	/* Or nobody answered: three probes, each with its time. */
	if (w->probes == 3 && s->now >= w->asked + 600 * TICK_MILLISECOND)
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
	tick_t skew =
		judge_skew(v->config, advert->priority, v->config->interval);

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
	    vrrp_decode(&s->event->datagram, &advert) == VRRP_DROP_NONE)
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
static const char *watch_left(const struct watch *w, const struct lan_step *s)
{
	tick_t last = w->leaves;

	if (s->event->type == VRRP_EVENT_INTERFACE)
		return NULL;
	if (s->event->type != VRRP_EVENT_TIME)
		return "lets go for nothing";
	if (w->heir != TICK_NEVER)
		last = tick_min(last, w->heir + 100 * TICK_MILLISECOND);
	return s->now < last ? "lets go before its successor serves" : NULL;
}

static const char *watch_active(struct watch *w, const struct lan_step *s)
{
	const char *wrong = NULL;

	if (s->before->state == VRRP_BACKUP)
		wrong = watch_promotion(w, s);
	if (s->before->state != VRRP_ACTIVE)
		w->sent = w->answered = TICK_NEVER;
	if (s->after->leave_timer != TICK_NEVER)
		return wrong ? wrong : watch_leaving(w, s);
	if (s->event->type == VRRP_EVENT_CONFIG ||
	    s->event->type == VRRP_EVENT_PRIORITY)
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
static const char *watch_demotion(const struct watch *w,
				  const struct lan_step *s)
{
	const struct vrrp *v = s->before;
	struct vrrp_advert advert;

	if (v->leave_timer != TICK_NEVER)
		return w->heir == TICK_NEVER ? "hands over to nobody" : NULL;
	if (s->event->type != VRRP_EVENT_ADVERT ||
	    vrrp_decode(&s->event->datagram, &advert) != VRRP_DROP_NONE)
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
static const char *watch_stubborn(const struct lan_step *s)
{
	struct vrrp_advert advert;

	if (judge_ignores(s->before) || s->event->type != VRRP_EVENT_ADVERT ||
	    was_dropped(s->actions) ||
	    vrrp_decode(&s->event->datagram, &advert) != VRRP_DROP_NONE)
		return NULL;
	if (advert.priority > s->before->priority ||
	    (advert.priority == s->before->priority &&
	     ip_compare(&s->event->datagram.source, &s->before->source) > 0))
		return "an Active that does not step down for a better one";
	if (s->before->doubt && advert.priority != VRRP_PRIORITY_RESIGN)
		return "an Active that slept deposes the one that serves";
	return NULL;
}

static const char *watch_addresses(struct watch *w, const struct lan_step *s)
{
	for (unsigned i = 0; i < s->actions->count; i++) {
		enum vrrp_action_type type = s->actions->list[i].type;

		if (type == VRRP_ACTION_CLAIM && w->holds)
			return "claims twice";
		if (type == VRRP_ACTION_RELEASE && !w->holds)
			return "releases twice";
		if (type == VRRP_ACTION_ANNOUNCE && !w->holds)
			return "announces without the addresses";
		if (type == VRRP_ACTION_CLAIM)
			w->holds = true;
		if (type == VRRP_ACTION_RELEASE)
			w->holds = false;
	}
	if (w->holds != (s->after->state == VRRP_ACTIVE))
		return "the addresses are not where the Active is";
	return NULL;
}

static const char *watch_step(struct referee *f, const struct lan_step *s)
{
	struct watch *w = &f->watch[s->router][s->group];
	const char *wrong =
		check_step(s->now, s->event, s->before, s->after, s->actions);

	if (!wrong && s->packet && s->packet->broken &&
	    !was_dropped(s->actions))
		wrong = "a broken packet is not dropped";
	if (!wrong)
		wrong = watch_addresses(w, s);
	if (!wrong && s->after->state == VRRP_BACKUP)
		wrong = watch_backup(w, s);
	if (!wrong && s->after->state == VRRP_ACTIVE)
		wrong = watch_active(w, s);
	if (!wrong && s->before->state == VRRP_ACTIVE) {
		if (s->after->state == VRRP_BACKUP)
			wrong = watch_demotion(w, s);
		else if (s->before->leave_timer == TICK_NEVER &&
			 s->after->state == VRRP_ACTIVE)
			wrong = watch_stubborn(s);
		if (!wrong && s->before->leave_timer != TICK_NEVER &&
		    s->after->leave_timer == TICK_NEVER)
			wrong = watch_left(w, s);
	}
	if (!wrong)
		wrong = holders_step(f, s);
	if (!wrong)
		wrong = beside_step(f, s);
	if (!wrong && f->quiet && s->before->state != s->after->state)
		wrong = "a change of state on a LAN that is at rest";
	return wrong;
}

/* The same step again must give the same: it has no memory of its own. */
static const char *check_pure(const struct lan_step *s)
{
	struct vrrp again = *s->before;
	struct vrrp_actions actions;

	memset(&actions, 0x5a, sizeof(actions));
	vrrp_step(&again, s->now, s->event, &actions);
	if (actions.count != s->actions->count ||
	    again.state != s->after->state ||
	    vrrp_deadline(&again) != vrrp_deadline(s->after))
		return "the same step twice gives two results";
	for (unsigned i = 0; i < actions.count; i++)
		if (actions.list[i].type != s->actions->list[i].type)
			return "the same step twice gives two results";
	return NULL;
}

void referee_allow(struct referee *f, unsigned group,
		   const struct vrrp_config *c)
{
	f->longest[group] = tick_max(f->longest[group], c->interval);
	if (c->down_timer_adverts > f->adverts[group])
		f->adverts[group] = c->down_timer_adverts;
}

/* Skew_Time is less than an interval; where it is a second, so is that. */
tick_t referee_longest_down(const struct referee *f, unsigned group)
{
	return (f->adverts[group] + 1) * f->longest[group];
}

static void on_step(void *self, const struct lan_step *s)
{
	struct referee *f = self;
	const struct vrrp_config *c = s->after->config;
	const char *wrong;

	if (f->wrong)
		return;
	referee_allow(f, s->group, c);
	f->changes += s->before->state != s->after->state;
	wrong = watch_step(f, s);
	if (!wrong)
		wrong = check_pure(s);
	if (!wrong)
		return;
	f->wrong = wrong;
	f->router = s->router;
	f->group = s->group;
	f->lan->halted = true;
}

/* Something is about to be done to a router. */
static void on_words(void *self, const struct lan *lan, const char *words)
{
	struct referee *f = self;

	for (unsigned g = 0; g < lan->group_count && !f->wrong; g++) {
		f->wrong = holders_look(f, g);
		f->group = g;
	}
	if (f->wrong)
		f->lan->halted = true;
}

static void on_packet(void *self, const struct lan *lan,
		      const struct lan_packet *packet, enum lan_fate fate)
{
	(void)lan;
	beside_packet(self, packet, fate);
}

struct lan_observer referee_observer(struct referee *referee)
{
	return (struct lan_observer){ .step = on_step,
				      .packet = on_packet,
				      .said = on_words,
				      .self = referee };
}

void referee_adopted(struct referee *f, unsigned router)
{
	for (unsigned g = 0; g < f->lan->group_count; g++) {
		const struct vrrp *v = &f->lan->router[router].member[g].vrrp;
		struct watch *w = &f->watch[router][g];
		tick_t length;

		if (v->state != VRRP_BACKUP)
			continue;
		length = w->resigned ? judge_skew(v->config, v->priority,
						  w->learned)
				     : judge_down(v->config, v->priority,
						  w->learned);
		w->from = v->down_timer - length;
	}
}

void referee_reset(struct referee *f, unsigned router)
{
	memset(f->watch[router], 0, sizeof(f->watch[router]));
}

tick_t referee_settling(const struct referee *f, const struct lan *lan,
			unsigned group)
{
	tick_t wait = 0, delay = 0, advert = 0, late = 0, network = 0;
	tick_t leaving = 0, listening = 0;
	int64_t slowest = 0;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_router *r = &lan->router[i];
		const struct vrrp *v = &r->member[group].vrrp;

		late = tick_max(late, r->late);
		if (r->drift_ppm < slowest)
			slowest = r->drift_ppm;
		/* Who leaves takes no part, and yet has the addresses. */
		if (r->powered && r->member[group].configured)
			leaving = tick_max(
				leaving,
				judge_skew(v->config, 1, f->longest[group]) +
					100 * TICK_MILLISECOND);
		if (!lan_takes_part(lan, i, group))
			continue;
		if (v->doubt)
			listening = f->longest[group] * 3 / 2;
		wait = tick_max(wait, judge_down(v->config, v->priority,
						 f->longest[group]));
		delay = tick_max(delay, v->config->preempt_delay);
		advert = tick_max(advert, v->config->interval);
		for (unsigned j = 0; j < lan->router_count; j++)
			network = tick_max(network, lan->link[i][j].delay_max);
	}
	/*
	 * Who slept, and hears nothing more, listens when its time is over.
	 * Who leaves remains silent for `leaving`, and may then remain Active.
	 * Someone is Active after `wait`. It is heard after `advert`, which
	 * starts preempt_delay. Whoever then preempts speaks at once; to be
	 * heard and obeyed takes a way there and a turn each.
	 */
	wait += listening + leaving + delay + advert;
	wait = wait * 1000000 / (1000000 + slowest) + 1;
	return wait + 4 * (network + late);
}

int referee_active(const struct lan *lan, unsigned group)
{
	int active = -1;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_router *r = &lan->router[i];

		if (!r->powered || !r->member[group].configured ||
		    r->member[group].vrrp.state != VRRP_ACTIVE)
			continue;
		active = active == -1 ? (int)i : -2;
	}
	return active;
}

static const char *judge_winner(const struct lan *lan, unsigned group,
				unsigned active)
{
	const struct vrrp *winner = &lan->router[active].member[group].vrrp;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct vrrp *v = &lan->router[i].member[group].vrrp;

		if (i == active || !lan_takes_part(lan, i, group))
			continue;
		if (v->state != VRRP_BACKUP)
			return "neither Active nor Backup though it could be";
		if (v->priority > winner->priority && judge_preempts(v))
			return "the highest priority has not won";
		if (v->priority == winner->priority &&
		    v->active_priority != winner->priority)
			return "a Backup follows the wrong Active";
	}
	return NULL;
}

/*
 * Owners that ignore others all stay Active; and so does the best of those
 * that do not, because none of the former yields to it.
 */
static bool are_deaf_owners(const struct lan *lan, unsigned group)
{
	unsigned others = 0;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_router *r = &lan->router[i];
		const struct vrrp *v = &r->member[group].vrrp;

		if (!r->powered || v->state != VRRP_ACTIVE)
			continue;
		if (v->priority != VRRP_PRIORITY_OWNER)
			return false;
		others += !judge_ignores(v);
	}
	return others <= 1;
}

void referee_judge(struct referee *f, struct lan *lan, unsigned group)
{
	int active = referee_active(lan, group);
	unsigned able = 0;

	if (active == -2 && are_deaf_owners(lan, group))
		return;

	if (f->wrong)
		return;
	f->group = group;
	f->router = active >= 0 ? (unsigned)active : 0;
	for (unsigned i = 0; i < lan->router_count; i++) {
		able += lan_takes_part(lan, i, group);
	}
	if (active == -2)
		f->wrong = "more than one Active on a healed LAN";
	else if (able > 0 && active == -1)
		f->wrong = "no Active on a healed LAN";
	else if (able == 0 && active != -1)
		f->wrong = "an Active that cannot be one";
	else if (referee_holders(lan, group) != (active >= 0))
		f->wrong = "the addresses are not at one place";
	else if (active >= 0)
		f->wrong = judge_winner(lan, group, (unsigned)active);
	if (f->wrong)
		lan->halted = true;
}
