/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the run directory that cannot be opened just now. */
#include "keeper/keeper_state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct keeper_setup setup;
static struct keeper keeper = { .setup = &setup };
static char folder[64], path[80], logged[1024];

void __wrap_log_line(int level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void __wrap_log_line(int level, const char *format, ...)
{
	va_list values;

	(void)level;
	va_start(values, format);
	vsnprintf(logged, sizeof(logged), format, values);
	va_end(values);
}

static int begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/keeper_home.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/drained", folder);
	setup.run_dir = folder;
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void write_file(mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* What home_has() says where no file can be opened. */
static bool has_without_descriptors(void)
{
	struct rlimit was, none;
	bool has;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	has = home_has(&keeper, "drained");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	return has;
}

static void what_is_drained_is_so_without_descriptors(void **state)
{
	(void)state;
	logged[0] = '\0';
	assert_false(home_has(&keeper, "drained"));
	assert_string_equal(logged, "");
	assert_false(has_without_descriptors());
	assert_non_null(strstr(logged, "/drained cannot be read: Too many open "
				       "files; it counts as not there"));
	write_file(0600);
	logged[0] = '\0';
	assert_true(home_has(&keeper, "drained"));
	assert_string_equal(logged, "");
	assert_true(has_without_descriptors());
	assert_non_null(strstr(logged, "; it counts as there"));
	write_file(0666);
	assert_false(home_has(&keeper, "drained"));
	assert_non_null(strstr(logged, "is not believed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_drained_is_so_without_descriptors, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
