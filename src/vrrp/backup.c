/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State Backup: RFC 9568 6.4.2. */
#include "vrrp/states.h"
#include "vrrp/timer.h"

/* Who is our Active, and until when a lesser one is not. */
static void follow(struct vrrp *v, tick_t received,
		   const struct vrrp_advert *advert, const struct ip *sender,
		   struct vrrp_actions *out)
{
	if (!ip_equal(&v->active, sender)) {
		v->active = *sender;
		vrrp_emit_note(VRRP_NOTE_NEW_ACTIVE, sender, advert->priority,
			       out);
	}
	v->active_priority = advert->priority;
	vrrp_kept_trust(v, received, advert->interval);
}

/* (425): learn its interval, and wait for its silence. */
static void accept(struct vrrp *v, tick_t received,
		   const struct vrrp_advert *advert, const struct ip *sender,
		   struct vrrp_actions *out)
{
	tick_t interval;

	if (vrrp_is_outranked(v, received, advert, sender)) {
		vrrp_kept_anew(v);
	} else {
		vrrp_kept_hear(v, received, advert->interval, sender);
		follow(v, received, advert, sender, out);
	}
	interval = vrrp_kept_learn(v, received, advert->interval);
	/* In v2 they are equal, or it would have been dropped. */
	if (v->active_interval != interval) {
		v->active_interval = interval;
		vrrp_emit_note(VRRP_NOTE_INTERVAL_LEARNED, sender, interval,
			       out);
	}
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer = tick_after(received, vrrp_down_interval(v));
	v->wishes = false;
	v->lower_heard = TICK_NEVER;
	vrrp_doubt_plan(v, received);
}

void vrrp_become_backup(struct vrrp *v, tick_t received, tick_t now,
			enum vrrp_cause cause, const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out)
{
	bool doubt = v->doubt;

	/* 6.4.3 (740) */
	vrrp_clear_timers(v);
	v->active = *sender; /* the change of state tells */
	accept(v, received, advert, sender, out);
	/* What else waited may be older than that. */
	v->doubt = doubt && (cause == VRRP_CAUSE_STALLED ||
			     vrrp_is_stale(v, received, now));
	vrrp_emit(out, VRRP_ACTION_RELEASE);
	vrrp_enter(v, now, VRRP_BACKUP, cause, sender, advert->priority, out);
}

/*
 * (420): the Active stops. Whoever has the highest priority is first. False if
 * it was not the Active.
 */
static bool resigned(struct vrrp *v, tick_t received, const struct ip *sender,
		     struct vrrp_actions *out)
{
	tick_t fires;

	if (!vrrp_may_resign(v, sender)) {
		vrrp_emit_note(VRRP_NOTE_FOREIGN_RESIGN, sender, 0, out);
		return false;
	}
	v->lower_heard = TICK_NEVER;
	v->active_until = INT64_MIN;
	/* An Active that repeats itself, for losses, postpones nothing. */
	if (v->down_cause == VRRP_CAUSE_RESIGNED)
		return true;
	v->down_cause = VRRP_CAUSE_RESIGNED;
	/*
	 * DEVIATION: Skew_Time of an interval that is doubted would be up to 40
	 * seconds. The sender serves no more; what it said is forgotten.
	 */
	if (vrrp_is_doubtful(v))
		v->active_interval = v->config->interval;
	vrrp_kept_anew(v);
	fires = tick_after(received, vrrp_down_length(v));
	v->down_timer = fires;
	v->wishes = false;
	v->preempt_timer = TICK_NEVER;
	v->probe_timer = TICK_NEVER;
	v->probes = 0;
	return true;
}

/* In a sync group, when preempt_delay is over: the others may need longer. */
static bool has_waited(const struct vrrp *v)
{
	return v->wishes && v->down_cause == VRRP_CAUSE_PREEMPT_DELAY;
}

/*
 * A lower priority, and we preempt. (450): discard it; our timer runs on and
 * makes us Active. With preempt_delay we first let it live for that long;
 * if it falls silent meanwhile, its timer fires as for any Active.
 */
