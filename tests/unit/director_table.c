/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `lvs` (src/director) with a model of the kernel's table
 * (tests/ipvs/model.h) in the place of sys/ipvs.h: what the virtual machine
 * shows of the release, under the sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT                                                                   \
	"global_defs {\n lvs_timeouts tcp 901\n}\n"                            \
	"virtual_server 10.0.0.1 80 {\n lb_algo mh\n lb_kind DR\n"             \
	" protocol TCP\n sorry_server 10.0.1.9 80\n"                           \
	" real_server 10.0.1.1 80 {\n weight 1\n }\n"                          \
	" real_server 10.0.1.2 80 {\n weight 2\n }\n}\n"                       \
	"virtual_server fwmark 7 {\n lb_algo rr\n lb_kind NAT\n"               \
	" real_server 10.0.1.3 0 {\n weight 1\n }\n}\n"

static int begin_test(void **state)
{
	const struct ledger_size size = { .instances = 0,
					  .texts = 1024,
					  .virtuals = 2,
					  .servers = 3,
					  .services = 2 };

	(void)state;
	return begin_test_with(&size);
}

static void one_life_and_the_next(void **state)
{
	pid_t pid = start_lvs(TEXT);
	uint64_t changes;

	(void)state;
	wait_for(3);
	assert_true(ledger_lvs_is_left(ledger));
	assert_int_equal(ledger_lvs_used_servers(ledger), 3);
	/* Another one follows: it ends, and touches nothing. */
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	assert_int_equal(dests_in_kernel(), 3);
	changes = kernel->changes;
	ledger_lvs(ledger)->done = false;
	pid = start_lvs(TEXT);
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	assert_int_equal(kernel->changes, changes);
	ledger_lvs(ledger)->done = false;
	pid = start_lvs(TEXT);
	wait_for(3);
	assert_int_equal(kernel->changes, changes);
	/* The daemon ends. */
	ledger->ends = true;
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	assert_int_equal(kernel->table.service_count, 0);
	assert_int_equal(kernel->timeouts.tcp, 900);
	assert_false(ledger_lvs_is_left(ledger));
}

