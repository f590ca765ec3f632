/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked for, made and cleared of dumps (ledger/dump.h). */
#include "ledger/dump.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static struct ledger *make(int *fd, const char *first, const char *second)
{
	struct ledger *l = NULL;

	*fd = ledger_create(&(struct ledger_size){ 2, 0, 1024 }, "v", &l);
	assert_true(*fd >= 0);
	ledger_configured_at(l, 0)->name = ledger_text_add(l, first);
	ledger_configured_at(l, 1)->name = ledger_text_add(l, second);
	return l;
}

static void drop(struct ledger *l, int fd)
{
	ledger_unmap(l);
	close(fd);
}

static void signals_are_keepalived_s(void **state)
{
	(void)state;
	assert_int_equal(ledger_dump_of(SIGUSR1), LEDGER_DUMP_STATE);
	assert_int_equal(ledger_dump_of(SIGUSR2), LEDGER_DUMP_STATS);
	assert_int_equal(ledger_dump_of(36), LEDGER_DUMP_JSON);
	assert_int_equal(ledger_dump_of(63), LEDGER_DUMP_STATS_CLEAR);
	assert_int_equal(ledger_dump_of(SIGHUP), LEDGER_DUMPS);
}

static void what_is_asked_for_is_due_until_it_is_made(void **state)
{
	int fd;
	struct ledger *l = make(&fd, "A", "B");
	uint64_t asked;

	(void)state;
	assert_false(ledger_dump_is_due(l));
	ledger_dump_ask(l, LEDGER_DUMP_JSON);
	assert_true(ledger_dump_is_due(l));
	assert_int_equal(ledger_dump_due(l, LEDGER_DUMP_STATE), 0);
	asked = ledger_dump_due(l, LEDGER_DUMP_JSON);
	assert_int_equal(asked, 1);
	/* It is asked for once more while the first one is made. */
	ledger_dump_ask(l, LEDGER_DUMP_JSON);
	ledger_dump_made(l, LEDGER_DUMP_JSON, asked);
	assert_int_equal(ledger_dump_due(l, LEDGER_DUMP_JSON), 2);
	ledger_dump_made(l, LEDGER_DUMP_JSON, 2);
	assert_false(ledger_dump_is_due(l));
	drop(l, fd);
}

static uint64_t stat_of(struct ledger *l, uint32_t index, enum ledger_stat stat)
{
	uint64_t stats[LEDGER_STATS];

	ledger_read_stats(l, index, stats);
	return stats[stat];
}

static void statistics_are_the_counters(void **state)
{
	int fd;
	struct ledger *l = make(&fd, "A", "B");
	struct vrrp core = { .state = VRRP_ACTIVE };

	(void)state;
	*ledger_counters_at(l, 1) = (struct ledger_counters){
		.adverts_sent = 5,
		.adverts_received = 6,
		.resigns_sent = 7,
		.resigns_received = 8,
		.became_active = 3,
	};
	ledger_count_add(l, LEDGER_DROPS, VRRP_DROP_LENGTH, 1, 1);
	ledger_count_add(l, LEDGER_DROPS, VRRP_DROP_TRUNCATED, 1, 2);
	ledger_count_add(l, LEDGER_DROPS, VRRP_DROP_PASSWORD_WRONG, 1, 4);
	ledger_count_add(l, LEDGER_DROPS, VRRP_DROP_PASSWORD_MISSING, 1, 8);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_ADVERTS_SENT), 5);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_ADVERTS_RECEIVED), 6);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_RESIGNS_SENT), 7);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_RESIGNS_RECEIVED), 8);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_LENGTH), 3);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_AUTH_FAILURE), 4);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_AUTH_MISMATCH), 8);
	assert_int_equal(stat_of(l, 0, LEDGER_STAT_LENGTH), 0);
	/* Whoever is not Active has left as often as it became that. */
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_LEFT_ACTIVE), 3);
	ledger_save(l, 1, &core);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_LEFT_ACTIVE), 2);
	drop(l, fd);
}

static void what_is_cleared_counts_from_there(void **state)
{
	int fds[2];
	struct ledger *l = make(&fds[0], "A", "B");
	struct ledger *next = make(&fds[1], "B", "C");

	(void)state;
	ledger_counters_at(l, 1)->adverts_sent = 5;
	ledger_clear_stats(l, 1);
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_ADVERTS_SENT), 0);
	ledger_counters_at(l, 1)->adverts_sent = 7;
	assert_int_equal(stat_of(l, 1, LEDGER_STAT_ADVERTS_SENT), 2);
	assert_int_equal(ledger_counters_at(l, 1)->adverts_sent, 7);
	/* A reload goes on, by the names; so does what was asked for. */
	ledger_dump_ask(l, LEDGER_DUMP_STATS);
	ledger_inherit_dumps(next, l);
	ledger_counters_at(next, 0)->adverts_sent = 9;
	ledger_counters_at(next, 1)->adverts_sent = 9;
	assert_int_equal(stat_of(next, 0, LEDGER_STAT_ADVERTS_SENT), 4);
	assert_int_equal(stat_of(next, 1, LEDGER_STAT_ADVERTS_SENT), 9);
	assert_int_equal(ledger_dump_due(next, LEDGER_DUMP_STATS), 1);
	/* What counts from the beginning again is shown as it is. */
	ledger_counters_at(next, 0)->adverts_sent = 1;
	assert_int_equal(stat_of(next, 0, LEDGER_STAT_ADVERTS_SENT), 1);
	drop(l, fds[0]);
	drop(next, fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_are_keepalived_s),
		cmocka_unit_test(what_is_asked_for_is_due_until_it_is_made),
		cmocka_unit_test(statistics_are_the_counters),
		cmocka_unit_test(what_is_cleared_counts_from_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
