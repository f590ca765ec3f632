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
#define UDP_PORT  8003

enum floor_kind {
	FLOOR_TCP,  /* connect and close */
	FLOOR_KEEP, /* a request and its answer on a connection that is kept */
	FLOOR_UDP,  /* a datagram there and one back, all by one socket */
};

/* This process runs on the last core, or on the first. */
void floor_pin(bool last);

/* A server at these ports, of all addresses of 127.0.0.0/8. */
pid_t floor_serve(void);

/*
 * Processor time of a check, in nanoseconds. `rate` a second, in batches as the
 * process has them; 0: as fast as it goes.
 */
tick_t floor_measure(enum floor_kind kind, unsigned servers, unsigned total,
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
