/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `check` as a whole, confined, with a configuration: it checks
 * servers that the test plays, dies, and the next one goes on.
 */
#include "checker_world.h"

#include "base/map.h"
#include "ledger/checks.h"
#include "ledger/ledger.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/wake.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys_child.h"

#define MANY      40
#define DATAGRAMS 16

static void hold(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "never");
}

static void say_hello(int fd, unsigned number)
{
	(void)number;
	bench_read_until(fd, "\r\n\r\n");
	bench_say(fd, "HTTP/1.0 200 OK\r\n\r\nhello\n");
}

static void say_plain(int fd, unsigned number)
{
	(void)number;
	bench_say(fd, "this is no TLS\r\n");
	bench_read_until(fd, "never");
}

#define SERVERS                                                                 \
	"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_method DR\n"         \
	" delay_loop 0.05\n retry 0\n"                                          \
	" real_server 127.0.0.1 80 {\n TCP_CHECK {\n connect_port %u\n }\n }\n" \
	" real_server 127.0.0.2 80 {\n HTTP_GET {\n connect_port %u\n"          \
	"  url {\n path /\n digest b1946ac92492d2347c6235b4d2611184\n"          \
	"    }\n }\n }\n"                                                       \
	" real_server 127.0.0.3 80 {\n SSL_GET {\n connect_port %u\n"           \
	"  url {\n path /\n }\n }\n }\n"                                        \
	" real_server 127.0.0.4 80 {\n PING_CHECK {\n }\n }\n"                  \
	" real_server 127.0.0.5 80 {\n UDP_CHECK {\n connect_port %u\n }\n }\n" \
	"}\n"                                                                   \
	"virtual_server 10.0.0.2 80 {\n protocol TCP\n lvs_method DR\n"         \
	" delay_loop 0.05\n retry 0\n"                                          \
	" real_server 127.0.0.1 80 {\n TCP_CHECK {\n connect_port %u\n }\n }\n" \
	"}\n"

static void one_life_and_the_next(void **state)
{
	uint16_t tcp, http, ssl, closed;
	struct ledger_check is;
	char text[4096];
	struct world w;
	uint64_t seen;

	(void)state;
	bench_need();
	tcp = bench_serve(hold);
	http = bench_serve(say_hello);
	ssl = bench_serve(say_plain);
	closed = bench_closed_port();
	snprintf(text, sizeof(text), SERVERS, tcp, http, ssl, closed, tcp);
	w = world_begin(text);
	assert_int_equal(ledger_checks(w.ledger), 5); /* one is there twice */
	world_wait(&w, 0, LEDGER_CHECK_GOOD);
	world_wait(&w, 1, LEDGER_CHECK_GOOD);
	is = world_wait(&w, 2, LEDGER_CHECK_FAILED);
	assert_int_equal(is.code, LEDGER_CHECK_L6RSP);
	world_wait(&w, 3, LEDGER_CHECK_GOOD);
	is = world_wait(&w, 4, LEDGER_CHECK_FAILED);
	assert_string_equal(is.words, "reply: refused");
	assert_true(ledger_checker(w.ledger)->heartbeat > 0);

	/* It dies: what it wrote last it may not have told, so all is read
	 * again; no more is told, and the rounds go on. */
	world_end(&w, SIGKILL);
	seen = ledger_checker(w.ledger)->changes;
	ledger_read_check(w.ledger, 0, &is);
	world_start(&w);
	world_wait_rounds(&w, 0, is.rounds + 3);
	assert_int_equal(ledger_checker(w.ledger)->changes, seen + 1);
	assert_int_equal(ledger_check_next(w.ledger, &seen), LEDGER_CHECKS_ALL);

	/* Servers die, and come back elsewhere. */
	bench_end();
	is = world_wait(&w, 0, LEDGER_CHECK_FAILED);
	assert_string_equal(is.words, "connect: refused");
	world_wait(&w, 1, LEDGER_CHECK_FAILED);
	world_end(&w, SIGTERM);
	world_finish(&w);
}

