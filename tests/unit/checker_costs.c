/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Servers that keep to a protocol, and want to cost more than their own time:
 * processor, memory, or a verdict that never comes. */
#include "checker_bench.h"

#include "checker/datagrams.h"
#include "sys/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct conf_url url;

static struct conf_check *get(uint8_t kind, uint16_t port)
{
	struct conf_check *check = bench_check(kind, port);

	bench_pace()->timeout = 20 * TICK_SECOND;
	memset(&url, 0, sizeof(url));
	check->http.urls = &url;
	check->http.url_count = 1;
	return check;
}

/* A long line, and behind it what is looked for. */
static void say_a_long_line(int fd, unsigned number)
{
	static char line[150000];

	(void)number;
	memset(line, 'a', sizeof(line) - 1);
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.0 200 OK\r\n\r\n");
	bench_say(fd, line);
	bench_say(fd, "\nb\n");
}

/* Each place is within the limit of the library, and they are many. */
static void a_match_at_many_places_has_a_bound(void **state)
{
	(void)state;
	bench_need();
	get(CONF_CHECK_HTTP, bench_serve(say_a_long_line));
	url.regex = "a.*b";
	assert_string_equal(bench_first().words, "regex: it takes too long");
	url.regex = "[^b]*b(?=\\n\\n)";
	assert_string_equal(bench_next().words, "regex: it takes too long");
	/* What is found is found, at the very end and after that, too. */
	url.regex = "\nb\n";
	assert_string_equal(bench_next().words, "status 200");
	url.regex = "(?<=b)\n$";
	assert_string_equal(bench_next().words, "status 200");
	url.regex = "c";
	assert_string_equal(bench_next().words, "regex: no match");
	url.regex = "^a{9}";
	url.regex_min = 1;
	assert_string_equal(bench_next().words, "regex: no match");
}

static const uint8_t settings[] = { 0, 0, 0, 4, 0, 0, 0, 0, 0 };
static const uint8_t ping[] = { 0, 0, 8, 6, 0, 0, 0, 0, 0,
				1, 2, 3, 4, 5, 6, 7, 8 };
/* :status 200, and no body. */
static const uint8_t answer[] = { 0, 0, 1, 1, 5, 0, 0, 0, 1, 0x88 };

/* Until it cannot any more. */
static void say_pings(int fd, bool reads)
{
	uint8_t many[1024 * sizeof(ping)], heard[4096];

	for (size_t n = 0; n < sizeof(many); n += sizeof(ping))
		memcpy(many + n, ping, sizeof(ping));
	while (send(fd, many, sizeof(many), MSG_NOSIGNAL) > 0)
		while (reads &&
		       recv(fd, heard, sizeof(heard), MSG_DONTWAIT) > 0)
			;
}

static void ping_and_never_read(int fd, unsigned number)
{
	(void)number;
	(void)!send(fd, settings, sizeof(settings), MSG_NOSIGNAL);
	say_pings(fd, false);
}

/* It is the server's fault, and not ours, that nothing can be sent. */
static void who_does_not_read_has_failed(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	get(CONF_CHECK_HTTP, bench_serve(ping_and_never_read))->http.protocol =
		CONF_HTTP_2;
	is = bench_first();
	assert_string_equal(is.words, "it does not read what it is sent");
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
}

static void answer_and_ping(int fd, unsigned number)
{
	struct pollfd p = { fd, POLLIN, 0 };

	/* The preface comes in one piece. */
	(void)poll(&p, 1, -1);
	(void)!recv(fd, (char[4096]){ 0 }, 4096, 0);
	(void)number;
	(void)!send(fd, settings, sizeof(settings), MSG_NOSIGNAL);
	(void)!send(fd, answer, sizeof(answer), MSG_NOSIGNAL);
	say_pings(fd, true);
}

/* Between two rounds there is no timeout. */
static void who_speaks_unasked_is_left(void **state)
{
	struct checker *k;
	tick_t until;

	(void)state;
	bench_need();
	get(CONF_CHECK_HTTP, bench_serve(answer_and_ping))->http.protocol =
		CONF_HTTP_2;
	assert_string_equal(bench_first().words, "status 200");
	k = bench_checker();
	until = clock_now() + 5 * TICK_SECOND;
	while (k->checks[0].kept_open && clock_now() < until) {
		struct pollfd p = { k->crowd.epoll, POLLIN, 0 };

		poll(&p, 1, 100);
		rounds_ready(k);
	}
	assert_false(k->checks[0].kept_open);
	assert_int_equal(k->kept, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_match_at_many_places_has_a_bound),
		cmocka_unit_test(who_does_not_read_has_failed),
		cmocka_unit_test(who_speaks_unasked_is_left),
	};

	return cmocka_run_group_tests_name("checker_costs", tests, bench_open,
					   bench_close);
}
