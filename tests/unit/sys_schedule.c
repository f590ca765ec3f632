/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/schedule.h: what is asked for is in effect, and what is not is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/schedule.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that waits, after it did what was asked of it. */
struct asked {
	struct schedule wanted;
	struct process_rights rights;
	int told; /* a pipe's end, for what was refused */
	bool spin;
};

static int obey(void *context)
{
	const struct asked *asked = context;
	int refused[SCHEDULE_WISHES];

	schedule_apply(&asked->wanted, refused);
	if (write(asked->told, refused, sizeof(refused)) < 0)
		return 1;
	alarm(60);
	for (;;)
		if (!asked->spin)
			pause();
}

static int restricted(void *context)
{
	const struct asked *asked = context;

	return process_restrict(&asked->rights) ? 70 : obey(context);
}

static struct process start(struct asked *asked, bool rights,
			    int refused[SCHEDULE_WISHES])
{
	int ends[2];
	struct process_config config = {
		.name = "test",
		.main = rights ? obey : restricted,
		.context = asked,
		.keep = &ends[1],
		.keep_count = 1,
		.death_signal = SIGKILL,
	};
	struct process p;

	assert_int_equal(pipe(ends), 0);
	asked->told = ends[1];
	assert_int_equal(process_spawn(&config, &p), 0);
	close(ends[1]);
	assert_int_equal(
		read(ends[0], refused, SCHEDULE_WISHES * sizeof(*refused)),
		SCHEDULE_WISHES * sizeof(*refused));
	close(ends[0]);
	return p;
}

static int end(struct process *p, int signal)
{
	int status = 0;

	if (signal)
		assert_int_equal(process_signal(p, signal), 0);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	close(p->pidfd);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void need_root(void)
{
	if (geteuid() != 0) {
		print_message("# skipped: needs root\n");
		skip();
	}
}

static void wishes_are_granted(void **state)
{
	const uint64_t first = 1;
	struct asked asked = {
		.wanted = { .real_time = 7, .cpus = &first, .cpu_words = 1 },
	};
	int refused[SCHEDULE_WISHES];
	struct schedule_state is;
	cpu_set_t set;
	struct process p;

	(void)state;
	need_root();
	p = start(&asked, true, refused);
	for (unsigned i = 0; i < SCHEDULE_WISHES; i++)
		assert_int_equal(refused[i], 0);
	assert_true(schedule_look(&p, &is));
	assert_int_equal(is.policy, SCHED_RR);
	assert_int_equal(is.real_time, 7);
	assert_int_equal(is.locked, 0);
	assert_int_equal(sched_getaffinity(p.pid, sizeof(set), &set), 0);
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_true(CPU_ISSET(0, &set));
	assert_int_equal(schedule_raise(&p, 9), 0);
	assert_true(schedule_look(&p, &is));
	assert_int_equal(is.real_time, 9);
	end(&p, SIGKILL);
	assert_false(schedule_look(&p, &is));

	asked.wanted = (struct schedule){ .nice = -11 };
	p = start(&asked, true, refused);
	assert_true(schedule_look(&p, &is));
	assert_int_equal(is.policy, sched_getscheduler(0));
	assert_int_equal(is.nice, -11);
	end(&p, SIGKILL);
}

static void refusals_are_told(void **state)
{
	const uint64_t none[16] = { [15] = UINT64_C(1) << 63 };
	struct asked asked = {
		.wanted = { .nice = -11,
			    .real_time = 7,
			    .cpus = none,
			    .cpu_words = 16 },
	};
	int refused[SCHEDULE_WISHES];
	struct schedule_state is;
	struct process p;

	(void)state;
	need_root();
	p = start(&asked, false, refused);
	assert_true(refused[SCHEDULE_NICE] == EACCES ||
		    refused[SCHEDULE_NICE] == EPERM);
	assert_int_equal(refused[SCHEDULE_REAL_TIME], EPERM);
	assert_int_equal(refused[SCHEDULE_CPUS], EINVAL);
	assert_true(schedule_look(&p, &is));
	assert_int_equal(is.policy, sched_getscheduler(0));
	assert_int_equal(is.real_time, 0);
	assert_int_equal(is.nice, getpriority(PRIO_PROCESS, 0));
	end(&p, SIGKILL);
}

/* One that spins in real time ends; one that waits does not. */
static void a_process_that_hangs_ends(void **state)
{
	struct asked asked = { .wanted = { .real_time = 1 }, .spin = true };
	int refused[SCHEDULE_WISHES];
	struct rlimit limit;
	struct process p;

	(void)state;
	need_root();
	p = start(&asked, true, refused);
	assert_int_equal(schedule_limit(&p, 20000), 0);
	assert_int_equal(end(&p, 0), SIGXCPU);

	asked.spin = false;
	p = start(&asked, true, refused);
	assert_int_equal(schedule_limit(&p, 20000), 0);
	assert_int_equal(prlimit(p.pid, RLIMIT_RTTIME, NULL, &limit), 0);
	assert_int_equal(limit.rlim_cur, 20000);
	usleep(100000);
	assert_int_equal(waitpid(p.pid, NULL, WNOHANG), 0);
	end(&p, SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wishes_are_granted),
		cmocka_unit_test(refusals_are_told),
		cmocka_unit_test(a_process_that_hangs_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
