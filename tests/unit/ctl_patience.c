/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long one side waits for the other: a client for a server that is silent,
 * at the beginning, in the middle or drop by drop, and a server for clients
 * that do not say what they want.
 */
#include "ctl/client.h"
#include "ctl/growing.h"
#include "ctl/http.h"
#include "ctl_fixture.h"
#include "ledger/order.h"
#include "sys/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECONDS_MOST 25

static struct fixture f;

static int begin(void **state)
{
	fixture_begin(&f, 3, 6);
	fixture_fill(&f);
	return 0;
}

static int end(void **state)
{
	fixture_end(&f);
	return 0;
}

/* A server that says this, and then a byte each second or nothing more. */
struct silent {
	const char *says; /* NULL: it accepts no connection */
	bool drips, follows;
	int result;
};

static const struct silent silents[] = {
	{ NULL, false, false, -ETIMEDOUT },
	{ "", false, false, -ETIMEDOUT },
	{ "HTTP/1.1 200 OK\r\nContent-Le", false, false, -ETIMEDOUT },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"in", false, false,
	  -ETIMEDOUT },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", true, false,
	  -ETIMEDOUT },
	{ NULL, false, true, -ETIMEDOUT },
	{ "HT", false, true, -ETIMEDOUT },
	{ "HTTP/1.1 200 OK\r\n\r\n\n\n", false, true, -ETIMEDOUT },
	{ "HTTP/1.1 200 OK\r\n\r\n\n{}\n", false, true, -ETIMEDOUT },
	/* One that beats lives. */
	{ "HTTP/1.1 200 OK\r\n\r\n\n", true, true, 0 },
	/* So may one that does not know how to: it is an older program. */
	{ "HTTP/1.1 200 OK\r\n\r\n{}\n", false, true, 0 },
	/* Its queue is full, so that connect(2) itself waits. */
	{ NULL, false, false, -EAGAIN },
	{ NULL, false, true, -EAGAIN },
};
#define SILENTS (sizeof(silents) / sizeof(silents[0]))

static _Noreturn void be_silent(const struct silent *s, int listen_fd)
{
	int fd = s->says ? accept(listen_fd, NULL, NULL) : -1;

	if (s->says)
		(void)!write(fd, s->says, strlen(s->says));
	for (;;) {
		usleep(1000000);
		if (s->drips && fd >= 0)
			(void)!write(fd, "\n", 1);
	}
}

/* They end with the test. */
#define QUEUED 4

static pid_t serve_silently(const struct silent *s, const char *dir)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t pid;

	assert_int_equal(mkdir(dir, 0700), 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, CTL_SOCKET);
	assert_int_equal(bind(fd, (void *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, s->result == -EAGAIN ? 0 : 128), 0);
	for (size_t i = 0; s->result == -EAGAIN && i < QUEUED; i++)
		(void)connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0),
			      (void *)&a, sizeof(a));
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_silent(s, fd);
	}
	close(fd);
	return pid;
}

static tick_t enough_at;

/* Until it was waited for longer than a silent one is. */
static bool take(void *to, const char *line, size_t length)
{
	if (line)
		*(size_t *)to += length == 0; /* beats are not handed on */
	return clock_now() < enough_at;
}

/* 0, or the errno that was not expected. */
static int ask(const struct silent *s, const char *dir)
{
	struct client client = { .run_dir = dir };
	struct client_question q = { "/status", NULL, NULL };
	struct text answer = { 0 };
	size_t beats = 0;
	int result;

	enough_at = clock_now() + 9 * TICK_SECOND;
	result = s->follows ? client_stream(&client, &q, take, &beats)
			    : client_fetch(&client, &q, &answer);
	if (result != s->result || beats)
		return 1;
	if (result == -ETIMEDOUT && !strstr(client.error, "does not answer"))
		return 2;
	if (result == -EAGAIN && !strstr(client.error, "too many others ask"))
		return 3;
	return 0;
}

