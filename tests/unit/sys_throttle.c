/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/throttle.h: what comes alone is read at once, a flood once a pause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/throttle.h"

#include <fcntl.h>
#include <unistd.h>

#define PAUSE (20 * TICK_MILLISECOND)

/* Two descriptors, and how often each was read. */
static struct scene {
	struct loop loop;
	struct throttle throttle;
	struct loop_watch watches[2];
	int pipes[2][2];
	unsigned read[2];
	bool all; /* nothing is left behind */
} s;

static void ready(unsigned n)
{
	char byte;

	assert_int_equal(read(s.pipes[n][0], &byte, 1), 1);
	s.read[n]++;
	throttle_note(&s.throttle, s.loop.now, s.all);
}

static void ready_first(void *context, uint32_t events)
{
	ready(0);
}

static void ready_second(void *context, uint32_t events)
{
	ready(1);
}

static tick_t turn(void *context, tick_t now)
{
	throttle_run(&s.throttle, now);
	return throttle_deadline(&s.throttle);
}

static int set_up(void **state)
{
	s = (struct scene){ .all = true };
	if (loop_init(&s.loop, turn, NULL))
		return -1;
	s.throttle = (struct throttle){ .loop = &s.loop, .pause = PAUSE };
	for (unsigned n = 0; n < 2; n++) {
		if (pipe2(s.pipes[n], O_CLOEXEC | O_NONBLOCK))
			return -1;
		s.watches[n] = (struct loop_watch){
			.fd = s.pipes[n][0],
			.class = LOOP_OTHER,
			.ready = n == 0 ? ready_first : ready_second,
		};
		assert_int_equal(throttle_add(&s.throttle, &s.watches[n]), 0);
	}
	return loop_turn(&s.loop, TICK_NEVER); /* the first one */
}

static int tear_down(void **state)
{
	loop_close(&s.loop);
	for (unsigned n = 0; n < 2; n++) {
		close(s.pipes[n][0]);
		close(s.pipes[n][1]);
	}
	return 0;
}

static void arrive(unsigned n, unsigned count)
{
	while (count-- > 0)
		assert_int_equal(write(s.pipes[n][1], "x", 1), 1);
}

/* What is ready now is served, and no more than that. */
static void look(void)
{
	assert_int_equal(loop_turn(&s.loop, clock_now()), 0);
}

/* Alone: the last one was read longer ago than a pause. */
static void be_quiet(void)
{
	s.throttle.read = clock_now() - 2 * PAUSE;
}

static void what_comes_alone_is_read_at_once(void **state)
{
	for (unsigned n = 1; n <= 3; n++) {
		be_quiet();
		arrive(0, 1);
		look();
		assert_int_equal(s.read[0], n);
		assert_int_equal(throttle_deadline(&s.throttle), TICK_NEVER);
	}
}

static void what_comes_often_is_read_once_a_pause(void **state)
{
	tick_t begun = clock_now();

	arrive(0, 100);
	while (clock_now() < begun + 10 * PAUSE)
		assert_int_equal(loop_turn(&s.loop, begun + 10 * PAUSE), 0);
	/* The first two make it a flood; less on a machine that is busy. */
	assert_in_range(s.read[0], 2, 2 + 10);
	/* The other one was idle, and is served together with this one. */
	arrive(1, 1);
	begun = clock_now();
	while (s.read[1] == 0 && clock_now() < begun + 10 * TICK_SECOND)
		assert_int_equal(loop_turn(&s.loop, TICK_NEVER), 0);
	assert_int_equal(s.read[1], 1);
}

static void a_pause_is_for_all_of_them(void **state)
{
	arrive(0, 2);
	look();
	s.throttle.read = s.loop.now; /* however slow this machine is */
	look();
	assert_true(throttle_deadline(&s.throttle) != TICK_NEVER);
	s.throttle.until = clock_now() + 100 * TICK_SECOND;
	s.loop.deadline = s.throttle.until;
	arrive(0, 1);
	arrive(1, 1);
	look();
	assert_int_equal(s.read[0], 2);
	assert_int_equal(s.read[1], 0);
	s.throttle.until = s.loop.deadline = clock_now();
	look(); /* the pause ends ... */
	look(); /* ... and both are there */
	assert_int_equal(s.read[0], 3);
	assert_int_equal(s.read[1], 1);
}

static void what_was_left_behind_is_no_reason_to_pause(void **state)
{
	s.all = false;
	arrive(0, 50);
	for (unsigned n = 1; n <= 50; n++) {
		s.throttle.read = clock_now();
		look();
		assert_int_equal(s.read[0], n);
	}
}

#define WITH_SCENE(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SCENE(what_comes_alone_is_read_at_once),
		WITH_SCENE(what_comes_often_is_read_once_a_pause),
		WITH_SCENE(a_pause_is_for_all_of_them),
		WITH_SCENE(what_was_left_behind_is_no_reason_to_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
