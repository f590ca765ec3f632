/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slow start: after a recovery a weight grows from a tenth to the whole in
 * LVS_RAMP_STEPS equal steps. Each step is a message to the kernel, so there
 * are few of them.
 */
#pragma once

#include "base/tick.h"

#include <stdint.h>

#define LVS_RAMP_STEPS 10

/* The step that a ramp has reached, 0 to LVS_RAMP_STEPS: it is at its end. */
uint8_t lvs_ramp_step(tick_t began, tick_t duration, tick_t now);

/* When the step after `step` comes; TICK_NEVER after the last one. */
tick_t lvs_ramp_next(tick_t began, tick_t duration, uint8_t step);

/* That part of a weight; at least 1 of what is more than 0. */
int32_t lvs_ramp_weight(int32_t weight, uint8_t step);
