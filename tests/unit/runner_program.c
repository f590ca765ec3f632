/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program_find() (runner_state.h), with file systems that hang. */
#include "runner/bounded.h"
#include "runner/runner_state.h"
#include "sys/clock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* In place of that of the system. */
int stat(const char *restrict path, struct stat *restrict out)
{
	while (strncmp(path, "/hangs", 6) == 0)
		pause();
	return fstatat(AT_FDCWD, path, out, 0);
}

static struct program program;

static tick_t took(const char *command)
{
	static struct conf_model model;
	const struct conf_user nobody = { .name = NULL };
	tick_t begun = clock_now();

	program_find(&program, command, &nobody, &model);
	program_free(&program);
	return clock_now() - begun;
}

static void what_is_there_is_found(void **state)
{
	(void)state;
	took("/bin/sh -c x");
	assert_string_equal(program.why, "");
	assert_non_null(strstr(program.path, "/"));
	assert_int_equal(program.command.count, 3);
	took("sh");
	assert_string_equal(program.why, "");
	took("/nowhere/x");
	assert_string_equal(program.why,
			    "/nowhere/x: No such file or directory");
	took("/etc/passwd");
	assert_string_equal(program.why, "/etc/passwd is not executable");
}

/* Names in one place, as those of a configuration are. */
static const char first[] = "/hangs/first", second[] = "/hangs/second";

static void what_hangs_holds_up_nobody(void **state)
{
	(void)state;
	assert_true(took(first) >= BOUNDED_TIME);
	assert_string_equal(program.why, "/hangs/first does not answer");
	/* And not again for each of its runs. */
	assert_true(took(second) >= BOUNDED_LESS);
	assert_true(took(first) < BOUNDED_LESS);
	assert_string_equal(program.why, "/hangs/first does not answer");
	assert_true(took(second) < BOUNDED_LESS);
	took("/bin/sh");
	assert_string_equal(program.why, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_found),
		cmocka_unit_test(what_hangs_holds_up_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
