/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a check says of a server that has failed: for each kind, each way to
 * fail, in the words that `baton checks` shows.
 */
#include "checker_bench.h"

#include <errno.h>
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

/* Servers of TCP. */

static void stay_silent(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "never");
}

static void close_it(int fd, unsigned number)
{
	(void)number;
	shutdown(fd, SHUT_WR);
	bench_read_until(fd, "never");
}

/* What it was asked is read, or the reset may come before it is sent. */
static void reset_it(int fd, unsigned number)
{
	const struct linger now = { 1, 0 };
	char byte;

	(void)number;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	(void)!recv(fd, &byte, 1, 0);
}

static void say_garbage(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "this is no protocol\r\n\r\n");
	bench_read_until(fd, "never");
}

static void say_garbled_status(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.1 abc Strange\r\n\r\n");
}

static void say_503(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.0 503 Service Unavailable\r\n\r\nsorry\n");
}

static void say_hello(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.0 200 OK\r\n\r\nhello\n");
}

static void say_half_a_head(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.0 200 OK\r\nX: ");
}

static void say_full(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "421 too many connections\r\n");
}

static void refuse_helo(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "220 here\r\n");
	bench_read_until(fd, "\r\n");
	bench_say(fd, "550 not you\r\n");
}

static void greet_only(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "220 here\r\n");
	bench_read_until(fd, "never");
}

static void say_down(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "down#out of disk\n");
}

static void say_word(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "hello\n");
}

/* Servers of UDP. */

static void answer_by(int fd, void (*change)(uint8_t *bytes, ssize_t *length))
{
	for (;;) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		uint8_t bytes[512];
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes), 0,
					  (struct sockaddr *)&from, &size);

		if (length < 0)
			return;
		change(bytes, &length);
		sendto(fd, bytes, (size_t)length, 0, (struct sockaddr *)&from,
		       size);
	}
}

static void as_servfail(uint8_t *bytes, ssize_t *length)
{
	(void)length;
	bytes[2] |= 0x80;
	bytes[3] = 2;
}

static void as_stub(uint8_t *bytes, ssize_t *length)
{
	bytes[2] |= 0x80;
	*length = 5;
}

static void as_it_is(uint8_t *bytes, ssize_t *length)
{
	(void)bytes;
	(void)length;
}

static void serve_servfail(int fd)
{
	answer_by(fd, as_servfail);
}

static void serve_stub(int fd)
{
	answer_by(fd, as_stub);
}

static void serve_echo(int fd)
{
	answer_by(fd, as_it_is);
}

static void serve_nothing(int fd)
{
	bench_read_until(fd, "never");
	for (;;)
		pause();
}

/* What is wanted of the answer. */

static void wants_digest(struct conf_check *check)
{
	(void)check;
	url.digest = "00000000000000000000000000000000";
}

static void wants_text(struct conf_check *check)
{
	(void)check;
	url.regex = "goodbye";
}

static void wants_200(struct conf_check *check)
{
	static struct conf_status one = { 200, 200 };

	(void)check;
	url.statuses = (struct conf_statuses){ &one, 1 };
}

static void by_http2(struct conf_check *check)
{
	check->http.protocol = CONF_HTTP_2;
}

static void by_tls(struct conf_check *check)
{
	check->grpc.uses_tls = true;
}

static void by_starttls(struct conf_check *check)
{
	check->smtp.starttls = true;
}

static void wants_reply(struct conf_check *check)
{
	check->udp.require_reply = true;
	check->udp.reply_max = 255;
}

static void wants_zeros(struct conf_check *check)
{
	wants_reply(check);
	check->udp.payload = "11";
	check->udp.reply = "00";
}

static void from_nowhere(struct conf_check *check)
{
	ip_parse("192.0.2.99", &check->connect.bind);
}

static void to_nowhere(struct conf_check *check)
{
	ip_parse("198.51.100.1", &check->connect.address);
}

static void over_no_device(struct conf_check *check)
{
	check->connect.interface = "nodev0";
}

#define TCP(k, s, p, w, words)                                                 \
	{                                                                      \
		CONF_CHECK_##k, s, NULL, p, LEDGER_CHECK_##w, words            \
	}
#define UDP(k, s, p, w, words)                                                 \
	{                                                                      \
		CONF_CHECK_##k, NULL, s, p, LEDGER_CHECK_##w, words            \
	}
#define NOBODY(k, p, w, words)                                                 \
	{                                                                      \
		CONF_CHECK_##k, NULL, NULL, p, LEDGER_CHECK_##w, words         \
	}

