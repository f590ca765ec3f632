/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls of sys/schedule.h. */
#include "sys/schedule.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* More than the stack of this process ever takes. */
#define STACK (256 << 10)

static int bind_to(const uint64_t *cpus, unsigned words)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (unsigned n = 0; n < 64 * words && n < CPU_SETSIZE; n++)
		if (cpus[n / 64] >> n % 64 & 1)
			CPU_SET(n, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? errno : 0;
}

/* 0 or a positive errno. */
static int set_policy(pid_t pid, int policy, int priority)
{
	struct sched_param parameter = { .sched_priority = priority };

	return sched_setscheduler(pid, policy, &parameter) ? errno : 0;
}

static int run_in_real_time(pid_t pid, int priority)
{
	return set_policy(pid, SCHED_RR | SCHED_RESET_ON_FORK, priority);
}

void schedule_wait(void)
{
	(void)set_policy(0, SCHED_OTHER | SCHED_RESET_ON_FORK, 0);
}

bool schedule_realtime_on(int real_time)
{
	return real_time > 0 && sched_getscheduler(0) == SCHED_OTHER &&
	       set_policy(0, SCHED_RR | SCHED_RESET_ON_FORK, real_time) == 0;
}

void schedule_realtime_off(void)
{
	(void)set_policy(0, SCHED_OTHER, 0);
}

/* As much memory as can be had: then all of it, and what comes, can stay. */
static void lift_memory_limit(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0 ||
	    getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &limit);
}

void schedule_apply(const struct schedule *wanted, int refused[SCHEDULE_WISHES])
{
	memset(refused, 0, SCHEDULE_WISHES * sizeof(*refused));
	if (wanted->cpus)
		refused[SCHEDULE_CPUS] =
			bind_to(wanted->cpus, wanted->cpu_words);
	if (wanted->nice && setpriority(PRIO_PROCESS, 0, wanted->nice))
		refused[SCHEDULE_NICE] = errno;
	if (wanted->real_time)
		refused[SCHEDULE_REAL_TIME] =
			run_in_real_time(0, wanted->real_time);
	if (wanted->memory)
		lift_memory_limit();
}

/* So that the stack need not grow, which a limit could forbid. */
static void __attribute__((noinline)) touch_stack(void)
{
	volatile char stack[STACK];

	for (size_t n = 0; n < sizeof(stack); n += 1024)
		stack[n] = 1;
}

int schedule_lock_memory(void)
{
	struct rlimit limit = { 0, 0 };
	int what = MCL_CURRENT;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		what |= MCL_FUTURE;
	touch_stack();
	return mlockall(what) ? -errno : 0;
}

int schedule_limit(const struct process *p, uint32_t microseconds)
{
	struct rlimit now, limit = { microseconds, 2 * (rlim_t)microseconds };

	/*
	 * Nothing handles its signal, so it ends at the first limit, and how
	 * it ended tells why.
	 */
	if (prlimit(p->pid, RLIMIT_RTTIME, NULL, &now))
		return -errno;
	if (limit.rlim_max > now.rlim_max)
		limit.rlim_max = now.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	return prlimit(p->pid, RLIMIT_RTTIME, &limit, NULL) ? -errno : 0;
}

int schedule_raise(const struct process *p, int real_time)
{
	return -run_in_real_time(p->pid, real_time);
}

static bool locked_memory(pid_t pid, uint64_t *bytes)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		found = strncmp(line, "VmLck:", 6) == 0;
		if (found)
			*bytes = strtoull(line + 6, NULL, 10) * 1024;
	}
	fclose(f);
	return found;
}

bool schedule_look(const struct process *p, struct schedule_state *out)
{
	struct sched_param parameter = { 0 };
	int policy = p->pid > 0 ? sched_getscheduler(p->pid) : -1;

	if (policy < 0 || sched_getparam(p->pid, &parameter))
		return false;
	*out = (struct schedule_state){
		.policy = policy & ~SCHED_RESET_ON_FORK,
		.real_time = parameter.sched_priority,
	};
	errno = 0;
	out->nice = getpriority(PRIO_PROCESS, (id_t)p->pid);
	return errno == 0 && locked_memory(p->pid, &out->locked);
}
