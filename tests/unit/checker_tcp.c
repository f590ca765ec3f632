/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TCP_CHECK, and what all kinds have in common. */
#include "checker_bench.h"

#include "sys/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static void hold(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "never");
}

static void who_listens_is_good(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_TCP, bench_serve(hold));
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.code, LEDGER_CHECK_L4OK);
	assert_string_equal(is.words, "connected");
	assert_true(is.took > 0);
	assert_true(is.next > clock_now());
	assert_int_equal(ledger_checker(bench_checker()->ledger)->changes, 1);
	is = bench_next();
	assert_int_equal(is.rounds, 2);
	/* Nobody is told again. */
	assert_int_equal(ledger_checker(bench_checker()->ledger)->changes, 1);
}

static void it_is_the_same_by_ipv6(void **state)
{
	(void)state;
	bench_need();
	bench_check(CONF_CHECK_TCP, bench_serve(hold));
	bench_use_six();
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
}

static void who_refuses_has_failed(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_TCP, bench_closed_port());
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L4CON);
	assert_int_equal(is.value, ECONNREFUSED);
	assert_string_equal(is.words, "connect: refused");
	assert_int_equal(is.failures, 1);
}

/* The first failure counts at once; later ones are tried again. */
static void later_failures_are_tried_again(void **state)
{
	struct conf_check *check;
	uint16_t port;
	struct ledger_check is;

	(void)state;
	bench_need();
	port = bench_serve(hold);
	check = bench_check(CONF_CHECK_TCP, port);
	bench_pace()->retry = 1;
	bench_pace()->retry_delay = TICK_MILLISECOND;
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	check->connect.port = bench_closed_port();
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.tries, 1);
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	check->connect.port = port;
	assert_int_equal(bench_next().state, LEDGER_CHECK_GOOD);
}

static void nobody_there_is_no_answer_in_time(void **state)
{
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_TCP, 80);
	/* Packets that go there are never answered. */
	assert_int_equal(system("ip link add dead type veth peer name end; "
				"ip addr add 192.0.2.1/24 dev dead; "
				"ip link set dead up; ip link set end up; "
				"ip neigh add 192.0.2.2 lladdr "
				"02:00:00:00:00:01 dev dead"),
			 0);
	ip_parse("192.0.2.2",
		 &((struct conf_check *)bench_check(CONF_CHECK_TCP, 80))
			  ->connect.address);
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L4TOUT);
	assert_true(is.took >= BENCH_TIMEOUT * TICK_MILLISECOND);
}

/* The link to it has no carrier: nobody was asked. */
static void our_link_that_is_down_fails_nobody(void **state)
{
	static const uint8_t kinds[] = { CONF_CHECK_TCP, CONF_CHECK_PING,
					 CONF_CHECK_DNS };

	(void)state;
	bench_need();
	assert_int_equal(system("ip link add up0 type veth peer name up1; "
				"ip addr add 192.0.3.1/24 dev up0; "
				"ip link set up0 up; ip link set up1 up"),
			 0);
	for (unsigned n = 0; n < sizeof(kinds); n++) {
		struct conf_check *check = bench_check(kinds[n], 80);
		struct ledger_check is;

		ip_parse("192.0.3.2", &check->connect.address);
		assert_int_equal(system("ip link set up1 down"), 0);
		is = bench_first();
		assert_int_equal(is.state, LEDGER_CHECK_UNKNOWN);
		assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
		assert_int_equal(is.value, ENETDOWN);
		assert_string_equal(is.words, "our link up0 is down");
		assert_true(is.blocked_real > 0);
		/* It is up, and who does not answer has failed. */
		assert_int_equal(system("ip link set up1 up"), 0);
		for (unsigned tries = 0; tries < 10 && is.blocked_real; tries++)
			is = bench_next();
		assert_int_equal(is.state, LEDGER_CHECK_FAILED);
		assert_int_equal(is.blocked_real, 0);
	}
	/* By its name, where it is bound to one. */
	bench_check(CONF_CHECK_TCP, 80)->connect.interface = "up0";
	assert_int_equal(system("ip link set up0 down"), 0);
	assert_string_equal(bench_first().words, "our link up0 is down");
	assert_int_equal(system("ip link del up0"), 0);
}

static void no_route_fails_the_server(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_TCP, 80);
	ip_parse("198.51.100.1", &check->connect.address);
	is = bench_first();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.value, ENETUNREACH);
}

/* What this machine lacks is not the server's fault. */
static void trouble_of_ours_keeps_the_verdict(void **state)
{
	struct conf_check *check;
	struct rlimit files, none;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_TCP, bench_serve(hold));
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	ip_parse("203.0.113.9", &check->connect.bind);
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
	assert_int_equal(is.value, EADDRNOTAVAIL);
	assert_int_equal(is.blocked, 1);
	assert_true(is.blocked_real > 0);
	assert_int_equal(is.failures, 0);

	check->connect.bind = (struct ip){ 0 };
	getrlimit(RLIMIT_NOFILE, &files);
	none = files;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	is = bench_next();
	setrlimit(RLIMIT_NOFILE, &files);
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	assert_int_equal(is.value, EMFILE);
	assert_int_equal(is.blocked, 2);
	is = bench_next();
	assert_int_equal(is.code, LEDGER_CHECK_L4OK);
	assert_int_equal(is.blocked_real, 0);
}

