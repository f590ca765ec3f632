/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/loop.h and sys/clock.h: order of a turn, deadlines, and the promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What happened, one letter each: Receive, Other, Turn. */
struct story {
	struct loop loop;
	char text[64];
	unsigned length;
	tick_t next; /* what turn() returns */
	int turns_left;
	int pipes[4][2];
	struct loop_watch watches[4];
};

static void tell(struct story *s, char what)
{
	if (s->length < sizeof(s->text) - 1)
		s->text[s->length++] = what;
}

static void take_byte(int fd)
{
	char byte;

	assert_int_equal(read(fd, &byte, 1), 1);
}

static void on_receive(void *context, uint32_t events)
{
	struct story *s = context;

	assert_true(events & EPOLLIN);
	take_byte(s->pipes[0][0]);
	tell(s, 'R');
}

static void on_other(void *context, uint32_t events)
{
	struct story *s = context;

	(void)events;
	take_byte(s->pipes[1][0]);
	tell(s, 'O');
}

static tick_t on_turn(void *context, tick_t now)
{
	struct story *s = context;

	assert_int_equal(now, s->loop.now);
	tell(s, 'T');
	if (--s->turns_left == 0)
		loop_stop(&s->loop);
	return s->next;
}

static int set_up(void **state)
{
	struct story *s = calloc(1, sizeof(*s));

	if (!s || loop_init(&s->loop, on_turn, s))
		return -1;
	s->next = TICK_NEVER;
	for (unsigned i = 0; i < 4; i++) {
		if (pipe2(s->pipes[i], O_CLOEXEC | O_NONBLOCK))
			return -1;
		s->watches[i] = (struct loop_watch){
			.fd = s->pipes[i][0],
			.class = i == 0 ? LOOP_RECEIVE : LOOP_OTHER,
			.ready = i == 0 ? on_receive : on_other,
			.context = s,
		};
	}
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct story *s = *state;

	loop_close(&s->loop);
	for (unsigned i = 0; i < 4; i++) {
		close(s->pipes[i][0]);
		close(s->pipes[i][1]);
	}
	free(s);
	return 0;
}

static void packets_come_first(void **state)
{
	struct story *s = *state;

	/* The other one is ready first and was added first. */
	assert_int_equal(loop_add(&s->loop, &s->watches[1], EPOLLIN), 0);
	assert_int_equal(loop_add(&s->loop, &s->watches[0], EPOLLIN), 0);
	assert_int_equal(write(s->pipes[1][1], "x", 1), 1);
	assert_int_equal(write(s->pipes[0][1], "x", 1), 1);
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	assert_string_equal(s->text, "ROT");
}

static void deadlines_are_never_early(void **state)
{
	static const tick_t waits[] = { 0,
					50 * TICK_MICROSECOND,
					TICK_MILLISECOND,
					7 * TICK_MILLISECOND,
					40 * TICK_MILLISECOND,
					150 * TICK_MILLISECOND };
	struct story *s = *state;

	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	for (unsigned i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		tick_t deadline = clock_now() + waits[i];

		s->loop.deadline = deadline;
		s->length = 0;
		assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
		assert_int_equal(s->length, 1);
		assert_true(s->loop.now >= deadline);
	}
}

/*
 * By default epoll may be late by a thousandth of the wait. Of several tries
 * the best one is judged: a shared machine may delay any of them.
 */
static void long_waits_are_exact(void **state)
{
	struct story *s = *state;
	tick_t best = TICK_NEVER, sum = 0;

	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	for (unsigned i = 0; i < 5; i++) {
		tick_t deadline = clock_now() + 400 * TICK_MILLISECOND;

		s->loop.deadline = deadline;
		assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
		best = tick_min(best, s->loop.now - deadline);
		sum += s->loop.now - deadline;
	}
	print_message("# late by %lld us at best, %lld us in the mean\n",
		      (long long)(best / TICK_MICROSECOND),
		      (long long)(sum / 5 / TICK_MICROSECOND));
	assert_true(best < 200 * TICK_MICROSECOND);
}

static void stop_and_continue(pid_t victim, int fd)
{
	usleep(20000);
	kill(victim, SIGSTOP);
	usleep(80000);
	if (write(fd, "x", 1) != 1)
		_exit(1);
	kill(victim, SIGCONT);
	_exit(0);
}

