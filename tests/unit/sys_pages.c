/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that are made together are as they were, and as protected. */
#include "sys/pages.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT 64

static size_t page;

/* In the place of those of libc: the kernel has no memory for what is to be
 * written; or it takes the protection of the first pages, and fails. */
static bool is_full, is_half;

int madvise(void *at, size_t size, int advice)
{
	if (is_full && advice == MADV_POPULATE_WRITE) {
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_madvise, at, size, advice);
}

int mprotect(void *at, size_t size, int protection)
{
	if (is_half && protection == PROT_NONE) {
		syscall(SYS_mprotect, at, 4 * page, protection);
		errno = ENOMEM;
		return -1;
	}
	return (int)syscall(SYS_mprotect, at, size, protection);
}

static int begin(void **state)
{
	(void)state;
	page = (size_t)getpagesize();
	return 0;
}

static char *map(int protection, int flags, int fd)
{
	char *at = mmap(NULL, COUNT * page, protection, flags, fd, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return at;
}

/* How many of them are there; without a look at them. */
static unsigned there(char *at)
{
	unsigned char is[COUNT];
	unsigned count = 0;

	assert_int_equal(mincore(at, COUNT * page, is), 0);
	for (unsigned n = 0; n < COUNT; n++)
		count += is[n] & 1;
	return count;
}

static void what_is_in_them_stays(void **state)
{
	char *at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	(void)state;
	strcpy(at + 5 * page, "text");
	assert_int_equal(there(at), 1);
	/* From the middle of one to the middle of another. */
	pages_ready(at + 3 * page + 7, 10 * page);
	assert_string_equal(at + 5 * page, "text");
	/* An older kernel does not know of it. */
	assert_true(there(at) == 11 || there(at) == 1);
	memset(at, 1, COUNT * page);
	/* So few are not worth it, and nothing is nothing. */
	madvise(at, COUNT * page, MADV_DONTNEED);
	pages_ready(at, page);
	pages_ready(at, 0);
	assert_int_equal(there(at), 0);
	munmap(at, COUNT * page);
}

/* The kernel writes there for us: no fault where it cannot, but an error. */
static bool can_be_written(char *at)
{
	int pipes[2];
	ssize_t length;

	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	length = read(pipes[0], at, 1);
	close(pipes[0]);
	close(pipes[1]);
	return length == 1;
}

static void what_can_only_be_read_stays_so(void **state)
{
	int fd = memfd_create("pages", 0);
	char *writes, *reads;

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)(COUNT * page)), 0);
	writes = map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	reads = map(PROT_READ, MAP_SHARED, fd);
	pages_ready(writes, COUNT * page);
	strcpy(writes + 9 * page, "text");
	pages_ready(reads, COUNT * page);
	assert_string_equal(reads + 9 * page, "text");
	assert_false(can_be_written(reads));
	munmap(writes, COUNT * page);
	munmap(reads, COUNT * page);
	close(fd);
}

static void what_can_be_written_stays_so(void **state)
{
	char *at = map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	(void)state;
	is_full = true;
	pages_ready(at, COUNT * page);
	is_full = false;
	assert_true(can_be_written(at));
	is_half = true;
	pages_ready(at, COUNT * page);
	is_half = false;
	assert_true(can_be_written(at));
	munmap(at, COUNT * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_them_stays),
		cmocka_unit_test(what_can_only_be_read_stays_so),
		cmocka_unit_test(what_can_be_written_stays_so),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
