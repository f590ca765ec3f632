/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wake-ups: the one who wakes never waits, whatever the other one does, and
 * the one who is woken takes a bounded number of bytes.
 */
#include "sys/wake.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY 1000000

static bool is_readable(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

static void one_is_seen_and_taken(void **state)
{
	int ends[2];

	assert_int_equal(wake_open(ends), 0);
	assert_false(is_readable(ends[0]));
	assert_true(wake_take(ends[0])); /* nothing to take: it does not wait */
	wake_send(ends[1]);
	assert_true(is_readable(ends[0]));
	assert_true(wake_take(ends[0]));
	assert_false(is_readable(ends[0]));
	wake_send(ends[0]); /* and in the other direction */
	assert_true(is_readable(ends[1]));
	close(ends[0]);
	close(ends[1]);
}

/* Also when its own end was made a blocking one. */
static void who_wakes_never_waits(void **state)
{
	int ends[2];

	assert_int_equal(wake_open(ends), 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, 0), 0);
	alarm(20);
	for (unsigned n = 0; n < MANY; n++)
		wake_send(ends[1]);
	for (unsigned n = 0; is_readable(ends[0]); n++) {
		assert_true(n < MANY);
		assert_true(wake_take(ends[0]));
	}
	assert_true(wake_take(ends[0]));
	alarm(0);
	close(ends[0]);
	close(ends[1]);
}

/* The other side may be lesser: it may fill its end, shut it or close it. */
static void what_the_other_side_does_is_its_own_affair(void **state)
{
	int ends[2];

	assert_int_equal(wake_open(ends), 0);
	while (send(ends[1], "flood", 5, MSG_DONTWAIT) > 0)
		;
	assert_true(wake_take(ends[0]));
	assert_true(is_readable(ends[0])); /* a part of it, not all */
	wake_send(ends[0]);
	assert_int_equal(shutdown(ends[1], SHUT_RDWR), 0);
	wake_send(ends[0]); /* no SIGPIPE */
	close(ends[1]);
	wake_send(ends[0]);
	while (wake_take(ends[0])) /* ends with what was sent */
		;
	close(ends[0]);
	wake_send(-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_seen_and_taken),
		cmocka_unit_test(who_wakes_never_waits),
		cmocka_unit_test(what_the_other_side_does_is_its_own_affair),
	};

	return cmocka_run_group_tests_name("sys_wake", tests, NULL, NULL);
}
