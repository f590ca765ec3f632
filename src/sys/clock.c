/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/clock.h"
#include "base/must.h"

#include <time.h>

static tick_t read_clock(clockid_t clock)
{
	struct timespec t;

	MUST(clock_gettime(clock, &t) == 0);
	return (tick_t)t.tv_sec * TICK_SECOND + t.tv_nsec;
}

tick_t clock_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

tick_t clock_real_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

tick_t clock_from_real(tick_t stamp, tick_t now, tick_t real_now)
{
	if (stamp <= 0 || stamp > real_now || real_now - stamp > CLOCK_AGE_MAX)
		return now;
	return now - (real_now - stamp);
}

tick_t clock_asleep(void)
{
	return read_clock(CLOCK_BOOTTIME) - clock_now();
}
