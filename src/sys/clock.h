/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two clocks: CLOCK_MONOTONIC for all timers, CLOCK_REALTIME for people
 * and for the kernel's receive timestamps. Both in nanoseconds.
 */
#pragma once

#include "base/tick.h"

/* An age above this is not believed: the real-time clock was stepped. */
#define CLOCK_AGE_MAX (60 * TICK_SECOND)

/* CLOCK_MONOTONIC. */
tick_t clock_now(void);

/* CLOCK_REALTIME. */
tick_t clock_real_now(void);

/*
 * How long the machine has been suspended since it booted: what
 * CLOCK_BOOTTIME counts and CLOCK_MONOTONIC does not.
 */
tick_t clock_asleep(void);

/*
 * The monotonic time of a real-time stamp (SO_TIMESTAMPNS), given both clocks
 * as of one moment. Never after `now`. A stamp of the future, one older than
 * CLOCK_AGE_MAX and 0 (no stamp) yield `now`: the clock was stepped meanwhile.
 */
tick_t clock_from_real(tick_t stamp, tick_t now, tick_t real_now);