/*
 * Where rounds come together, what is ready is looked at once in a while, and
 * not by when the next round is due. One of the two kinds is refused.
 */
static void many_at_once_are_soon_over(void **state)
{
	char text[16384], *at = text;
	uint16_t port, closed;
	tick_t least = TICK_NEVER;
	struct world w;

	(void)state;
	bench_need();
	port = bench_serve(hold);
	closed = bench_closed_port();
	at += sprintf(at, "virtual_server 10.0.0.1 80 {\n protocol TCP\n"
			  " lvs_method DR\n delay_loop 60\n warmup 0\n");
	for (unsigned n = 1; n <= MANY; n++)
		at += sprintf(at,
			      "real_server 127.0.1.%u 80 {\n TCP_CHECK {\n"
			      " connect_port %u\n }\n }\n",
			      n, n % 2 ? port : closed);
	sprintf(at, "}\n");
	w = world_begin(text);
	assert_int_equal(ledger_checks(w.ledger), MANY);
	for (uint32_t n = 0; n < MANY; n++) {
		struct ledger_check is = world_wait(
			&w, n, n % 2 ? LEDGER_CHECK_FAILED : LEDGER_CHECK_GOOD);

		assert_string_equal(is.words,
				    n % 2 ? "connect: refused" : "connected");
		least = tick_min(least, is.took);
	}
	/* Its heart beats once a second, in any case. */
	assert_true(least < TICK_SECOND / 2);
	world_end(&w, SIGTERM);
	world_finish(&w);
}

#define RESTS(id, ip, port)                                                    \
	"virtual_server " id " {\n protocol TCP\n lvs_method DR\n"             \
	" delay_loop 0.05\n retry 3\n delay_before_retry 50\n ha_suspend\n"    \
	" real_server " ip " 80 {\n TCP_CHECK {\n connect_port " port          \
	"\n }\n }\n}\n"

#define RESTING                                                                              \
	"virtual_server_group g {\n 192.0.2.8-9 80\n}\n" RESTS(                              \
		"127.0.0.9 80", "127.0.0.1",                                                 \
		"%u") RESTS("192.0.2.9 80", "127.0.0.2",                                     \
			    "%u") RESTS("group g", "127.0.0.3",                              \
					"%u") RESTS("192.0.2.7 80",                          \
						    "127.0.0.1",                             \
						    "%u") RESTS("fwmark 1",                  \
								"127.0.0.4",                 \
								"%u")                        \
		RESTS("192.0.2.6 80", "127.0.0.5",                                           \
		      "%u") "virtual_server 192.0.2.5 80 {\n protocol TCP\n lvs_method DR\n" \
			    " real_server 127.0.0.5 80 {\n TCP_CHECK {\n connect_port %u"    \
			    "\n retry 3\n delay_before_retry 50\n }\n }\n}\n"

static bool rests(struct world *w, uint32_t number)
{
	struct ledger_check is;

	ledger_read_check(w->ledger, number, &is);
	return is.rests_real != 0;
}

static void wait_for_rest(struct world *w, uint32_t number, bool wanted)
{
	tick_t until = clock_now() + WORLD_PATIENCE;

	while (rests(w, number) != wanted && clock_now() < until)
		poll(NULL, 0, 5);
	assert_true(rests(w, number) == wanted);
}

static void wait_for_more_rounds(struct world *w, uint32_t number)
{
	struct ledger_check is;

	ledger_read_check(w->ledger, number, &is);
	world_wait_rounds(w, number, is.rounds + 3);
}

