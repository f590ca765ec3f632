/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mail that waits: its order, its bounds, and when it is tried again. */
#include "mailer/queue.h"
#include "mailer/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ledger *l;
static int fd;
static bool busy[LEDGER_MAILS_MAX];
static tick_t now_is, wake;

static int begin(void **state)
{
	(void)state;
	memset(busy, 0, sizeof(busy));
	fd = ledger_create(&(struct ledger_size){ 2, 0, 100, 0, 0, 2 }, "v",
			   &l);
	return fd < 0;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(l);
	close(fd);
	return 0;
}

static bool is_busy(void *context, uint32_t place)
{
	(void)context;
	return busy[place];
}

/* Whether another gave way, and then which. */
static bool add(const char *name, uint64_t number, struct ledger_mail *lost)
{
	struct ledger_mail mail = {
		.number = number,
		.what = LEDGER_MAIL_FAULT,
	};

	snprintf(mail.name, sizeof(mail.name), "%s", name);
	return queue_add(l, &mail, is_busy, NULL, lost);
}

/* The number of the next one that may be sent; 0: none may. */
static uint64_t next(void)
{
	uint32_t place = queue_next(l, now_is, is_busy, NULL, &wake);
	struct ledger_mail mail;

	if (place == QUEUE_NONE)
		return 0;
	assert_true(ledger_read_mail(l, place, &mail));
	return mail.number;
}

static void first_in_first_out(void **state)
{
	struct ledger_mail lost;

	(void)state;
	assert_int_equal(next(), 0);
	assert_int_equal(queue_newest(l), QUEUE_NONE);
	for (uint64_t n = 1; n <= 3; n++)
		assert_false(add("a", n, &lost));
	assert_int_equal(ledger_mail_count(l), 3);
	for (uint64_t n = 1; n <= 3; n++) {
		assert_int_equal(next(), n);
		queue_end(l, queue_next(l, now_is, is_busy, NULL, &wake), true);
		/* A place that is free again is not the next one for that. */
		if (n == 1)
			assert_false(add("a", 9, &lost));
	}
	assert_int_equal(next(), 9);
	assert_int_equal(ledger_mailer(l)->sent, 3);
	assert_int_equal(ledger_mail_count(l), 1);
}

static void those_of_one_go_one_after_another(void **state)
{
	struct ledger_mail lost;
	uint32_t first;

	(void)state;
	add("a", 1, &lost);
	add("a", 2, &lost);
	add("b", 3, &lost);
	first = queue_next(l, now_is, is_busy, NULL, &wake);
	busy[first] = true;
	assert_int_equal(next(), 3);
	busy[queue_next(l, now_is, is_busy, NULL, &wake)] = true;
	assert_int_equal(next(), 0);
	busy[first] = false;
	queue_end(l, first, true);
	assert_int_equal(next(), 2);
}

/* The oldest gives way that is not under way, and is counted. */
static void a_full_queue_loses_the_oldest(void **state)
{
	struct ledger_mail lost;

	(void)state;
	for (uint64_t n = 1; n <= LEDGER_MAILS_MAX; n++)
		assert_false(add("a", n, &lost));
	busy[queue_next(l, now_is, is_busy, NULL, &wake)] = true;
	assert_true(add("a", 1000, &lost));
	assert_int_equal(lost.number, 2);
	assert_int_equal(ledger_mailer(l)->failed, 1);
	assert_int_equal(ledger_mail_count(l), LEDGER_MAILS_MAX);
}

/* Until then it keeps no other from being sent. */
static void one_may_wait_for_its_moment(void **state)
{
	struct ledger_mail lost, mail;
	uint32_t first;

	(void)state;
	add("a", 1, &lost);
	add("a", 2, &lost);
	first = queue_next(l, now_is, is_busy, NULL, &wake);
	queue_keep(l, first, 5, 77, now_is + 10);
	assert_true(ledger_read_mail(l, first, &mail));
	assert_int_equal(mail.reached, 5);
	assert_int_equal(mail.reached_of, 77);
	assert_int_equal(next(), 2);
	queue_end(l, queue_next(l, now_is, is_busy, NULL, &wake), true);
	assert_int_equal(next(), 0);
	assert_int_equal(wake, now_is + 10);
	now_is += 10;
	assert_int_equal(next(), 1);
	assert_int_equal(retry_pause(1), RETRY_FIRST);
	assert_int_equal(retry_pause(3), 4 * RETRY_FIRST);
	assert_int_equal(retry_pause(UINT32_MAX), RETRY_MOST);
}

static void it_is_given_up_in_the_end(void **state)
{
	struct ledger_mail mail = { .time_real = TICK_SECOND };

	(void)state;
	assert_false(queue_is_over(&mail, TICK_SECOND));
	mail.tries = UINT32_MAX; /* however often it was tried */
	assert_false(queue_is_over(&mail, QUEUE_LIFE));
	assert_true(queue_is_over(&mail, QUEUE_LIFE + TICK_SECOND));
	/* A clock that was set back makes none old. */
	assert_false(queue_is_over(&mail, 0));
}

/* Bytes of anything: what is read has values that it can have. */
static void a_spoiled_book_is_survived(void **state)
{
	struct ledger_mail mail;
	struct ledger_mailer mailer;

	(void)state;
	memset(ledger_mail_at(l, 0), 0xfe, sizeof(mail));
	memset(ledger_mail_at(l, 1), 0x01, sizeof(mail));
	memset(ledger_mailer(l), 0xfe, sizeof(mailer));
	assert_false(ledger_read_mail(l, 0, &mail));
	assert_true(ledger_read_mail(l, 1, &mail));
	assert_int_equal(strlen(mail.name), sizeof(mail.name) - 1);
	ledger_read_mailer(l, &mailer);
	assert_int_equal(strlen(mailer.error), sizeof(mailer.error) - 1);
	for (const char *at = mailer.error; *at; at++)
		assert_in_range(*at, ' ', 126);
}

