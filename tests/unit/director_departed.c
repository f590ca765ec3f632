/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual servers that leave the configuration as a whole, and drain
 * (src/director/departed.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include "ledger/news.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define STAYS                                                                  \
	"virtual_server fwmark 7 {\n lb_algo rr\n lb_kind NAT\n"               \
	" real_server 10.0.1.3 0 {\n weight 3\n }\n}\n"
#define LEAVES                                                                 \
	"virtual_server 10.0.0.1 80 {\n lb_algo wlc\n lb_kind DR\n"            \
	" protocol TCP\n drain_timeout %u\n"                                   \
	" real_server 10.0.1.1 80 {\n weight 1\n }\n"                          \
	" real_server 10.0.1.2 80 {\n weight 2\n }\n}\n"

static int begin_test(void **state)
{
	const struct ledger_size size = {
		.texts = 1024, .virtuals = 2, .servers = 3, .services = 3
	};

	(void)state;
	return begin_test_with(&size);
}

static pid_t start_anew(const char *text)
{
	ledger_lvs(ledger)->numbered = 0;
	ledger_lvs(ledger)->done = false;
	return start_lvs(text);
}

static pid_t start_with(unsigned drain_timeout)
{
	char text[1024];

	snprintf(text, sizeof(text), HEAD LEAVES STAYS, drain_timeout);
	return start_anew(text);
}

/* The first of the kernel. */
static const struct model_service *leaves(void)
{
	return &kernel->table.services[0];
}

static bool it_drains(void)
{
	const struct model_service *s = leaves();

	return dests_in_kernel() == 3 && s->dests[0].weight == 0 &&
	       s->dests[1].weight == 0 && ledger_lvs(ledger)->done;
}

static int64_t deadline(void)
{
	struct ledger_lvs_service is;

	for (uint32_t n = 0; n < ledger_lvs_used_services(ledger); n++)
		if (ledger_read_lvs_service(ledger, n, &is) && is.until)
			return is.until;
	return 0;
}

/* It serves, and a configuration comes that does not have it. */
static pid_t let_it_leave(unsigned drain_timeout)
{
	pid_t pid = start_with(drain_timeout);

	kernel->active = 1;
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	return start_anew(HEAD STAYS);
}

static bool is_told(enum ledger_news_what what)
{
	struct ledger_news news;
	uint64_t seen = 0, lost = 0;

	while (ledger_news_next(ledger, &seen, &news, &lost))
		if (news.what == what &&
		    strcmp(news.name, "[10.0.0.1]:tcp:80") == 0)
			return true;
	return false;
}

static bool that_is_told(void)
{
	return is_told(LEDGER_NEWS_DRAINED) || is_told(LEDGER_NEWS_DRAIN_LATE);
}

static void it_stays_until_its_connections_have_ended(void **state)
{
	pid_t pid = let_it_leave(600);
	int64_t until;

	(void)state;
	wait_until(it_drains, "it does not drain");
	until = deadline();
	assert_true(until > 0);
	assert_true(is_told(LEDGER_NEWS_LEAVES));
	/* The next process goes on with it. */
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	pid = start_anew(HEAD STAYS);
	wait_until(it_drains, "it does not drain any more");
	assert_int_equal(deadline(), until);
	assert_false(that_is_told());
	kernel->active = 0;
	wait_for(1);
	wait_until(that_is_told, "that it is drained");
	assert_false(is_told(LEDGER_NEWS_DRAIN_LATE));
	assert_int_equal(kernel->table.service_count, 1);
	assert_int_equal(deadline(), 0);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static void it_goes_at_the_deadline(void **state)
{
	pid_t pid = let_it_leave(1);

	(void)state;
	wait_for(1);
	wait_until(that_is_told, "that it is late");
	assert_true(is_told(LEDGER_NEWS_DRAIN_LATE));
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static bool it_serves(void)
{
	const struct model_service *s = leaves();

	return s->dests[0].weight + s->dests[1].weight == 3;
}

static void it_comes_back(void **state)
{
	pid_t pid = let_it_leave(600);

	(void)state;
	wait_until(it_drains, "it does not drain");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	pid = start_with(600);
	wait_until(it_serves, "it does not serve again");
	wait_for(3);
	assert_int_equal(deadline(), 0);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static void a_dump_that_fails_does_not_end_it(void **state)
{
	pid_t pid;

	(void)state;
	kernel->dests_fail = 0;
	pid = let_it_leave(600);
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	kernel->dests_fail = 3;
	pid = start_anew(HEAD STAYS);
	wait_until(it_drains, "it does not drain");
	assert_int_equal(kernel->dests_fail, 0);
	/* What another program removes of it is put back. */
	kernel->table.services[0].dest_count = 1;
	wait_until(it_drains, "it is not put back");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static bool it_drains_alone(void)
{
	return dests_in_kernel() == 2 && leaves()->dests[0].weight == 0 &&
	       leaves()->dests[1].weight == 0 && ledger_lvs(ledger)->done;
}

/* Also where it was the last one; and the end of the daemon ends it. */
static void the_last_one(void **state)
{
	pid_t pid = start_with(600);

	(void)state;
	kernel->active = 1;
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	pid = start_anew(HEAD);
	wait_until(it_drains_alone, "it does not drain");
	assert_true(ledger_lvs_is_left(ledger));
	ledger->ends = true;
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	assert_int_equal(kernel->table.service_count, 0);
}

/* Of its address, for all ports. */
#define ANY                                                                    \
	"virtual_server 10.0.0.1 0 {\n lb_algo wlc\n lb_kind DR\n"             \
	" protocol TCP\n persistence_timeout 60\n"                             \
	" real_server 10.0.1.1 0 {\n weight 1\n }\n}\n"

static bool it_drains_too(void)
{
	return dests_in_kernel() == 3 && deadline() > 0 &&
	       ledger_lvs(ledger)->done;
}

static bool any_serves_alone(void)
{
	return kernel->table.service_count == 2 && dests_in_kernel() == 2 &&
	       ledger_lvs(ledger)->done;
}

/* The kernel would never come to the one that is for all ports. */
static void it_is_not_in_the_way(void **state)
{
	pid_t pid = start_with(600);

	(void)state;
	kernel->active = 1;
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	pid = start_anew(HEAD STAYS ANY);
	wait_until(any_serves_alone, "it is in the way");
	assert_false(is_told(LEDGER_NEWS_LEAVES));
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	/* Also if it drained already. */
	pid = start_with(600);
	wait_for(3);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	pid = start_anew(HEAD STAYS);
	wait_until(it_drains_too, "it does not drain");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	pid = start_anew(HEAD STAYS ANY);
	wait_until(any_serves_alone, "it is in the way");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			it_stays_until_its_connections_have_ended, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(it_goes_at_the_deadline,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(it_comes_back, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(
			a_dump_that_fails_does_not_end_it, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(the_last_one, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(it_is_not_in_the_way,
						begin_test, end_test),
	};

	return cmocka_run_group_tests_name("director_departed", tests, NULL,
					   NULL);
}