static void who_asks_gives_up(void **state)
{
	pid_t servers[SILENTS], clients[SILENTS];
	char dirs[SILENTS][80], path[2048];
	tick_t begun = clock_now();

	for (size_t i = 0; i < SILENTS; i++) {
		snprintf(dirs[i], sizeof(dirs[i]), "%s/%zu", f.dir, i);
		servers[i] = serve_silently(&silents[i], dirs[i]);
		clients[i] = fork();
		if (clients[i] == 0) {
			alarm(SECONDS_MOST);
			_exit(ask(&silents[i], dirs[i]));
		}
	}
	for (size_t i = 0; i < SILENTS; i++) {
		int status;

		assert_int_equal(waitpid(clients[i], &status, 0), clients[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			fail_msg("case %zu: %x", i, status);
		kill(servers[i], SIGKILL);
		waitpid(servers[i], NULL, 0);
		snprintf(path, sizeof(path), "%s/%s", dirs[i], CTL_SOCKET);
		unlink(path);
		rmdir(dirs[i]);
	}
	assert_true(clock_now() - begun > 5 * TICK_SECOND);
}

static void is_answered(void)
{
	struct client client = { .run_dir = f.dir };
	struct client_question q = { "/status", NULL, NULL };
	struct text answer;

	assert_int_equal(client_fetch(&client, &q, &answer), 200);
	growing_free(&answer);
}

/* Whether the server has closed it; what it answers is read. */
static bool is_closed(int fd)
{
	char bytes[4096];
	ssize_t got;

	do
		got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (got > 0);
	return got == 0 || errno == ECONNRESET || errno == EPIPE;
}

/*
 * All places are taken by requests that come byte by byte, as the first or
 * after another one. Others are answered, and each of these is ended in time.
 */
static void a_request_that_never_ends_is_ended(void **state)
{
	static const char whole[] = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
	int fds[HTTP_CONNECTIONS_MAX];
	unsigned open = HTTP_CONNECTIONS_MAX;
	tick_t begun;

	fixture_serve(&f, 0);
	for (unsigned i = 0; i < open; i++) {
		fds[i] = fixture_connect(&f);
		if (i % 2)
			(void)!write(fds[i], whole, sizeof(whole) - 1);
		(void)!write(fds[i], "GET /", 5);
	}
	begun = clock_now();
	is_answered();
	assert_true(clock_now() - begun > HTTP_REQUEST_TIME / 2);
	while (open > 0 && clock_now() - begun < SECONDS_MOST * TICK_SECOND) {
		for (unsigned i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
			if (fds[i] < 0)
				continue;
			(void)!send(fds[i], "a", 1, MSG_NOSIGNAL);
			if (!is_closed(fds[i]))
				continue;
			close(fds[i]);
			fds[i] = -1;
			open--;
		}
		usleep(100000);
	}
	assert_int_equal(open, 0);
	is_answered();
}

static void a_stream_beats(void **state)
{
	static const char request[] =
		"GET /events?follow=1&beat=1 HTTP/1.0\r\n\r\n";
	tick_t begun;
	int fd, lines = 0;
	char line[1024];
	FILE *stream;

	fixture_serve(&f, 0);
	fd = fixture_connect(&f);
	assert_int_equal(write(fd, request, sizeof(request) - 1),
			 sizeof(request) - 1);
	stream = fdopen(fd, "r");
	while (fgets(line, sizeof(line), stream) && strcmp(line, "\r\n") != 0)
		;
	begun = clock_now();
	while (clock_now() - begun < 2 * TICK_SECOND) {
		assert_non_null(fgets(line, sizeof(line), stream));
		assert_string_equal(line, "\n");
		lines++;
	}
	/* The first at once, and then one each second. */
	assert_in_range(lines, 2, 5);
	fclose(stream);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_asks_gives_up),
		TEST(a_request_that_never_ends_is_ended),
		TEST(a_stream_beats),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("ctl_patience", tests, NULL, NULL);
}