/* A ledger that is new has it all, until somebody begins there. */
static void another_ledger_has_it_too(void **state)
{
	struct ledger_mail lost, mail;
	struct ledger *other;
	int second = ledger_create(&(struct ledger_size){ 2, 0, 100, 0, 0, 2 },
				   "v", &other);

	(void)state;
	assert_true(second >= 0);
	add("a", 1, &lost);
	add("b", 2, &lost);
	queue_end(l, queue_next(l, now_is, is_busy, NULL, &wake), true);
	ledger_mailer(l)->retry_until = 9;
	ledger_begin_mail(l);
	memset(ledger_mail_at(l, 7), 0xfe, sizeof(mail));
	ledger_inherit_mail(other, l);
	assert_int_equal(ledger_mail_count(other), 1);
	assert_int_equal(ledger_mailer(other)->sent, 1);
	assert_int_equal(ledger_mailer(other)->retry_until, 9);
	assert_true(ledger_read_mail(other, 1, &mail));
	assert_string_equal(mail.name, "b");
	/* What happened since counts, and what was spoiled is none. */
	queue_end(l, queue_next(l, now_is, is_busy, NULL, &wake), true);
	ledger_inherit_mail(other, l);
	assert_int_equal(ledger_mail_count(other), 0);
	assert_int_equal(ledger_mailer(other)->sent, 2);
	ledger_begin_mail(other);
	add("c", 3, &lost);
	ledger_inherit_mail(other, l);
	assert_int_equal(ledger_mail_count(other), 0);
	ledger_unmap(other);
	close(second);
}

/* Fields are added at the end; none of these numbers ever changes. */
static void the_layout_is_as_it_was(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_mail, time_real), 16);
	assert_int_equal(offsetof(struct ledger_mail, name), 30);
	assert_int_equal(offsetof(struct ledger_mail, reached), 96);
	assert_int_equal(offsetof(struct ledger_mailed, last), 16);
	assert_int_equal(offsetof(struct ledger_mailer, error_real), 40);
	assert_int_equal(offsetof(struct ledger_mailer, error), 48);
	assert_int_equal(offsetof(struct ledger_mailer, begun), 288);
	assert_int_equal(offsetof(struct ledger_mailer, retry_of), 304);
	assert_int_equal(offsetof(struct ledger_mailer, retry_pause), 312);
	assert_int_equal(offsetof(struct ledger_mailer, retry_until), 320);
}

static void pauses_double_up_to_a_bound(void **state)
{
	struct retry r = { 0 };
	tick_t now = 0, pause = RETRY_FIRST;

	(void)state;
	assert_true(retry_may_send(&r, now, RETRY_AT_ONCE - 1));
	assert_false(retry_may_send(&r, now, RETRY_AT_ONCE));
	for (unsigned n = 0; n < 20; n++) {
		retry_failed(&r, now);
		retry_failed(&r, now); /* another that was under way */
		assert_int_equal(r.until - now, pause);
		assert_false(retry_may_send(&r, r.until - 1, 0));
		assert_true(retry_may_send(&r, r.until, 0));
		/* One finds out whether it takes mail again. */
		assert_false(retry_may_send(&r, r.until, 1));
		now = r.until;
		pause = tick_min(2 * pause, RETRY_MOST);
	}
	assert_int_equal(pause, RETRY_MOST);
	retry_succeeded(&r);
	assert_true(retry_may_send(&r, now, RETRY_AT_ONCE - 1));
}

/* What stands in the ledger, with which a process goes on. */
static void a_pause_outlives_a_process(void **state)
{
	const struct retry was = { 4 * RETRY_FIRST, 10 * RETRY_FIRST };
	struct retry r = { 0 };
	tick_t now = 7 * RETRY_FIRST;

	(void)state;
	retry_resume(&r, &was, now);
	assert_false(retry_may_send(&r, was.until - 1, 0));
	assert_true(retry_may_send(&r, was.until, 0));
	retry_failed(&r, was.until);
	assert_int_equal(r.until - was.until, 2 * was.pause);
	/* One that is over tells yet that the server takes nothing. */
	r = (struct retry){ 0 };
	retry_resume(&r, &was, was.until + 1);
	assert_false(retry_may_send(&r, was.until + 1, 1));
}

/* Nobody waits for ever because of a book that was spoiled. */
static void a_pause_that_cannot_be_is_none(void **state)
{
	const struct retry all[] = {
		{ 0, INT64_MAX },         { -RETRY_FIRST, 0 },
		{ RETRY_MOST + 1, 0 },    { RETRY_FIRST, RETRY_FIRST + 1 },
		{ INT64_MAX, INT64_MAX },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(all) / sizeof(all[0]); n++) {
		struct retry r = { 0 };

		retry_resume(&r, &all[n], 0);
		assert_int_equal(r.pause, 0);
		assert_int_equal(r.until, 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_in_first_out),
		TEST(those_of_one_go_one_after_another),
		TEST(a_full_queue_loses_the_oldest),
		TEST(one_may_wait_for_its_moment),
		TEST(it_is_given_up_in_the_end),
		TEST(a_spoiled_book_is_survived),
		TEST(another_ledger_has_it_too),
		TEST(the_layout_is_as_it_was),
		TEST(pauses_double_up_to_a_bound),
		TEST(a_pause_outlives_a_process),
		TEST(a_pause_that_cannot_be_is_none),
	};

	return cmocka_run_group_tests_name("mailer_queue", tests, NULL, NULL);
}
