/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scripts of virtual and real servers are told, in what order, and how
 * many at once. With real scripts: runner_told.c.
 */
#include "ledger/lvs.h"
#include "runner_servers_fixture.h"
#include "sys/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void one_after_another_in_order(void **state)
{
	(void)state;
	begin(2, ROOM);
	for (unsigned n = 0; n < 5; n++)
		change(1, n % 2);
	change(2, true);
	turns();
	assert_int_equal(started, 2); /* one of each */
	assert_int_equal(scripts[0].change, 1);
	assert_int_equal(scripts[1].change, 6);
	assert_string_equal(scripts[1].server, "[10.0.0.1]:tcp:2");
	for (unsigned n = 0; n < 4; n++) {
		unsigned last = n == 0 ? 0 : started - 1;

		end_script(last);
		turns();
		assert_int_equal(started, n + 3);
		assert_int_equal(scripts[started - 1].change, n + 2);
		assert_string_equal(scripts[started - 1].state,
				    (n + 1) % 2 ? "UP" : "DOWN");
	}
	end_script(started - 1);
	turns();
	assert_int_equal(started, 6);
	assert_int_equal(lost(), 0);
	assert_false(servers_owe(r));
	finish();
}

/* Those that wait behind it are told. */
static void one_that_cannot_be_started_holds_up_nobody(void **state)
{
	(void)state;
	begin(2, ROOM);
	for (unsigned n = 0; n < 6; n++)
		change(1, n % 2);
	turns();
	refuse = 3;
	end_script(0);
	for (unsigned n = 0; n < 4; n++)
		(void)turn();
	assert_int_equal(started, 2);
	assert_int_equal(scripts[1].change, 5);
	assert_int_equal(ledger_runner(l)->servers_failed, 3);
	/* Of another one the first fails, and nothing has run yet. */
	refuse = 1;
	change(2, false);
	change(2, true);
	for (unsigned n = 0; n < 2; n++)
		(void)turn();
	assert_int_equal(started, 3);
	assert_int_equal(scripts[2].change, 8);
	finish();
}

/* Nothing is lost by that, and nothing told out of its order. */
static void without_room_for_a_process_it_waits(void **state)
{
	tick_t now = clock_now(), next;

	(void)state;
	begin(3, ROOM);
	for (unsigned n = 1; n <= 3; n++) {
		change(n, false);
		change(n, true);
	}
	full = 2;
	next = servers_due(r, now);
	assert_int_equal(started, 0);
	assert_int_equal(full, 1); /* no other one is tried */
	assert_in_range(next, now + TICK_SECOND / 2, now + 5 * TICK_SECOND);
	assert_int_equal(ledger_news_told(l, 1).state, LEDGER_NEWS_WAITS);
	r->ends = true;
	assert_true(servers_owe(r));
	r->ends = false;
	(void)servers_due(r, now + TICK_MILLISECOND);
	assert_int_equal(full, 1);
	(void)servers_due(r, now + 10 * TICK_SECOND);
	assert_int_equal(full, 0);
	(void)servers_due(r, now + 20 * TICK_SECOND);
	assert_int_equal(started, 3);
	for (unsigned n = 0; n < 3; n++)
		end_script(n);
	(void)servers_due(r, now + 30 * TICK_SECOND);
	assert_int_equal(started, 6);
	for (unsigned n = 0; n < 3; n++)
		assert_true(scripts[n].change % 2 == 1 &&
			    scripts[n + 3].change % 2 == 0);
	assert_int_equal(ledger_runner(l)->servers_failed, 0);
	finish();
}

static void a_turn_starts_only_so_many(void **state)
{
	unsigned all = 0;

	(void)state;
	begin(100, ROOM);
	for (unsigned n = 1; n <= 100; n++) {
		change(n, false);
		change(n, true);
	}
	while (all < 100) {
		unsigned most = 100 - all < A_TURN ? 100 - all : A_TURN;

		/* What is new is no reason to start more. */
		servers_look(r);
		assert_int_equal(turn(), most);
		all += most;
	}
	assert_int_equal(turn(), 0);
	/* Nor that many end at once. */
	for (unsigned n = 0; n < 100; n++)
		end_script(n);
	assert_int_equal(started, 100);
	assert_true(servers_due(r, 5) < TICK_NEVER);
	assert_int_equal(started, 100 + A_TURN);
	turns();
	assert_int_equal(started, 200);
	finish();
}

