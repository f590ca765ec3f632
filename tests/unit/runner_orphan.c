/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts that another process has started end once, whoever has them open. */
#include "runner/runner_state.h"
#include "sys/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE (240 * TICK_SECOND)
#define CHANGE   7
#define COUNT    2
#define TURNS    10 /* in which nothing more may end */

static unsigned ended[COUNT];

static void has_ended(struct runner *r, void *of, unsigned which)
{
	(void)r;
	(void)of;
	ended[which]++;
}

/* A program with the environment of a script; it runs when this returns. */
static pid_t script(void)
{
	static char *const words[] = { "sleep", "1000", NULL };
	static char *const environment[] = { "BATON_INSTANCE=A",
					     "BATON_CHANGE=7", NULL };
	int ends[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		execve("/bin/sleep", words, environment);
		_exit(1);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	return pid;
}

/* It has all that is open here, as a child that never executes anything. */
static pid_t child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void each_ends_once_though_a_child_has_it(void **state)
{
	struct runner *r = calloc(1, sizeof(*r));
	tick_t until = clock_now() + PATIENCE;
	struct orphan orphans[COUNT];
	struct epoll_event event;
	pid_t pids[COUNT], other;

	(void)state;
	assert_non_null(r);
	assert_int_equal(loop_init(&r->loop, NULL, NULL), 0);
	assert_int_equal(orphan_open(r), 0);
	for (unsigned n = 0; n < COUNT; n++) {
		orphans[n] = (struct orphan){
			.runner = r,
			.which = n,
			.variable = "BATON_INSTANCE",
			.value = "A",
			.ended = has_ended,
		};
		pids[n] = script();
		assert_true(orphan_adopt(&orphans[n], pids[n], CHANGE));
	}
	other = child();
	for (unsigned n = 0; n < COUNT; n++)
		end(pids[n]);
	while ((!ended[0] || !ended[1]) && clock_now() < until)
		assert_int_equal(loop_turn(&r->loop, until), 0);
	for (unsigned n = 0; n < TURNS; n++)
		assert_int_equal(loop_turn(&r->loop, clock_now()), 0);
	for (unsigned n = 0; n < COUNT; n++) {
		assert_int_equal(ended[n], 1);
		assert_int_equal(orphans[n].fd, -1);
	}
	/* Nor is the loop woken for what has ended. */
	assert_int_equal(epoll_wait(r->watch_orphans.fd, &event, 1, 0), 0);
	end(other);
	close(r->watch_orphans.fd);
	loop_close(&r->loop);
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_ends_once_though_a_child_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
