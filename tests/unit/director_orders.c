/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders of operators for real servers (src/director/orders.c), and what is
 * and is not one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include "ledger/copy.h"
#include "ledger/news.h"
#include "ledger/sections.h"
#include "sys/wake.h"

#include <signal.h>

/* The same servers in both, one of them also by another port. */
#define TEXT                                                                   \
	HEAD "virtual_server 10.0.0.1 80 {\n lb_kind NAT\n protocol TCP\n"     \
	     " real_server 10.0.1.1 80 {\n }\n real_server 10.0.1.1 81 {\n"    \
	     " }\n}\n"                                                         \
	     "virtual_server 10.0.0.2 80 {\n lb_kind NAT\n protocol TCP\n"     \
	     " real_server 10.0.1.1 80 {\n }\n}\n"

static int begin_test(void **state)
{
	const struct ledger_size size = {
		.texts = 1024, .virtuals = 2, .servers = 3, .services = 2
	};
	int failed = begin_test_with(&size);

	(void)state;
	if (failed)
		return failed;
	/* As the keeper notes what is configured. */
	for (uint8_t n = 0; n < 2; n++)
		*ledger_virtual_at(ledger, n) = (struct ledger_virtual){
			.address = { IP_V4, { 10, 0, 0, (uint8_t)(n + 1) } },
			.port = 80,
			.protocol = 6,
			.real_first = n == 0 ? 0 : 2,
			.real_count = n == 0 ? 2 : 1,
		};
	for (uint8_t n = 0; n < 3; n++)
		*ledger_real_at(ledger, n) = (struct ledger_real){
			.address = { IP_V4, { 10, 0, 1, 1 } },
			.port = n == 1 ? 81 : 80,
		};
	kernel->active = 1;
	return 0;
}

static uint64_t looks_before;

static bool has_turned(void)
{
	return ledger_lvs(ledger)->looks > looks_before + 3;
}

/* It has read what there is, and done it. */
static void let_it_turn(void)
{
	looks_before = ledger_lvs(ledger)->looks;
	wake_send(wake[0]);
	wait_until(has_turned, "it does not turn");
}

static int32_t weight_of(uint8_t service, uint16_t port)
{
	const struct model_service *s = &kernel->table.services[service];

	for (unsigned n = 0; n < s->dest_count; n++)
		if (s->dests[n].port == port)
			return s->dests[n].weight;
	return -1;
}

static void an_order_that_is_being_written_still_holds(void **state)
{
	struct ledger_ordered *place =
		section_record(ledger, LEDGER_ORDERED, 0);
	pid_t pid = start_lvs(TEXT);

	(void)state;
	wait_for(3);
	put_order(0, LEDGER_ORDERED_DRAIN);
	wait_order(0, LVS_ORDER_DRAINING);
	put_order(1, LEDGER_ORDERED_DRAIN);
	wait_order(1, LVS_ORDER_DRAINING);
	/* Another one changes meanwhile, and ends. */
	ledger_begin(&place->sequence);
	put_order(1, LEDGER_ORDERED_NOTHING);
	wait_order(1, LVS_ORDER_NONE);
	let_it_turn();
	wait_order(0, LVS_ORDER_DRAINING);
	assert_int_equal(weight_of(0, 80), 0);
	assert_int_equal(weight_of(0, 81), 1);
	/* The same for a process that begins just then. */
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	pid = start_lvs(TEXT);
	let_it_turn();
	wait_order(0, LVS_ORDER_DRAINING);
	assert_int_equal(weight_of(0, 80), 0);
	ledger_end(&place->sequence);
	put_order(0, LEDGER_ORDERED_NOTHING);
	wait_order(0, LVS_ORDER_NONE);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

/* Its number says one server, and its name another. */
static void put_wrong(uint32_t named, uint32_t number)
{
	struct ledger_ordered order = {
		.what = LEDGER_ORDERED_DISABLE,
		.weight = LEDGER_ORDERED_NO_WEIGHT,
		.until = TICK_NEVER,
	};

	ledger_ordered_name(ledger, named == 2 ? 1 : 0, named, &order);
	order.real = number;
	assert_int_equal(ledger_put_ordered(ledger, &order), 0);
	let_it_turn();
}

static void an_order_is_for_whom_it_names(void **state)
{
	pid_t pid = start_lvs(TEXT);

	(void)state;
	wait_for(3);
	put_wrong(1, 0); /* another port */
	put_wrong(2, 0); /* another virtual server */
	wait_order(0, LVS_ORDER_NONE);
	assert_int_equal(dests_in_kernel(), 3);
	put_wrong(0, 0);
	wait_order(0, LVS_ORDER_DISABLED);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

/* The newest that is of a real server. */
static struct ledger_news newest(void)
{
	uint64_t order = ledger_news_newest(ledger);
	struct ledger_news news = { 0 };

	while (order > 0 && (!ledger_news_read(ledger, order, &news) ||
			     news.address.family == IP_NONE))
		order--;
	return news;
}

static void an_order_is_an_event(void **state)
{
	struct ledger_ordered order = {
		.what = LEDGER_ORDERED_NOTHING,
		.weight = 7,
		.until = TICK_NEVER,
	};
	struct ledger_news news;
	uint64_t orders;
	pid_t pid = start_lvs(TEXT);

	(void)state;
	wait_for(3);
	put_order(1, LEDGER_ORDERED_DRAIN);
	let_it_turn();
	news = newest();
	assert_int_equal(news.what, LEDGER_NEWS_ORDER_DRAIN);
	assert_int_equal(news.port, 81);
	assert_string_equal(news.name, "[10.0.0.1]:tcp:80");
	/* Who goes on with it does not order it. */
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	pid = start_lvs(TEXT);
	let_it_turn();
	assert_int_equal(newest().order, news.order);
	put_order(1, LEDGER_ORDERED_DISABLE);
	let_it_turn();
	assert_int_equal(newest().what, LEDGER_NEWS_ORDER_DISABLE);
	put_order(1, LEDGER_ORDERED_NOTHING);
	let_it_turn();
	assert_int_equal(newest().what, LEDGER_NEWS_ORDER_END);
	ledger_ordered_name(ledger, 0, 1, &order);
	assert_int_equal(ledger_put_ordered(ledger, &order), 0);
	let_it_turn();
	news = newest();
	assert_int_equal(news.what, LEDGER_NEWS_ORDER_WEIGHT);
	assert_int_equal(news.weight, 7);
	orders = news.order;
	put_order(1, LEDGER_ORDERED_NOTHING);
	let_it_turn();
	news = newest();
	assert_int_equal(news.order, orders + 1);
	assert_int_equal(news.what, LEDGER_NEWS_ORDER_WEIGHT);
	assert_int_equal(news.weight, LEDGER_ORDERED_NO_WEIGHT);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			an_order_that_is_being_written_still_holds, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(an_order_is_for_whom_it_names,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(an_order_is_an_event,
						begin_test, end_test),
	};

	return cmocka_run_group_tests_name("director_orders", tests, NULL,
					   NULL);
}
