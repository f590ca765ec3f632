/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds a FIFO ends when it is told to, and nobody else does. */
#include "runner/runner_state.h"
#include "sys/procfs.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct ledger_fifo record;
static struct fifo fifo = { .record = &record };
static pid_t child;

static int begin(void **state)
{
	(void)state;
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	record = (struct ledger_fifo){
		.holder = child,
		.holder_started = procfs_start_time(child),
	};
	return child < 0;
}

static int end(void **state)
{
	(void)state;
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return 0;
}

/* By which signal: the first that it had, and this is the last. */
static int how_it_ended(void)
{
	int status;

	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	child = 0;
	assert_true(WIFSIGNALED(status));
	return WTERMSIG(status);
}

static void it_ends(void **state)
{
	(void)state;
	assert_int_not_equal(record.holder_started, 0);
	holder_end(&fifo);
	assert_int_equal(how_it_ended(), SIGKILL);
	holder_end(&fifo); /* which has ended */
}

/* Its number is another's by now. */
static void another_process_is_not_hit(void **state)
{
	(void)state;
	record.holder_started++;
	holder_end(&fifo);
	assert_int_equal(how_it_ended(), SIGTERM);
}

/* Numbers that no process has; -1 and 0 would be many. */
static void no_number_means_others(void **state)
{
	const pid_t numbers[] = { 0, -1, INT32_MIN, INT32_MAX };

	(void)state;
	for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
		record.holder = numbers[n];
		record.holder_started = 0;
		holder_end(&fifo);
	}
	assert_int_equal(how_it_ended(), SIGTERM);
}

/* It is found by what stands behind its name, whatever that is. */
static void a_process_has_a_start_time(void **state)
{
	uint64_t own = procfs_start_time(getpid());

	(void)state;
	assert_int_not_equal(own, 0);
	assert_true(own <= procfs_start_time(child));
	assert_int_equal(procfs_start_time(INT32_MAX), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_ends),
		TEST(another_process_is_not_hit),
		TEST(no_number_means_others),
		TEST(a_process_has_a_start_time),
	};

	return cmocka_run_group_tests_name("runner_holder", tests, NULL, NULL);
}