static void only_so_many_run_at_once(void **state)
{
	(void)state;
	begin(SERVERS, 2 * SERVERS);
	for (unsigned n = 1; n <= SERVERS; n++)
		change(n, false);
	turns();
	assert_int_equal(started, AT_ONCE);
	/* It is woken when one ends, and not before. */
	assert_true(servers_due(r, 0) == TICK_NEVER);
	assert_false(servers_owe(r)); /* the next process has them, too */
	r->ends = true;
	assert_true(servers_owe(r));
	r->ends = false;
	for (unsigned n = 0; n < 3; n++)
		end_script(n);
	turns();
	assert_int_equal(started, AT_ONCE + 3);
	for (unsigned n = 3; n < started; n++) {
		end_script(n);
		turns();
	}
	assert_int_equal(started, SERVERS);
	for (unsigned n = 0; n < SERVERS; n++)
		assert_int_equal(scripts[n].change, n + 1);
	finish();
}

/* What waits stands in the ring; what does not stand there any more is lost. */
static void what_is_overwritten_is_counted(void **state)
{
	(void)state;
	begin(3, 8);
	change(1, false);
	turns();
	for (unsigned n = 2; n <= 8; n++)
		change(1, n % 2);
	servers_look(r);
	assert_int_equal(lost(), 0);
	/* Those of another one take the places of 2, 3 and 4. */
	change(2, false); /* 9: the place of the one that runs */
	for (unsigned n = 0; n < 3; n++) {
		change(2, n % 2);
		servers_look(r);
	}
	assert_int_equal(lost(), 3);
	turns();
	assert_int_equal(scripts[1].change, 9);
	end_script(0);
	turns();
	assert_int_equal(scripts[2].change, 5);
	/* More than the ring holds before anybody looks: 13 to 32. */
	for (unsigned n = 13; n <= 32; n++)
		change(1 + n % 2, n % 2);
	end_script(2);
	turns();
	/* 6, 7, 8; 10, 11, 12; and 13 to 24. */
	assert_int_equal(lost(), 3 + 3 + 3 + 12);
	assert_int_equal(scripts[3].change, 26);
	finish();
}

/* A number that no ring has ever reached. */
static void no_number_is_too_high(void **state)
{
	(void)state;
	begin(2, 8);
	change(1, false);
	turns();
	change(1, true);
	servers_look(r);
	ledger_lvs(l)->news = UINT64_C(1) << 61;
	turns();
	end_script(0);
	turns();
	end_runner();
	start_runner(); /* the next process */
	turns();
	ledger_runner(l)->servers = UINT64_MAX;
	end_runner();
	start_runner();
	turns();
	assert_false(servers_owe(r));
	finish();
}

/* Once a run of it, and only if something waits. */
static void one_that_others_wait_for_is_named(void **state)
{
	struct told_server *s;

	(void)state;
	begin(2, ROOM);
	s = &r->servers.list[0];
	change(1, false);
	turns();
	change(1, true);
	servers_look(r);
	assert_false(s->slow_told); /* it has just begun */
	s->started -= 100 * TICK_SECOND;
	turns();
	assert_false(s->slow_told);
	change(1, false);
	turns();
	assert_true(s->slow_told);
	end_script(0);
	turns();
	assert_int_equal(started, 2);
	assert_false(s->slow_told);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_after_another_in_order),
		cmocka_unit_test(one_that_cannot_be_started_holds_up_nobody),
		cmocka_unit_test(without_room_for_a_process_it_waits),
		cmocka_unit_test(a_turn_starts_only_so_many),
		cmocka_unit_test(only_so_many_run_at_once),
		cmocka_unit_test(what_is_overwritten_is_counted),
		cmocka_unit_test(no_number_is_too_high),
		cmocka_unit_test(one_that_others_wait_for_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
