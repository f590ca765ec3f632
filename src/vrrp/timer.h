/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of RFC 9568 6.1, in nanoseconds: multiplied first, divided
 * last.
 */
#pragma once

#include "vrrp/vrrp.h"

/* Skew_Time. In v2 (RFC 3768 6.1) it does not scale: 256ths of a second. */
tick_t vrrp_skew_time(uint8_t version, uint8_t priority, tick_t interval);

/*
 * Active_Down_Interval of a Backup with that priority that learned `interval`:
 * down_timer_adverts intervals and the skew.
 */
tick_t vrrp_active_down_interval(const struct vrrp_config *config,
				 uint8_t priority, tick_t interval);

/*
 * How late an advertisement of an Active may be: after that the best possible
 * Backup, configured like it, has become Active.
 */
tick_t vrrp_lateness_limit(const struct vrrp_config *config);
