/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which events the keeper writes to its log, and when.
 */
#include "keeper/log.h"

#include "ledger/ledger.h"
#include "sys/console.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

static struct ledger_event *slot_of(struct ledger *l, unsigned number)
{
	return (struct ledger_event *)(void *)((char *)l +
					       l->sections[LEDGER_RING - 1]
						       .offset) +
	       number;
}

/* A number is taken before its event is written. */
static void an_event_that_comes_is_waited_for_once(void **state)
{
	struct ledger_event event = { .instance = LEDGER_NO_INSTANCE };
	uint64_t awaited = 0, seen;
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 0, 0, 1024 }, "v", &l);

	log_open(&(struct log_way){ .console = true });
	for (unsigned n = 0; n < 3; n++)
		ledger_append(l, &event);
	slot_of(l, 2)->number = 0; /* not there yet */
	seen = log_follow(l, 0, &awaited, false);
	assert_int_equal(seen, 1);
	slot_of(l, 2)->number = 2;
	seen = log_follow(l, seen, &awaited, false);
	assert_int_equal(seen, 3);

	ledger_append(l, &event);
	slot_of(l, 4)->number = 0; /* its writer has died */
	ledger_append(l, &event);
	seen = log_follow(l, seen, &awaited, false);
	assert_int_equal(seen, 3);
	seen = log_follow(l, seen, &awaited, false);
	assert_int_equal(seen, 5);

	for (unsigned n = 0; n < 3; n++) /* several are waited for together */
		ledger_append(l, &event);
	slot_of(l, 6)->number = slot_of(l, 7)->number = 0;
	seen = log_follow(l, seen, &awaited, false);
	assert_int_equal(seen, 5);
	seen = log_follow(l, seen, &awaited, false);
	assert_int_equal(seen, 8);

	for (unsigned n = 0; n < 100; n++)
		ledger_append(l, &event);
	slot_of(l, 9)->number = 0; /* too old to come yet */
	assert_int_equal(log_follow(l, seen, &awaited, false), 108);
	ledger_unmap(l);
	close(fd);
}

/* What a reader does not take is counted, and told when it takes a line. */
static void what_is_lost_is_told(void **state)
{
	char bytes[65536];
	int ends[2], saved = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	memset(bytes, 'x', sizeof(bytes));
	while (write(ends[1], bytes, 4096) > 0)
		;
	dup2(ends[1], STDERR_FILENO);
	console_open(0);
	log_open(&(struct log_way){ .console = true });
	for (int n = 0; n < 12; n++)
		log_line(LOG_INFO, "number %d", n);
	log_settle(); /* there is no room yet */
	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		;
	memset(bytes, 0, sizeof(bytes));
	log_settle();
	log_settle();
	log_line(LOG_INFO, "number 12");
	assert_true(read(ends[0], bytes, sizeof(bytes) - 1) > 0);
	dup2(saved, STDERR_FILENO);
	assert_string_equal(bytes, "batond: 12 lines were lost\n"
				   "batond: number 12\n");
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_that_comes_is_waited_for_once),
		cmocka_unit_test(what_is_lost_is_told),
	};

	return cmocka_run_group_tests_name("keeper_log", tests, NULL, NULL);
}
