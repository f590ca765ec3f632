/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors that go from one end of a socket to the other. */
#include "sys/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int ends[2];

static int begin(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int end(void **state)
{
	(void)state;
	close(ends[0]);
	close(ends[1]);
	return 0;
}

/* The lowest free number: as before, if nothing was left open. */
static int free_number(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

static void bytes_alone(void **state)
{
	char text[16];
	int fds[2];
	unsigned count = 2;

	(void)state;
	assert_int_equal(pass_send(ends[0], "word", 5, NULL, 0, 0), 0);
	assert_int_equal(
		pass_receive(ends[1], text, sizeof(text), fds, &count, 0), 5);
	assert_string_equal(text, "word");
	assert_int_equal(count, 0);
}

static void descriptors_with_them(void **state)
{
	int pipe_ends[2], came[PASS_MAX];
	unsigned count = PASS_MAX;
	char text[16];

	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(pass_send(ends[0], "two", 4, pipe_ends, 2, 0), 0);
	close(pipe_ends[0]);
	assert_int_equal(
		pass_receive(ends[1], text, sizeof(text), came, &count, 0), 4);
	assert_int_equal(count, 2);
	assert_int_equal(fcntl(came[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(pipe_ends[1], "x", 1), 1);
	assert_int_equal(read(came[0], text, 1), 1);
	close(pipe_ends[1]);
	close(came[0]);
	close(came[1]);
}

/* More than there is room for: they do not stay open. */
static void too_many(void **state)
{
	int before = free_number(), two[2] = { 0, 1 }, came[1];
	unsigned count = 1;
	char text[16];

	(void)state;
	assert_int_equal(pass_send(ends[0], "two", 4, two, 2, 0), 0);
	assert_int_equal(
		pass_receive(ends[1], text, sizeof(text), came, &count, 0), 4);
	assert_int_equal(count, 1);
	close(came[0]);
	assert_int_equal(free_number(), before);
	count = 0;
	assert_int_equal(pass_send(ends[0], "two", 4, two, 2, 0), 0);
	assert_int_equal(
		pass_receive(ends[1], text, sizeof(text), NULL, &count, 0), 4);
	assert_int_equal(count, 0);
	assert_int_equal(free_number(), before);
}

static void who_is_gone_is_told(void **state)
{
	int came[1];
	unsigned count = 1;
	char text[16];

	(void)state;
	assert_int_equal(pass_receive(ends[1], text, sizeof(text), came, &count,
				      MSG_DONTWAIT),
			 -EAGAIN);
	assert_int_equal(count, 0);
	shutdown(ends[0], SHUT_RDWR);
	count = 1;
	assert_int_equal(
		pass_receive(ends[1], text, sizeof(text), came, &count, 0), 0);
	assert_int_equal(count, 0);
	assert_int_equal(pass_send(ends[0], "x", 1, NULL, 0, 0), -EPIPE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_alone),
		TEST(descriptors_with_them),
		TEST(too_many),
		TEST(who_is_gone_is_told),
	};

	return cmocka_run_group_tests_name("sys_pass", tests, NULL, NULL);
}
