/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `lvs` tells of other programs that change the table
 * (src/director/news.c), and what it publishes of counts that it does not know
 * (src/director/counts.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct director d;

#define TEXT                                                                   \
	"virtual_server 10.0.0.1 80 {\n lb_kind NAT\n protocol TCP\n"          \
	" real_server 10.0.1.1 80 {\n }\n}\n"

static int begin_test(void **state)
{
	const struct ledger_size size = {
		.texts = 1024, .virtuals = 1, .servers = 1, .services = 1
	};

	(void)state;
	return begin_test_with(&size);
}

/* ---- lines of the log ---- */

static int before;

static void begin_lines(void)
{
	int file = memfd_create("lines", 0);

	before = dup(STDERR_FILENO);
	assert_true(before >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	close(file);
}

/* How many were written, and how many of them have such words; the last one. */
struct lines {
	unsigned all, such;
	char last[256];
};

static struct lines end_lines(const char *words)
{
	FILE *written = fdopen(dup(STDERR_FILENO), "r");
	struct lines is = { 0 };

	assert_non_null(written);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	rewind(written);
	while (fgets(is.last, sizeof(is.last), written)) {
		is.all++;
		is.such += strstr(is.last, words) != NULL;
	}
	fclose(written);
	return is;
}

/* Another program changes something in each of so many turns, half a second
 * apart. */
static void fight(unsigned turns)
{
	for (unsigned n = 0; n < turns; n++) {
		d.turned_at += 500 * TICK_MILLISECOND;
		news_of_table(&d, TABLE_GONE, NULL, NULL, 0);
		news_end(&d);
	}
}

static void let_a_minute_pass(void)
{
	d.turned_at += 60 * TICK_SECOND;
	news_end(&d);
	news_end(&d);
}

static void who_fights_for_the_table_is_told_in_bounds(void **state)
{
	struct lines is;

	(void)state;
	hold_lvs(&d, TEXT);
	begin_lines();
	fight(100);
	let_a_minute_pass();
	is = end_lines("was removed by another program");
	assert_int_equal(is.all, 11);
	assert_int_equal(is.such, 10);
	assert_non_null(strstr(is.last, "and 90 times more within a minute"));
	assert_int_equal(d.repairs, 100);
	/* After a while it is news again. */
	d.turned_at += 60 * TICK_SECOND;
	begin_lines();
	fight(3);
	let_a_minute_pass();
	is = end_lines("was removed by another program");
	assert_int_equal(is.all, 3);
	assert_int_equal(is.such, 3);
	drop_lvs(&d);
}

static void a_fight_without_end_is_summed_up(void **state)
{
	struct lines is;

	(void)state;
	hold_lvs(&d, TEXT);
	begin_lines();
	fight(3 * 120 + 1);
	is = end_lines("and 110 times more within a minute");
	assert_int_equal(is.such, 3);
	drop_lvs(&d);
}

static void all_that_is_put_back_counts(void **state)
{
	struct lines is;

	(void)state;
	hold_lvs(&d, TEXT);
	begin_lines();
	fight(10);
	d.turned_at += 500 * TICK_MILLISECOND;
	news_of_table(&d, TABLE_EMPTIED, NULL, NULL, 300);
	news_of_table(&d, TABLE_GONE, NULL, NULL, 0);
	news_end(&d);
	let_a_minute_pass();
	is = end_lines("and 301 times more within a minute");
	assert_int_equal(is.such, 1);
	assert_int_equal(d.repairs, 311);
	drop_lvs(&d);
}

/* ---- events ---- */

static struct ledger_news newest(void)
{
	struct ledger_news news = { 0 };

	told_publish(&d);
	(void)ledger_news_read(ledger, ledger_news_newest(ledger), &news);
	return news;
}

static void what_is_put_back_is_an_event(void **state)
{
	const struct table_service *s;
	struct ledger_news news;
	uint64_t before_that;

	(void)state;
	hold_lvs(&d, TEXT);
	s = &d.table.services[0];
	begin_lines();
	d.turned_at += TICK_SECOND;
	news_of_table(&d, TABLE_GONE, s, &s->dests[0], 0);
	news_of_table(&d, TABLE_CHANGED, s, NULL, 0);
	news_of_repairs(&d);
	news_end(&d);
	(void)end_lines("");
	news = newest();
	assert_int_equal(news.what, LEDGER_NEWS_REPAIRED);
	assert_int_equal(news.weight, 2);
	assert_string_equal(news.name, "[10.0.0.1]:tcp:80");
	/* Nothing more, and nothing is told. */
	before_that = news.order;
	news_of_repairs(&d);
	assert_int_equal(newest().order, before_that);
	/* Of no virtual server; and what was not told one by one. */
	begin_lines();
	d.turned_at += TICK_SECOND;
	news_of_table(&d, TABLE_EMPTIED, NULL, NULL, 5);
	news_of_repairs(&d);
	news_end(&d);
	news = newest();
	assert_int_equal(news.weight, 5);
	assert_string_equal(news.name, "");
	fight(20);
	let_a_minute_pass();
	(void)end_lines("");
	news = newest();
	assert_int_equal(news.what, LEDGER_NEWS_REPAIRED);
	assert_int_equal(news.weight, 12);
	drop_lvs(&d);
}

/* ---- counts ---- */

static uint32_t active(void)
{
	struct ledger_lvs_counts counts;

	assert_true(ledger_read_lvs_server_counts(ledger, 0, &counts));
	return counts.active;
}

static void what_is_not_known_is_not_zero(void **state)
{
	struct table_service *s;
	struct ipvs_change change = { IPVS_NEW_DEST, NULL, NULL };

	(void)state;
	hold_lvs(&d, TEXT);
	s = &d.table.services[0];
	change.service = &s->want;
	change.dest = &s->dests[0].want;
	assert_int_equal(model_do(&kernel->table, &change), 0);
	s->dests[0].have = s->dests[0].want;
	s->dests[0].is |= TABLE_KNOWN;
	kernel->active = 9;
	(void)counts_turn(&d, 10 * TICK_SECOND);
	assert_int_equal(active(), 9);
	/* It is to be looked at, and was not yet. */
	s->is |= TABLE_UNSURE;
	s->dests[0].is &= (uint16_t)~TABLE_KNOWN;
	(void)counts_turn(&d, 20 * TICK_SECOND);
	assert_int_equal(active(), 9);
	/* It is not there. */
	s->is &= (uint16_t) ~(TABLE_UNSURE | TABLE_KNOWN);
	(void)counts_turn(&d, 30 * TICK_SECOND);
	assert_int_equal(active(), 0);
	drop_lvs(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			who_fights_for_the_table_is_told_in_bounds, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(
			a_fight_without_end_is_summed_up, begin_test, end_test),
		cmocka_unit_test_setup_teardown(all_that_is_put_back_counts,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_is_put_back_is_an_event,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_not_zero,
						begin_test, end_test),
	};

	return cmocka_run_group_tests_name("director_news", tests, NULL, NULL);
}
