/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that mean harm, of each kind of check over TCP: each costs the time
 * of its phases and the bytes that are named, and comes to a verdict.
 */
#include "checker_bench.h"

#include "sys/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define PHASES_MOST 6

static struct conf_url url;

static const uint8_t kinds[] = { CONF_CHECK_HTTP, CONF_CHECK_SSL,
				 CONF_CHECK_GRPC, CONF_CHECK_SMTP,
				 CONF_CHECK_AGENT };

static void make(uint8_t kind, uint16_t port)
{
	struct conf_check *check = bench_check(kind, port);

	memset(&url, 0, sizeof(url));
	url.regex = "(a+)+b";
	url.digest = "b1946ac92492d2347c6235b4d2611184";
	if (kind != CONF_CHECK_HTTP && kind != CONF_CHECK_SSL)
		return;
	check->http.urls = &url;
	check->http.url_count = 1;
	check->http.protocol = CONF_HTTP_11;
}

static tick_t cpu_time(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * TICK_SECOND +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) *
		       TICK_MICROSECOND;
}

/* None of these answers as it should, and none gets more than its time. */
static void fails(void (*serve)(int fd, unsigned number), uint8_t kind)
{
	struct ledger_check is;

	make(kind, bench_serve(serve));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_true(is.took <
		    (PHASES_MOST * BENCH_TIMEOUT + 1000) * TICK_MILLISECOND);
	assert_int_not_equal(is.words[0], '\0');
}

static void fails_all(void (*serve)(int fd, unsigned number))
{
	for (unsigned n = 0; n < sizeof(kinds); n++)
		fails(serve, kinds[n]);
}

static void send_random(int fd, unsigned number)
{
	uint8_t bytes[4096];

	srandom(number + 1);
	for (unsigned n = 0; n < 100; n++) {
		for (unsigned i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)random();
		if (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL) < 0)
			return;
	}
}

static void random_bytes(void **state)
{
	(void)state;
	bench_need();
	fails_all(send_random);
}

/* A byte each 20 ms: never late for a byte, and always for the answer. */
static void drip(int fd, const char *bytes)
{
	for (unsigned n = 0;; n++) {
		const struct timespec pause = { 0, 20000000 };

		if (send(fd, bytes[n] ? &bytes[n] : "x", 1, MSG_NOSIGNAL) < 0)
			return;
		n -= bytes[n] == '\0';
		nanosleep(&pause, NULL);
	}
}

static void drip_page(int fd, unsigned number)
{
	(void)number;
	drip(fd, "HTTP/1.1 200 OK\r\nX: ");
}

static void drip_greeting(int fd, unsigned number)
{
	(void)number;
	drip(fd, "220-");
}

static void drip_record(int fd, unsigned number)
{
	(void)number;
	drip(fd, "\x16\x03\x03\x7f");
}

static void slow_bytes(void **state)
{
	(void)state;
	bench_need();
	fails(drip_page, CONF_CHECK_HTTP);
	fails(drip_record, CONF_CHECK_SSL);
	fails(drip_greeting, CONF_CHECK_SMTP);
	fails(drip_greeting, CONF_CHECK_AGENT);
}

