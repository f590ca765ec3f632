/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rests of a process in real time.
 *
 * RLIMIT_RTTIME is for a process that hangs, and the kernel counts the time
 * from the last call that waited. One with much to do, or under a flood of
 * packets, finds something to read whenever it looks, and would be taken for
 * one: so it waits for a moment when half of the limit is over, between batches
 * of packets and between the parts of a flush. What is left is what takes
 * longer at a stretch, such as a batch of many thousands of frames.
 */
#include "router/state.h"

#include "sys/clock.h"

#include <time.h>

/* A rest, and a wait for events that was long enough to be one. */
#define REST   (100 * TICK_MICROSECOND)
#define WAITED (200 * TICK_MICROSECOND)

void rest_begin(struct router *e)
{
	if (e->now - e->left >= WAITED)
		e->rested = tick_max(e->rested, e->now);
}

void rest_if_due(struct router *e)
{
	static const struct timespec moment = { .tv_nsec = REST };

	if (!e->rest_after || clock_now() - e->rested < e->rest_after)
		return;
	nanosleep(&moment, NULL);
	e->rested = clock_now();
}

void rest_end(struct router *e)
{
	rest_if_due(e);
	e->left = clock_now();
}