/*
 * The process is stopped in the middle of its wait; its deadline passes, then
 * a packet arrives; then it goes on. The packet must be handled before the
 * deadline is looked at.
 */
static void a_stopped_process_hears_first(void **state)
{
	struct story *s = *state;
	pid_t self = getpid(), child;
	int status;

	assert_int_equal(loop_add(&s->loop, &s->watches[0], EPOLLIN), 0);
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	s->length = 0;
	s->loop.deadline = clock_now() + 50 * TICK_MILLISECOND;
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		stop_and_continue(self, s->pipes[0][1]);
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	s->text[s->length] = '\0';
	assert_string_equal(s->text, "RT");
}

static void remove_the_other(void *context, uint32_t events)
{
	struct story *s = context;

	(void)events;
	tell(s, 'O');
	loop_remove(&s->loop, &s->watches[2]);
	loop_remove(&s->loop, &s->watches[3]);
}

static void removed_watches_are_not_called(void **state)
{
	struct story *s = *state;

	for (unsigned i = 2; i < 4; i++) {
		s->watches[i].ready = remove_the_other;
		assert_int_equal(loop_add(&s->loop, &s->watches[i], EPOLLIN),
				 0);
		assert_int_equal(write(s->pipes[i][1], "x", 1), 1);
	}
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	assert_string_equal(s->text, "OT");
	assert_int_equal(loop_turn(&s->loop, clock_now()), 0);
	assert_string_equal(s->text, "OT");
}

static void turns_until_it_is_stopped(void **state)
{
	struct story *s = *state;

	s->next = 0; /* again, at once */
	s->turns_left = 5;
	assert_int_equal(loop_run(&s->loop), 0);
	assert_string_equal(s->text, "TTTTT");
	assert_int_equal(s->loop.turns, 5);
}

static void nothing_ready_is_no_turn(void **state)
{
	struct story *s = *state;
	tick_t until;

	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	until = clock_now() + 2 * TICK_MILLISECOND;
	assert_int_equal(loop_turn(&s->loop, until), 0);
	assert_true(s->loop.now >= until);
	assert_string_equal(s->text, "T");
}

static void the_number_of_watches_is_bounded(void **state)
{
	struct story *s = *state;
	struct loop_watch watches[LOOP_WATCHES_MAX + 1];

	for (unsigned i = 0; i <= LOOP_WATCHES_MAX; i++) {
		int expected = i < LOOP_WATCHES_MAX ? 0 : -ENOSPC;

		watches[i] = s->watches[1];
		watches[i].fd = dup(s->pipes[1][0]);
		assert_int_equal(loop_add(&s->loop, &watches[i], EPOLLIN),
				 expected);
	}
	for (unsigned i = 0; i <= LOOP_WATCHES_MAX; i++) {
		loop_remove(&s->loop, &watches[i]);
		close(watches[i].fd);
	}
	assert_int_equal(s->loop.watches, 0);
}

static void signals_are_read(void **state)
{
	static const int signals[] = { SIGUSR1, SIGUSR2 };
	int fd = loop_signals_open(signals, 2);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(loop_signals_read(fd), 0);
	assert_int_equal(raise(SIGUSR2), 0);
	assert_int_equal(loop_signals_read(fd), SIGUSR2);
	assert_int_equal(loop_signals_read(fd), 0);
	close(fd);
}

/* As loop.c has it. */
#define GATHER_MOST (1250 * TICK_MICROSECOND)

/* One byte is a packet, and is always there; until they are a flood. */
static void crowd(struct story *s)
{
	char bytes[4096] = "";

	assert_int_equal(loop_add(&s->loop, &s->watches[0], EPOLLIN), 0);
	assert_int_equal(write(s->pipes[0][1], bytes, sizeof(bytes)),
			 sizeof(bytes));
	s->next = TICK_NEVER;
	for (unsigned n = 0; n < 2000 && s->loop.gather < GATHER_MOST; n++)
		assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	assert_int_equal(s->loop.gather, GATHER_MOST);
}

static void packets_in_a_hurry_are_gathered(void **state)
{
	struct story *s = *state;
	tick_t begun, took;

	crowd(s);
	s->turns_left = 20;
	begun = s->loop.now;
	assert_int_equal(loop_run(&s->loop), 0);
	took = s->loop.now - begun;
	assert_true(took >= 20 * GATHER_MOST);
	assert_int_equal(s->loop.gather, GATHER_MOST);
	print_message("# %lld us a turn\n",
		      (long long)(took / 20 / TICK_MICROSECOND));
}

