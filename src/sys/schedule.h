/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a process is scheduled and whether its memory may be swapped out
 * (sched(7), setpriority(2), mlockall(2), getrlimit(2)): what is asked for,
 * and what the kernel says is in effect.
 */
#pragma once

#include "sys/process.h"

#include <stdbool.h>
#include <stdint.h>

/* What may be asked for, and refused. */
enum schedule_wish {
	SCHEDULE_NICE,
	SCHEDULE_REAL_TIME,
	SCHEDULE_CPUS,
	SCHEDULE_MEMORY,
	SCHEDULE_RAISE, /* by schedule_raise() */
	SCHEDULE_WISHES
};

/* All zero: as it is. */
struct schedule {
	int nice;
	int real_time; /* priority of SCHED_RR, 1 to 99 */
	bool memory;   /* to be locked, by schedule_lock_memory() */
	/* The CPUs that it may run on, a bit each; NULL: any. */
	const uint64_t *cpus;
	unsigned cpu_words;
};

/*
 * Does that to this process, while it still has its rights. `refused` gets an
 * errno for each wish, 0 if it was granted.
 */
void schedule_apply(const struct schedule *wanted,
		    int refused[SCHEDULE_WISHES]);

/* Makes this process an ordinary one until schedule_raise(). */
void schedule_wait(void);

/*
 * Lets this process run in real time with that priority. False, and nothing
 * changes, if it may not, or if it is not scheduled as an ordinary process.
 */
bool schedule_realtime_on(int real_time);

/* Makes it an ordinary process again. */
void schedule_realtime_off(void);

/*
 * Locks what memory this process has; what it gets later only where there is
 * no limit (RLIMIT_MEMLOCK), as it would else be refused memory. It needs
 * CAP_IPC_LOCK or a limit that is high enough. 0 or -errno.
 */
int schedule_lock_memory(void);

/*
 * For another process of the same user: ends it when it computes for that
 * long in real time and does not wait (RLIMIT_RTTIME), by SIGXCPU. 0 or
 * -errno.
 */
int schedule_limit(const struct process *p, uint32_t microseconds);

/* Has another process of the same user run by SCHED_RR. 0 or -errno. */
int schedule_raise(const struct process *p, int real_time);

/* What is true of a process. */
struct schedule_state {
	int policy;    /* SCHED_OTHER, SCHED_RR ... */
	int real_time; /* its priority, 0 if it has none */
	int nice;
	uint64_t locked; /* bytes of memory */
};

/* False if it cannot be told: the process has ended. */
bool schedule_look(const struct process *p, struct schedule_state *out);
