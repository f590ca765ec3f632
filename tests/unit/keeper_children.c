/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper's watch over its processes (child.c, children.c), without one:
 * what starts, ends and signals them are arrays here, and the test says what
 * time it is. A pidfd is a pipe, readable when the process has ended.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	SERVER,
	SHOWS,
	JOINS,
	BEATS,
	ROWS
};

static const struct keeper_row rows[ROWS] = {
	{ .name = "server", .kind = KEEPER_HEIR, .heartbeat = true },
	{ .name = "shows", .kind = KEEPER_RESTART, .answers = true },
	{ .name = "joins", .kind = KEEPER_EXTERNAL },
	{ .name = "beats",
	  .kind = KEEPER_RESTART,
	  .book = LEDGER_BOOK_RUNNER,
	  .heartbeat = true },
};
static const struct keeper_setup setup = { .rows = rows, .row_count = ROWS };

static struct keeper keeper, *const k = &keeper;
static tick_t now;
static int ends[ROWS]; /* the other end of a pidfd, or -1 */
static unsigned started[ROWS], signals[ROWS][NSIG], told[32];
static int refuses; /* an errno for who is to be started */
static struct process_end end_of = { true, SIGKILL };
static bool stopped;

tick_t clock_now(void)
{
	return now;
}

tick_t clock_real_now(void)
{
	return now;
}

tick_t clock_asleep(void)
{
	return 0;
}

int child_spawn(struct keeper *of, struct child *c, const struct generation *g)
{
	int pipe_ends[2];

	(void)of;
	(void)g;
	if (refuses)
		return -refuses;
	assert_int_equal(pipe(pipe_ends), 0);
	ends[c->index] = pipe_ends[1];
	c->process = (struct process){ 100 + (pid_t)c->index, pipe_ends[0], 0 };
	c->watch.fd = pipe_ends[0];
	c->started = now;
	c->start_at = TICK_NEVER;
	c->running = true;
	started[c->index]++;
	return 0;
}

int process_signal(const struct process *p, int signal)
{
	if (p->pid)
		signals[p->pid - 100][signal]++;
	return 0;
}

int process_reap(struct process *p, struct process_end *end)
{
	struct pollfd ended = { p->pidfd, POLLIN, 0 };

	if (poll(&ended, 1, 0) != 1)
		return 0;
	close(p->pidfd);
	*end = end_of;
	*p = (struct process){ .pidfd = -1 };
	return 1;
}

void process_reap_strangers(bool (*is_ours)(const void *context, pid_t pid),
			    const void *context)
{
	/* Whoever is waited for elsewhere is no stranger. */
	for (unsigned n = 0; n < ROWS; n++)
		if (k->children[n].process.pid)
			assert_true(
				is_ours(context, k->children[n].process.pid));
	k->reading.processes.conf.pid = 98;
	k->rehearsal.process.pid = 99;
	k->gone[0].process.pid = 97;
	k->heir.process.pid = 96;
	for (pid_t pid = 96; pid <= 99; pid++)
		assert_true(is_ours(context, pid));
	k->reading.processes.conf.pid = k->rehearsal.process.pid = 0;
	k->gone[0].process.pid = k->heir.process.pid = 0;
	assert_false(is_ours(context, 95));
}

int schedule_raise(const struct process *p, int priority)
{
	(void)p;
	(void)priority;
	return 0;
}

int schedule_limit(const struct process *p, uint32_t rttime)
{
	(void)p;
	(void)rttime;
	return 0;
}

int loop_add(struct loop *loop, struct loop_watch *w, uint32_t events)
{
	(void)loop;
	(void)w;
	(void)events;
	return 0;
}

void loop_remove(struct loop *loop, struct loop_watch *w)
{
	(void)loop;
	(void)w;
}

void loop_stop(struct loop *loop)
{
	(void)loop;
	stopped = true;
}

