/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time: absolute nanoseconds of a clock that never steps.
 *
 * The daemon uses CLOCK_MONOTONIC, the simulator its own. Durations have the
 * same type. Nothing is ever rounded to centiseconds: VRRP's Skew_Time is a
 * 256th of an interval, and rounding it makes all Backups promote at once.
 */
#pragma once

#include <stdint.h>

typedef int64_t tick_t;

#define TICK_MICROSECOND ((tick_t)1000)
#define TICK_MILLISECOND ((tick_t)1000000)
#define TICK_CENTISECOND ((tick_t)10000000)
#define TICK_SECOND      ((tick_t)1000000000)

/* No deadline. Later than every other time. */
#define TICK_NEVER INT64_MAX

static inline tick_t tick_min(tick_t a, tick_t b)
{
	return a < b ? a : b;
}

static inline tick_t tick_max(tick_t a, tick_t b)
{
	return a > b ? a : b;
}

/* The time a duration after another; TICK_NEVER absorbs. */
static inline tick_t tick_after(tick_t from, tick_t duration)
{
	if (from == TICK_NEVER || duration > TICK_NEVER - from)
		return TICK_NEVER;
	return from + duration;
}

/*
 * How long ago a time was, 0 if it is to come: of any two numbers, since what
 * is remembered elsewhere may be none that a clock has shown.
 */
static inline tick_t tick_since(tick_t then, tick_t now)
{
	tick_t passed;

	if (then >= now)
		return 0;
	return __builtin_sub_overflow(now, then, &passed) ? TICK_NEVER : passed;
}

/* How long it is until then, 0 if that is past: as tick_since(). */
static inline tick_t tick_until(tick_t then, tick_t now)
{
	return tick_since(now, then);
}
