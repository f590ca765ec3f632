/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the machine itself stood still.
 *
 * On each CPU a thread that goes before all others wakes each millisecond;
 * what it is late, any program was. A virtual machine is stopped by its host
 * for milliseconds, now and then, and that is nobody's fault in it.
 *
 * Each line of the standard input is answered with a line:
 *
 *   mark    paused=0; what is reported counts from here
 *   report  paused=NS, the latest that any of them woke
 *
 * The end of the input ends the program.
 */
#include "instrument.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define STEP (NSEC / 1000)

static _Atomic int64_t worst;

static void *watch(void *cpu)
{
	int64_t next = now();
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)cpu, &one);
	if (pthread_setaffinity_np(pthread_self(), sizeof(one), &one))
		fail("pthread_setaffinity_np");
	run_first();
	for (;;) {
		struct timespec until;
		int64_t late, before = worst;

		next += STEP;
		until = (struct timespec){ next / NSEC, next % NSEC };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		late = now() - next;
		while (late > before &&
		       !atomic_compare_exchange_weak(&worst, &before, late)) {
		}
		if (late > STEP)
			next += late;
	}
	return NULL;
}

int main(void)
{
	char line[64];
	cpu_set_t all;

	if (sched_getaffinity(0, sizeof(all), &all))
		fail("sched_getaffinity");
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		pthread_t thread;

		if (!CPU_ISSET(cpu, &all))
			continue;
		errno = pthread_create(&thread, NULL, watch, (void *)cpu);
		if (errno)
			fail("pthread_create");
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, "mark\n") == 0)
			worst = 0;
		printf("paused=%" PRId64 "\n", worst);
	}
	return 0;
}
