/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a virtual router that was restored can be one. Each value of a record
 * may be right by itself (save.c), and all of them together wrong: an Active
 * that never advertises, a Backup that waits for years.
 */
#include "vrrp/save.h"
#include "vrrp/states.h"

/* What a handover or a doubt adds is less (handover.c, doubt.c). */
#define WAITS_MOST 4

/* The longest preempt_delay, of this configuration or of one before. */
#define PREEMPT_DELAY_MOST (1000 * TICK_SECOND)

/* No clock has been below 0. */
static bool is_near(tick_t moment, tick_t by)
{
	return moment >= 0 && moment <= by;
}

static bool is_due(tick_t moment, tick_t by)
{
	return moment == TICK_NEVER || is_near(moment, by);
}

/* Where no round is left nothing would ever put its time off. */
static bool is_announcing(const struct vrrp *v)
{
	return v->announce.next == TICK_NEVER || v->announce.rounds > 0;
}

/* One that waits for its sync group has no timer. */
static bool is_backup(const struct vrrp *v, tick_t by)
{
	return v->adver_timer == TICK_NEVER && v->leave_timer == TICK_NEVER &&
	       v->resign_timer == TICK_NEVER &&
	       vrrp_announce_deadline(v) == TICK_NEVER &&
	       (v->wishes ? v->config->grouped : is_near(v->down_timer, by)) &&
	       is_due(v->probe_timer, by) &&
	       is_due(v->preempt_timer, by + PREEMPT_DELAY_MOST);
}

static bool is_active(const struct vrrp *v, tick_t by)
{
	if (v->down_timer != TICK_NEVER || v->preempt_timer != TICK_NEVER ||
	    v->probe_timer != TICK_NEVER)
		return false;
	if (vrrp_leaving(v))
		return v->adver_timer == TICK_NEVER &&
		       vrrp_announce_deadline(v) == TICK_NEVER &&
		       is_near(v->leave_timer, by) &&
		       is_due(v->resign_timer, by);
	return v->started && v->resign_timer == TICK_NEVER &&
	       is_announcing(v) && is_near(v->adver_timer, by);
}

/* Who was shut down is in Initialize, or an Active that leaves. */
bool vrrp_is_sound(const struct vrrp *v, tick_t now)
{
	tick_t by = now + WAITS_MOST * vrrp_down_interval(v);

	switch (v->state) {
	case VRRP_INIT:
		return vrrp_deadline(v) == TICK_NEVER;
	case VRRP_FAULT:
		return v->started && vrrp_deadline(v) == TICK_NEVER;
	case VRRP_BACKUP:
		return v->started && is_backup(v, by);
	case VRRP_ACTIVE:
		return is_active(v, by);
	case VRRP_STATES:
		break;
	}
	return false;
}
