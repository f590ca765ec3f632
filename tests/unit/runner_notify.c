/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts that are told of virtual routers, where there is no room for their
 * processes: these are numbers, that the test gives.
 */
#include "conf_fixture.h"
#include "ledger/ledger.h"
#include "runner/runner_state.h"
#include "sys/clock.h"

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

static struct conf_loaded *loaded;
static struct runner *r;
static int ledger_fd;

/* What was started: "MASTER specific". The process is the place, plus 1. */
static char started[16][32];
static unsigned count;
static const char *room; /* 'y' or 'n' of each that is to be started */

bool __wrap_program_find(struct program *p, const char *command,
			 const struct conf_user *user,
			 const struct conf_model *model);
void __wrap_program_free(struct program *p);
pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output);

bool __wrap_program_find(struct program *p, const char *command,
			 const struct conf_user *user,
			 const struct conf_model *model)
{
	(void)user;
	(void)model;
	snprintf(p->path, sizeof(p->path), "%s", command);
	return true;
}

void __wrap_program_free(struct program *p)
{
	(void)p;
}

pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output)
{
	(void)of;
	(void)output;
	if (*room && *room++ == 'n')
		return -EAGAIN;
	for (unsigned n = 0; n < variables->count; n++)
		if (strcmp(variables->list[n].name, "BATON_STATE") == 0)
			snprintf(started[count], sizeof(started[0]),
				 "%.10s %.10s", variables->list[n].value,
				 p->path);
	return (pid_t)++count;
}

static int begin(void **state)
{
	static const char text[] =
		"global_defs {\n script_user root\n}\n"
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" notify_master /master\n notify_backup /backup\n"
		" notify /any\n virtual_ipaddress {\n 192.0.2.7\n }\n}\n";

	(void)state;
	loaded = conf_load_text(text);
	r = calloc(1, sizeof(*r));
	count = 0;
	room = "";
	ledger_fd = ledger_create(
		&(struct ledger_size){ .instances = 1, .followers = 1 }, "v",
		&r->ledger);
	if (!loaded->model || ledger_fd < 0)
		return 1;
	r->model = loaded->model;
	ledger_configured_at(r->ledger, 0)->follower = 1;
	r->watch_output.fd = -1;
	return notify_setup(r);
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(r->ledger);
	close(ledger_fd);
	free(r->notifiers);
	free(r);
	conf_unload(loaded);
	return 0;
}

static void change(enum vrrp_state to)
{
	struct ledger_changes *c = ledger_changes_at(r->ledger, 0);
	uint64_t n = c->count + 1;

	c->last[n % LEDGER_CHANGES_KEPT] = (struct ledger_change){
		.number = n,
		.order = n,
		.to = (uint8_t)to,
		.kind = LEDGER_CHANGE_STATE,
	};
	c->count = c->ready = n;
}

static void nothing_is_lost_for_want_of_a_process(void **state)
{
	tick_t next, now = clock_now();

	(void)state;
	change(VRRP_BACKUP);
	change(VRRP_ACTIVE);
	room = "ynny";
	notify_look(r);
	assert_int_equal(count, 1);
	assert_string_equal(started[0], "BACKUP /backup");
	next = notify_due(r, now);
	assert_in_range(next, now + TICK_SECOND / 2, now + 5 * TICK_SECOND);
	/* Nothing is tried before that, whatever happens. */
	notify_ended(r, 1, 0);
	notify_look(r);
	assert_int_equal(strlen(room), 2);
	for (unsigned n = 0; n < 2; n++) {
		r->spawn_again = 0;
		(void)notify_due(r, now);
	}
	/* Of the first change the other script, alone. */
	assert_int_equal(count, 2);
	assert_string_equal(started[1], "BACKUP /any");
	assert_true(notify_due(r, now) == TICK_NEVER);
	notify_ended(r, 2, 0);
	assert_int_equal(count, 4);
	assert_string_equal(started[2], "MASTER /master");
	assert_string_equal(started[3], "MASTER /any");
	for (pid_t n = 3; n <= 4; n++)
		notify_ended(r, n, 0);
	assert_int_equal(count, 4);
	assert_int_equal(ledger_notified_at(r->ledger, 0)->failures, 0);
	assert_int_equal(ledger_notified_at(r->ledger, 0)->runs, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nothing_is_lost_for_want_of_a_process, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
