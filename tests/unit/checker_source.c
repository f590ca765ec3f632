/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that many checks share: addresses and links of this machine that come
 * and go, and checks that name the same port.
 */
#include "checker_world.h"

#include "checker/ping_message.h"
#include "sys/clock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys_lan.h"

/* A host on the other end of a link. */
static pid_t host;

static void serve_host(int ready)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6,
				   .sin6_port = htons(5300) };
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET))
		_exit(1);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
	    write(ready, "", 1) != 1)
		_exit(1);
	world_reply(fd);
	_exit(0);
}

static void host_begin(void)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	host = fork();
	assert_true(host >= 0);
	if (host == 0)
		serve_host(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
}

static void host_end(void)
{
	kill(host, SIGKILL);
	waitpid(host, NULL, 0);
}

static void in_host(const char *arguments)
{
	char command[256];

	snprintf(command, sizeof(command), "nsenter -t %d -n ip %s", host,
		 arguments);
	assert_int_equal(system(command), 0);
}

static void in_sysctl(const char *setting)
{
	char command[128];

	snprintf(command, sizeof(command), "nsenter -t %d -n sysctl -qw %s",
		 host, setting);
	assert_int_equal(system(command), 0);
}

static void link_add(void)
{
	lan_ip("link add ck0 type veth peer name ck1 netns %d", host);
	in_host("address add 10.99.0.2/24 dev ck1");
	in_host("address add fd99::2/64 dev ck1 nodad");
	in_host("link set ck1 up");
	lan_ip("address add 10.99.0.1/24 dev ck0");
	lan_ip("address add fd99::1/64 dev ck0 nodad");
	lan_ip("link set ck0 up");
}

#define KINDS 3

/* So many tries that what is lost meanwhile fails nobody. */
#define SERVER(id, target, from)                                               \
	"virtual_server " id " 80 {\n protocol TCP\n lvs_method DR\n"          \
	" delay_loop 0.1\n retry 1000\n delay_before_retry 0.1\n"              \
	" connect_timeout 0.5\n real_server " target " 80 {\n"                 \
	" UDP_CHECK {\n connect_port 5300\n " from "\n payload 61\n"           \
	" require_reply 61\n }\n"                                              \
	" DNS_CHECK {\n connect_port 5300\n " from "\n }\n"                    \
	" PING_CHECK {\n " from "\n }\n }\n}\n"

static void wait_blocked(struct world *w, uint32_t number, const char *words)
{
	tick_t until = clock_now() + WORLD_PATIENCE;
	struct ledger_check is;

	do {
		poll(NULL, 0, 5);
		ledger_read_check(w->ledger, number, &is);
	} while ((!is.blocked_real || strcmp(is.words, words)) &&
		 clock_now() < until);
	assert_string_equal(is.words, words);
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
}

/* Answers come again. */
static void wait_answered(struct world *w, uint32_t number)
{
	tick_t until = clock_now() + WORLD_PATIENCE;
	uint64_t rounds;
	struct ledger_check is;

	ledger_read_check(w->ledger, number, &is);
	rounds = is.rounds;
	while ((is.blocked_real || is.rounds < rounds + 3 ||
		(is.code != LEDGER_CHECK_L7OK &&
		 is.code != LEDGER_CHECK_L4OK)) &&
	       clock_now() < until) {
		poll(NULL, 0, 5);
		ledger_read_check(w->ledger, number, &is);
	}
	if (is.blocked_real ||
	    (is.code != LEDGER_CHECK_L7OK && is.code != LEDGER_CHECK_L4OK))
		fail_msg("check %u: %s", number, is.words);
}

/*
 * What checks send from is missing, there, missing and there again: meanwhile
 * this machine cannot check, and servers stay as they are.
 */
static void comes_and_goes(const char *text, const char *words,
			   void (*come)(void), void (*go)(void))
{
	struct ledger_check was[2 * KINDS], is;
	struct world w = world_begin(text);

	assert_int_equal(ledger_checks(w.ledger), 2 * KINDS);
	for (uint32_t n = 0; n < 2 * KINDS; n++)
		wait_blocked(&w, n, words);
	come();
	for (uint32_t n = 0; n < 2 * KINDS; n++) {
		world_wait(&w, n, LEDGER_CHECK_GOOD);
		wait_answered(&w, n);
		ledger_read_check(w.ledger, n, &was[n]);
	}
	go();
	for (uint32_t n = 0; n < 2 * KINDS; n++)
		wait_blocked(&w, n, words);
	come();
	for (uint32_t n = 0; n < 2 * KINDS; n++) {
		wait_answered(&w, n);
		ledger_read_check(w.ledger, n, &is);
		assert_int_equal(is.since, was[n].since);
	}
	world_end(&w, SIGTERM);
	world_finish(&w);
}