/* What is logged from now on goes into a file. */
static int log_begins(int *before)
{
	int file = memfd_create("lines", 0);

	*before = dup(STDERR_FILENO);
	assert_true(*before >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	return file;
}

/* ... until now. How many lines it has; the text is the last of them. */
static unsigned log_ends(int before, int file, char *text, size_t size)
{
	unsigned lines = 0;
	size_t length = 0;
	char byte;

	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	for (text[0] = '\0'; read(file, &byte, 1) == 1;) {
		if (byte == '\n') {
			lines++;
			text[length] = '\0';
			length = 0;
		} else if (length < size - 1) {
			text[length++] = byte;
		}
	}
	close(file);
	return lines;
}

/* However often one comes after the other. */
static void troubles_in_turn_are_told_once_each(void **state)
{
	struct conf_check *check;
	int before, file;
	char text[256];

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_TCP, bench_serve(hold));
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	file = log_begins(&before);
	for (unsigned n = 0; n < 6; n++) {
		check->connect.interface = n % 2 ? "nonesuch" : NULL;
		check->connect.bind = (struct ip){ 0 };
		if (n % 2 == 0)
			ip_parse("203.0.113.9", &check->connect.bind);
		assert_int_equal(bench_next().value,
				 n % 2 ? ENODEV : EADDRNOTAVAIL);
	}
	assert_int_equal(log_ends(before, file, text, sizeof(text)), 2);
	/* The one that has it is named. */
	assert_non_null(strstr(text, " (TCP_CHECK of 127.0.0.1 port "));
}

/* log_all_failures: those that do not count yet, too. */
static void each_failure_is_told_if_asked_for(void **state)
{
	struct conf_check *check;
	char text[256], wanted[256];
	int before, file;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_TCP, bench_serve(hold));
	bench_pace()->retry = 3;
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	check->connect.port = bench_closed_port();
	snprintf(wanted, sizeof(wanted),
		 "batond: check: TCP_CHECK of 127.0.0.1 port %u failed: "
		 "connect: refused",
		 check->connect.port);
	file = log_begins(&before);
	assert_int_equal(bench_next().tries, 1);
	assert_int_equal(log_ends(before, file, text, sizeof(text)), 0);

	bench_pace()->log_all_failures = true;
	bench_restart();
	file = log_begins(&before);
	assert_int_equal(bench_next().tries, 2);
	assert_int_equal(log_ends(before, file, text, sizeof(text)), 1);
	assert_string_equal(text, wanted);
}

static void it_comes_from_where_it_should(void **state)
{
	struct conf_check *check;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_TCP, bench_serve(hold));
	ip_parse("127.0.0.7", &check->connect.bind);
	check->connect.interface = "lo";
	check->connect.bind_port = 4711;
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	check->connect.interface = "nonesuch";
	assert_int_equal(bench_next().value, ENODEV);
}

/* Another process goes on with what this one knew. */
static void what_is_known_is_enough_to_go_on(void **state)
{
	struct conf_check *check;
	struct ledger_check is;

	(void)state;
	bench_need();
	check = bench_check(CONF_CHECK_TCP, bench_serve(hold));
	bench_pace()->retry = 1;
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	check->connect.port = bench_closed_port();
	assert_int_equal(bench_next().tries, 1);
	bench_restart();
	is = bench_next();
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.rounds, 3);
}

/* It died while it wrote. */
static void what_was_being_written_can_be_read(void **state)
{
	struct ledger *l;
	struct ledger_check is;

	(void)state;
	bench_need();
	bench_check(CONF_CHECK_TCP, bench_serve(hold));
	assert_int_equal(bench_first().state, LEDGER_CHECK_GOOD);
	l = bench_checker()->ledger;
	ledger_begin(&ledger_check_at(l, 0)->sequence);
	assert_false(ledger_read_check(l, 0, &is));
	bench_restart();
	assert_true(ledger_read_check(l, 0, &is));
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_listens_is_good),
		cmocka_unit_test(it_is_the_same_by_ipv6),
		cmocka_unit_test(who_refuses_has_failed),
		cmocka_unit_test(later_failures_are_tried_again),
		cmocka_unit_test(nobody_there_is_no_answer_in_time),
		cmocka_unit_test(our_link_that_is_down_fails_nobody),
		cmocka_unit_test(no_route_fails_the_server),
		cmocka_unit_test(trouble_of_ours_keeps_the_verdict),
		cmocka_unit_test(troubles_in_turn_are_told_once_each),
		cmocka_unit_test(each_failure_is_told_if_asked_for),
		cmocka_unit_test(it_comes_from_where_it_should),
		cmocka_unit_test(what_was_being_written_can_be_read),
		cmocka_unit_test(what_is_known_is_enough_to_go_on),
	};

	return cmocka_run_group_tests_name("checker_tcp", tests, bench_open,
					   bench_close);
}