static void lower_priority(struct vrrp *v, tick_t received,
			   const struct vrrp_advert *advert,
			   const struct ip *sender, struct vrrp_actions *out)
{
	if (vrrp_is_outranked(v, received, advert, sender))
		return;
	if (v->config->preempt_delay > 0 && !has_waited(v)) {
		if (v->preempt_timer == TICK_NEVER)
			v->preempt_timer =
				tick_after(received, v->config->preempt_delay);
		accept(v, received, advert, sender, out);
		return;
	}
	vrrp_kept_lower(v, advert->interval, sender);
	follow(v, received, advert, sender, out);
	if (v->down_cause == VRRP_CAUSE_SILENCE)
		v->down_cause = VRRP_CAUSE_PREEMPT;
	vrrp_doubt_forget(v, received);
	v->lower_heard = received;
	v->lower_interval = advert->interval;
}

/*
 * Our timer ran on because there was one to preempt, and now it is not lower
 * any more, or is to be let alone. It lives, so we would be Active beside it
 * for an interval. It becomes our Active, as if what it last said had been
 * accepted (425).
 */
void vrrp_backup_reconfigured(struct vrrp *v)
{
	vrrp_doubt_reconfigured(v);
	if (v->lower_heard == TICK_NEVER ||
	    (vrrp_preempts(v) && v->config->preempt_delay == 0 &&
	     v->active_priority < v->priority))
		return;
	if (v->config->version != 2) /* there it is never learned */
		v->active_interval = v->lower_interval;
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer = tick_after(v->lower_heard, vrrp_down_interval(v));
	v->wishes = false;
	vrrp_doubt_plan(v, v->lower_heard);
	v->lower_heard = TICK_NEVER;
}

void vrrp_backup_advert(struct vrrp *v, tick_t received, tick_t now,
			const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out)
{
	bool heard = false;

	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		heard = resigned(v, received, sender, out);
	} else if (!vrrp_preempts(v) || advert->priority >= v->priority) {
		v->preempt_timer = TICK_NEVER;
		accept(v, received, advert, sender, out);
		heard = ip_equal(&v->active, sender);
	} else {
		lower_priority(v, received, advert, sender, out);
	}
	/* What others say, or a lower one, does not tell how ours fares. */
	if (heard && !vrrp_is_stale(v, received, now))
		v->doubt = false;
}

/*
 * DEVIATION from (410): what the Active said while nobody listened is lost, so
 * it has the time to say it once more.
 */
void vrrp_backup_adopted(struct vrrp *v, tick_t now)
{
	tick_t interval =
		vrrp_is_doubtful(v) ? v->config->interval : v->active_interval;
	tick_t until = now + interval * 3 / 2;

	if (v->down_timer != TICK_NEVER)
		v->down_timer = tick_max(v->down_timer, until);
}

void vrrp_backup_time(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (v->doubt && now >= vrrp_deadline(v))
		vrrp_doubt_listen(v, now);
	else if (now >= v->preempt_timer)
		vrrp_take_over(v, now, VRRP_CAUSE_PREEMPT_DELAY, out);
	else if (now >= v->down_timer) /* (410) */
		vrrp_take_over(v, now, v->down_cause, out);
	else if (now >= v->probe_timer)
		vrrp_doubt_probe(v, now, out);
}

/*
 * The lesser Active has heard us by now and lets go, so nobody would serve
 * until our timer fires. In a sync group the others have a say.
 */
void vrrp_backup_heard(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	bool yielded = v->yielded;

	v->yielded = false;
	if (yielded && v->state == VRRP_BACKUP && vrrp_preempts(v) &&
	    !v->config->grouped && v->active_priority < v->priority)
		vrrp_become_active(v, now, VRRP_CAUSE_PREEMPT, out);
}

void vrrp_backup_promoted(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	enum vrrp_cause cause = v->down_cause;

	if (v->state == VRRP_BACKUP && v->wishes)
		vrrp_become_active(v, now, cause, out);
}
