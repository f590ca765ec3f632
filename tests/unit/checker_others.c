/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SMTP_CHECK, DNS_CHECK, UDP_CHECK and AGENT_CHECK. */
#include "checker_bench.h"

#include "sys/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys_lan.h"

static void serve_mail(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "220-one line\r\n220 and another\r\n");
	bench_read_until(fd, "HELO me.example\r\n");
	bench_say(fd, "250 Hello\r\n");
	bench_read_until(fd, "QUIT\r\n");
}

static void a_mail_server_greets(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_SMTP, bench_serve(serve_mail));
	check->smtp.helo = "me.example";
	is = bench_first();
	assert_string_equal(is.words, "250 to HELO");
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
}

static void refuse_mail(int fd, unsigned number)
{
	bench_say(fd, number == 0   ? "554 no\r\n"
		      : number == 1 ? "220 yes\r\n"
				    : "hello\r\n");
	bench_read_until(fd, "HELO smtpchecker.keepalived.org\r\n");
	bench_say(fd, "501 no\r\n");
}

static void a_mail_server_refuses(void **state)
{
	(void)state;
	bench_need();
	bench_check(CONF_CHECK_SMTP, bench_serve(refuse_mail));
	assert_string_equal(bench_first().words,
			    "greeting: reply 554, wanted 220");
	assert_string_equal(bench_next().words, "HELO: reply 501, wanted 250");
	assert_string_equal(bench_next().words, "greeting: no reply of SMTP");
}

/* The last byte of its port decides: an answer, an error, garbage, nothing. */
static void serve_names(int fd)
{
	for (unsigned n = 0;; n++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		uint8_t bytes[512];
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes), 0,
					  (struct sockaddr *)&from, &size);

		if (length < 12)
			continue;
		bytes[2] |= 0x80;
		if (n == 1)
			bytes[3] |= 3;
		if (n == 2)
			length = 7;
		if (n == 3) { /* of another: it is passed over */
			bytes[0] ^= 0xff;
			bytes[3] |= 3;
			(void)!sendto(fd, bytes, (size_t)length, 0,
				      (struct sockaddr *)&from, size);
			bytes[0] ^= 0xff;
			bytes[3] &= 0xf0;
		}
		if (n < 4)
			(void)!sendto(fd, bytes, (size_t)length, 0,
				      (struct sockaddr *)&from, size);
	}
}

static void a_name_server_answers(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_DNS, bench_serve_datagrams(serve_names));
	check->dns.name = "www.example.com";
	check->dns.type = 1;
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_string_equal(is.words, "answered");
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L7STS);
	assert_string_equal(is.words, "answer: NXDOMAIN");
	assert_string_equal(bench_next().words, "answer: malformed");
	assert_string_equal(bench_next().words, "answered");
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L7TOUT);
	check->connect.port = bench_closed_port();
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L4CON);
	assert_int_equal(is.value, ECONNREFUSED);
}

static void echo(int fd)
{
	for (;;) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		uint8_t bytes[2048];
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes), 0,
					  (struct sockaddr *)&from, &size);

		if (length >= 0)
			(void)!sendto(fd, bytes, (size_t)length, 0,
				      (struct sockaddr *)&from, size);
	}
}

static void keep_silent(int fd)
{
	char byte;

	while (recv(fd, &byte, 1, 0) >= 0)
		;
}

static void datagrams_are_replied_to(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_UDP, bench_serve_datagrams(echo));
	check->udp = (struct conf_udp){ .payload = "4a4B00ff",
					.reply = "4aXX00",
					.reply_max = 255,
					.require_reply = true };
	is = bench_first();
	assert_string_equal(is.words, "replied");
	check->udp.reply = "4aXX01";
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_string_equal(is.words, "another reply");
	check->udp.reply = NULL;
	check->udp.reply_min = 5;
	assert_string_equal(bench_next().words, "another reply");
	check->udp.reply_min = 4;
	assert_string_equal(bench_next().words, "replied");

	check = bench_check(CONF_CHECK_UDP, bench_serve_datagrams(keep_silent));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_true(is.took >= BENCH_TIMEOUT * TICK_MILLISECOND);
	check->udp.require_reply = true;
	assert_int_equal(bench_next().code, LEDGER_CHECK_L7TOUT);
	bench_check(CONF_CHECK_UDP, bench_closed_port());
	is = bench_first();
	assert_string_equal(is.words, "reply: refused");
}

static bool no_random;
ssize_t __real_getrandom(void *bytes, size_t length, unsigned flags);
ssize_t __wrap_getrandom(void *bytes, size_t length, unsigned flags);

ssize_t __wrap_getrandom(void *bytes, size_t length, unsigned flags)
{
	if (!no_random)
		return __real_getrandom(bytes, length, flags);
	errno = EAGAIN;
	return -1;
}

/* It is our trouble, and no empty datagram. */
static void there_are_no_random_bytes(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_UDP, bench_serve_datagrams(echo));
	check->udp.require_reply = true;
	check->udp.reply_max = 255;
	assert_string_equal(bench_first().words, "replied");
	no_random = true;
	is = bench_next();
	no_random = false;
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_string_equal(bench_next().words, "replied");
}

static void serve_agent(int fd, unsigned number)
{
	static const char *const lines[] = {
		"75% up\n",      "drain\n", "down # out of disk\n",
		"50%,ready\r\n", "maint",   "hello\n",
	};

	if (number < 6)
		bench_say(fd, lines[number]);
}

static void an_agent_says_what_it_wants(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_AGENT, bench_serve(serve_agent));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.weighs, LEDGER_WEIGHS_PERCENT);
	assert_int_equal(is.weight, 75);
	assert_int_equal(is.wish, LEDGER_WISH_NONE);
	is = bench_next();
	assert_int_equal(is.wish, LEDGER_WISH_DRAIN);
	assert_int_equal(is.weight, 75);
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.wish, LEDGER_WISH_DRAIN);
	assert_string_equal(is.words, "it is down:  out of disk");
	is = bench_next();
	assert_int_equal(is.wish, LEDGER_WISH_READY);
	assert_int_equal(is.weight, 50);
	assert_int_equal(bench_next().wish, LEDGER_WISH_MAINT);
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L7RSP);
	assert_int_equal(is.wish, LEDGER_WISH_MAINT);
	/* Each that changes something is told. */
	assert_int_equal(ledger_checker(bench_checker()->ledger)->changes, 6);
}

static void a_host_replies(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_PING, 0);
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_string_equal(is.words, "replied");
	check = bench_check(CONF_CHECK_PING, 0);
	bench_use_six();
	assert_string_equal(bench_first().words, "replied");
	/* Nobody there, and no route. */
	check = bench_check(CONF_CHECK_PING, 0);
	ip_parse("198.51.100.1", &check->connect.address);
	is = bench_first();
	assert_int_equal(is.value, ENETUNREACH);
	ip_parse("127.0.0.1", &check->connect.address);
	assert_string_equal(bench_next().words, "replied");
	lan_ip("link set lo down");
	is = bench_next();
	lan_ip("link set lo up");
	assert_int_not_equal(is.code, LEDGER_CHECK_L4OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_server_greets),
		cmocka_unit_test(a_mail_server_refuses),
		cmocka_unit_test(a_name_server_answers),
		cmocka_unit_test(datagrams_are_replied_to),
		cmocka_unit_test(there_are_no_random_bytes),
		cmocka_unit_test(a_host_replies),
		cmocka_unit_test(an_agent_says_what_it_wants),
	};

	return cmocka_run_group_tests_name("checker_others", tests, bench_open,
					   bench_close);
}