#define LINK                                                                   \
	SERVER("10.0.0.1", "10.99.0.2", "bind_if ck0")                         \
	SERVER("fd00::1", "fd99::2", "bind_if ck0")

static void link_remove(void)
{
	lan_ip("link del ck0");
}

static void a_link_is_made_anew(void **state)
{
	(void)state;
	bench_need();
	host_begin();
	comes_and_goes(LINK, "send: No such device", link_add, link_remove);
	link_remove();
	host_end();
}

static void link_rename(const char *from, const char *to)
{
	lan_ip("link set %s down", from);
	lan_ip("link set %s name %s", from, to);
	lan_ip("link set %s up", to);
	/* That of IPv6 went with the link. */
	lan_ip("address replace fd99::1/64 dev %s nodad", to);
}

static void link_away(void)
{
	link_rename("ck0", "ck8");
}

static void link_back(void)
{
	link_rename("ck8", "ck0");
}

/* Another link that once had it is not meant. */
static void a_link_has_another_name(void **state)
{
	(void)state;
	bench_need();
	host_begin();
	link_add();
	link_away();
	comes_and_goes(LINK, "send: No such device", link_back, link_away);
	link_remove();
	host_end();
}

static void address_add(void)
{
	lan_ip("address add 10.99.0.7/24 dev ck0");
	lan_ip("address add fd99::7/64 dev ck0 nodad");
}

static void address_remove(void)
{
	lan_ip("address del 10.99.0.7/24 dev ck0");
	lan_ip("address del fd99::7/64 dev ck0");
}

static void an_address_comes_later(void **state)
{
	(void)state;
	bench_need();
	host_begin();
	link_add();
	comes_and_goes(SERVER("10.0.0.1", "10.99.0.2", "bindto 10.99.0.7")
			       SERVER("fd00::1", "fd99::2", "bindto fd99::7"),
		       "send: Cannot assign requested address", address_add,
		       address_remove);
	link_remove();
	host_end();
}

/* A look at the address needs one; what is open needs none. */
static void no_descriptor_is_free(void **state)
{
	const struct rlimit none = { 0 };
	struct ledger_check is;
	struct world w;

	(void)state;
	bench_need();
	host_begin();
	link_add();
	address_add();
	w = world_begin(SERVER("10.0.0.1", "10.99.0.2", "bindto 10.99.0.7")
				SERVER("fd00::1", "fd99::2", "bindto fd99::7"));
	for (uint32_t n = 0; n < 2 * KINDS; n++) {
		world_wait(&w, n, LEDGER_CHECK_GOOD);
		wait_answered(&w, n);
	}
	assert_int_equal(prlimit(w.process.pid, RLIMIT_NOFILE, &none, NULL), 0);
	/* So many that there was a look. */
	for (uint32_t n = 0; n < 2 * KINDS; n++) {
		ledger_read_check(w.ledger, n, &is);
		world_wait_rounds(&w, n, is.rounds + 30);
		wait_answered(&w, n);
	}
	world_end(&w, SIGTERM);
	world_finish(&w);
	link_remove();
	host_end();
}

/* The kernel gives what comes to one of them. */
static void checks_have_one_port(void **state)
{
	char text[4096], *at = text;
	uint16_t ports[2];
	struct world w;

	(void)state;
	bench_need();
	for (unsigned n = 0; n < 2; n++)
		ports[n] = bench_serve_datagrams(world_reply);
	at += sprintf(at, "virtual_server 10.0.0.1 80 {\n protocol TCP\n"
			  " lvs_method DR\n delay_loop 0.1\n retry 0\n"
			  " connect_timeout 2\n real_server 127.0.0.1 80 {\n");
	for (unsigned n = 0; n < 2; n++)
		at += sprintf(
			at,
			"UDP_CHECK {\n connect_port %u\n bind_port 5301\n"
			" payload 61\n require_reply 61\n}\n"
			"UDP_CHECK {\n connect_port %u\n bind_port 5301\n"
			" payload 62\n require_reply 62\n fwmark 8\n}\n"
			"DNS_CHECK {\n connect_port %u\n bind_port 5301\n}\n"
			"DNS_CHECK {\n connect_port %u\n bind_port 5301\n"
			" fwmark 9\n}\n",
			ports[n], ports[n], ports[n], ports[n]);
	sprintf(at, "}\n}\n");
	w = world_begin(text);
	assert_int_equal(ledger_checks(w.ledger), 8);
	for (uint32_t n = 0; n < 8; n++) {
		struct ledger_check is;

		world_wait_rounds(&w, n, 10);
		ledger_read_check(w.ledger, n, &is);
		if (is.state != LEDGER_CHECK_GOOD || is.failures > 0 ||
		    is.code != LEDGER_CHECK_L7OK)
			fail_msg("check %u: %s", n, is.words);
	}
	world_end(&w, SIGTERM);
	world_finish(&w);
}

