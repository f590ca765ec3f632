/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP_GET: what is asked, what is wanted, and servers that are none. */
#include "checker_bench.h"

#include "sys/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "HTTP/1.0 200 OK\r\n"

static struct conf_url urls[3];

/* With one url, "/". */
static struct conf_check *http(uint16_t port)
{
	struct conf_check *check = bench_check(CONF_CHECK_HTTP, port);

	memset(urls, 0, sizeof(urls));
	check->http.urls = urls;
	check->http.url_count = 1;
	return check;
}

static void answer(int fd, const char *text)
{
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, text);
}

static void say_hello(int fd, unsigned number)
{
	(void)number;
	answer(fd, HEAD "\r\nhello\n");
}

static void a_page_is_good(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	http(bench_serve(say_hello));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.code, LEDGER_CHECK_L7OK);
	assert_int_equal(is.value, 200);
	assert_string_equal(is.words, "status 200");
}

/* It says back what it was asked, as its status where that is as it should. */
static void say_request(int fd, unsigned number)
{
	char bytes[2048] = "";
	ssize_t length = recv(fd, bytes, sizeof(bytes) - 1, 0);

	(void)number;
	(void)length;
	bench_say(fd, strcmp(bytes, "GET /a?b HTTP/1.1\r\n"
				    "User-Agent: KeepAliveClient\r\n"
				    "Connection: close\r\n"
				    "Host: www.example.com\r\n"
				    "X-Test: 1\r\n\r\n") == 0
			      ? HEAD "\r\n"
			      : "HTTP/1.0 400 No\r\n\r\n");
}

static void it_is_asked_as_configured(void **state)
{
	struct conf_header header = { .text = "X-Test: 1" };
	struct conf_check *check;

	(void)state;
	bench_need();
	check = http(bench_serve(say_request));
	check->http.protocol = CONF_HTTP_11;
	check->http.headers = &header;
	check->http.header_count = 1;
	urls[0].path = "/a?b";
	urls[0].virtualhost = "www.example.com";
	assert_int_equal(bench_first().value, 200);
	urls[0].virtualhost = NULL; /* then it is the target */
	assert_int_equal(bench_next().value, 400);
}

static void say_503(int fd, unsigned number)
{
	(void)number;
	answer(fd, "HTTP/1.1 503 Service Unavailable\r\n"
		   "Content-Length: 0\r\n\r\n");
}

static void another_status_has_failed(void **state)
{
	struct conf_status statuses[] = { { 200, 299 }, { 404, 404 } };
	struct ledger_check is;

	(void)state;
	bench_need();
	http(bench_serve(say_503));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L7STS);
	assert_int_equal(is.value, 503);
	assert_string_equal(is.words, "status 503, wanted 200-299");
	urls[0].statuses.list = statuses;
	urls[0].statuses.count = 2;
	assert_string_equal(bench_next().words,
			    "status 503, wanted 200-299,404");
	statuses[1].high = 503;
	assert_int_equal(bench_next().state, LEDGER_CHECK_GOOD);
}

static void its_digest_is_compared(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	http(bench_serve(say_hello));
	urls[0].digest = "B1946AC92492D2347C6235B4D2611184";
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	urls[0].digest = "b1946ac92492d2347c6235b4d2611185";
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L7RSP);
	assert_string_equal(is.words, "digest differs");
}

/* As keepalived: of what is sent, with the frames of chunks. */
static void say_chunks(int fd, unsigned number)
{
	(void)number;
	answer(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "3\r\nhel\r\n3\r\nlo\n\r\n0\r\n\r\n");
}

static void chunks_are_framed_or_not(void **state)
{
	struct conf_check *check;

	(void)state;
	bench_need();
	check = http(bench_serve(say_chunks));
	check->http.protocol = CONF_HTTP_11;
	urls[0].regex = "^3\r\nhel\r\n3\r\nlo\n\r\n0\r\n\r\n$";
	assert_string_equal(bench_first().words, "status 200");
	check = http(bench_serve(say_chunks));
	check->http.protocol = CONF_HTTP_11K;
	urls[0].digest = "b1946ac92492d2347c6235b4d2611184";
	assert_string_equal(bench_first().words, "status 200");
}

static void its_text_is_looked_at(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	http(bench_serve(say_hello));
	urls[0].regex = "H.LLO";
	urls[0].regex_options = 1u << CONF_REGEX_CASELESS;
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	urls[0].regex_options = 0;
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_string_equal(is.words, "regex: no match");
	urls[0].regex_no_match = true;
	assert_int_equal(bench_next().state, LEDGER_CHECK_GOOD);
	urls[0].regex = "llo";
	assert_string_equal(bench_next().words, "regex: it matches");
	urls[0].regex_no_match = false;
	urls[0].regex_min = 3; /* it begins at 2 */
	assert_string_equal(bench_next().words, "regex: no match");
	urls[0].regex_min = 0;
	urls[0].regex_max = 1;
	assert_string_equal(bench_next().words, "regex: no match");
	urls[0].regex_max = 2;
	assert_string_equal(bench_next().words, "status 200");
	/* What is no expression says nothing of the server. */
	urls[0].regex = "(";
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
	assert_memory_equal(is.words, "regex: missing ", 15);
}