void log_line(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

void reply_to_waiting(struct keeper *of, int error, const char *format, ...)
{
	(void)of;
	(void)error;
	(void)format;
}

void replace_tell(struct keeper *of, enum succession_what what)
{
	(void)of;
	told[what]++;
}

tick_t replace_turn(struct keeper *of, tick_t at)
{
	(void)of;
	(void)at;
	return TICK_NEVER;
}

tick_t external_turn(struct keeper *of, tick_t at)
{
	(void)of;
	(void)at;
	return TICK_NEVER;
}

void realtime_watch(struct keeper *of)
{
	(void)of;
}

bool reading_is_on(const struct keeper *of)
{
	(void)of;
	return false;
}

void reading_cancel(struct keeper *of)
{
	(void)of;
}

static int begin(void **state)
{
	static const struct generation none = GENERATION_NONE;

	(void)state;
	*k = (struct keeper){ .setup = &setup,
			      .listen = -1,
			      .kill_at = TICK_NEVER };
	k->now = none;
	now = 1000 * TICK_SECOND;
	memset(started, 0, sizeof(started));
	memset(signals, 0, sizeof(signals));
	memset(told, 0, sizeof(told));
	memset(ends, -1, sizeof(ends));
	refuses = 0;
	stopped = false;
	k->now.fd = ledger_create(&(struct ledger_size){ 1, 0, 1024 }, "1",
				  &k->now.ledger);
	assert_true(k->now.fd >= 0);
	children_setup(k);
	children_start(k);
	return 0;
}

/* It dies now, and the keeper is told. */
static void dies(unsigned row)
{
	close(ends[row]);
	ends[row] = -1;
	k->children[row].watch.ready(k, EPOLLIN);
}

static int end(void **state)
{
	(void)state;
	for (unsigned n = 0; n < ROWS; n++) {
		if (ends[n] < 0)
			continue;
		close(ends[n]);
		close(k->children[n].process.pidfd);
	}
	ledger_unmap(k->now.ledger);
	close(k->now.fd);
	return 0;
}

/* Until something happens, or for that long. */
static void turns(tick_t until)
{
	while (now < until) {
		tick_t next = children_turn(k, now);

		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		ledger_runner(k->now.ledger)->heartbeat = (uint64_t)now;
		now = next < until && next > now ? next : until;
	}
	children_turn(k, now);
}

static void all_are_started_but_who_joins(void **state)
{
	(void)state;
	assert_int_equal(started[SERVER], 1);
	assert_int_equal(started[SHOWS], 1);
	assert_int_equal(started[JOINS], 0);
	assert_int_equal(told[SUCCESSION_STARTED], 1);
	turns(now + 60 * TICK_SECOND);
	assert_int_equal(started[JOINS], 0);
}

static void who_dies_as_it_starts_is_started_ever_later(void **state)
{
	/* At once, after 0.1 s, and then twice as long each time. */
	static const int waits[] = { 0,    100,  200,  400, 800,
				     1600, 3200, 5000, 5000 };

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(waits); n++) {
		tick_t wait = waits[n] * TICK_MILLISECOND;

		dies(SHOWS);
		if (wait > 0) {
			turns(now + wait - TICK_MICROSECOND);
			assert_int_equal(started[SHOWS], n + 1);
			turns(now + TICK_MICROSECOND);
		} else {
			turns(now);
		}
		assert_int_equal(started[SHOWS], n + 2);
	}
	assert_int_equal(child_row(k, &k->children[SHOWS])->pid, 0);
}

static void who_ran_for_a_while_is_followed_at_once(void **state)
{
	(void)state;
	dies(SHOWS);
	turns(now);
	dies(SHOWS);
	turns(now + 100 * TICK_MILLISECOND);
	turns(now + 200 * TICK_MILLISECOND);
	assert_int_equal(k->children[SHOWS].deaths, 2);
	dies(SHOWS);
	turns(now);
	assert_int_equal(started[SHOWS], 4);
	turns(now + 30 * TICK_SECOND);
	dies(SHOWS);
	turns(now);
	assert_int_equal(k->children[SHOWS].deaths, 1);
}

static void who_was_asked_to_end_has_not_died(void **state)
{
	struct child *c = &k->children[SHOWS];

	(void)state;
	c->restart_asked = true;
	c->kill_at = now + TICK_SECOND;
	turns(now + TICK_SECOND - TICK_MICROSECOND);
	assert_int_equal(signals[SHOWS][SIGKILL], 0);
	turns(now + TICK_MICROSECOND);
	assert_int_equal(signals[SHOWS][SIGKILL], 1);
	dies(SHOWS);
	turns(now);
	assert_int_equal(c->deaths, 0);
	assert_int_equal(started[SHOWS], 2);
}

static void who_joined_is_not_started_again(void **state)
{
	struct child *c = &k->children[JOINS];

	(void)state;
	assert_int_equal(child_spawn(k, c, &k->now), 0);
	dies(JOINS);
	assert_int_equal(c->process.pid, 0);
	assert_int_equal(c->deaths, 1);
	turns(now + 60 * TICK_SECOND);
	assert_int_equal(started[JOINS], 1);
}