/* Tells in place of 10.99.0.3, which is not there, what it was told itself. */
static void forge(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int hears = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	int says = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	uint8_t heard[256], reply_of[PING_LENGTH];
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct ping_of of;

	inet_pton(AF_INET, "10.99.0.1", &to.sin_addr);
	inet_pton(AF_INET, "10.99.0.3", &from.sin_addr);
	if (bind(says, (struct sockaddr *)&from, sizeof(from)))
		_exit(1);
	while (recv(hears, heard, sizeof(heard), 0) >= 20 + PING_LENGTH) {
		if (heard[20] != 8)
			continue;
		memcpy(&of, heard + 28, sizeof(of));
		of.number = 1;
		for (of.generation = 0; of.generation < 64; of.generation++) {
			ping_request(false,
				     (uint16_t)(heard[24] << 8 | heard[25]),
				     &of, reply_of);
			reply_of[0] = 0;
			sendto(says, reply_of, sizeof(reply_of), 0,
			       (struct sockaddr *)&to, sizeof(to));
		}
	}
}

static pid_t forger_begin(void)
{
	char path[64];
	pid_t pid;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", host);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setns(fd, CLONE_NEWNET))
			_exit(1);
		forge();
		_exit(0);
	}
	close(fd);
	return pid;
}

static void no_server_replies_for_another(void **state)
{
	struct ledger_check is;
	struct world w;
	pid_t forger;

	(void)state;
	bench_need();
	host_begin();
	link_add();
	/* Bound to it, and never heard at it: nobody answers for it. */
	in_host("address add 10.99.0.3/32 dev lo");
	in_sysctl("net.ipv4.conf.all.arp_ignore=1");
	forger = forger_begin();
	w = world_begin(
		"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_method DR\n"
		" delay_loop 0.05\n retry 0\n connect_timeout 0.3\n"
		" real_server 10.99.0.2 80 {\n PING_CHECK {\n }\n }\n"
		" real_server 10.99.0.3 80 {\n PING_CHECK {\n }\n }\n}\n");
	world_wait_rounds(&w, 1, 5);
	world_wait(&w, 0, LEDGER_CHECK_GOOD);
	ledger_read_check(w.ledger, 1, &is);
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.failures, is.rounds);
	kill(forger, SIGKILL);
	waitpid(forger, NULL, 0);
	world_end(&w, SIGTERM);
	world_finish(&w);
	link_remove();
	host_end();
}

/* The first rounds may find no neighbour yet. */
static void wait_forbidden(struct world *w, uint32_t number)
{
	static const char words[] = ": forbidden by a filter on the way";
	tick_t until = clock_now() + WORLD_PATIENCE;
	struct ledger_check is;

	do {
		poll(NULL, 0, 5);
		ledger_read_check(w->ledger, number, &is);
	} while (
		(is.state != LEDGER_CHECK_FAILED || !strstr(is.words, words)) &&
		clock_now() < until);
	if (is.state != LEDGER_CHECK_FAILED || !strstr(is.words, words))
		fail_msg("check %u: %s", number, is.words);
}

/* ICMPv6 says so; of our own side EACCES would be local trouble. */
static void a_filter_on_the_way_fails_the_server(void **state)
{
	struct world w;

	(void)state;
	bench_need();
	host_begin();
	link_add();
	in_host("route add prohibit fd98::/64");
	in_sysctl("net.ipv6.conf.all.forwarding=1");
	in_sysctl("net.ipv6.icmp.ratelimit=0");
	lan_ip("route add fd98::/64 via fd99::2");
	w = world_begin(
		"virtual_server fd00::1 80 {\n protocol TCP\n lvs_method DR\n"
		" delay_loop 0.1\n retry 0\n connect_timeout 5\n"
		" real_server fd98::1 80 {\n TCP_CHECK {\n }\n"
		" HTTP_GET {\n url {\n path /\n }\n }\n"
		" UDP_CHECK {\n }\n DNS_CHECK {\n }\n }\n}\n");
	for (uint32_t n = 0; n < 4; n++)
		wait_forbidden(&w, n);
	world_end(&w, SIGTERM);
	world_finish(&w);
	link_remove();
	host_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_comes_later),
		cmocka_unit_test(a_link_is_made_anew),
		cmocka_unit_test(a_link_has_another_name),
		cmocka_unit_test(no_descriptor_is_free),
		cmocka_unit_test(checks_have_one_port),
		cmocka_unit_test(a_filter_on_the_way_fails_the_server),
		cmocka_unit_test(no_server_replies_for_another),
	};

	return cmocka_run_group_tests_name("checker_source", tests, bench_open,
					   bench_close);
}
