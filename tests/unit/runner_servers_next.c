/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts of virtual and real servers over the death of the process `run`, a
 * reload, and the end of the daemon.
 */
#include "runner_servers_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct ledger_news_told told(uint64_t order)
{
	return ledger_news_told(l, order);
}

/* What it has started, and what waits for that. */
static void the_next_process_goes_on(void **state)
{
	(void)state;
	begin(4, ROOM);
	change(1, false);
	change(2, false);
	change(3, false);
	turns();
	change(1, true);
	change(2, true);
	change(4, false);
	servers_look(r);
	assert_int_equal(told(1).state, LEDGER_NEWS_STARTED);
	assert_int_equal(told(1).pid, 1);
	assert_int_equal(told(4).state, LEDGER_NEWS_WAITS);
	/* It died while it started the script of 6. */
	ledger_news_note(l, 6, LEDGER_NEWS_STARTED, 0);
	end_runner();
	orphans[0] = 1; /* the others have ended meanwhile */
	start_runner();
	turns();
	assert_int_equal(started, 5);
	assert_int_equal(scripts[3].change, 5);
	assert_int_equal(scripts[4].change, 6);
	assert_int_equal(told(3).state, LEDGER_NEWS_SETTLED);
	end_script(0);
	turns();
	assert_int_equal(scripts[5].change, 4);
	for (unsigned n = 3; n < 6; n++)
		end_script(n);
	turns();
	assert_int_equal(started, 6);
	for (uint64_t n = 1; n <= 6; n++)
		assert_int_equal(told(n).state, LEDGER_NEWS_SETTLED);
	finish();
}

/* However many wait when it begins. */
static void the_next_process_starts_only_so_many(void **state)
{
	(void)state;
	begin(100, ROOM);
	for (unsigned n = 1; n <= 100; n++)
		change(n, false);
	servers_look(r);
	end_runner();
	start_runner();
	assert_int_equal(started, 0);
	assert_int_equal(turn(), A_TURN);
	turns();
	assert_int_equal(started, 100);
	finish();
}

/* When it ends at last, its place in the ring is that of another one. */
static void an_old_end_settles_nothing_new(void **state)
{
	(void)state;
	begin(3, 8);
	change(1, false);
	change(2, false);
	turns();
	for (unsigned n = 3; n <= 8; n++)
		change(3, n % 2);
	change(2, true); /* 9, in the place of 1 */
	servers_look(r);
	end_script(0);
	assert_int_equal(told(9).state, LEDGER_NEWS_WAITS);
	end_runner();
	start_runner();
	turns();
	assert_int_equal(scripts[started - 1].change, 9);
	finish();
}

/* A reload has removed many servers: fewer news are kept. */
static void what_a_reload_does_not_keep_is_counted(void **state)
{
	struct ledger *other;
	int fd = ledger_create(&(struct ledger_size){ .news = 4 }, "v", &other);

	(void)state;
	assert_true(fd >= 0);
	begin(2, 16);
	change(1, false);
	turns();
	for (unsigned n = 2; n <= 8; n++)
		change(1, n % 2);
	change(2, false);
	turns();
	ledger_news_inherit(other, l);
	for (unsigned n = 0; n < 2; n++)
		ledger_inherit_tellers(other, l);
	assert_int_equal(ledger_runner(other)->servers_lost, 4);
	assert_int_equal(ledger_news_told(other, 6).state, LEDGER_NEWS_WAITS);
	assert_int_equal(ledger_news_told(other, 9).pid, 2);
	ledger_unmap(other);
	close(fd);
	finish();
}

/* At the end of the daemon nobody comes after it. */
static void all_is_told_before_the_end(void **state)
{
	(void)state;
	begin(40, ROOM);
	for (unsigned n = 1; n <= 40; n++)
		change(n, false);
	assert_true(servers_owe(r));
	r->stopping = true;
	assert_int_equal(turn(), A_TURN);
	assert_true(servers_owe(r));
	assert_int_equal(turn(), A_TURN);
	assert_true(servers_owe(r));
	assert_int_equal(turn(), 8);
	assert_false(servers_owe(r));
	/* What waits for a script is left to the next process, if any. */
	change(1, true);
	turns();
	assert_false(servers_owe(r));
	servers_hurry(r);
	turns();
	assert_int_equal(started, 40);
	r->ends = true;
	assert_true(servers_owe(r));
	change(1, false);
	servers_look(r);
	servers_hurry(r);
	turns();
	assert_int_equal(started, 41);
	assert_int_equal(scripts[40].change, 42); /* the newest */
	assert_int_equal(lost(), 1);
	assert_false(servers_owe(r));
	end_script(40);
	finish();
}

/* One of the process before, beside which the newest is told at the end. */
static void an_orphan_ends_alone(void **state)
{
	struct told_server *s;

	(void)state;
	begin(1, ROOM);
	change(1, false);
	turns();
	end_runner();
	orphans[0] = 1;
	start_runner();
	s = &r->servers.list[0];
	assert_int_equal(s->pid, 1);
	change(1, true);
	r->stopping = r->ends = true;
	turns();
	assert_int_equal(started, 1);
	servers_hurry(r);
	turns();
	assert_int_equal(started, 2);
	s->orphan.ended(r, s->orphan.of, s->orphan.which);
	assert_int_equal(s->pid, 2);
	assert_int_equal(told(2).state, LEDGER_NEWS_STARTED);
	end_script(1);
	assert_int_equal(told(2).state, LEDGER_NEWS_SETTLED);
	finish();
}

/* A reload does not wait for what cannot be started; the end does. */
static void what_cannot_start_is_left_to_the_next(void **state)
{
	(void)state;
	begin(1, ROOM);
	full = 1;
	change(1, false);
	assert_int_equal(turn(), 0);
	r->stopping = true;
	r->spawn_again = TICK_NEVER;
	assert_false(servers_owe(r));
	r->ends = true;
	assert_true(servers_owe(r));
	end_runner();
	start_runner();
	turns();
	assert_int_equal(started, 1);
	assert_int_equal(scripts[0].change, 1);
	finish();
}

static void who_has_a_script_later_begins_there(void **state)
{
	(void)state;
	begin(2, ROOM);
	end_runner();
	conf_unload(loaded);
	load(2, "weight 1\n");
	start_runner();
	change(1, true);
	change(2, true);
	servers_look(r);
	end_runner();
	conf_unload(loaded);
	load(2, BOTH);
	start_runner();
	change(2, false);
	turns();
	assert_int_equal(started, 1);
	assert_int_equal(scripts[0].change, 3);
	finish();
}

/* Until startup_script has ended nothing is passed over. */
static void what_comes_before_the_begin_is_told(void **state)
{
	(void)state;
	begin(2, ROOM);
	end_runner();
	r = calloc(1, sizeof(*r));
	r->model = loaded->model;
	r->ledger = l;
	change(1, true);
	servers_look(r);
	free(r);
	start_runner();
	turns();
	assert_int_equal(started, 1);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_process_goes_on),
		cmocka_unit_test(the_next_process_starts_only_so_many),
		cmocka_unit_test(an_old_end_settles_nothing_new),
		cmocka_unit_test(what_a_reload_does_not_keep_is_counted),
		cmocka_unit_test(all_is_told_before_the_end),
		cmocka_unit_test(an_orphan_ends_alone),
		cmocka_unit_test(what_cannot_start_is_left_to_the_next),
		cmocka_unit_test(who_has_a_script_later_begins_there),
		cmocka_unit_test(what_comes_before_the_begin_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
