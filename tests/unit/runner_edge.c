/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripts at both ends of the daemon's life that do not even end by
 * SIGKILL, and a reload at a time that is far away.
 */
#include "conf_fixture.h"
#include "ledger/ledger.h"
#include "runner/runner_state.h"
#include "sys/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* That no process has. */
#define PID 0x3ffffff0

static struct conf_loaded *loaded;
static struct runner *r;
static int ledger_fd;

pid_t __wrap_spawn_program(const struct runner *of, struct program *p,
			   int output);

pid_t __wrap_spawn_program(const struct runner *of, struct program *p,
			   int output)
{
	(void)of;
	(void)p;
	(void)output;
	return PID;
}

static void begin(const char *text)
{
	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	assert_non_null(loaded->model);
	r = calloc(1, sizeof(*r));
	ledger_fd = ledger_create(&(struct ledger_size){ .instances = 1 }, "v",
				  &r->ledger);
	assert_true(ledger_fd >= 0);
	r->model = loaded->model;
	r->wake = -1;
}

static void finish(void)
{
	ledger_unmap(r->ledger);
	close(ledger_fd);
	free(r);
	conf_unload(loaded);
}

static void one_that_nothing_ends_is_not_waited_for(void **state)
{
	tick_t now;

	(void)state;
	begin("global_defs {\n script_user root\n"
	      " startup_script /bin/true\n startup_script_timeout 5\n}\n");
	assert_true(edge_begin(r));
	now = clock_now();
	assert_int_equal(ledger_runner(r->ledger)->startup,
			 LEDGER_STARTUP_RUNS);
	assert_true(edge_due(r, now) > now + 4 * TICK_SECOND);
	now += 6 * TICK_SECOND;
	assert_true(edge_due(r, now) <= now + 2 * TICK_SECOND);
	assert_int_equal(r->edge.pid, PID);
	now += 3 * TICK_SECOND;
	assert_true(edge_due(r, now) == TICK_NEVER);
	assert_int_equal(r->edge.pid, 0);
	assert_int_equal(ledger_runner(r->ledger)->startup,
			 LEDGER_STARTUP_OVER);
	/* Should it end one day, it is nobody's. */
	assert_false(edge_ended(r, PID, 0));
	finish();
}

/* Farther than the clock can say is not at once. */
static void a_reload_in_eight_thousand_years_is_far_away(void **state)
{
	char path[] = "/tmp/runner_edge.XXXXXX", text[256];
	int fd = mkstemp(path);
	tick_t next;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "9999-12-31 23:59:59Z\n", 21), 21);
	close(fd);
	snprintf(text, sizeof(text), "global_defs {\n reload_time_file %s\n}\n",
		 path);
	begin(text);
	next = alarm_due(r, clock_now());
	assert_true(next > clock_now());
	assert_int_equal(ledger_runner(r->ledger)->reloads_wanted, 0);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_nothing_ends_is_not_waited_for),
		cmocka_unit_test(a_reload_in_eight_thousand_years_is_far_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