/* ha_suspend: an address, a group that has it too, and a mark. */
static void checks_rest_elsewhere(void **state)
{
	struct ledger_check is;
	char text[4096];
	struct world w;
	uint16_t port;

	(void)state;
	bench_need();
	port = bench_serve(hold);
	snprintf(text, sizeof(text), RESTING, port, port, port, port, port,
		 port, port);
	assert_int_equal(system("ip address add 127.0.0.9/8 dev lo"), 0);
	w = world_begin(text);
	assert_int_equal(ledger_checks(w.ledger), 5);
	/* The first one is also of a server that rests. */
	world_wait(&w, 0, LEDGER_CHECK_GOOD);
	world_wait(&w, 3, LEDGER_CHECK_GOOD);
	assert_false(rests(&w, 0));
	assert_true(rests(&w, 1) && rests(&w, 2) && !rests(&w, 3));
	/* The last one is also of a server that never does. */
	assert_false(rests(&w, 4));
	assert_int_equal(system("ip address add 192.0.2.9/32 dev lo"), 0);
	assert_int_equal(system("ip address add 192.0.2.9/24 dev lo"), 0);
	world_wait(&w, 1, LEDGER_CHECK_GOOD);
	world_wait(&w, 2, LEDGER_CHECK_GOOD);
	assert_false(rests(&w, 1) || rests(&w, 2));
	assert_int_equal(system("ip address del 192.0.2.9/24 dev lo"), 0);
	assert_int_equal(system("ip address add 192.0.2.8/32 dev lo"), 0);
	assert_int_equal(system("ip address del 192.0.2.8/32 dev lo"), 0);
	wait_for_more_rounds(&w, 2);
	assert_false(rests(&w, 1) || rests(&w, 2));
	assert_int_equal(system("ip address del 192.0.2.9/32 dev lo"), 0);
	wait_for_rest(&w, 1, true);
	bench_end(); /* and what served has died meanwhile */
	world_end(&w, SIGKILL);
	world_start(&w);
	wait_for_rest(&w, 0, false);
	wait_for_rest(&w, 1, true);
	ledger_read_check(w.ledger, 1, &is);
	assert_int_equal(is.state, LEDGER_CHECK_GOOD);
	/* It fails at once, and not after three more tries. */
	assert_int_equal(system("ip address add 192.0.2.9/32 dev lo"), 0);
	world_wait(&w, 1, LEDGER_CHECK_FAILED);
	assert_int_equal(system("ip address del 192.0.2.9/32 dev lo"), 0);
	assert_int_equal(system("ip address del 127.0.0.9/8 dev lo"), 0);
	world_end(&w, SIGTERM);
	world_finish(&w);
}

static void set_role(struct world *w, enum vrrp_state role)
{
	ledger_core_at(w->ledger, 0)->state = (uint8_t)role;
	wake_send(w->wake[0]);
}

/* Of a mark; a record that cannot be read says nothing new. */
static void checks_rest_by_role(void **state)
{
	char text[1024];
	uint32_t *sequence;
	struct world w;

	(void)state;
	bench_need();
	snprintf(text, sizeof(text),
		 "vrrp_instance one {\n interface lo\n virtual_router_id 7\n"
		 " virtual_ipaddress {\n 192.0.2.1\n }\n}\n" RESTS(
			 "fwmark 1", "127.0.0.1", "%u"),
		 bench_serve(hold));
	w = world_begin(text);
	wait_for_rest(&w, 0, true);
	set_role(&w, VRRP_ACTIVE);
	wait_for_rest(&w, 0, false);
	sequence = &ledger_record_at(w.ledger, 0)->sequence;
	ledger_begin(sequence);
	set_role(&w, VRRP_ACTIVE);
	wait_for_more_rounds(&w, 0);
	assert_false(rests(&w, 0));
	ledger_core_at(w.ledger, 0)->state = VRRP_BACKUP;
	ledger_end(sequence);
	/* Nobody has woken it. */
	wait_for_rest(&w, 0, true);
	world_end(&w, SIGTERM);
	world_finish(&w);
}

static unsigned descriptors_of(const struct process *p)
{
	char command[64];
	unsigned count = 0;
	FILE *file;

	snprintf(command, sizeof(command), "ls /proc/%d/fd | wc -l", p->pid);
	file = popen(command, "r");
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%u", &count), 1);
	pclose(file);
	return count;
}

