/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How `lvs` reads the verdicts of `check` (src/director/verdicts.c), while that
 * one stands still or has died.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director/director_state.h"
#include "ledger/checks.h"
#include "lvs_fixture.h"

#include <unistd.h>

#define SERVERS 3

static struct play play;
static struct director d;
static int fd;

/* Of server 'a' + n, by check n. */
static struct ledger_check *check(uint32_t n)
{
	return ledger_check_at(d.ledger, n);
}

static int begin(void **state)
{
	(void)state;
	play_configure(&play, SERVERS);
	play.config.check_count = SERVERS;
	play_begin(&play);
	d = (struct director){ .config = play.config, .core = play.core };
	fd = ledger_create(&(struct ledger_size){ .checks = SERVERS }, "v",
			   &d.ledger);
	if (fd < 0)
		return -1;
	for (uint32_t n = 0; n < SERVERS; n++)
		check(n)->state = LEDGER_CHECK_GOOD;
	verdicts_read_all(&d, play.now);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(d.ledger);
	close(fd);
	play_end(&play);
	return 0;
}

static enum lvs_health health(uint32_t n)
{
	return (enum lvs_health)d.core.servers[n].health;
}

static void fails(uint32_t n)
{
	check(n)->state = LEDGER_CHECK_FAILED;
	ledger_check_changed(d.ledger, n);
}

static void what_changed_is_read(void **state)
{
	(void)state;
	assert_int_equal(health(1), LVS_HEALTH_UP);
	fails(1);
	assert_int_equal(verdicts_read(&d, play.now), TICK_NEVER);
	assert_int_equal(health(0), LVS_HEALTH_UP);
	assert_int_equal(health(1), LVS_HEALTH_DOWN);
}

/* Stopped within a record, which was told before: it will not be told again. */
static void what_cannot_be_read_is_read_later(void **state)
{
	tick_t again;

	(void)state;
	ledger_begin(&check(1)->sequence);
	fails(1);
	again = verdicts_read(&d, play.now);
	assert_int_equal(health(1), LVS_HEALTH_UP);
	assert_in_range(again - play.now, 1, TICK_SECOND);
	assert_in_range(verdicts_read(&d, again) - again, 1, TICK_SECOND);
	ledger_end(&check(1)->sequence);
	/* Not before it is due, however often this process is woken. */
	again = verdicts_read(&d, again);
	assert_int_equal(health(1), LVS_HEALTH_UP);
	assert_int_equal(verdicts_read(&d, again), TICK_NEVER);
	assert_int_equal(health(1), LVS_HEALTH_DOWN);
}

/* `check` has died before it could tell, and the next one says: all. */
static void what_was_not_told_is_read_after_a_death(void **state)
{
	(void)state;
	check(2)->state = LEDGER_CHECK_FAILED;
	assert_int_equal(verdicts_read(&d, play.now), TICK_NEVER);
	assert_int_equal(health(2), LVS_HEALTH_UP);
	ledger_check_changed(d.ledger, LEDGER_CHECKS_ALL);
	assert_int_equal(verdicts_read(&d, play.now), TICK_NEVER);
	assert_int_equal(health(2), LVS_HEALTH_DOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_changed_is_read, begin,
						end),
		cmocka_unit_test_setup_teardown(
			what_cannot_be_read_is_read_later, begin, end),
		cmocka_unit_test_setup_teardown(
			what_was_not_told_is_read_after_a_death, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
