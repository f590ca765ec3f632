/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of RFC 9568 6.1, in nanoseconds: multiplied first, divided
 * last.
 */
#pragma once

#include "base/tick.h"

#include <stdint.h>

/* Skew_Time. In v2 (RFC 3768 6.1) it does not scale: 256ths of a second. */
tick_t vrrp_skew_time(uint8_t version, uint8_t priority, tick_t interval);

/* Active_Down_Interval: three intervals and the skew. */
tick_t vrrp_active_down_interval(uint8_t version, uint8_t priority,
				 tick_t interval);
