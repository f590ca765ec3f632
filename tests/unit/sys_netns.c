/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network namespaces by name: why one cannot be entered, and what helps. */
#include "sys/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys_child.h"

/* In a folder /run/netns of its own. */
static int with_its_own_folder(int (*body)(void *))
{
	struct process p = spawn(body, NULL);
	struct process_end end = end_of(&p);

	assert_false(end.killed);
	return end.value;
}

static int prepare(void)
{
	return unshare(CLONE_NEWNS) ||
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	       mount("none", "/run", "tmpfs", 0, NULL) ||
	       mkdir("/run/netns", 0755);
}

static int of_something_else(void *context)
{
	int fd = -1;

	(void)context;
	if (prepare())
		return 77;
	fd = open("/run/netns/other", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	return -netns_enter("other");
}

static int of_none(void *context)
{
	(void)context;
	return prepare() ? 77 : -netns_enter("none");
}

static int without_descriptors(void *context)
{
	const struct rlimit none = { 0, 0 };

	(void)context;
	if (prepare() || setrlimit(RLIMIT_NOFILE, &none))
		return 77;
	return -netns_enter("none");
}

static void the_kernel_says_why(void **state)
{
	(void)state;
	need_root();
	if (with_its_own_folder(of_none) == 77) {
		print_message("# skipped: needs a mount namespace\n");
		skip();
	}
	assert_int_equal(with_its_own_folder(of_none), ENOENT);
	assert_int_equal(with_its_own_folder(of_something_else), EINVAL);
	assert_int_equal(with_its_own_folder(without_descriptors), EMFILE);
}

/* A right is named only where one is missing. */
static void what_helps_is_what_would(void **state)
{
	(void)state;
	assert_non_null(strstr(netns_remedy(-EPERM), "CAP_SYS_ADMIN"));
	assert_non_null(strstr(netns_remedy(-ENOENT), "ip netns add"));
	assert_non_null(strstr(netns_remedy(-EINVAL), "no network namespace"));
	assert_string_equal(netns_remedy(-EMFILE), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_says_why),
		cmocka_unit_test(what_helps_is_what_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
