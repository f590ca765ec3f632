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
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct conf_loaded *loaded;
static struct runner *r;
static int ledger_fd;

/* What was started: "MASTER specific". The process is the place, plus 1. */
static char started[16][32];
static unsigned count;
static const char *room;    /* 'y' or 'n' of each that is to be started */
static const char *missing; /* a program that is not there, or "" */
static unsigned looked_for;

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
	if (*missing && strcmp(command, missing) == 0) {
		looked_for++;
		strcpy(p->why, "it is not there");
		return false;
	}
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
	room = missing = "";
	looked_for = 0;
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

static void try_again(void)
{
	r->spawn_again = 0;
	(void)notify_due(r, clock_now());
}

/* As after a reload: all that is known is in the ledger. */
static void next_process(void)
{
	struct ledger *ledger = r->ledger;

	free(r->notifiers);
	free(r);
	r = calloc(1, sizeof(*r));
	r->ledger = ledger;
	r->model = loaded->model;
	r->watch_output.fd = -1;
	assert_int_equal(notify_setup(r), 0);
}

/* The one that was started has ended, when the next process comes. */
static void the_next_process_starts_the_other_script_alone(void **state)
{
	(void)state;
	change(VRRP_BACKUP);
	room = "ynn";
	notify_look(r);
	assert_int_equal(count, 1);
	r->spawn_again = TICK_NEVER;
	notify_ended(r, 1, 0);
	for (unsigned n = 0; n < 2; n++) {
		next_process();
		assert_int_equal(ledger_notified_at(r->ledger, 0)->begun, 1);
		notify_look(r);
		assert_int_equal(count, 1 + n);
	}
	assert_string_equal(started[0], "BACKUP /backup");
	assert_string_equal(started[1], "BACKUP /any");
	assert_int_equal(ledger_notified_at(r->ledger, 0)->begun, 0);
	/* The next change is told whole. */
	change(VRRP_ACTIVE);
	notify_ended(r, 2, 0);
	assert_int_equal(count, 4);
	assert_string_equal(started[2], "MASTER /master");
}

/* Its failure counts once, however long the other one waits for room. */
static void what_is_not_there_is_refused_once(void **state)
{
	(void)state;
	change(VRRP_BACKUP);
	missing = "/backup";
	room = "nnn";
	notify_look(r);
	for (unsigned n = 0; n < 3; n++)
		try_again();
	assert_int_equal(looked_for, 1);
	assert_int_equal(ledger_notified_at(r->ledger, 0)->failures, 1);
	assert_int_equal(count, 1);
	assert_string_equal(started[0], "BACKUP /any");
}

/* How many lines are said where some are started and some are not. */
static unsigned lines_said(void)
{
	const pid_t starts[] = { -EAGAIN, 5, -EAGAIN, -ENOENT, 6, -ENOMEM };
	int was = dup(STDERR_FILENO), said = memfd_create("said", 0);
	unsigned lines = 0;
	char byte;

	assert_true(was >= 0 && said >= 0);
	fflush(stderr);
	dup2(said, STDERR_FILENO);
	for (size_t n = 0; n < sizeof(starts) / sizeof(starts[0]); n++)
		(void)spawn_is_short(r, starts[n]);
	fflush(stderr);
	dup2(was, STDERR_FILENO);
	for (off_t at = 0; pread(said, &byte, 1, at) == 1; at++)
		lines += byte == '\n';
	close(said);
	close(was);
	return lines;
}

static void want_of_processes_is_said_once_a_while(void **state)
{
	(void)state;
	assert_int_equal(lines_said(), 1);
	assert_int_equal(lines_said(), 0);
	r->spawn_short_at -= 60 * TICK_SECOND;
	assert_int_equal(lines_said(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nothing_is_lost_for_want_of_a_process, begin, end),
		cmocka_unit_test_setup_teardown(
			the_next_process_starts_the_other_script_alone, begin,
			end),
		cmocka_unit_test_setup_teardown(
			what_is_not_there_is_refused_once, begin, end),
		cmocka_unit_test_setup_teardown(
			want_of_processes_is_said_once_a_while, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
