/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program inherits, each in a child that has it. */
#include "sys/start.h"

#include "sys/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* 0, or which of its conditions was not so: the line. */
static int in_child(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(body());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define HOLDS(condition)                                                       \
	do {                                                                   \
		static_assert(__LINE__ < 256, "an exit status");               \
		if (!(condition))                                              \
			return __LINE__;                                       \
	} while (0)

static bool is_null(int fd)
{
	struct stat null, there;

	return stat("/dev/null", &null) == 0 && fstat(fd, &there) == 0 &&
	       S_ISCHR(there.st_mode) && null.st_rdev == there.st_rdev;
}

static int closed_ones(void)
{
	for (int mask = 0; mask < 8; mask++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			for (int fd = 0; fd <= 2; fd++)
				if (mask >> fd & 1)
					close(fd);
			start_clean(NULL);
			for (int fd = 0; fd <= 2; fd++)
				HOLDS(fcntl(fd, F_GETFD) >= 0 &&
				      (!(mask >> fd & 1) || is_null(fd)));
			HOLDS(!(mask & 2) ||
			      (write(1, "x", 1) < 0 && errno == EBADF));
			HOLDS(!(mask & 1) ||
			      (read(0, &status, 1) < 0 && errno == EBADF));
			HOLDS(open("/", O_RDONLY) > 2);
			_exit(0);
		}
		HOLDS(waitpid(pid, &status, 0) == pid);
		if (status != 0)
			return WEXITSTATUS(status);
	}
	return 0;
}

static void descriptors_that_are_closed_are_taken(void **state)
{
	(void)state;
	assert_int_equal(in_child(closed_ones), 0);
}

static int ignored_ones(void)
{
	sigset_t all, held, now;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&held);
	sigaddset(&held, SIGHUP);
	start_clean(&held);
	sigprocmask(SIG_SETMASK, NULL, &now);
	for (int number = 1; number < NSIG; number++) {
		bool ignored = number == SIGPIPE || number == SIGXFSZ ||
			       number == SIGTTOU || number == SIGTTIN;
		struct sigaction action;

		if (sigaction(number, NULL, &action))
			continue; /* none of that number */
		HOLDS((action.sa_handler == SIG_IGN) == ignored);
		HOLDS(sigismember(&now, number) == (number == SIGHUP));
	}
	start_clean(NULL);
	sigprocmask(SIG_SETMASK, NULL, &now);
	HOLDS(sigismember(&now, SIGHUP) == 1);
	return 0;
}

static void signals_are_as_for_any_program(void **state)
{
	(void)state;
	assert_int_equal(in_child(ignored_ones), 0);
}

static int alarms(void)
{
	const struct itimerval soon = { .it_value.tv_sec = 1000 };
	struct itimerval now;

	setitimer(ITIMER_REAL, &soon, NULL);
	setitimer(ITIMER_VIRTUAL, &soon, NULL);
	setitimer(ITIMER_PROF, &soon, NULL);
	start_clean(NULL);
	getitimer(ITIMER_REAL, &now);
	HOLDS(now.it_value.tv_sec == 0);
	getitimer(ITIMER_VIRTUAL, &now);
	HOLDS(now.it_value.tv_sec == 0);
	getitimer(ITIMER_PROF, &now);
	HOLDS(now.it_value.tv_sec == 0);
	return 0;
}

static void timers_end(void **state)
{
	(void)state;
	assert_int_equal(in_child(alarms), 0);
}

static rlim_t limit_of(enum __rlimit_resource what)
{
	struct rlimit limit = { 0 };

	getrlimit(what, &limit);
	return limit.rlim_cur;
}

/* Of somebody who may not lift them: as far as they go. */
static int limits(void)
{
	const struct rlimit soft = { 1 << 20, 2 << 20 }, files = { 40, 2000 };
	const struct process_rights none = { 0 };
	const struct sched_param parameter = { 0 };
	char here[64];

	sched_setscheduler(0, SCHED_BATCH, &parameter);
	setrlimit(RLIMIT_FSIZE, &soft);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_NPROC, &files);
	if (geteuid() == 0)
		HOLDS(process_restrict(&none) == 0);
	HOLDS(strcmp(start_daemon(), "RLIMIT_FSIZE") == 0);
	HOLDS(limit_of(RLIMIT_FSIZE) == soft.rlim_max);
	HOLDS(limit_of(RLIMIT_NOFILE) == 1024);
	HOLDS(limit_of(RLIMIT_NPROC) == 512);
	HOLDS(umask(0) == 077);
	HOLDS(strcmp(getcwd(here, sizeof(here)), "/") == 0);
	HOLDS(sched_getscheduler(0) == SCHED_OTHER);
	return 0;
}

static int lifted(void)
{
	const struct rlimit soft = { 1 << 20, RLIM_INFINITY };

	setrlimit(RLIMIT_FSIZE, &soft);
	setrlimit(RLIMIT_CPU, &soft);
	HOLDS(start_daemon() == NULL);
	HOLDS(limit_of(RLIMIT_FSIZE) == RLIM_INFINITY);
	HOLDS(limit_of(RLIMIT_CPU) == RLIM_INFINITY);
	return 0;
}

static void limits_are_lifted_as_far_as_they_may(void **state)
{
	(void)state;
	assert_int_equal(in_child(limits), 0);
	assert_int_equal(in_child(lifted), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptors_that_are_closed_are_taken),
		cmocka_unit_test(signals_are_as_for_any_program),
		cmocka_unit_test(timers_end),
		cmocka_unit_test(limits_are_lifted_as_far_as_they_may),
	};

	return cmocka_run_group_tests_name("sys_start", tests, NULL, NULL);
}
