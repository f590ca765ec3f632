/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a Backup does not believe. Anybody on the link can forge an
 * advertisement, and RFC 9568 8 leaves it at that; here one packet must not
 * end a living Active, nor silence the Backups for long.
 *
 *   doubt    an Active that wants to be silent for longer than ours would be
 *            is asked whether it serves, until it has shown that it speaks as
 *            it says (the probes)
 *   rank     another, lesser one than our Active is not followed while that
 *            one lives, and cannot resign in its place
 *   listen   who did not run for a while, or finds old packets, first hears
 *            whether the Active lives
 */
#include "vrrp/states.h"
#include "vrrp/timer.h"

/*
 * RFC 9568 lets an Active be silent for 40 s, and anybody say that it will be.
 * So an interval that is longer than ours counts like ours at first: shortly
 * before our own Active_Down_Interval is over we ask whether somebody serves,
 * and if nobody answers until it is, we do. An honest slow Active answers, and
 * is asked no more once it has kept its interval (kept.c). A forger's packet
 * costs no more than any other packet can: one of our Active_Down_Intervals;
 * and so does an answer that is forged.
 */
#define PROBES     3
#define PROBE_MOST TICK_SECOND /* of longer intervals it is no more */

bool vrrp_is_doubtful(const struct vrrp *v)
{
	return vrrp_doubts(v, v->active_interval);
}

/* Active_Down_Interval, had we learned nothing. */
static tick_t own_down_interval(const struct vrrp *v)
{
	return vrrp_active_down_interval(v->config, v->priority,
					 v->config->interval);
}

/*
 * Three quarters of an interval, at most, for all of them: so the last one has
 * as long for its answer as the first. The jitter is our own and repeats, so
 * routers do not ask in step.
 */
static tick_t probe_gap(const struct vrrp *v)
{
	tick_t part = tick_min(v->config->interval, PROBE_MOST) / 256;

	return (64 - (v->source.bytes[3] * 31 + v->priority * 7) % 16) * part;
}

/* Without an address nobody can be asked: then it is believed, as by 6.4.2. */
void vrrp_doubt_plan(struct vrrp *v, tick_t from)
{
	bool ask = vrrp_is_doubtful(v) && v->config->address_count > 0;

	v->probes = 0;
	v->probe_timer = ask ? tick_after(from, own_down_interval(v) -
							PROBES * probe_gap(v))
			     : TICK_NEVER;
}

/* As if it had been so when the timer was started. */
void vrrp_doubt_reconfigured(struct vrrp *v)
{
	v->probes = 0;
	v->probe_timer = TICK_NEVER;
	if (v->down_cause == VRRP_CAUSE_SILENCE && !v->wishes)
		vrrp_doubt_plan(v, v->down_timer - vrrp_down_length(v));
}

/*
 * A lower one serves. It heard nobody either, or whoever asked for a long
 * silence answers it at once (6.4.3 (765)), and then is our Active anew.
 *
 * DEVIATION: (450) leaves the timer alone; it would run for two minutes by
 * what a forger said, and we would not preempt. So what it said is forgotten.
 */
void vrrp_doubt_forget(struct vrrp *v, tick_t received)
{
	tick_t sooner = tick_after(received, own_down_interval(v));

	if (!vrrp_is_doubtful(v) || v->down_timer <= sooner)
		return;
	v->active_interval = v->config->interval;
	v->down_cause = VRRP_CAUSE_PREEMPT;
	v->down_timer = sooner;
	vrrp_doubt_plan(v, received);
}

void vrrp_doubt_probe(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (v->probes == PROBES) {
		vrrp_take_over(v, now, VRRP_CAUSE_NO_ANSWER, out);
		return;
	}
	v->probes++;
	v->probe_timer = now + probe_gap(v);
	vrrp_emit(out, VRRP_ACTION_PROBE);
}

void vrrp_doubt_answered(struct vrrp *v, tick_t now)
{
	if (v->state == VRRP_BACKUP && v->probes > 0)
		vrrp_doubt_plan(v, now);
}

/*
 * An honest Backup speaks after it heard no Active for trusted_for(), and for
 * longer. We heard ours meanwhile, and it is better than this one. So this
 * one is not our Active, though its timers may count: or two packets, of
 * priority 1 and 0, would end a living Active. One that we preempt anyway may
 * be any.
 */
bool vrrp_is_outranked(const struct vrrp *v, tick_t received,
		       const struct vrrp_advert *advert,
		       const struct ip *sender)
{
	return received < v->active_until && !ip_equal(&v->active, sender) &&
	       advert->priority < v->active_priority &&
	       (v->active_priority >= v->priority || !vrrp_preempts(v));
}

/*
 * DEVIATION from (420): only the Active can stop being it. Another's priority 0
 * would make all Backups promote beside it; also one that has not heard the
 * Active yet, whose timer runs as it is.
 */
bool vrrp_may_resign(const struct vrrp *v, const struct ip *sender)
{
	return ip_equal(&v->active, sender) || v->config->resign_any;
}

/* Our Active resigns, or whoever speaks is it. */
bool vrrp_believes(const struct vrrp *v, tick_t received,
		   const struct vrrp_advert *advert, const struct ip *sender)
{
	if (advert->priority == VRRP_PRIORITY_RESIGN)
		return vrrp_may_resign(v, sender);
	return !vrrp_is_outranked(v, received, advert, sender);
}

/* It waited, and what came after it may have found no room in the socket. */
bool vrrp_is_stale(const struct vrrp *v, tick_t received, tick_t now)
{
	return now - received >= v->active_interval / 2;
}

static tick_t not_before(tick_t timer, tick_t until)
{
	return timer == TICK_NEVER ? TICK_NEVER : tick_max(timer, until);
}

/*
 * DEVIATION from (410): we did not run, and our time is over. What came last
 * may not have found room in the socket, so first we listen: for as long as
 * an Active that lives needs to be heard.
 */
void vrrp_doubt_listen(struct vrrp *v, tick_t now)
{
	tick_t interval =
		vrrp_is_doubtful(v) ? v->config->interval : v->active_interval;
	tick_t until = now + interval * 3 / 2;

	v->doubt = false;
	v->down_timer = not_before(v->down_timer, until);
	v->preempt_timer = not_before(v->preempt_timer, until);
	v->probe_timer = not_before(v->probe_timer, until);
}
