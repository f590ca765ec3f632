/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timers of RFC 9568 6.1 and RFC 3768 6.1 once more, for those who judge:
 * a fault in src/vrrp/timer.c must not judge itself.
 */
#pragma once

#include "vrrp/vrrp.h"

static inline tick_t judge_skew(const struct vrrp_config *c, uint8_t priority,
				tick_t interval)
{
	if (c->version == 2)
		return (256 - priority) * TICK_SECOND / 256;
	return (256 - priority) * interval / 256;
}

static inline tick_t judge_down(const struct vrrp_config *c, uint8_t priority,
				tick_t interval)
{
	return c->down_timer_adverts * interval +
	       judge_skew(c, priority, interval);
}

/* How late an Active may be, before the best Backup takes over from it. */
static inline tick_t judge_lateness(const struct vrrp_config *c)
{
	return judge_down(c, 254, c->interval) - c->interval;
}

/* How long a better one that was heard is believed to live. */
static inline tick_t judge_trusted(const struct vrrp_config *c, tick_t interval)
{
	return (c->down_timer_adverts < 3 ? c->down_timer_adverts : 3) *
	       interval;
}

/*
 * Whether its Active was heard three times, an interval apart: as the core has
 * it, which watch_kept() holds to its own count.
 */
static inline bool judge_kept(const struct vrrp *v, tick_t learned)
{
	return v->kept >= 2 && v->kept_interval == learned;
}

/* An interval that is longer than ours, and not kept yet. */
static inline bool judge_doubts(const struct vrrp *v, tick_t learned)
{
	return learned > v->config->interval && !judge_kept(v, learned);
}

/* What is waited for is not short, or kept, or the first that misleads. */
static inline tick_t judge_learned(const struct vrrp *v, tick_t received,
				   tick_t interval)
{
	return interval < v->config->interval && received < v->shy_until &&
			       !judge_kept(v, interval)
		       ? v->config->interval
		       : interval;
}

/* An Active that owns the addresses and is told not to care about others. */
static inline bool judge_ignores(const struct vrrp *v)
{
	return v->state == VRRP_ACTIVE && v->leave_timer == TICK_NEVER &&
	       v->priority == VRRP_PRIORITY_OWNER &&
	       v->config->owner_ignore_adverts;
}

/*
 * Preempt_Mode, which does not bind an owner; and who handed over does not
 * take back.
 */
static inline bool judge_preempts(const struct vrrp *v)
{
	return !v->yielded &&
	       (v->config->preempt || v->priority == VRRP_PRIORITY_OWNER);
}