static void what_cannot_be_started_is_tried_again(void **state)
{
	(void)state;
	refuses = EAGAIN;
	dies(SHOWS);
	turns(now + 4 * TICK_SECOND);
	refuses = 0;
	turns(now + TICK_SECOND - TICK_MICROSECOND);
	assert_int_equal(started[SHOWS], 1);
	turns(now + TICK_MICROSECOND);
	assert_int_equal(started[SHOWS], 2);
}

static void who_serves_and_hangs_is_killed(void **state)
{
	tick_t since = now;

	(void)state;
	k->children[SERVER].go_at = now;
	ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
	while (signals[SERVER][SIGKILL] == 0 && now < since + TICK_SECOND * 60)
		now = children_turn(k, now);
	assert_in_range(now - since, 2 * TICK_SECOND, 3 * TICK_SECOND);
	dies(SERVER);
	assert_int_equal(told[SUCCESSION_SERVER_ENDED], 1);
	assert_int_equal(k->now.ledger->deaths.row, 1);
	/* Who follows it is not for this file to say. */
	turns(now + TICK_SECOND);
	assert_int_equal(started[SERVER], 1);
}

/* One whose heartbeat does not change, whatever it says. */
static void others_that_hang_are_killed(void **state)
{
	struct ledger_runner *runner = ledger_runner(k->now.ledger);
	tick_t since;

	(void)state;
	turns(now + 20 * TICK_SECOND);
	assert_int_equal(signals[BEATS][SIGKILL], 0);
	since = now;
	runner->heartbeat = UINT64_MAX;
	while (signals[BEATS][SIGKILL] == 0 && now < since + TICK_SECOND * 60) {
		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		now = children_turn(k, now);
	}
	assert_in_range(now - since, 5 * TICK_SECOND, 6 * TICK_SECOND);
	dies(BEATS);
	turns(now + TICK_SECOND);
	assert_int_equal(started[BEATS], 2);

	/* Also by a keeper that sleeps a second of each two. */
	since = now;
	runner->heartbeat = UINT64_MAX;
	for (unsigned n = 1; signals[BEATS][SIGKILL] == 1 && n < 400; n++) {
		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		now = children_turn(k, now) + (n % 4 ? 0 : TICK_SECOND);
	}
	assert_in_range(now - since, 8 * TICK_SECOND, 13 * TICK_SECOND);
}

/* It says nothing while nobody waits. */
static void who_opens_the_door_to_nobody_is_killed(void **state)
{
	int door[2], wake[2];

	(void)state;
	assert_false(pipe(door) || wake_open(wake));
	k->listen = door[0];
	k->children[SHOWS].wake = wake[0];
	assert_int_equal(write(door[1], "", 1), 1);
	for (unsigned n = 0; n < 23; n++) {
		if (n < 20)
			wake_send(wake[1]);
		turns(now + TICK_SECOND);
	}
	assert_int_equal(signals[SHOWS][SIGKILL], 0);
	turns(now + 3 * TICK_SECOND);
	assert_int_equal(signals[SHOWS][SIGKILL], 1);
	close(door[0]);
	close(door[1]);
	close(wake[1]);
}

static void others_have_time_to_begin(void **state)
{
	tick_t since = now;

	(void)state;
	while (signals[BEATS][SIGKILL] == 0 && now < since + TICK_SECOND * 60) {
		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		now = children_turn(k, now);
	}
	assert_in_range(now - since, 20 * TICK_SECOND, 21 * TICK_SECOND);
}

/* The keeper slept, as the whole machine did: nobody hangs. */
static void who_slept_with_the_keeper_lives(void **state)
{
	(void)state;
	turns(now + TICK_SECOND);
	for (int n = 0; n < 3; n++) {
		now += 60 * TICK_SECOND;
		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		children_turn(k, now);
		now += 300 * TICK_MILLISECOND;
		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		children_turn(k, now);
		turns(now + TICK_SECOND);
	}
	assert_int_equal(signals[BEATS][SIGKILL], 0);
}

/* It was told to end, for another ledger, in which it beats no more. */
static void who_was_told_to_end_may_be_silent(void **state)
{
	(void)state;
	k->children[BEATS].restart_asked = true;
	for (unsigned n = 0; n < 100; n++) {
		ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
		now = children_turn(k, now);
	}
	assert_int_equal(signals[BEATS][SIGKILL], 0);
}

static void who_has_let_go_may_be_silent(void **state)
{
	(void)state;
	k->now.ledger->heir = 7;
	for (unsigned n = 0; n < 100; n++) {
		ledger_server(k->now.ledger)->heartbeat = LEDGER_YIELDED;
		now = children_turn(k, now);
	}
	assert_int_equal(signals[SERVER][SIGKILL], 0);
}