/* So is a flood whose turns are late, since others have the processor. */
static void however_late_this_process_is(void **state)
{
	struct story *s = *state;

	crowd(s);
	for (unsigned n = 0; n < 3; n++) {
		usleep(10000);
		assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
		assert_int_equal(s->loop.gather, GATHER_MOST);
	}
}

/* When none came for so long, the next one is read at once. */
static void they_are_not_when_they_have_stopped(void **state)
{
	struct story *s = *state;

	crowd(s);
	s->loop.received -= TICK_SECOND;
	s->loop.looked = s->loop.received;
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	assert_int_equal(s->loop.gather, 0);
}

static void others_do_not_wait_for_them(void **state)
{
	struct story *s = *state;
	tick_t far;

	crowd(s);
	assert_int_equal(loop_add(&s->loop, &s->watches[1], EPOLLIN), 0);
	far = clock_now() + 5 * TICK_SECOND;
	s->loop.received = far; /* packets may wait until then */
	s->loop.gather = TICK_SECOND;
	s->loop.deadline = far;
	s->length = 0;
	assert_int_equal(write(s->pipes[1][1], "x", 1), 1);
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	s->text[s->length] = '\0';
	assert_string_equal(s->text, "ROT");
	assert_true(s->loop.now < far);
	/* Nor when it has been taken out. */
	loop_remove(&s->loop, &s->watches[1]);
	assert_int_equal(write(s->pipes[1][1], "x", 1), 1);
	s->loop.received = clock_now();
	s->loop.gather = 20 * TICK_MILLISECOND;
	far = s->loop.received + s->loop.gather;
	assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
	assert_true(s->loop.now >= far);
}

static void the_deadline_does_not_wait_for_them(void **state)
{
	struct story *s = *state;
	tick_t least = TICK_NEVER;

	crowd(s);
	/* The machine may be late, but not each time. */
	for (int n = 0; n < 20; n++) {
		tick_t deadline = clock_now() + 50 * TICK_MICROSECOND;

		s->loop.received = clock_now();
		s->loop.gather = 250 * TICK_MICROSECOND;
		s->loop.deadline = deadline;
		assert_int_equal(loop_turn(&s->loop, TICK_NEVER), 0);
		assert_true(s->loop.now >= deadline);
		least = tick_min(least, s->loop.now - deadline);
	}
	assert_true(least < 150 * TICK_MICROSECOND);
}

static void stamps_become_monotonic(void **state)
{
	tick_t real = 1700000000 * TICK_SECOND, now = 500 * TICK_SECOND;

	(void)state;
	assert_int_equal(clock_from_real(real - 3, now, real), now - 3);
	assert_int_equal(clock_from_real(real, now, real), now);
	/* Of the future, much too old, none: the clock was stepped. */
	assert_int_equal(clock_from_real(real + 1, now, real), now);
	assert_int_equal(clock_from_real(real - CLOCK_AGE_MAX, now, real),
			 now - CLOCK_AGE_MAX);
	assert_int_equal(clock_from_real(real - CLOCK_AGE_MAX - 1, now, real),
			 now);
	assert_int_equal(clock_from_real(0, now, real), now);
}

#define WITH_STORY(test)                                                       \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STORY(packets_come_first),
		WITH_STORY(deadlines_are_never_early),
		WITH_STORY(long_waits_are_exact),
		WITH_STORY(a_stopped_process_hears_first),
		WITH_STORY(removed_watches_are_not_called),
		WITH_STORY(turns_until_it_is_stopped),
		WITH_STORY(nothing_ready_is_no_turn),
		WITH_STORY(the_number_of_watches_is_bounded),
		WITH_STORY(packets_in_a_hurry_are_gathered),
		WITH_STORY(however_late_this_process_is),
		WITH_STORY(they_are_not_when_they_have_stopped),
		WITH_STORY(others_do_not_wait_for_them),
		WITH_STORY(the_deadline_does_not_wait_for_them),
		cmocka_unit_test(signals_are_read),
		cmocka_unit_test(stamps_become_monotonic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
