/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who can write what: each process one book, for ever. */
#include "base/must.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define INSTANCES 3
#define HOLDINGS  4

static struct ledger *l;
static int fd, view;

static int begin(void **state)
{
	const struct ledger_size size = { INSTANCES, HOLDINGS, 100, 3, 4, 2,
					  2,         5,        2,   2, 2 };
	char path[64];

	(void)state;
	fd = ledger_create(&size, "v", &l);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	view = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 || view < 0;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(l);
	close(view);
	close(fd);
	return 0;
}

/*
 * Whether a process that is confined can change a byte, also when it asks the
 * kernel for the right first.
 */
static bool can_write(enum ledger_book book, void *at, bool ask)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		uintptr_t page = (uintptr_t)getpagesize();
		char *start = (char *)at - (uintptr_t)at % page;

		signal(SIGSEGV, SIG_DFL); /* no report of a sanitizer */
		close(fd);
		if (ledger_confine(l, view, book))
			_exit(1);
		close(view);
		if (ask && mprotect(start, page, PROT_READ | PROT_WRITE))
			_exit(2);
		++*(volatile char *)at;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		assert_int_equal(WTERMSIG(status), SIGSEGV);
	else
		assert_int_not_equal(WEXITSTATUS(status), 1);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The first and the last byte of each section, and of the head. */
static void who_writes_a_book_writes_that_alone(void **state)
{
	static const enum ledger_book books[] = {
		LEDGER_BOOK_SERVER, LEDGER_BOOK_RUNNER, LEDGER_BOOK_MAILER,
		LEDGER_BOOK_CHECKER, LEDGER_BOOK_LVS
	};

	(void)state;
	for (unsigned k = 0; k < ARRAY_LENGTH(books); k++) {
		assert_false(can_write(books[k], l, false));
		assert_false(can_write(books[k], l, true));
		for (uint32_t n = 0; n < l->section_count; n++) {
			const struct ledger_section *s = &l->sections[n];
			char *first = (char *)l + s->offset;
			char *last = first + (size_t)s->stride * s->count - 1;
			bool own = s->book == books[k];

			assert_int_equal(can_write(books[k], first, false),
					 own);
			assert_int_equal(can_write(books[k], last, false), own);
			assert_int_equal(can_write(books[k], last, true), own);
			assert_false(can_write(LEDGER_BOOKS, first, false));
			assert_false(can_write(LEDGER_BOOKS, last, true));
		}
	}
}

/* What one writes in its book, others see. */
static void it_is_one_memory(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (ledger_confine(l, view, LEDGER_BOOK_SERVER))
			_exit(1);
		ledger_record_at(l, 2)->ifindex = 77;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(ledger_record_at(l, 2)->ifindex, 77);
}

static void who_cannot_be_confined_is_told(void **state)
{
	(void)state;
	assert_int_equal(ledger_confine(l, -1, LEDGER_BOOK_SERVER), -EBADF);
}

static void texts_are_kept_and_end(void **state)
{
	uint32_t web = ledger_text_add(l, "web");
	uint32_t none = ledger_text_add(l, "");

	(void)state;
	assert_string_equal(ledger_text(l, web), "web");
	assert_string_equal(ledger_text(l, none), "");
	assert_string_equal(ledger_text(l, 0), "");
	/* Where none begins, and behind the last. */
	assert_string_equal(ledger_text(l, web + 1), "eb");
	assert_string_equal(ledger_text(l, UINT32_MAX), "");
	ledger_configured_at(l, 1)->name = web;
	assert_true(ledger_has_name(l, 1, "web"));
	assert_false(ledger_has_name(l, 1, "we"));
	assert_false(ledger_has_name(l, 0, "web"));
}

/* The most that ever were in a row. */
static void deaths_in_a_row_are_counted(void **state)
{
	const tick_t minute = LEDGER_DEATHS_ROW;

	(void)state;
	ledger_note_death(l, 1);
	ledger_note_death(l, minute);
	assert_int_equal(l->deaths.most, 2);
	ledger_note_death(l, 2 * minute); /* a minute later: the first again */
	assert_int_equal(l->deaths.row, 1);
	assert_int_equal(l->deaths.most, 2);
	ledger_note_death(l, 2 * minute + 1);
	ledger_note_death(l, 2 * minute + 2);
	assert_int_equal(l->deaths.most, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

/* By name, but for what could not be run: that is looked at anew. */
static void results_are_inherited(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	const struct ledger_size size = { 0, 0, 100, 3, 0 };
	struct ledger *old, *new;
	struct ledger_result copy;
	int fds[2] = { ledger_create(&size, "v", &old),
		       ledger_create(&size, "v", &new) };

	(void)state;
	assert_true(fds[0] >= 0 && fds[1] >= 0);
	for (uint32_t n = 0; n < 3; n++) {
		struct ledger_result *r = ledger_result_at(old, n);

		ledger_target_at(old, n)->name = ledger_text_add(old, names[n]);
		ledger_target_at(new, n)->name =
			ledger_text_add(new, n == 1 ? "new" : names[2 - n]);
		r->verdict =
			n == 2 ? LEDGER_VERDICT_UNUSABLE : LEDGER_VERDICT_BAD;
		r->running = true;
		r->level = 7;
	}
	ledger_inherit_results(new, old);
	assert_true(ledger_read_result(new, 2, &copy)); /* a */
	assert_int_equal(copy.verdict, LEDGER_VERDICT_BAD);
	assert_int_equal(copy.level, 7);
	assert_false(copy.running);
	assert_true(ledger_read_result(new, 1, &copy));
	assert_int_equal(copy.verdict, LEDGER_VERDICT_NONE);
	assert_true(ledger_read_result(new, 0, &copy)); /* c */
	assert_int_equal(copy.verdict, LEDGER_VERDICT_NONE);
	/* Who runs users' scripts may write what it likes. */
	memset(ledger_result_at(old, 0), 0xfe, sizeof(struct ledger_result));
	assert_true(ledger_read_result(old, 0, &copy));
	assert_int_equal(copy.verdict, LEDGER_VERDICT_NONE);
	assert_int_equal(copy.how, LEDGER_HOW_NONE);
	assert_int_equal(copy.output[sizeof(copy.output) - 1], 0);
	ledger_unmap(old);
	ledger_unmap(new);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_writes_a_book_writes_that_alone),
		TEST(it_is_one_memory),
		TEST(who_cannot_be_confined_is_told),
		TEST(texts_are_kept_and_end),
		TEST(deaths_in_a_row_are_counted),
		TEST(results_are_inherited),
	};

	return cmocka_run_group_tests_name("ledger_books", tests, NULL, NULL);
}
