/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaving without a gap. RFC 9568 6.4.3 (Shutdown) sends priority 0 and lets
 * go at once, while its successor waits for Skew_Time: in between nobody
 * serves. Here the Active resigns, several times since one may be lost, and
 * serves on until the successor was heard and has had time to announce
 * itself, or until the slowest possible successor should have spoken.
 *
 * DEVIATION: of 6.4.3 only in when the addresses go; what is on the wire is
 * the same.
 *
 * The successor may itself be told to leave before we have let go. It says so,
 * and then we wait for another one, as at the beginning. What this cannot
 * promise:
 *   - that a successor which dies without a word, while we wait for VRRP_GRACE,
 *     is noticed: its Backups wait for Active_Down_Interval, as for any other;
 *   - that one takes over in time which started after the last priority 0, or
 *     has learned a longer interval than ours: it waits longer than we do;
 *   - that anybody serves when all stop.
 */
#include "vrrp/states.h"
#include "vrrp/timer.h"

/* How often priority 0 is sent, and by which part of the interval apart. */
#define RESIGNS    3
#define RESIGN_GAP 64

/* So often another successor is waited for: nobody keeps us for ever. */
#define HEIRS_MAX 3

/* Resigns, and serves until a successor was heard, or should have been. */
static void await_heir(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	const struct vrrp_config *c = v->config;

	v->heir = false;
	v->resigned_at = now;
	v->resigns_left = RESIGNS - 1;
	v->resign_timer = now + c->interval / RESIGN_GAP;
	/* The lowest priority has the longest Skew_Time. */
	v->leave_timer =
		now + vrrp_skew_time(c->version, 1, c->interval) + VRRP_GRACE;
	vrrp_emit_send(v, VRRP_PRIORITY_RESIGN, out);
}

void vrrp_leave(struct vrrp *v, tick_t now, enum vrrp_cause cause,
		struct vrrp_actions *out)
{
	v->leave_cause = cause;
	if (v->leave_timer != TICK_NEVER)
		return; /* it is leaving already, now for that reason */
	vrrp_announce_stop(v);
	v->adver_timer = TICK_NEVER;
	v->heirs_lost = 0;
	await_heir(v, now, out);
}

bool vrrp_leaving(const struct vrrp *v)
{
	return v->leave_timer != TICK_NEVER;
}

/*
 * Our successor resigns, or one that speaks for it. It serves until it hears
 * another one or for as long as we would; so do we, and then it may be us.
 */
static void lose_heir(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (v->heirs_lost == HEIRS_MAX)
		return;
	v->heirs_lost++;
	v->active = v->source;
	v->active_priority = v->priority;
	v->active_interval = v->config->interval;
	/* Those that did not hear the successor know only us. */
	await_heir(v, now, out);
}

/*
 * The last word of one that lost (active.c): to our successor, or to us. No
 * successor could speak so soon, since it waits for its Skew_Time, of our
 * interval or, if it doubts that, of its own, which is shorter; three quarters
 * of it, as clocks differ.
 */
static bool is_last_word(const struct vrrp *v, tick_t received,
			 const struct vrrp_advert *advert,
			 const struct ip *sender)
{
	const struct vrrp_config *c = v->config;
	uint8_t best = v->heir ? v->active_priority : v->priority;
	const struct ip *address = v->heir ? &v->active : &v->source;
	tick_t interval = tick_min(advert->interval, c->interval);
	tick_t skew = vrrp_skew_time(c->version, advert->priority, interval);

	if (advert->priority > best ||
	    (advert->priority == best && ip_compare(sender, address) >= 0))
		return false;
	return v->heir || received - v->resigned_at < skew * 3 / 4;
}

void vrrp_leaving_advert(struct vrrp *v, tick_t received, tick_t now,
			 const struct vrrp_advert *advert,
			 const struct ip *sender, struct vrrp_actions *out)
{
	if (advert->priority == VRRP_PRIORITY_RESIGN) {
		if (v->heir && ip_equal(&v->active, sender))
			lose_heir(v, now, out);
		return;
	}
	if (is_last_word(v, received, advert, sender))
		return;
	/* The last one that spoke: another may have preempted the first. */
	v->active = *sender;
	v->active_priority = advert->priority;
	v->active_interval = advert->interval;
	if (v->heir)
		return;
	v->heir = true;
	v->resign_timer = TICK_NEVER;
	v->leave_timer = tick_min(v->leave_timer, now + VRRP_GRACE);
}

/* The addresses go; asked to hand over, it stays as a Backup. */
void vrrp_left(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	enum vrrp_cause cause = v->leave_cause;
	struct ip heir = v->heir ? v->active : (struct ip){ .family = IP_NONE };
	uint8_t priority = v->heir ? v->active_priority : 0;

	vrrp_clear_timers(v);
	vrrp_emit(out, VRRP_ACTION_RELEASE);
	if (cause == VRRP_CAUSE_SHUTDOWN) {
		vrrp_enter(v, now, VRRP_INIT, cause, &heir, priority, out);
		return;
	}
	/* It must not take back at once what it gave. */
	v->yielded = true;
	v->active = heir;
	v->active_priority = priority;
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer = tick_after(now, vrrp_down_interval(v));
	/* The heir may be forged. */
	vrrp_doubt_plan(v, now);
	vrrp_enter(v, now, VRRP_BACKUP, cause, &heir, priority, out);
}

static const struct ip nobody = { .family = IP_NONE };

/* Nobody is there to hand over to: stay what we are. */
static void remain(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	v->leave_timer = TICK_NEVER;
	v->resign_timer = TICK_NEVER;
	v->adver_timer = vrrp_adver_due(v->config, now);
	vrrp_emit_send(v, v->priority, out);
	vrrp_emit_note(VRRP_NOTE_NO_SUCCESSOR, &nobody, 0, out);
}

void vrrp_leaving_time(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (now >= v->leave_timer) {
		if (!v->heir && v->leave_cause == VRRP_CAUSE_HANDOVER)
			remain(v, now, out);
		else
			vrrp_left(v, now, out);
		return;
	}
	if (now >= v->resign_timer) {
		vrrp_emit_send(v, VRRP_PRIORITY_RESIGN, out);
		v->resign_timer =
			--v->resigns_left > 0
				? now + v->config->interval / RESIGN_GAP
				: TICK_NEVER;
	}
}
