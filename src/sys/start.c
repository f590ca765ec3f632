/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/start.h"

#include "base/must.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* Descriptors that are enough for a reload with all processes. */
#define FILES_ENOUGH 1024
/* Processes of one user, others' included: that of `ctl` may be nobody. */
#define TASKS_ENOUGH 512

/*
 * What is opened gets the lowest free number, so in this order each gets its
 * own. Without /dev/null it is at least taken: else a lock or a socket would
 * be what the first message is written to.
 */
static void take_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int how = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", how) < 0)
			(void)!open("/", O_PATH);
	}
}

/* After execve(2) there are no handlers, but those of a sanitizer. */
static void reset_signals(void)
{
	static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGTTOU, SIGTTIN };
	struct sigaction now;

	for (int number = 1; number < NSIG; number++)
		if (sigaction(number, NULL, &now) == 0 &&
		    now.sa_handler == SIG_IGN)
			signal(number, SIG_DFL);
	for (size_t n = 0; n < ARRAY_LENGTH(ignored); n++)
		signal(ignored[n], SIG_IGN);
}

/* alarm(2) goes on over execve(2), and would end this program. */
static void end_timers(void)
{
	static const enum __itimer_which timers[] = { ITIMER_REAL,
						      ITIMER_VIRTUAL,
						      ITIMER_PROF };
	const struct itimerval none = { 0 };

	for (size_t n = 0; n < ARRAY_LENGTH(timers); n++)
		setitimer(timers[n], &none, NULL);
}

void start_clean(const sigset_t *blocked)
{
	if (blocked)
		sigprocmask(SIG_SETMASK, blocked, NULL);
	take_standard_descriptors();
	reset_signals();
	end_timers();
}

/* False: it stays lower than it should be. */
static bool lift(enum __rlimit_resource what, rlim_t wanted)
{
	struct rlimit limit = { wanted, wanted };

	if (setrlimit(what, &limit) == 0 || getrlimit(what, &limit))
		return true;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(what, &limit);
	return limit.rlim_cur >= wanted;
}

/* It is no limit that ends us, so what is more already stays. */
static void lift_to(enum __rlimit_resource what, rlim_t enough)
{
	struct rlimit limit;

	if (getrlimit(what, &limit) || limit.rlim_cur >= enough)
		return;
	limit.rlim_cur = limit.rlim_max < enough ? limit.rlim_max : enough;
	setrlimit(what, &limit);
}

/* Batch jobs are scheduled by these, and what they start is too. */
static void schedule_normally(void)
{
	const struct sched_param none = { 0 };
	int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;

	if (policy == SCHED_IDLE || policy == SCHED_BATCH)
		(void)sched_setscheduler(0, SCHED_OTHER, &none);
}

const char *start_daemon(void)
{
	const char *low = NULL;

	umask(077);
	(void)!chdir("/");
	schedule_normally();
	lift_to(RLIMIT_NOFILE, FILES_ENOUGH);
	lift_to(RLIMIT_NPROC, TASKS_ENOUGH);
	if (!lift(RLIMIT_CPU, RLIM_INFINITY))
		low = "RLIMIT_CPU";
	/* The ledger and the model are files of memory. */
	if (!lift(RLIMIT_FSIZE, RLIM_INFINITY))
		low = "RLIMIT_FSIZE";
	return low;
}
