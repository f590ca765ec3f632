/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Standard error of whatever kind, which nobody reads; and the watchdog. */
#include "sys/console.h"

#include "sys/clock.h"
#include "sys/sdnotify.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* Who waits for ever is ended. */
#define HANG_SECONDS 20

#define LINE "a line of a log\n"

static int saved;

/* Standard error becomes this one, as another program would leave it. */
static void begin(int fd, int patience)
{
	saved = dup(STDERR_FILENO);
	assert_true(dup2(fd, STDERR_FILENO) >= 0);
	alarm(HANG_SECONDS);
	console_open(patience);
}

static void end(void)
{
	alarm(0);
	dup2(saved, STDERR_FILENO);
	close(saved);
}

static bool write_line(void)
{
	return console_write(LINE, strlen(LINE));
}

/* Until nothing fits: by a description that has nothing to do with it. */
static void fill(int fd)
{
	char path[64], many[4096];
	int own;

	memset(many, 'x', sizeof(many));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK);
	assert_true(own >= 0);
	while (write(own, many, sizeof(many)) > 0)
		;
	while (write(own, many, 1) > 0)
		;
	close(own);
}

static size_t drain(int fd, char *last, size_t size)
{
	char bytes[65536];
	size_t all = 0;
	ssize_t length;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while ((length = read(fd, bytes, sizeof(bytes) - 1)) > 0) {
		bytes[length] = '\0';
		snprintf(last, size, "%.*s", (int)size - 1, bytes);
		all += (size_t)length;
	}
	return all;
}

static void a_full_pipe_is_not_waited_for(void **state)
{
	char last[sizeof(LINE) + 4] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	begin(ends[1], 0);
	assert_true(write_line());
	fill(ends[1]);
	assert_false(write_line());
	/* The flags of what others have too are as they were. */
	assert_false(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
	drain(ends[0], last, sizeof(last));
	assert_true(write_line());
	assert_int_equal(drain(ends[0], last, sizeof(last)), strlen(LINE));
	assert_string_equal(last, LINE);
	/* Nor is what libraries write. */
	fill(ends[1]);
	assert_int_equal(write(STDERR_FILENO, "x", 1), -1);
	assert_int_equal(errno, EAGAIN);
	end();
	close(ends[0]);
	close(ends[1]);
}

static void a_full_socket_is_not_waited_for(void **state)
{
	int ends[2], count = 0;
	char last[64];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	begin(ends[1], 0);
	while (write_line())
		count++;
	assert_true(count > 100);
	assert_false(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
	drain(ends[0], last, sizeof(last));
	assert_true(write_line());
	end();
	close(ends[0]);
	close(ends[1]);
}

static void a_start_has_patience_for_so_long(void **state)
{
	tick_t begun = clock_now(), waited;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	fill(ends[1]);
	begin(ends[1], 100);
	assert_false(write_line());
	waited = clock_now() - begun;
	assert_true(waited >= 100 * TICK_MILLISECOND);
	begun = clock_now();
	for (int n = 0; n < 1000; n++)
		assert_false(write_line());
	assert_true(clock_now() - begun < 2 * TICK_SECOND);
	end();
	close(ends[0]);
	close(ends[1]);
}

/* A disk that becomes full within a line. */
static void what_follows_a_torn_line_begins_another(void **state)
{
	struct rlimit before, little;
	char text[sizeof(LINE) * 3] = "";
	int fd = memfd_create("log", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	little = before;
	little.rlim_cur = 6;
	begin(fd, 0);
	setrlimit(RLIMIT_FSIZE, &little);
	assert_false(write_line());
	assert_false(write_line());
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(write_line());
	end();
	assert_true(pread(fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "a line\n" LINE);
	close(fd);
}

static void a_descriptor_to_read_is_none_to_write(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	begin(ends[0], 0);
	assert_false(write_line());
	end();
	close(ends[0]);
	close(ends[1]);
}

static void the_watchdog_is_of_one_process(void **state)
{
	char pid[16];

	(void)state;
	assert_int_equal(sdnotify_watchdog(), TICK_NEVER);
	setenv("WATCHDOG_USEC", "1500000", 1);
	assert_int_equal(sdnotify_watchdog(), 1500 * TICK_MILLISECOND);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(sdnotify_watchdog(), TICK_NEVER);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(sdnotify_watchdog(), 1500 * TICK_MILLISECOND);
	static const char *const odd[] = { "0", "", "-1", "x",
					   "99999999999999999999999" };

	for (size_t n = 0; n < sizeof(odd) / sizeof(*odd); n++) {
		setenv("WATCHDOG_USEC", odd[n], 1);
		assert_int_equal(sdnotify_watchdog(), TICK_NEVER);
	}
	sdnotify_forget();
	assert_null(getenv("WATCHDOG_PID"));
}

static void a_service_manager_is_not_waited_for(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int length = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
			      "baton-test-%d", (int)getpid());
	char variable[sizeof(name.sun_path)], got[16] = "";
	int error;

	(void)state;
	snprintf(variable, sizeof(variable), "@%s", name.sun_path + 1);
	assert_int_equal(sdnotify("READY=1", 0), 0); /* there is none */
	setenv("NOTIFY_SOCKET", variable, 1);
	assert_int_equal(sdnotify("READY=1", 0), -ECONNREFUSED);
	assert_int_equal(
		bind(manager, (struct sockaddr *)&name,
		     (socklen_t)(sizeof(name.sun_family) + 1 + (size_t)length)),
		0);
	alarm(HANG_SECONDS);
	assert_int_equal(sdnotify("READY=1", 0), 0);
	do
		error = sdnotify("WATCHDOG=1", 0);
	while (error == 0);
	assert_int_equal(error, -EAGAIN);
	assert_int_equal(recv(manager, got, sizeof(got) - 1, 0), 7);
	assert_string_equal(got, "READY=1");
	assert_int_equal(sdnotify("WATCHDOG=1", 0), 0);
	alarm(0);
	sdnotify_forget();
	close(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_pipe_is_not_waited_for),
		cmocka_unit_test(a_full_socket_is_not_waited_for),
		cmocka_unit_test(a_start_has_patience_for_so_long),
		cmocka_unit_test(what_follows_a_torn_line_begins_another),
		cmocka_unit_test(a_descriptor_to_read_is_none_to_write),
		cmocka_unit_test(the_watchdog_is_of_one_process),
		cmocka_unit_test(a_service_manager_is_not_waited_for),
	};

	return cmocka_run_group_tests_name("sys_console", tests, NULL, NULL);
}