/* It ended as it was told: that is no death for a record to answer for. */
static void who_has_let_go_has_not_died(void **state)
{
	(void)state;
	k->now.ledger->heir = 7;
	ledger_server(k->now.ledger)->heartbeat = LEDGER_YIELDED;
	dies(SERVER);
	assert_int_equal(told[SUCCESSION_SERVER_ENDED], 1);
	assert_int_equal(k->now.ledger->deaths.most, 0);
}

/* Nobody had asked it to: it hangs, and it dies. */
static void who_says_so_by_itself_is_not_believed(void **state)
{
	tick_t since = now;

	(void)state;
	k->now.ledger->heir = 0;
	k->children[SERVER].go_at = now;
	ledger_server(k->now.ledger)->heartbeat = LEDGER_YIELDED;
	while (signals[SERVER][SIGKILL] == 0 && now < since + TICK_SECOND * 60)
		now = children_turn(k, now);
	assert_in_range(now - since, 2 * TICK_SECOND, 3 * TICK_SECOND);
	dies(SERVER);
	assert_int_equal(k->now.ledger->deaths.row, 1);
}

static void who_slept_itself_kills_nobody(void **state)
{
	(void)state;
	k->children[SERVER].go_at = now;
	ledger_server(k->now.ledger)->heartbeat = (uint64_t)now;
	children_turn(k, now);
	now += 60 * TICK_SECOND; /* all of the machine stood still */
	children_turn(k, now);
	assert_int_equal(signals[SERVER][SIGKILL], 0);
}

static void who_sets_itself_up_has_more_time(void **state)
{
	tick_t since = now;

	(void)state;
	k->children[SERVER].running = false;
	while (signals[SERVER][SIGKILL] == 0 && now < since + TICK_SECOND * 60)
		now = children_turn(k, now);
	assert_in_range(now - since, 20 * TICK_SECOND, 21 * TICK_SECOND);
}

static void a_stop_waits_for_all_and_then_kills(void **state)
{
	(void)state;
	k->stopping = true;
	children_stop(k);
	assert_int_equal(told[SUCCESSION_STOP], 1);
	dies(BEATS);
	dies(SHOWS);
	turns(now + 69 * TICK_SECOND);
	assert_int_equal(started[SHOWS], 1);
	assert_false(stopped);
	signals[SERVER][SIGKILL] = 0; /* it was silent meanwhile */
	turns(now + TICK_SECOND);
	assert_int_equal(signals[SERVER][SIGKILL], 1);
	assert_false(stopped);
	dies(SERVER);
	assert_true(stopped);
}

static void there_is_room_for_four_that_tidy_up(void **state)
{
	struct child *c = &k->children[SERVER];

	(void)state;
	for (unsigned n = 0; n < KEEPER_GONE; n++) {
		assert_true(child_let_go(k, c));
		assert_int_equal(c->process.pid, 0);
		close(ends[SERVER]); /* it has ended, and is yet to be reaped */
		assert_int_equal(child_spawn(k, c, &k->now), 0);
	}
	assert_true(children_leave(k));
	assert_false(child_let_go(k, c));
	assert_int_equal(signals[SERVER][SIGKILL], KEEPER_GONE + 1);
	dies(SERVER); /* and with it the others are seen */
	assert_false(children_leave(k));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(all_are_started_but_who_joins),
		TEST(who_dies_as_it_starts_is_started_ever_later),
		TEST(who_ran_for_a_while_is_followed_at_once),
		TEST(who_was_asked_to_end_has_not_died),
		TEST(who_joined_is_not_started_again),
		TEST(what_cannot_be_started_is_tried_again),
		TEST(who_serves_and_hangs_is_killed),
		TEST(who_opens_the_door_to_nobody_is_killed),
		TEST(others_that_hang_are_killed),
		TEST(others_have_time_to_begin),
		TEST(who_slept_with_the_keeper_lives),
		TEST(who_was_told_to_end_may_be_silent),
		TEST(who_has_let_go_may_be_silent),
		TEST(who_has_let_go_has_not_died),
		TEST(who_says_so_by_itself_is_not_believed),
		TEST(who_slept_itself_kills_nobody),
		TEST(who_sets_itself_up_has_more_time),
		TEST(a_stop_waits_for_all_and_then_kills),
		TEST(there_is_room_for_four_that_tidy_up),
	};

	return cmocka_run_group_tests_name("keeper_children", tests, NULL,
					   NULL);
}
