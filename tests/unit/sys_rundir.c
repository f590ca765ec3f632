/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the run directory is believed only if nobody else could write it.
 */
#include "sys/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

static char folder[] = "/tmp/rundir.XXXXXX";

static const char *at(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void make(const char *name, mode_t mode, const char *text)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_true(write(fd, text, strlen(text)) >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static bool believed(const char *name)
{
	int fd = rundir_open(at(name));

	if (fd >= 0)
		close(fd);
	else
		assert_int_equal(fd, -EPERM);
	return fd >= 0;
}

static void what_others_could_write_is_not_believed(void **state)
{
	char target[PATH_MAX];

	(void)state;
	make("file", 0600, "");
	assert_true(believed("file"));
	chmod(at("file"), 0644);
	assert_true(believed("file"));
	chmod(at("file"), 0602);
	assert_false(believed("file"));
	if (geteuid() == 0) {
		chmod(at("file"), 0660); /* of the group of root */
		assert_true(believed("file"));
		assert_int_equal(chown(at("file"), 0, NOBODY), 0);
		assert_false(believed("file"));
		chmod(at("file"), 0600);
		assert_true(believed("file"));
		assert_int_equal(chown(at("file"), NOBODY, 0), 0);
		assert_false(believed("file"));
	}
	unlink(at("file"));
	assert_int_equal(rundir_open(at("file")), -ENOENT);
	make("aim", 0600, "");
	snprintf(target, sizeof(target), "%s", at("aim"));
	assert_int_equal(symlink(target, at("link")), 0);
	assert_false(believed("link"));
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_false(believed("fifo"));
	unlink(at("link"));
	unlink(at("fifo"));
	unlink(at("aim"));
}

static mode_t mode_of(const char *path)
{
	struct stat s;

	assert_int_equal(stat(path, &s), 0);
	return s.st_mode & 07777;
}

static uid_t owner_of(const char *path)
{
	struct stat s;

	assert_int_equal(stat(path, &s), 0);
	return s.st_uid;
}

static void the_directory_is_ours_alone(void **state)
{
	(void)state;
	chmod(folder, 0755);
	assert_int_equal(rundir_look(folder), RUNDIR_OURS);
	chmod(folder, 0777);
	assert_int_equal(rundir_look(folder), RUNDIR_MENDED);
	assert_int_equal(mode_of(folder), 0755);
	chmod(folder, 01777);
	assert_int_equal(rundir_look(folder), RUNDIR_STICKY);
	assert_int_equal(mode_of(folder), 01777);
	chmod(folder, 0755);
	if (geteuid() == 0) {
		assert_int_equal(chown(folder, NOBODY, 0), 0);
		assert_int_equal(rundir_look(folder), RUNDIR_STRANGERS);
		assert_int_equal(chown(folder, 0, 0), 0);
	}
}

/* Locks, and says who has it if that is another. */
static int lock(pid_t *holder)
{
	*holder = -1;
	return rundir_lock(folder, holder);
}

static void the_lock_is_for_us_alone(void **state)
{
	pid_t holder;
	int fd, stranger, again;

	(void)state;
	fd = lock(&holder);
	assert_true(fd >= 0);
	assert_int_equal(mode_of(at("lock")), 0600);
	assert_int_equal(lock(&holder), -EBUSY);
	assert_int_equal(holder, getpid());
	close(fd);
	/* As an older program left it, and somebody opened it meanwhile. */
	make("lock", 0644, "2147483646\n");
	stranger = open(at("lock"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(stranger, LOCK_SH), 0);
	fd = lock(&holder);
	assert_true(fd >= 0);
	assert_int_equal(mode_of(at("lock")), 0600);
	again = lock(&holder);
	assert_int_equal(again, -EBUSY);
	close(fd);
	close(stranger);
	/* One that runs has it, though others could read it. */
	unlink(at("lock"));
	make("lock", 0644, "1\n");
	stranger = open(at("lock"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(stranger, LOCK_EX), 0);
	assert_int_equal(lock(&holder), -EBUSY);
	assert_int_equal(holder, 1);
	close(stranger);
	unlink(at("lock"));
}

static void what_is_no_lock_is_replaced(void **state)
{
	char target[PATH_MAX];
	pid_t holder;
	int fd;

	(void)state;
	make("aim", 0644, "text");
	snprintf(target, sizeof(target), "%s", at("aim"));
	assert_int_equal(symlink(target, at("lock")), 0);
	fd = lock(&holder);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(mode_of(at("aim")), 0644);
	unlink(at("lock"));
	assert_int_equal(mkfifo(at("lock"), 0666), 0);
	fd = lock(&holder);
	assert_true(fd >= 0);
	assert_int_equal(mode_of(at("lock")), 0600);
	close(fd);
	if (geteuid() == 0) {
		assert_int_equal(chown(at("lock"), NOBODY, 0), 0);
		fd = lock(&holder);
		assert_true(fd >= 0);
		assert_int_equal(owner_of(at("lock")), 0);
		close(fd);
	}
	unlink(at("lock"));
	unlink(at("aim"));
	/* But a folder is nobody's mistake that could be mended. */
	assert_int_equal(mkdir(at("lock"), 0700), 0);
	assert_int_equal(lock(&holder), -EISDIR);
	rmdir(at("lock"));
}

/* A limit stands for a file system that is full. */
static void a_lock_needs_no_room(void **state)
{
	struct rlimit most, nothing;
	struct stat s;
	pid_t holder;
	int fd;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &most), 0);
	nothing = (struct rlimit){ 0, most.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &nothing), 0);
	fd = lock(&holder);
	assert_true(fd >= 0);
	assert_int_equal(lock(&holder), -EBUSY);
	assert_int_equal(holder, 0);
	close(fd);
	/* The room that it has is not given away for others to take. */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &most), 0);
	make("lock", 0600, "2147483646\n");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &nothing), 0);
	fd = lock(&holder);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &s), 0);
	assert_true(s.st_size > 0);
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &most), 0);
	unlink(at("lock"));
}

static void a_file_is_told_from_another(void **state)
{
	char target[PATH_MAX];
	int fd;

	(void)state;
	make("file", 0600, "");
	fd = open(at("file"), O_RDONLY | O_CLOEXEC);
	assert_true(rundir_is(at("file"), fd));
	assert_true(rundir_has(at("file"), S_IFREG));
	assert_false(rundir_has(at("file"), S_IFSOCK));
	snprintf(target, sizeof(target), "%s", at("file"));
	assert_int_equal(symlink(target, at("link")), 0);
	assert_false(rundir_is(at("link"), fd));
	assert_false(rundir_has(at("link"), S_IFREG));
	unlink(at("link"));
	make("other", 0600, "");
	assert_false(rundir_is(at("other"), fd));
	unlink(at("file"));
	assert_false(rundir_is(at("file"), fd));
	assert_false(rundir_has(at("file"), S_IFREG));
	unlink(at("other"));
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_could_write_is_not_believed),
		cmocka_unit_test(the_directory_is_ours_alone),
		cmocka_unit_test(the_lock_is_for_us_alone),
		cmocka_unit_test(what_is_no_lock_is_replaced),
		cmocka_unit_test(a_lock_needs_no_room),
		cmocka_unit_test(a_file_is_told_from_another),
	};

	return cmocka_run_group_tests_name("sys_rundir", tests, set_up,
					   tear_down);
}
