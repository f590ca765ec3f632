/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scripts of virtual and real servers are told, and when: the test is the
 * process `lvs`, and scripts are numbers that it ends. With real scripts:
 * runner_told.c.
 */
#include "conf/model/tracked_servers.h"
#include "conf_fixture.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "ledger/tellers.h"
#include "runner/runner_state.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVERS  1200
#define ROOM     256
#define A_TURN   16
#define AT_ONCE  1024
#define SCRIPTS  8192
#define PATIENCE 60 /* seconds, until a loop without end counts as one */

static struct conf_loaded *loaded;
static struct ledger *l;
static struct runner *r;
static int ledger_fd;

/* Those that were started: the process is the place, plus 1. */
static struct script_run {
	char server[64], state[8];
	uint64_t change;
	bool ended;
} scripts[SCRIPTS];
static unsigned started;
static int refuse;       /* so many starts fail */
static pid_t orphans[8]; /* that run yet */

bool __wrap_program_find(struct program *p, const char *command,
			 const struct conf_user *user,
			 const struct conf_model *model);
void __wrap_program_free(struct program *p);
pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output);
bool __wrap_orphan_adopt(struct orphan *o, pid_t pid, uint64_t change);

bool __wrap_program_find(struct program *p, const char *command,
			 const struct conf_user *user,
			 const struct conf_model *model)
{
	(void)p;
	(void)command;
	(void)user;
	(void)model;
	return true;
}

void __wrap_program_free(struct program *p)
{
	(void)p;
}

static const char *value_of(const struct spawn_variables *v, const char *name)
{
	for (unsigned n = 0; n < v->count; n++)
		if (strcmp(v->list[n].name, name) == 0)
			return v->list[n].value;
	fail();
	return NULL;
}

pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output)
{
	struct script_run *s = &scripts[started];

	(void)of;
	(void)p;
	(void)output;
	if (refuse > 0) {
		refuse--;
		return -EAGAIN;
	}
	assert_true(started < SCRIPTS);
	*s = (struct script_run){ 0 };
	snprintf(s->server, sizeof(s->server), "%.60s",
		 value_of(variables, "BATON_REAL_SERVER"));
	snprintf(s->state, sizeof(s->state), "%.7s",
		 value_of(variables, "BATON_STATE"));
	s->change = strtoull(value_of(variables, "BATON_CHANGE"), NULL, 10);
	return (pid_t)++started;
}

bool __wrap_orphan_adopt(struct orphan *o, pid_t pid, uint64_t change)
{
	(void)o;
	(void)change;
	for (unsigned n = 0; n < 8; n++)
		if (orphans[n] == pid)
			return true;
	return false;
}

static void start_runner(void)
{
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->model = loaded->model;
	r->ledger = l;
	r->watch_output.fd = -1;
	assert_int_equal(servers_setup(r), 0);
}

/* It has died; what it has started runs on. */
static void end_runner(void)
{
	if (r->servers.list)
		output_drain(&r->servers.output);
	servers_free(r);
	free(r);
}

static void load(unsigned count, const char *scripts_of_each)
{
	static char text[SERVERS * 200];
	size_t length = (size_t)snprintf(
		text, sizeof(text),
		"virtual_server 192.0.2.1 80 {\n protocol TCP\n"
		" lvs_method NAT\n");

	for (unsigned n = 0; n < count; n++)
		length +=
			(size_t)snprintf(text + length, sizeof(text) - length,
					 " real_server 10.0.0.1 %u {\n %s }\n",
					 n + 1, scripts_of_each);
	snprintf(text + length, sizeof(text) - length, "}\n");
	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	assert_non_null(loaded->model);
}

#define BOTH "notify_up \"/bin/up\"\n notify_down \"/bin/down\"\n"

static void begin(unsigned count, uint32_t room)
{
	alarm(PATIENCE);
	started = 0;
	refuse = 0;
	memset(orphans, 0, sizeof(orphans));
	load(count, BOTH);
	ledger_fd =
		ledger_create(&(struct ledger_size){ .news = room }, "v", &l);
	assert_true(ledger_fd >= 0);
	start_runner();
}

static void finish(void)
{
	end_runner();
	ledger_unmap(l);
	close(ledger_fd);
	conf_unload(loaded);
	alarm(0);
}

/* By its port, from 1. */
static void change(unsigned port, bool up)
{
	struct ledger_news n = {
		.what = up ? LEDGER_NEWS_SERVER_UP : LEDGER_NEWS_SERVER_DOWN,
		.key = conf_server_key(loaded->model, 0),
		.port = (uint16_t)port,
		.protocol = 6,
		.name = "[192.0.2.1]:tcp:80",
	};

	ip_parse("10.0.0.1", &n.address);
	ledger_news_add(l, &n);
	ledger_news_publish(l);
}

static void end_script(unsigned n)
{
	assert_false(scripts[n].ended);
	scripts[n].ended = true;
	assert_true(servers_ended(r, (pid_t)n + 1, 0));
}

/* A turn; how many scripts it has started. */
static unsigned turn(void)
{
	unsigned before = started;

	(void)servers_due(r, 0);
	return started - before;
}

static void turns(void)
{
	while (turn() > 0)
		;
}

static uint64_t lost(void)
{
	return ledger_runner(l)->servers_lost;
}

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
	assert_true(servers_owe(r));
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
		cmocka_unit_test(one_after_another_in_order),
		cmocka_unit_test(one_that_cannot_be_started_holds_up_nobody),
		cmocka_unit_test(a_turn_starts_only_so_many),
		cmocka_unit_test(only_so_many_run_at_once),
		cmocka_unit_test(what_is_overwritten_is_counted),
		cmocka_unit_test(no_number_is_too_high),
		cmocka_unit_test(the_next_process_goes_on),
		cmocka_unit_test(the_next_process_starts_only_so_many),
		cmocka_unit_test(an_old_end_settles_nothing_new),
		cmocka_unit_test(what_a_reload_does_not_keep_is_counted),
		cmocka_unit_test(all_is_told_before_the_end),
		cmocka_unit_test(who_has_a_script_later_begins_there),
		cmocka_unit_test(what_comes_before_the_begin_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