static void what_a_file_has_lost_is_removed(void **state)
{
	const char *less = strstr(TEXT, "virtual_server fwmark");
	const struct ipvs_service foreign = {
		.key = { .family = IP_V4, .mark = 99 },
		.scheduler = "rr",
	};
	const struct ipvs_change change = { IPVS_NEW_SERVICE, &foreign, NULL };
	char text[1024];
	pid_t pid = start_lvs(TEXT);

	(void)state;
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	assert_int_equal(model_do(&kernel->table, &change), 0);
	snprintf(text, sizeof(text),
		 "global_defs {\n lvs_timeouts tcp 901\n}\n%s", less);
	ledger_lvs(ledger)->done = false;
	pid = start_lvs(text);
	wait_for(1);
	assert_int_equal(kernel->table.service_count, 2); /* one is foreign */
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

/* By DR they are one entry, whatever ports are written. */
static void the_sorry_server_is_a_real_one(void **state)
{
	pid_t pid = start_lvs(HEAD
			      "virtual_server 10.0.0.1 80 {\n lb_kind DR\n"
			      " protocol TCP\n sorry_server 10.0.1.1 8080\n"
			      " real_server 10.0.1.1 80 {\n weight 1\n }\n"
			      " real_server 10.0.1.2 80 {\n weight 2\n }\n}\n");

	(void)state;
	wait_for(2);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

/* One service of two virtual servers: the first has it. */
static void a_service_of_two(void **state)
{
	pid_t pid = start_lvs(
		HEAD "virtual_server_group g {\n 10.0.0.1 80\n"
		     " 10.0.0.2 80\n}\n"
		     "virtual_server 10.0.0.1 80 {\n lb_kind DR\n"
		     " protocol TCP\n real_server 10.0.1.1 80 {\n }\n}\n"
		     "virtual_server group g {\n lb_kind DR\n protocol TCP\n"
		     " real_server 10.0.1.2 80 {\n }\n}\n");

	(void)state;
	wait_for(2);
	assert_int_equal(kernel->table.service_count, 2);
	for (unsigned n = 0; n < 2; n++)
		assert_int_equal(kernel->table.services[n].dest_count, 1);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static void what_others_empty_is_put_back(void **state)
{
	pid_t pid = start_lvs(TEXT);

	(void)state;
	wait_for(3);
	kernel->table.service_count = 0;
	wait_for(3);
	assert_int_equal(kernel->table.service_count, 2);
	assert_true(ledger_lvs(ledger)->repairs >= 2);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static void a_kernel_without_ipvs_is_in_the_book(void **state)
{
	const struct timespec pause = { 0, 5000000 };
	pid_t pid;

	(void)state;
	kernel->open_error = -ENOENT;
	pid = start_lvs(TEXT);
	for (unsigned n = 0; n < 4000 && !ledger_lvs(ledger)->error; n++)
		nanosleep(&pause, NULL);
	assert_int_equal(ledger_lvs(ledger)->error, ENOENT);
	assert_false(ledger_lvs_is_numbered(ledger));
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	kernel->open_error = 0;
	pid = start_lvs(TEXT);
	wait_for(3);
	assert_int_equal(ledger_lvs(ledger)->error, 0);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

/* As the keeper notes what is configured. */
static void note_servers(void)
{
	*ledger_virtual_at(ledger, 0) = (struct ledger_virtual){
		.address = { IP_V4, { 10, 0, 0, 1 } },
		.port = 80,
		.protocol = 6,
		.real_count = 2,
	};
	for (uint8_t n = 0; n < 2; n++)
		*ledger_real_at(ledger, n) = (struct ledger_real){
			.address = { IP_V4, { 10, 0, 1, (uint8_t)(n + 1) } },
			.port = 80,
		};
}

static void a_drain_ends_with_its_connections(void **state)
{
	struct ledger_lvs_counts counts;
	pid_t pid = start_lvs(TEXT);

	(void)state;
	note_servers();
	kernel->active = 3;
	wait_for(3);
	put_order(1, LEDGER_ORDERED_DRAIN);
	wait_order(1, LVS_ORDER_DRAINING);
	do
		assert_true(ledger_read_lvs_server_counts(ledger, 1, &counts));
	while (counts.active != 3);
	assert_int_equal(counts.inactive, 5);
	assert_int_equal(counts.in_bytes_rate, UINT64_MAX);
	assert_int_equal(ledger_lvs_left(&counts, 6), 3);
	assert_int_equal(ledger_lvs_left(&counts, 17), 8);
	assert_true(ledger_read_lvs_virtual_counts(ledger, 0, &counts));
	assert_int_equal(counts.connections, 4711);
	/* Another process goes on with it. */
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	pid = start_lvs(TEXT);
	wait_order(1, LVS_ORDER_DRAINING);
	kernel->active = 0;
	wait_order(1, LVS_ORDER_DRAINED);
	wait_for(2);
	/* An order that ends while there is no process has ended, too. */
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	put_order(1, LEDGER_ORDERED_NOTHING);
	pid = start_lvs(TEXT);
	wait_order(1, LVS_ORDER_NONE);
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static void what_is_not_read_is_not_zero(void **state)
{
	const struct timespec pause = { 0, 5000000 };
	struct ledger_lvs_counts counts;
	pid_t pid = start_lvs(TEXT);

	(void)state;
	note_servers();
	kernel->active = 3;
	wait_for(3);
	put_order(1, LEDGER_ORDERED_DRAIN);
	wait_order(1, LVS_ORDER_DRAINING);
	do
		assert_true(ledger_read_lvs_server_counts(ledger, 1, &counts));
	while (counts.active != 3);
	kernel->refused = 0;
	kernel->dests_error = -ENOBUFS;
	for (unsigned n = 0; n < 4000 && kernel->refused < 6; n++)
		nanosleep(&pause, NULL);
	assert_true(kernel->refused >= 6);
	assert_true(ledger_read_lvs_server_counts(ledger, 1, &counts));
	assert_int_equal(counts.active, 3);
	assert_true(ledger_read_lvs_virtual_counts(ledger, 0, &counts));
	assert_int_equal(counts.active, 6);
	wait_order(1, LVS_ORDER_DRAINING);
	/* It goes on when the kernel says it again. */
	kernel->active = 0;
	kernel->dests_error = 0;
	wait_order(1, LVS_ORDER_DRAINED);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

#define LEAVES                                                                 \
	"global_defs {\n lvs_timeouts tcp 901\n}\n"                            \
	"virtual_server 10.0.0.1 80 {\n lb_algo mh\n lb_kind %s\n"             \
	" protocol TCP\n drain_timeout 60\n"                                   \
	" real_server 10.0.1.1 80 {\n weight 1\n }\n %s}\n"
#define LEFT " real_server 10.0.1.2 80 {\n weight 2\n uthreshold 9\n }\n"

/* What it was in the kernel it stays there, whatever the file says of others.
 */
static void what_leaves_drains_as_it_was(void **state)
{
	const struct model_service *s = &kernel->table.services[0];
	char text[1024];
	pid_t pid;

	(void)state;
	kernel->active = 1;
	snprintf(text, sizeof(text), LEAVES, "DR", LEFT);
	pid = start_lvs(text);
	wait_for(2);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	snprintf(text, sizeof(text), LEAVES, "NAT", "");
	ledger_lvs(ledger)->numbered = 0;
	ledger_lvs(ledger)->done = false;
	pid = start_lvs(text);
	wait_order(1, LVS_ORDER_DRAINING);
	wait_for(2);
	for (unsigned n = 0; n < 2; n++) {
		bool leaves = s->dests[n].address[3] == 2;

		assert_int_equal(s->dests[n].weight, leaves ? 0 : 1);
		assert_int_equal(s->dests[n].forward,
				 leaves ? IPVS_DIRECT : IPVS_NAT);
		assert_int_equal(s->dests[n].upper, leaves ? 9 : 0);
	}
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	pid = start_lvs(text);
	wait_order(1, LVS_ORDER_DRAINING);
	kernel->active = 0;
	wait_for(1);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_life_and_the_next,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_a_file_has_lost_is_removed,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(the_sorry_server_is_a_real_one,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_service_of_two, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(what_others_empty_is_put_back,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			a_drain_ends_with_its_connections, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(what_is_not_read_is_not_zero,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_leaves_drains_as_it_was,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			a_kernel_without_ipvs_is_in_the_book, begin_test,
			end_test),
	};

	return cmocka_run_group_tests_name("director_table", tests, NULL, NULL);
}
