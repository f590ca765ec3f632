/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process `run`, which may do anything, makes of a ledger in which
 * processes have written trash that read packets of others: dumps, lines of
 * FIFOs, scripts that are told. Anything may come of it, within bounds.
 */
#include "conf_fixture.h"
#include "ledger/ledger.h"
#include "ledger/sections.h"
#include "ledger/table.h"
#include "router/book.h"
#include "runner/dump_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SEEDS    20
#define PATIENCE 100 /* seconds, until a loop without end counts as one */

static struct conf_loaded *loaded;
static struct runner *r;
static unsigned started;

pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output);
void __wrap_holder_start(struct fifo *f);
void __wrap_holder_end(struct fifo *f);

pid_t __wrap_spawn_notify(const struct runner *of, struct program *p,
			  const struct spawn_variables *variables,
			  const struct output *output)
{
	(void)of;
	(void)p;
	(void)output;
	for (unsigned n = 0; n < variables->count; n++)
		assert_true(strlen(variables->list[n].value) <
			    sizeof(variables->list[n].value));
	return (pid_t)++started;
}

void __wrap_holder_start(struct fifo *f)
{
	(void)f;
}

void __wrap_holder_end(struct fifo *f)
{
	(void)f;
}

static uint64_t chance;

static uint64_t any(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
}

/* Numbers at the ends of their ranges find more than others, and small ones get
 * farther. */
static uint64_t odd(void)
{
	static const uint64_t ends[] = {
		0,          1,          INT64_MAX,          (uint64_t)INT64_MIN,
		UINT64_MAX, UINT32_MAX, 0x8080808080808080, 0x0101010101010101,
	};
	uint64_t n = any();

	return n % 4 == 0 ? ends[n / 4 % 8] : n % 4 == 1 ? n / 4 % 16 : n;
}

/* What is not the keeper's, nor its own. */
static void spoil(struct ledger *l)
{
	for (unsigned kind = 1; kind < LEDGER_SECTION_KINDS; kind++) {
		const struct ledger_section *s = &l->sections[kind - 1];
		unsigned char *bytes = (unsigned char *)l + s->offset;
		size_t size = (size_t)s->stride * s->count;

		if (s->book != LEDGER_BOOK_SERVER &&
		    s->book != LEDGER_BOOK_LVS &&
		    s->book != LEDGER_BOOK_CHECKER)
			continue;
		for (size_t at = 0; at + 8 <= size; at += 8) {
			uint64_t word = odd();

			memcpy(bytes + at, &word, 8);
		}
	}
}

static void load(const char *fifo)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "global_defs {\n script_user root\n notify_fifo %s\n"
		 " fifo_write_vrrp_states_on_reload\n}\n"
		 "vrrp_script s {\n script /bin/true\n}\n"
		 "vrrp_sync_group G {\n group {\n A\n B\n }\n"
		 " notify /bin/true\n}\n"
		 "vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		 " notify /bin/true\n notify_master /bin/true\n"
		 " track_script {\n s weight 3\n }\n"
		 " virtual_ipaddress {\n 192.0.2.7\n 192.0.2.8\n }\n}\n"
		 "vrrp_instance B {\n interface eth1\n virtual_router_id 8\n"
		 " version 3\n virtual_ipaddress {\n 2001:db8::7\n }\n}\n"
		 "virtual_server 192.0.2.1 80 {\n protocol TCP\n"
		 " lvs_method NAT\n quorum_up /bin/true\n"
		 " real_server 10.0.0.1 80 {\n notify_down /bin/true\n }\n}\n",
		 fifo);
	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	assert_non_null(loaded->model);
}

/* All that makes a text of what others have written. */
static void dump_all(void)
{
	void (*const dumps[])(const struct runner *, FILE *) = {
		dump_stats, dump_json, dump_state, dump_tracked, dump_global,
	};

	for (size_t n = 0; n < sizeof(dumps) / sizeof(dumps[0]); n++) {
		char *text = NULL;
		size_t length = 0;
		FILE *out = open_memstream(&text, &length);

		assert_non_null(out);
		dumps[n](r, out);
		assert_int_equal(fclose(out), 0);
		assert_in_range(length, 0, 1 << 20);
		free(text);
	}
}

static void tell_all(void)
{
	notify_look(r);
	servers_look(r);
	for (unsigned n = 0; n < 8; n++)
		(void)servers_due(r, 0);
	fifos_look(r);
	for (pid_t pid = 1; pid <= (pid_t)started && pid < 64; pid++)
		if (!servers_ended(r, pid, 0))
			notify_ended(r, pid, 0);
	r->ends = r->stopping = true;
	notify_hurry(r);
	servers_hurry(r);
	(void)notify_stops(r);
	(void)servers_owe(r);
	r->ends = r->stopping = false;
	misc_look(r);
}

static void use_spoiled(uint64_t seed, const char *fifo)
{
	struct ledger_size size = { 0 };
	int fd;

	chance = seed * 0x9e3779b97f4a7c15;
	started = 0;
	load(fifo);
	book_size(loaded->model, &size);
	r = calloc(1, sizeof(*r));
	assert_non_null(r);
	fd = ledger_create(&size, "1", &r->ledger);
	assert_true(fd >= 0);
	book_fill(loaded->model, r->ledger);
	r->model = loaded->model;
	r->wake = -1;
	assert_int_equal(loop_init(&r->loop, NULL, NULL), 0);
	assert_int_equal(output_open(r), 0);
	assert_int_equal(orphan_open(r), 0);
	if (seed % 2) /* before it begins, or later */
		spoil(r->ledger);
	assert_int_equal(notify_setup(r), 0);
	assert_int_equal(servers_setup(r), 0);
	assert_int_equal(fifos_setup(r), 0);
	for (unsigned n = 0; n < 3; n++) {
		spoil(r->ledger);
		dump_all();
		tell_all();
	}
	fifos_end(r);
	fifos_free(r);
	servers_free(r);
	loop_close(&r->loop);
	close(r->watch_output.fd);
	close(r->watch_orphans.fd);
	ledger_unmap(r->ledger);
	close(fd);
	free(r->notifiers);
	free(r);
	conf_unload(loaded);
}

static void nothing_is_believed(void **state)
{
	char folder[] = "/tmp/runner_spoiled.XXXXXX", fifo[64];
	FILE *quiet = fopen("/dev/null", "we"), *said = stderr;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_non_null(mkdtemp(folder));
	assert_non_null(quiet);
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	stderr = quiet; /* it has much to say */
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		alarm(PATIENCE);
		use_spoiled(seed, fifo);
	}
	alarm(0);
	stderr = said;
	fclose(quiet);
	unlink(fifo);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
