/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a virtual router acts next: its timers, and how long they run. */
#include "vrrp/states.h"
#include "vrrp/timer.h"

#include "base/must.h"

tick_t vrrp_down_interval(const struct vrrp *v)
{
	return vrrp_active_down_interval(v->config, v->priority,
					 v->active_interval);
}

tick_t vrrp_down_length(const struct vrrp *v)
{
	if (v->down_cause == VRRP_CAUSE_RESIGNED)
		return vrrp_skew_time(v->config->version, v->priority,
				      v->active_interval);
	return vrrp_down_interval(v);
}

tick_t vrrp_adver_due(const struct vrrp_config *config, tick_t now)
{
	tick_t due = now + config->interval;

	/* DEVIATION: earlier than the interval where there is a phase. */
	if (config->phase > 0 && due > config->phase)
		due -= (due - config->phase) % config->interval;
	return due;
}

/*
 * A Backup that waits for one advertisement only may have a Skew_Time that is
 * shorter than the slack: after one that came early the next would be late.
 */
tick_t vrrp_adver_slack(const struct vrrp_config *config)
{
	if (config->down_timer_adverts == 1)
		return 0;
	return tick_min(config->interval / 100, TICK_MILLISECOND);
}

tick_t vrrp_deadline(const struct vrrp *v)
{
	const tick_t timers[] = {
		v->adver_timer,
		v->down_timer,
		v->preempt_timer,
		v->probe_timer,
		v->leave_timer,
		v->resign_timer,
		vrrp_announce_deadline(v),
	};
	tick_t first = TICK_NEVER;

	for (size_t n = 0; n < ARRAY_LENGTH(timers); n++)
		first = tick_min(first, timers[n]);
	return first;
}

tick_t vrrp_slack(const struct vrrp *v)
{
	if (v->adver_timer == TICK_NEVER || v->adver_timer != vrrp_deadline(v))
		return 0;
	return vrrp_adver_slack(v->config);
}