/* One text again and again, without end. */
static void pour(int fd, const char *begin, const char *again)
{
	bench_say(fd, begin);
	for (;;) {
		char bytes[32768];
		size_t length = strlen(again), at = 0;

		for (; at + length <= sizeof(bytes); at += length)
			memcpy(bytes + at, again, length);
		if (send(fd, bytes, at, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void pour_headers(int fd, unsigned number)
{
	(void)number;
	pour(fd, "HTTP/1.1 200 OK\r\n", "X: y\r\n");
}

static void pour_header(int fd, unsigned number)
{
	(void)number;
	pour(fd, "HTTP/1.1 200 OK\r\nX: ", "y");
}

static void pour_interim(int fd, unsigned number)
{
	(void)number;
	pour(fd, "", "HTTP/1.1 100 Continue\r\n\r\n");
}

static void pour_body(int fd, unsigned number)
{
	(void)number;
	pour(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", "a");
}

static void pour_chunks(int fd, unsigned number)
{
	(void)number;
	pour(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
	     "1\r\na\r\n");
}

static void pour_lines(int fd, unsigned number)
{
	(void)number;
	pour(fd, "", "220-more\r\n");
}

static void pour_line(int fd, unsigned number)
{
	(void)number;
	pour(fd, "220 ", "more");
}

static void what_never_ends(void **state)
{
	(void)state;
	bench_need();
	fails(pour_headers, CONF_CHECK_HTTP);
	fails(pour_header, CONF_CHECK_HTTP);
	fails(pour_interim, CONF_CHECK_HTTP);
	fails(pour_chunks, CONF_CHECK_HTTP);
	fails(pour_lines, CONF_CHECK_SMTP);
	fails(pour_line, CONF_CHECK_SMTP);
	fails(pour_line, CONF_CHECK_AGENT);
	fails_all(pour_line);
	make(CONF_CHECK_HTTP, bench_serve(pour_headers));
	assert_string_equal(bench_first().words,
			    "HTTP: its headers are too long");
}

/* 10 GB: all that is read of it is named, and where only the status counts it
 * is good. */
static void a_huge_body(void **state)
{
	tick_t before;
	struct ledger_check is;

	(void)state;
	bench_need();
	fails(pour_body, CONF_CHECK_HTTP);
	make(CONF_CHECK_HTTP, bench_serve(pour_body));
	bench_pace()->timeout = 20 * TICK_SECOND;
	before = cpu_time();
	is = bench_first();
	assert_string_equal(is.words, "HTTP: its body is too long");
	url.regex = url.digest = NULL;
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	/* It takes a tenth of one; what has no bound takes minutes. */
	assert_true(cpu_time() - before < 20 * TICK_SECOND);
}

static void redirect(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.1 302 Found\r\nLocation: /\r\n"
		      "Content-Length: 0\r\n\r\n");
}

/* It is not followed, so it has no circles. */
static void redirects_in_circles(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	make(CONF_CHECK_HTTP, bench_serve(redirect));
	is = bench_first();
	assert_string_equal(is.words, "status 302, wanted 200-299");
}

/* What looks like TLS, and is none: lengths that lie, alerts, old versions. */
static void send_like_tls(int fd, unsigned number)
{
	static const struct {
		const char *bytes;
		size_t length;
	} records[] = {
		{ "\x16\x03\x03\x40\x01\x02", 6 },
		{ "\x15\x03\x01\x00\x02\x02\x28", 7 },
		{ "\x16\x03\x03\x00\x04\x02\xff\xff\xff", 9 },
		{ "\x17\x03\x03\x00\x01x", 6 },
		{ "\x80\x2e\x01\x00\x02", 5 },
		{ "\x14\x03\x03\x00\x01\x01\x14\x03\x03\x00\x01\x01", 12 },
		{ "\x16\x03\x03\x00\x00\x16\x03\x03\x00\x00", 10 },
	};
	unsigned n = number % (sizeof(records) / sizeof(records[0]));

	(void)!send(fd, records[n].bytes, records[n].length, MSG_NOSIGNAL);
	bench_read_until(fd, "never");
}

static void garbage_of_tls(void **state)
{
	(void)state;
	bench_need();
	make(CONF_CHECK_SSL, bench_serve(send_like_tls));
	assert_int_equal(bench_first().state, LEDGER_CHECK_FAILED);
	for (unsigned n = 1; n < 8; n++)
		assert_int_equal(bench_next().state, LEDGER_CHECK_FAILED);
}

static void reset(int fd, unsigned number)
{
	const struct linger now = { 1, 0 };

	(void)number;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void shut(int fd, unsigned number)
{
	(void)number;
	shutdown(fd, SHUT_RDWR);
}

static void connections_that_break(void **state)
{
	(void)state;
	bench_need();
	fails_all(reset);
	fails_all(shut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(slow_bytes),
		cmocka_unit_test(what_never_ends),
		cmocka_unit_test(a_huge_body),
		cmocka_unit_test(redirects_in_circles),
		cmocka_unit_test(garbage_of_tls),
		cmocka_unit_test(connections_that_break),
	};

	return cmocka_run_group_tests_name("checker_hostile", tests, bench_open,
					   bench_close);
}
