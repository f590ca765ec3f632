/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ring of what has become of virtual servers: ledger/news.h. */
#include "ledger/lvs.h"
#include "ledger/news.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 8

static struct ledger *l;
static int fd;

static int open_one(uint32_t room, struct ledger **made)
{
	return ledger_create(&(struct ledger_size){ .news = room }, "v", made);
}

static int begin(void **state)
{
	(void)state;
	fd = open_one(ROOM, &l);
	return fd < 0;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(l);
	close(fd);
	return 0;
}

static void add(uint16_t port)
{
	struct ledger_news n = { .what = LEDGER_NEWS_SERVER_UP, .port = port };

	ip_parse("192.0.2.1", &n.address);
	ledger_news_add(l, &n);
}

static void nobody_reads_what_is_not_published(void **state)
{
	struct ledger_news n;
	uint64_t seen = 0, lost = 0;

	(void)state;
	add(1);
	add(2);
	assert_false(ledger_news_next(l, &seen, &n, &lost));
	ledger_news_publish(l);
	assert_true(ledger_news_next(l, &seen, &n, &lost));
	assert_int_equal(n.port, 1);
	assert_true(ledger_news_next(l, &seen, &n, &lost));
	assert_int_equal(n.port, 2);
	assert_false(ledger_news_next(l, &seen, &n, &lost));
	assert_int_equal(seen, 2);
	assert_int_equal(lost, 0);
}

static void what_is_overwritten_is_counted(void **state)
{
	struct ledger_news n;
	uint64_t seen = 1, lost = 0;

	(void)state;
	for (uint16_t port = 1; port <= ROOM + 4; port++)
		add(port);
	ledger_news_publish(l);
	assert_true(ledger_news_next(l, &seen, &n, &lost));
	assert_int_equal(n.port, 5);
	assert_int_equal(lost, 3);
	assert_false(ledger_news_read(l, 4, &n));
	assert_true(ledger_news_read(l, ROOM + 4, &n));
}

/* Who writes it may be anybody by now. */
static void what_cannot_be_is_not_believed(void **state)
{
	struct ledger_news n;
	uint64_t seen = 0, lost = 0;

	(void)state;
	for (uint16_t port = 1; port <= 4; port++)
		add(port);
	ledger_news_add(l, &(struct ledger_news){ .what = 200 });
	/* A server without an address is none. */
	ledger_news_add(
		l, &(struct ledger_news){ .what = LEDGER_NEWS_SERVER_DOWN });
	n = (struct ledger_news){ .what = LEDGER_NEWS_QUORUM_UP,
				  .kind = 255,
				  .address.family = 77 };
	memset(n.words, 0xe1, sizeof(n.words));
	memset(n.name, 'x', sizeof(n.name));
	n.name[1] = '\n'; /* of a FIFO that is two lines */
	ledger_news_add(l, &n);
	ledger_news_publish(l);
	seen = 4;
	assert_true(ledger_news_next(l, &seen, &n, &lost));
	assert_int_equal(lost, 2);
	assert_int_equal(n.kind, 0);
	assert_int_equal(n.address.family, IP_NONE);
	assert_int_equal(strlen(n.name), LEDGER_NEWS_NAME - 1);
	assert_memory_equal(n.name, "x?x", 3);
	assert_int_equal(strspn(n.words, "?"), LEDGER_NEWS_WORDS - 1);
	seen = 1000;
	assert_false(ledger_news_next(l, &seen, &n, &lost));
	assert_int_equal(seen, 1000); /* the others may come yet */
	ledger_lvs(l)->news = UINT64_MAX;
	assert_int_equal(ledger_news_newest(l), 0);
}

/* Also into a ring of another size. */
static void a_reload_keeps_them(void **state)
{
	static const uint32_t rooms[] = { 3, 2 * ROOM };
	struct ledger_news n;

	(void)state;
	for (uint16_t port = 1; port <= ROOM + 1; port++)
		add(port);
	ledger_news_publish(l);
	add(77); /* not told, in the place of the oldest: its writer has died */
	for (unsigned k = 0; k < 2; k++) {
		struct ledger *next = NULL;
		uint64_t seen = 0, lost = 0, found = 0;
		int opened = open_one(rooms[k], &next);

		ledger_inherit_lvs(next, l);
		assert_int_equal(ledger_news_newest(next), ROOM + 1);
		while (ledger_news_next(next, &seen, &n, &lost)) {
			assert_int_equal(n.port, seen);
			found++;
		}
		assert_int_equal(found, k == 0 ? 3 : ROOM - 1);
		assert_int_equal(found + lost, ROOM + 1);
		ledger_unmap(next);
		close(opened);
	}
}

static void names_are_those_of_keepalived(void **state)
{
	struct ledger_news n = { .port = 80, .protocol = 6 };
	char text[LEDGER_NEWS_SERVER];

	(void)state;
	ip_parse("2001:db8::1", &n.address);
	assert_string_equal(ledger_news_server(&n, text),
			    "[2001:db8::1]:tcp:80");
	n.protocol = 0;
	assert_string_equal(ledger_news_server(&n, text),
			    "[2001:db8::1]:none:80");
}

static void fields_are_where_they_were(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_news, address), 32);
	assert_int_equal(offsetof(struct ledger_news, port), 50);
	assert_int_equal(offsetof(struct ledger_news, name), 55);
	assert_int_equal(offsetof(struct ledger_news, words), 135);
	assert_int_equal(sizeof(struct ledger_news), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nobody_reads_what_is_not_published, begin, end),
		cmocka_unit_test_setup_teardown(what_is_overwritten_is_counted,
						begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_not_believed,
						begin, end),
		cmocka_unit_test_setup_teardown(a_reload_keeps_them, begin,
						end),
		cmocka_unit_test(names_are_those_of_keepalived),
		cmocka_unit_test(fields_are_where_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
