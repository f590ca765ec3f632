/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pauses for RLIMIT_RTTIME.
 *
 * The limit ends a process in real time that hangs: the kernel counts the CPU
 * time since the process last blocked. A process with much to do, or one that
 * is flooded with packets, always finds something to read and would be ended
 * too. So it blocks for a moment when half of the limit is used up, between
 * batches of packets and between the parts of a flush. The other half is for
 * work that cannot be interrupted, such as a batch of many thousand frames.
 */
#include "router/state.h"

#include "sys/clock.h"

#include <time.h>

/* The length of a pause, and a wait for events that was long enough for one. */
#define PAUSE  (100 * TICK_MICROSECOND)
#define WAITED (200 * TICK_MICROSECOND)

void rttime_begin(struct router *r)
{
	if (r->now - r->left >= WAITED)
		r->paused = tick_max(r->paused, r->now);
}

void rttime_pause_if_due(struct router *r)
{
	static const struct timespec moment = { .tv_nsec = PAUSE };

	if (!r->pause_after || clock_now() - r->paused < r->pause_after)
		return;
	nanosleep(&moment, NULL);
	r->paused = clock_now();
}

void rttime_end(struct router *r)
{
	rttime_pause_if_due(r);
	r->left = clock_now();
}
