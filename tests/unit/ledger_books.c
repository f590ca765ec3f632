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
 * Whether a process that is confined to a book can change a byte, also when it
 * asks the kernel for the right first.
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
static void each_writes_its_own(void **state)
{
	static const enum ledger_book books[] = {
		LEDGER_BOOK_KEEPER,
		LEDGER_BOOK_SERVER,
		LEDGER_BOOKS,
	};

	(void)state;
	for (unsigned b = 0; b < 3; b++) {
		bool head = books[b] == LEDGER_BOOK_KEEPER;

		assert_int_equal(can_write(books[b], l, false), head);
		assert_int_equal(can_write(books[b], l, true), head);
		for (uint32_t n = 0; n < l->section_count; n++) {
			const struct ledger_section *s = &l->sections[n];
			char *first = (char *)l + s->offset;
			char *last = first + (size_t)s->stride * s->count - 1;
			bool own = s->book == books[b];

			assert_int_equal(can_write(books[b], first, false),
					 own);
			assert_int_equal(can_write(books[b], last, false), own);
			assert_int_equal(can_write(books[b], last, true), own);
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

/* A process that was taken over says what it likes. */
static void no_more_deaths_than_there_were(void **state)
{
	(void)state;
	ledger_record_at(l, 0)->deaths = 255;
	ledger_record_at(l, 1)->deaths = 1;
	ledger_mend_deaths(l, 2);
	assert_int_equal(ledger_record_at(l, 0)->deaths, 2);
	assert_int_equal(ledger_record_at(l, 1)->deaths, 1);
	assert_int_equal(ledger_record_at(l, 2)->deaths, 0);
	ledger_mend_deaths(l, 1000);
	assert_int_equal(ledger_record_at(l, 0)->deaths, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_writes_its_own),
		TEST(it_is_one_memory),
		TEST(who_cannot_be_confined_is_told),
		TEST(texts_are_kept_and_end),
		TEST(no_more_deaths_than_there_were),
	};

	return cmocka_run_group_tests_name("ledger_books", tests, NULL, NULL);
}