static const struct cause {
	uint8_t kind;
	void (*serve)(int fd, unsigned number);
	void (*datagrams)(int fd);
	void (*change)(struct conf_check *check);
	uint8_t code;
	const char *words;
} causes[] = {
	NOBODY(TCP, NULL, L4CON, "connect: refused"),
	NOBODY(TCP, to_nowhere, L4CON, "connect: no route to the server"),
	NOBODY(HTTP, NULL, L4CON, "connect: refused"),
	TCP(HTTP, stay_silent, NULL, L7TOUT, "no answer in time"),
	TCP(HTTP, close_it, NULL, L7RSP, "HTTP: the connection was closed"),
	TCP(HTTP, reset_it, NULL, L7RSP, "read: reset by the server"),
	TCP(HTTP, say_garbage, NULL, L7RSP, "HTTP: invalid constant string"),
	TCP(HTTP, say_garbled_status, NULL, L7RSP,
	    "HTTP: invalid HTTP status code"),
	TCP(HTTP, say_half_a_head, NULL, L7RSP,
	    "HTTP: the connection was closed"),
	TCP(HTTP, say_503, NULL, L7STS, "status 503, wanted 200-299"),
	TCP(HTTP, say_503, wants_200, L7STS, "status 503, wanted 200"),
	TCP(HTTP, say_hello, wants_digest, L7RSP, "digest differs"),
	TCP(HTTP, say_hello, wants_text, L7RSP, "regex: no match"),
	NOBODY(SSL, NULL, L4CON, "connect: refused"),
	TCP(SSL, stay_silent, NULL, L6TOUT, "TLS: no answer in time"),
	TCP(SSL, close_it, NULL, L6RSP, "TLS: reset by the server"),
	TCP(SSL, say_garbage, NULL, L6RSP, "TLS: wrong version number"),
	NOBODY(HTTP, by_http2, L4CON, "connect: refused"),
	TCP(HTTP, stay_silent, by_http2, L7TOUT, "no answer in time"),
	TCP(HTTP, close_it, by_http2, L7RSP,
	    "HTTP/2: it closes the connection"),
	TCP(HTTP, say_garbage, by_http2, L7RSP, "HTTP/2: "),
	NOBODY(GRPC, NULL, L4CON, "connect: refused"),
	TCP(GRPC, stay_silent, NULL, L7TOUT, "no answer in time"),
	TCP(GRPC, close_it, NULL, L7RSP, "HTTP/2: it closes the connection"),
	TCP(GRPC, say_garbage, by_tls, L6RSP, "TLS: wrong version number"),
	NOBODY(SMTP, NULL, L4CON, "connect: refused"),
	TCP(SMTP, stay_silent, NULL, L7TOUT, "greeting: no answer in time"),
	TCP(SMTP, greet_only, NULL, L7TOUT, "HELO: no answer in time"),
	TCP(SMTP, close_it, NULL, L7RSP, "it closes the connection"),
	TCP(SMTP, say_garbage, NULL, L7RSP, "greeting: no reply of SMTP"),
	TCP(SMTP, say_full, NULL, L7STS, "greeting: reply 421, wanted 220"),
	TCP(SMTP, refuse_helo, by_starttls, L7STS,
	    "HELO: reply 550, wanted 250"),
	NOBODY(AGENT, NULL, L4CON, "connect: refused"),
	TCP(AGENT, stay_silent, NULL, L7TOUT, "no answer in time"),
	TCP(AGENT, say_down, NULL, L7STS, "it is down: out of disk"),
	TCP(AGENT, say_word, NULL, L7RSP, "it says nothing that is known"),
	NOBODY(DNS, NULL, L4CON, "answer: refused"),
	UDP(DNS, serve_nothing, NULL, L7TOUT, "no answer in time"),
	UDP(DNS, serve_servfail, NULL, L7STS, "answer: SERVFAIL"),
	UDP(DNS, serve_stub, NULL, L7RSP, "answer: malformed"),
	NOBODY(UDP, NULL, L4CON, "reply: refused"),
	UDP(UDP, serve_nothing, wants_reply, L7TOUT, "no reply in time"),
	UDP(UDP, serve_echo, wants_zeros, L7RSP, "another reply"),
	NOBODY(PING, to_nowhere, L4CON, "send: no route to the server"),
	/* Nothing of the server: */
	NOBODY(TCP, from_nowhere, LOCAL,
	       "connect: Cannot assign requested address"),
	NOBODY(TCP, over_no_device, LOCAL, "connect: No such device"),
	NOBODY(HTTP, over_no_device, LOCAL, "connect: No such device"),
	NOBODY(UDP, over_no_device, LOCAL, "send: No such device"),
	NOBODY(DNS, from_nowhere, LOCAL,
	       "send: Cannot assign requested address"),
};

static void make(const struct cause *cause)
{
	uint16_t port = cause->serve ? bench_serve(cause->serve)
			: cause->datagrams
				? bench_serve_datagrams(cause->datagrams)
				: bench_closed_port();
	struct conf_check *check = bench_check(cause->kind, port);

	memset(&url, 0, sizeof(url));
	if (cause->kind == CONF_CHECK_HTTP || cause->kind == CONF_CHECK_SSL) {
		check->http.urls = &url;
		check->http.url_count = 1;
	}
	if (cause->change)
		cause->change(check);
}

static void each_has_its_words(void **state)
{
	unsigned wrong = 0;

	(void)state;
	bench_need();
	for (unsigned n = 0; n < sizeof(causes) / sizeof(causes[0]); n++) {
		const struct cause *cause = &causes[n];
		bool local = cause->code == LEDGER_CHECK_LOCAL;
		struct ledger_check is;

		make(cause);
		is = bench_first();
		if (is.code != cause->code ||
		    strncmp(is.words, cause->words, strlen(cause->words))) {
			wrong++;
			print_message("# row %u, %s: %s %s, not %s %s\n", n,
				      ledger_check_kind_name(cause->kind),
				      ledger_check_code_name(is.code), is.words,
				      ledger_check_code_name(cause->code),
				      cause->words);
		}
		assert_int_equal(is.state, local ? LEDGER_CHECK_UNKNOWN
						 : LEDGER_CHECK_FAILED);
		assert_int_equal(is.failures, !local);
		assert_int_equal(is.blocked, local);
		/* It is shown since when this machine cannot check. */
		assert_true((is.blocked_real > 0) == local);
		bench_end();
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_words),
	};

	return cmocka_run_group_tests_name("checker_causes", tests, bench_open,
					   bench_close);
}
