/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that leave the configuration, and a kernel that does not answer just
 * then (src/director/leaving.c, found.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include <signal.h>
#include <stdio.h>

#define LEAVES                                                                 \
	HEAD "virtual_server 10.0.0.1 80 {\n lb_algo rr\n lb_kind DR\n"        \
	     " protocol TCP\n drain_timeout 60\n"                              \
	     " real_server 10.0.1.1 80 {\n weight 1\n }\n"
#define BOTH LEAVES " real_server 10.0.1.2 80 {\n weight 2\n }\n}\n"
#define ONE  LEAVES "}\n"

static int begin_test(void **state)
{
	const struct ledger_size size = {
		.texts = 1024, .virtuals = 1, .servers = 2, .services = 1
	};

	(void)state;
	return begin_test_with(&size);
}

/* The one that has left is there as before, but for its weight. */
static void assert_it_drains(void)
{
	const struct model_service *s = &kernel->table.services[0];

	wait_order(1, LVS_ORDER_DRAINING);
	wait_for(2);
	for (unsigned n = 0; n < 2; n++)
		assert_int_equal(s->dests[n].weight,
				 s->dests[n].address[3] == 2 ? 0 : 1);
}

static void with_both(int signal)
{
	pid_t pid;

	kernel->active = 1;
	pid = start_lvs(BOTH);
	wait_for(2);
	assert_int_equal(end_lvs(pid, signal), 0);
}

static void a_dump_that_fails_ends_no_drain(void **state)
{
	pid_t pid;

	(void)state;
	with_both(SIGTERM);
	ledger_lvs(ledger)->numbered = 0;
	ledger_lvs(ledger)->done = false;
	kernel->dests_fail = 3;
	pid = start_lvs(ONE);
	assert_it_drains();
	assert_int_equal(kernel->dests_fail, 0);
	kernel->active = 0;
	wait_for(1);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

/* All processes have died, and their books with them. */
static void what_is_found_is_not_forgotten_for_a_dump(void **state)
{
	pid_t pid;

	(void)state;
	with_both(SIGKILL);
	forget_ledger();
	kernel->dests_fail = 3;
	pid = start_lvs(ONE);
	assert_it_drains();
	assert_int_equal(kernel->dests_fail, 0);
	kernel->active = 0;
	wait_for(1);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_dump_that_fails_ends_no_drain,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			what_is_found_is_not_forgotten_for_a_dump, begin_test,
			end_test),
	};

	return cmocka_run_group_tests_name("director_leaving", tests, NULL,
					   NULL);
}
