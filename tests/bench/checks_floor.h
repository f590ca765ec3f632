/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the bench of health checks compares with: servers, and programs that do
 * nothing but what a check needs of the kernel. Each is a process of its own.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#define TCP_PORT  8000
#define KEEP_PORT 8002

/* This process runs on the last core, or on the first. */
void floor_pin(bool last);

/* A server at both ports, of all addresses of 127.0.0.0/8. */
pid_t floor_serve(void);

/*
 * Processor time of a check, in nanoseconds: connect and close, or `keep`: a
 * request and its answer on a connection that is kept. `rate` a second, in
 * batches as the process has them; 0: as fast as it goes.
 */
tick_t floor_measure(bool keep, unsigned servers, unsigned total,
		     unsigned rate);

/*
 * A bare timer of the same class on the same core, every millisecond, as long
 * as it is left alone: how late it was at most since the last look. That is
 * what the machine does to anybody.
 */
struct floor_timer {
	pid_t pid;
	tick_t *latest;
};
struct floor_timer floor_timer_start(void);
tick_t floor_timer_latest(const struct floor_timer *t);
void floor_timer_end(struct floor_timer *t);

tick_t floor_cpu_of(clockid_t clock);