static void say_many(int fd, unsigned number)
{
	char as[4001];

	(void)number;
	memset(as, 'a', sizeof(as) - 1);
	as[sizeof(as) - 1] = '\0';
	answer(fd, HEAD "\r\n");
	bench_say(fd, as);
}

/* An expression that takes for ever is given up. */
static void a_match_has_a_bound(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	http(bench_serve(say_many));
	urls[0].regex = "(a|aa)+[bc]";
	is = bench_first();
	assert_string_equal(is.words, "regex: match limit exceeded");
	assert_true(is.took < 2 * TICK_SECOND);
}

/* "/b" fails while there is a file. */
static void say_by_url(int fd, unsigned number)
{
	char bytes[2048] = "";

	(void)number;
	(void)!recv(fd, bytes, sizeof(bytes) - 1, 0);
	bench_say(fd, memcmp(bytes, "GET /b", 6) == 0 &&
				      access("/proc/self/fd/9", F_OK) == 0
			      ? "HTTP/1.0 500 No\r\n\r\n"
			      : HEAD "\r\n");
}

/* tests against keepalived: a, b (fails), b, then a, b, c until it is good. */
static void urls_are_asked_in_turn(void **state)
{
	static const char *const paths[] = { "/a", "/b", "/c" };
	struct conf_check *check;
	uint16_t good, bad;
	int marker;

	(void)state;
	bench_need();
	good = bench_serve(say_by_url);
	marker = dup2(0, 9);
	bad = bench_serve(say_by_url);
	close(marker);
	check = http(bad);
	check->http.url_count = 3;
	for (unsigned n = 0; n < 3; n++)
		urls[n].path = paths[n];
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	assert_int_equal(bench_next().state, LEDGER_CHECK_FAILED);
	assert_int_equal(bench_next().state, LEDGER_CHECK_FAILED);
	check->connect.port = good;
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(bench_next().state, LEDGER_CHECK_FAILED);
	assert_int_equal(bench_next().state, LEDGER_CHECK_GOOD);

	/* The same without pauses. */
	check->connect.port = bad;
	check->http.fast_recovery = true;
	assert_int_equal(bench_next().state, LEDGER_CHECK_GOOD);
	assert_int_equal(bench_next().state, LEDGER_CHECK_FAILED);
	check->connect.port = good;
	for (unsigned n = 0; n < 3; n++)
		assert_true(bench_next().next <= clock_now());
	assert_true(bench_next().next > clock_now());
}

/* Requests on one connection are counted in the status. */
/* keepalived 2.2.7: up after /a, /b and /c; after a failure of /b, when that
 * and then all of them have passed. */
static void with_alpha_all_urls_come_first(void **state)
{
	static const char *const paths[] = { "/a", "/d", "/c" };
	struct conf_check *check;

	(void)state;
	bench_need();
	check = http(bench_serve(say_by_url));
	check->http.url_count = 3;
	for (unsigned n = 0; n < 3; n++)
		urls[n].path = paths[n];
	bench_pace()->alpha = true;
	assert_int_equal(bench_first().state, LEDGER_CHECK_UNKNOWN);
	assert_int_equal(bench_next().state, LEDGER_CHECK_UNKNOWN);
	assert_int_equal(bench_next().state, LEDGER_CHECK_GOOD);
	check = http(check->connect.port);
	check->http.url_count = 1;
	bench_pace()->alpha = true;
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
}

static void count_requests(int fd, unsigned number)
{
	for (unsigned n = 0;; n++) {
		char bytes[2048], text[200];

		if (recv(fd, bytes, sizeof(bytes), 0) <= 0)
			return;
		snprintf(text, sizeof(text),
			 "HTTP/1.1 %u OK\r\nContent-Length: 2\r\n\r\nok",
			 200 + number * 10 + n);
		bench_say(fd, text);
		if (number == 1)
			return; /* it closes what is kept */
	}
}

static void a_connection_is_kept(void **state)
{
	struct conf_check *check;

	(void)state;
	bench_need();
	check = http(bench_serve(count_requests));
	check->http.protocol = CONF_HTTP_11K;
	assert_int_equal(bench_first().value, 200);
	assert_int_equal(bench_next().value, 201);
	assert_int_equal(bench_next().value, 202);
	assert_int_equal(bench_checker()->kept, 1);
	shutdown(bench_checker()->checks[0].fd, SHUT_WR);
	assert_int_equal(bench_next().value, 210);
	assert_int_equal(bench_next().value, 220);
	assert_int_equal(bench_next().value, 221);
	assert_int_equal(bench_checker()->kept, 1);
	/* Each other protocol has a new one each time. */
	check = http(bench_serve(count_requests));
	check->http.protocol = CONF_HTTP_11;
	assert_int_equal(bench_first().value, 200);
	assert_int_equal(bench_checker()->kept, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_good),
		cmocka_unit_test(it_is_asked_as_configured),
		cmocka_unit_test(another_status_has_failed),
		cmocka_unit_test(its_digest_is_compared),
		cmocka_unit_test(chunks_are_framed_or_not),
		cmocka_unit_test(its_text_is_looked_at),
		cmocka_unit_test(a_match_has_a_bound),
		cmocka_unit_test(urls_are_asked_in_turn),
		cmocka_unit_test(with_alpha_all_urls_come_first),
		cmocka_unit_test(a_connection_is_kept),
	};

	return cmocka_run_group_tests_name("checker_http", tests, bench_open,
					   bench_close);
}
