/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who can write what: each process one book, for ever. */
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
	const struct ledger_size size = { INSTANCES, HOLDINGS, 100 };
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
static bool can_write(bool serves, void *at, bool ask)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		uintptr_t page = (uintptr_t)getpagesize();
		char *start = (char *)at - (uintptr_t)at % page;

		signal(SIGSEGV, SIG_DFL); /* no report of a sanitizer */
		close(fd);
		if (ledger_confine(l, view, serves))
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
static void who_serves_writes_its_book_alone(void **state)
{
	(void)state;
	assert_false(can_write(true, l, false));
	assert_false(can_write(true, l, true));
	for (uint32_t n = 0; n < l->section_count; n++) {
		const struct ledger_section *s = &l->sections[n];
		char *first = (char *)l + s->offset;
		char *last = first + (size_t)s->stride * s->count - 1;
		bool own = s->book == LEDGER_BOOK_SERVER;

		assert_int_equal(can_write(true, first, false), own);
		assert_int_equal(can_write(true, last, false), own);
		assert_int_equal(can_write(true, last, true), own);
		assert_false(can_write(false, first, false));
		assert_false(can_write(false, last, true));
	}
}

/* What one writes in its book, others see. */
static void it_is_one_memory(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (ledger_confine(l, view, true))
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
	assert_int_equal(ledger_confine(l, -1, true), -EBADF);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_serves_writes_its_book_alone),
		TEST(it_is_one_memory),
		TEST(who_cannot_be_confined_is_told),
		TEST(texts_are_kept_and_end),
		TEST(deaths_in_a_row_are_counted),
	};

	return cmocka_run_group_tests_name("ledger_books", tests, NULL, NULL);
}
