/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/sandbox.h, of a build with sanitizers: what one of them finds in a
 * confined process is told, whatever that may still call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/sandbox.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__

/* What a sanitizer does at SIGSEGV. */
static struct sigaction segv;

/* Standard error to `fd` in the child; the status of its end. */
static int end_of(enum sandbox which, void (*call)(void), int fd)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		dup2(fd, STDERR_FILENO);
		sigaction(SIGSEGV, &segv, NULL);
		if (sandbox_enter(which) == 0)
			call();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

__attribute__((noinline)) static void read_beyond(void)
{
	volatile size_t size = 10;
	const volatile char *bytes = calloc(1, size);

	_exit(bytes[size]);
}

__attribute__((noinline)) static void read_nothing(void)
{
	volatile uintptr_t address = 8;

	_exit(*(const volatile char *)address);
}

/* It goes on after that. */
__attribute__((noinline)) static void overflow(void)
{
	volatile int number = INT_MAX;

	number = number + 1;
	_exit(number == 0);
}

/* The report of `call` as each of them, in a file. It ends with `last`. */
static void look_at_reports(void (*call)(void), const char *kind,
			    const char *place, const char *last)
{
	static char report[1 << 16];

	for (enum sandbox s = 0; s < SANDBOXES; s++) {
		FILE *file = tmpfile();
		int status;
		size_t length;

		assert_non_null(file);
		status = end_of(s, call, fileno(file));
		rewind(file);
		length = fread(report, 1, sizeof(report) - 1, file);
		report[length] = '\0';
		fclose(file);
		assert_non_null(strstr(report, kind));
		assert_non_null(strstr(report, place));
		assert_non_null(strstr(report, last));
		assert_true(WIFEXITED(status));
	}
}

/* Its report is whole, names the place in this program, and needs no file. */
static void a_sanitizer_can_report(void **state)
{
	static const char place[] = "test_sys_reports+0x";

	(void)state;
	look_at_reports(read_beyond, "heap-buffer-overflow", place, "ABORTING");
	look_at_reports(read_nothing, "SEGV", place, "ABORTING");
	look_at_reports(overflow, "runtime error: signed integer overflow",
			"sys_reports.c:", "\n");
}
int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sanitizer_can_report),
	};

	sigaction(SIGSEGV, NULL, &segv);
	sandbox_prepare();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void nothing_to_report(void **state)
{
	(void)state;
	skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_to_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
