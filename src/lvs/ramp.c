/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arithmetic of slow start (ramp.h). */
#include "lvs/ramp.h"

/* No file has a longer one; products stay far from the end of the scale. */
#define DURATION_MAX (INT64_C(1) << 58)

#define PERCENT_FIRST 10

uint8_t lvs_ramp_step(tick_t began, tick_t duration, tick_t now)
{
	tick_t passed = tick_since(began, now);

	if (duration <= 0 || duration > DURATION_MAX || passed >= duration)
		return LVS_RAMP_STEPS;
	return (uint8_t)(passed * LVS_RAMP_STEPS / duration);
}

tick_t lvs_ramp_next(tick_t began, tick_t duration, uint8_t step)
{
	if (step >= LVS_RAMP_STEPS)
		return TICK_NEVER;
	/* Rounded up, so that the step has come then. */
	return tick_after(began, (duration * (step + 1) + LVS_RAMP_STEPS - 1) /
					 LVS_RAMP_STEPS);
}

int32_t lvs_ramp_weight(int32_t weight, uint8_t step)
{
	int64_t percent =
		PERCENT_FIRST + (100 - PERCENT_FIRST) * step / LVS_RAMP_STEPS;
	int64_t part = (int64_t)weight * percent / 100;

	return part > 0 || weight <= 0 ? (int32_t)part : 1;
}