/* Each target has its server; the last two of them are asked twice. */
static void datagrams_share_their_sockets(void **state)
{
	char text[32768], *at = text;
	uint16_t ports[DATAGRAMS], closed;
	struct world w;

	(void)state;
	bench_need();
	closed = bench_closed_port();
	at += sprintf(at, "virtual_server 10.0.0.1 80 {\n protocol TCP\n"
			  " lvs_method DR\n delay_loop 0.1\n retry 0\n"
			  " connect_timeout 2\n"
			  "real_server 127.0.0.1 80 {\n");
	for (unsigned n = 0; n < DATAGRAMS; n++) {
		ports[n] = bench_serve_datagrams(world_reply);
		at += sprintf(
			at,
			"UDP_CHECK {\n connect_port %u\n payload 61%02x\n"
			" require_reply 61%02x\n}\n"
			"DNS_CHECK {\n connect_port %u\n name n%u.x.\n}\n",
			ports[n], n, n, ports[n], n);
	}
	at += sprintf(at,
		      "UDP_CHECK {\n connect_port %u\n payload 62\n"
		      " require_reply 62\n}\n"
		      "DNS_CHECK {\n connect_port %u\n name other.\n}\n"
		      "UDP_CHECK {\n connect_port %u\n}\n"
		      "DNS_CHECK {\n connect_port %u\n}\n}\n",
		      ports[0], ports[0], closed, closed);
	for (unsigned n = 2; n < DATAGRAMS; n++)
		at += sprintf(at,
			      "real_server 127.0.0.%u 80 {\n PING_CHECK {\n }\n"
			      "}\n",
			      n);
	sprintf(at, "}\n");
	w = world_begin(text);
	for (uint32_t n = 0; n < ledger_checks(w.ledger); n++) {
		struct ledger_check is = { 0 };
		bool refused = n == 2 * DATAGRAMS + 2 || n == 2 * DATAGRAMS + 3;

		world_wait_rounds(&w, n, 5);
		ledger_read_check(w.ledger, n, &is);
		if (is.state != (refused ? LEDGER_CHECK_FAILED
					 : LEDGER_CHECK_GOOD) ||
		    is.failures != (refused ? is.rounds : 0))
			fail_msg("check %u: %s", n, is.words);
		if (refused)
			assert_non_null(strstr(is.words, ": refused"));
	}
	assert_in_range(descriptors_of(&w.process), 5, 24);
	world_end(&w, SIGTERM);
	world_finish(&w);
}

static void it_ends_with_its_keeper(void **state)
{
	char text[4096];
	struct world w;
	struct process_end is;

	(void)state;
	bench_need();
	snprintf(text, sizeof(text), SERVERS, 1, 2, 3, 4, 5);
	w = world_begin(text);
	world_wait(&w, 0, LEDGER_CHECK_FAILED);
	close(w.stop[1]);
	w.stop[1] = -1;
	is = end_of(&w.process);
	assert_false(is.killed || is.value != 0);
	world_finish(&w);
}

/* A ledger that was made for something else is not written. */
static void another_ledger_is_refused(void **state)
{
	struct process_end is;
	struct world w;
	char text[4096];

	(void)state;
	bench_need();
	snprintf(text, sizeof(text), SERVERS, 1, 2, 3, 4, 5);
	w = world_begin(text);
	world_wait(&w, 0, LEDGER_CHECK_FAILED);
	world_end(&w, SIGTERM);
	ledger_unmap(w.ledger);
	close(w.fd);
	w.fd = ledger_create(&(struct ledger_size){ .checks = 1 }, "v",
			     &w.ledger);
	world_start(&w);
	is = end_of(&w.process);
	assert_int_equal(is.value, 1);
	world_finish(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_life_and_the_next),
		cmocka_unit_test(many_at_once_are_soon_over),
		cmocka_unit_test(checks_rest_elsewhere),
		cmocka_unit_test(checks_rest_by_role),
		cmocka_unit_test(datagrams_share_their_sockets),
		cmocka_unit_test(it_ends_with_its_keeper),
		cmocka_unit_test(another_ledger_is_refused),
	};

	return cmocka_run_group_tests_name("checker_process", tests, bench_open,
					   bench_close);
}
