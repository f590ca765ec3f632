/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State Backup: RFC 9568 6.4.2. */
#include "vrrp/states.h"
#include "vrrp/timer.h"

/*
 * RFC 9568 lets an Active be silent for 40 s, and anybody say that it will
 * be. So when what is learned is far longer than what is configured, we ask
 * whether somebody serves after the silence of our own Active_Down_Interval.
 * An honest slow Active answers; a forger's packet costs seconds, not minutes.
 */
#define PROBE_FACTOR 10
#define PROBE_LEAST  (3 * TICK_SECOND)
#define PROBES       3
#define PROBE_GAP    (200 * TICK_MILLISECOND)

bool vrrp_doubts(tick_t own, tick_t learned)
{
	return learned > PROBE_FACTOR * own && learned > PROBE_LEAST;
}

static bool is_doubtful(const struct vrrp *v)
{
	return vrrp_doubts(v->config->interval, v->active_interval);
}

/* Active_Down_Interval, had we learned nothing. */
static tick_t own_down_interval(const struct vrrp *v)
{
	return vrrp_active_down_interval(v->config, v->priority,
					 v->config->interval);
}

/* Without an address nobody can be asked: then it is believed, as by 6.4.2. */
static void plan_probe(struct vrrp *v, tick_t from)
{
	bool ask = is_doubtful(v) && v->config->address_count > 0;

	v->probes = 0;
	v->probe_timer =
		ask ? tick_after(from, own_down_interval(v)) : TICK_NEVER;
}

/*
 * A lower one serves. It heard nobody either, or whoever asked for a long
 * silence answers it at once (6.4.3 (765)), and then is our Active anew.
 *
 * DEVIATION: (450) leaves the timer alone; it would run for two minutes by
 * what a forger said, and we would not preempt. So what it said is forgotten.
 */
static void stop_doubting(struct vrrp *v, tick_t received)
{
	tick_t sooner = tick_after(received, own_down_interval(v));

	if (!is_doubtful(v) || v->down_timer <= sooner)
		return;
	v->active_interval = v->config->interval;
	v->down_cause = VRRP_CAUSE_PREEMPT;
	v->down_timer = sooner;
	plan_probe(v, received);
}

/* Jitter that is our own and repeats: routers do not ask in step. */
static tick_t probe_gap(const struct vrrp *v)
{
	return PROBE_GAP + (v->source.bytes[3] * 31 + v->priority * 7) % 50 *
				   TICK_MILLISECOND;
}

static void probe(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (v->probes == PROBES) {
		vrrp_become_active(v, now, VRRP_CAUSE_NO_ANSWER, out);
		return;
	}
	v->probes++;
	v->probe_timer = now + probe_gap(v);
	vrrp_emit(out, VRRP_ACTION_PROBE);
}

void vrrp_backup_answered(struct vrrp *v, tick_t now)
{
	if (v->state == VRRP_BACKUP && v->probes > 0)
		plan_probe(v, now);
}

/*
 * 6.1: an owner preempts whatever Preempt_Mode says. Nobody takes back what it
 * was told to hand over.
 */
static bool preempts(const struct vrrp *v)
{
	return !v->yielded && (v->config->preempt || vrrp_is_owner(v));
}

/*
 * For so many intervals after it was heard, an Active is believed to live:
 * three, as most Backups wait for that; fewer if we ourselves wait for fewer.
 * Not more: then one that waits for three has taken over, and we would not
 * follow it.
 */
static tick_t trusted_for(const struct vrrp *v, tick_t interval)
{
	return tick_min(v->config->down_timer_adverts,
			VRRP_DOWN_ADVERTS_DEFAULT) *
	       interval;
}

/*
 * An honest Backup speaks after it heard no Active for trusted_for(), and for
 * longer. We heard ours meanwhile, and it is better than this one. So this
 * one is not our Active, though its timers may count: or two packets, of
 * priority 1 and 0, would end a living Active. One that we preempt anyway may
 * be any.
 */
static bool is_outranked(const struct vrrp *v, tick_t received,
			 const struct vrrp_advert *advert,
			 const struct ip *sender)
{
	return received < v->active_until && !ip_equal(&v->active, sender) &&
	       advert->priority < v->active_priority &&
	       (v->active_priority >= v->priority || !preempts(v));
}

/*
 * DEVIATION from (420): only the Active can stop being it. Another's priority 0
 * would make all Backups promote beside it; also one that has not heard the
 * Active yet, whose timer runs as it is.
 */
static bool may_resign(const struct vrrp *v, const struct ip *sender)
{
	return ip_equal(&v->active, sender) || v->config->resign_any;
}

/* Our Active resigns, or whoever speaks is it. */
bool vrrp_backup_believes(const struct vrrp *v, tick_t received,
			  const struct vrrp_advert *advert,
			  const struct ip *sender)
{
	if (advert->priority == VRRP_PRIORITY_RESIGN)
		return may_resign(v, sender);
	return !is_outranked(v, received, advert, sender);
}

