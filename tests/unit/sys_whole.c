/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that appear as a whole, where others may have been before. */
#include "sys/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/whole.XXXXXX";

static const char *at(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void assert_text(const char *name, const char *text)
{
	char read_text[64] = "";
	int fd = open(at(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	assert_true(fd >= 0);
	assert_true(read(fd, read_text, sizeof(read_text) - 1) >= 0);
	close(fd);
	assert_string_equal(read_text, text);
}

static void it_takes_the_place_of_what_is_there(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(whole_write(at("a"), 0640, "one\n", 4), 0);
	assert_text("a", "one\n");
	assert_int_equal(stat(at("a"), &before), 0);
	assert_int_equal(before.st_mode & 07777, 0640);
	assert_int_equal(whole_write(at("a"), 0600, "two\n", 4), 0);
	assert_text("a", "two\n");
	assert_int_equal(stat(at("a"), &after), 0);
	assert_int_equal(after.st_mode & 07777, 0600);
	assert_int_not_equal(before.st_ino, after.st_ino);
}

static void a_link_is_not_followed(void **state)
{
	char target[PATH_MAX];

	(void)state;
	snprintf(target, sizeof(target), "%s", at("victim"));
	assert_int_equal(whole_write(target, 0600, "mine\n", 5), 0);
	assert_int_equal(symlink(target, at("link")), 0);
	assert_int_equal(whole_write(at("link"), 0600, "new\n", 4), 0);
	assert_text("link", "new\n");
	assert_text("victim", "mine\n");
}

static void what_is_no_file_is_left_alone(void **state)
{
	struct stat status;

	(void)state;
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(whole_write(at("fifo"), 0600, "x", 1), -EEXIST);
	assert_int_equal(lstat(at("fifo"), &status), 0);
	assert_true(S_ISFIFO(status.st_mode));
	assert_int_equal(mkdir(at("dir"), 0700), 0);
	assert_int_equal(whole_write(at("dir"), 0600, "x", 1), -EEXIST);
	assert_int_equal(whole_write(at("none/x"), 0600, "x", 1), -ENOENT);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

/* Nothing but what is meant is there. */
static int remove_folder(void **state)
{
	static const char *const names[] = { "a", "link", "victim", "fifo" };

	(void)state;
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		unlink(at(names[n]));
	rmdir(at("dir"));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_takes_the_place_of_what_is_there),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(what_is_no_file_is_left_alone),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
