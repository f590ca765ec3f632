/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the instruments of this folder share: how they fail, and their time. */
#pragma once

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define NSEC INT64_C(1000000000)

static inline _Noreturn void fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(errno));
	exit(1);
}

static inline int64_t now_by(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

static inline int64_t now(void)
{
	return now_by(CLOCK_MONOTONIC);
}

/* A measuring instrument must not wait behind what it measures. */
static inline void run_first(void)
{
	struct sched_param param = { .sched_priority = 10 };

	(void)sched_setscheduler(0, SCHED_FIFO, &param);
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}