/* Who is our Active, and until when a lesser one is not. */
static void follow(struct vrrp *v, tick_t received,
		   const struct vrrp_advert *advert, const struct ip *sender,
		   struct vrrp_actions *out)
{
	tick_t own = v->config->interval;
	tick_t interval =
		vrrp_doubts(own, advert->interval) ? own : advert->interval;

	if (!ip_equal(&v->active, sender)) {
		v->active = *sender;
		vrrp_emit_note(VRRP_NOTE_NEW_ACTIVE, sender, advert->priority,
			       out);
	}
	v->active_priority = advert->priority;
	v->active_until = tick_after(received, trusted_for(v, interval));
}

/* It waited, and what came after it may have found no room in the socket. */
static bool is_stale(const struct vrrp *v, tick_t received, tick_t now)
{
	return now - received >= v->active_interval / 2;
}

/* (425): learn its interval, and wait for its silence. */
static void accept(struct vrrp *v, tick_t received,
		   const struct vrrp_advert *advert, const struct ip *sender,
		   struct vrrp_actions *out)
{
	if (!is_outranked(v, received, advert, sender))
		follow(v, received, advert, sender, out);
	/* In v2 they are equal, or it would have been dropped. */
	if (v->active_interval != advert->interval) {
		v->active_interval = advert->interval;
		vrrp_emit_note(VRRP_NOTE_INTERVAL_LEARNED, sender,
			       advert->interval, out);
	}
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer = tick_after(received, vrrp_down_interval(v));
	v->lower_heard = TICK_NEVER;
	plan_probe(v, received);
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
	v->doubt = doubt &&
		   (cause == VRRP_CAUSE_STALLED || is_stale(v, received, now));
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

	if (!may_resign(v, sender)) {
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
	if (is_doubtful(v))
		v->active_interval = v->config->interval;
	fires = tick_after(received, vrrp_down_length(v));
	v->down_timer = fires;
	v->preempt_timer = TICK_NEVER;
	v->probe_timer = TICK_NEVER;
	v->probes = 0;
	return true;
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
	if (is_outranked(v, received, advert, sender))
		return;
	if (v->config->preempt_delay > 0) {
		if (v->preempt_timer == TICK_NEVER)
			v->preempt_timer =
				tick_after(received, v->config->preempt_delay);
		accept(v, received, advert, sender, out);
		return;
	}
	follow(v, received, advert, sender, out);
	if (v->down_cause == VRRP_CAUSE_SILENCE)
		v->down_cause = VRRP_CAUSE_PREEMPT;
	stop_doubting(v, received);
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
	if (v->config->address_count == 0) {
		v->probe_timer = TICK_NEVER;
		v->probes = 0;
	}
	if (v->lower_heard == TICK_NEVER ||
	    (preempts(v) && v->config->preempt_delay == 0 &&
	     v->active_priority < v->priority))
		return;
	if (v->config->version != 2) /* there it is never learned */
		v->active_interval = v->lower_interval;
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer = tick_after(v->lower_heard, vrrp_down_interval(v));
	plan_probe(v, v->lower_heard);
	v->lower_heard = TICK_NEVER;
}

void vrrp_backup_advert(struct vrrp *v, tick_t received, tick_t now,
			const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out)
{
	bool heard = false;

	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		heard = resigned(v, received, sender, out);
	} else if (!preempts(v) || advert->priority >= v->priority) {
		v->preempt_timer = TICK_NEVER;
		accept(v, received, advert, sender, out);
		heard = ip_equal(&v->active, sender);
	} else {
		lower_priority(v, received, advert, sender, out);
	}
	/* What others say, or a lower one, does not tell how ours fares. */
	if (heard && !is_stale(v, received, now))
		v->doubt = false;
}

static tick_t not_before(tick_t timer, tick_t until)
{
	return timer == TICK_NEVER ? TICK_NEVER : tick_max(timer, until);
}

/*
 * DEVIATION from (410): what the Active said while nobody listened is lost, so
 * it has the time to say it once more.
 */
void vrrp_backup_adopted(struct vrrp *v, tick_t now)
{
	v->down_timer =
		not_before(v->down_timer, now + v->active_interval * 3 / 2);
}

/*
 * DEVIATION from (410): we did not run, and our time is over. What came last
 * may not have found room in the socket, so first we listen: for as long as
 * an Active that lives needs to be heard.
 */
static void listen(struct vrrp *v, tick_t now)
{
	tick_t interval =
		is_doubtful(v) ? v->config->interval : v->active_interval;
	tick_t until = now + interval * 3 / 2;

	v->doubt = false;
	v->down_timer = not_before(v->down_timer, until);
	v->preempt_timer = not_before(v->preempt_timer, until);
	v->probe_timer = not_before(v->probe_timer, until);
}

void vrrp_backup_time(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (v->doubt && now >= vrrp_deadline(v))
		listen(v, now);
	else if (now >= v->preempt_timer)
		vrrp_become_active(v, now, VRRP_CAUSE_PREEMPT_DELAY, out);
	else if (now >= v->down_timer) /* (410) */
		vrrp_become_active(v, now, v->down_cause, out);
	else if (now >= v->probe_timer)
		probe(v, now, out);
}
