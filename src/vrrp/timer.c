/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vrrp/timer.h"

tick_t vrrp_skew_time(uint8_t version, uint8_t priority, tick_t interval)
{
	/* RFC 3768 6.1: a 256th of a second, whatever the interval. */
	tick_t unit = version == 2 ? TICK_SECOND : interval;

	return (256 - priority) * unit / 256;
}

tick_t vrrp_active_down_interval(const struct vrrp_config *config,
				 uint8_t priority, tick_t interval)
{
	return config->down_timer_adverts * interval +
	       vrrp_skew_time(config->version, priority, interval);
}

tick_t vrrp_lateness_limit(const struct vrrp_config *config)
{
	return vrrp_active_down_interval(config, VRRP_PRIORITY_OWNER - 1,
					 config->interval) -
	       config->interval;
}
