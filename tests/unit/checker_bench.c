/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker_bench.h"

#include "base/must.h"
#include "checker/datagrams.h"
#include "checker/roster.h"
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
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVERS_MOST 64
#define PATIENCE     (20 * TICK_SECOND)

static bool ready;
static pid_t servers[SERVERS_MOST];
static unsigned server_count;
static struct conf_check check;
static struct conf_distinct pace;
static struct conf_model model; /* its SSL counts */
static struct checker *k;
/* What a process has to its end is not given back one by one. */
static struct checker *made[64];
static unsigned made_count;
static int ledger_fd = -1;

int bench_open(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	ready = unshare(CLONE_NEWNET) == 0 && system("ip link set lo up") == 0;
	return 0;
}

int bench_close(void **state)
{
	(void)state;
	bench_end();
	return 0;
}

bool bench_ready(void)
{
	if (!ready)
		print_message("# skipped: needs root, to make a network "
			      "namespace\n");
	return ready;
}

/* On both families. */
static int open_socket(int type, uint16_t *port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6 };
	socklen_t length = sizeof(at);
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), off = 0;

	assert_true(fd >= 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &length), 0);
	*port = ntohs(at.sin6_port);
	return fd;
}

static pid_t start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		return 0;
	}
	MUST(server_count < SERVERS_MOST);
	servers[server_count++] = pid;
	return pid;
}

uint16_t bench_serve(void (*serve)(int fd, unsigned number))
{
	uint16_t port;
	int listening = open_socket(SOCK_STREAM, &port);

	assert_int_equal(listen(listening, 64), 0);
	if (start() == 0) {
		for (unsigned n = 0;; n++) {
			int fd = accept(listening, NULL, NULL);

			serve(fd, n);
			close(fd);
		}
	}
	close(listening);
	return port;
}

uint16_t bench_serve_datagrams(void (*serve)(int fd))
{
	uint16_t port;
	int fd = open_socket(SOCK_DGRAM, &port);

	if (start() == 0) {
		serve(fd);
		_exit(0);
	}
	close(fd);
	return port;
}

uint16_t bench_closed_port(void)
{
	uint16_t port;

	close(open_socket(SOCK_STREAM, &port));
	return port;
}

static void forget_checker(void)
{
	if (!k)
		return;
	for (uint32_t n = 0; n < k->count; n++)
		if (k->checks[n].fd >= 0)
			close(k->checks[n].fd);
	crowd_close(&k->crowd);
	if (k->has_way)
		close(k->way.fd);
	ledger_unmap(k->ledger);
	close(ledger_fd);
	k = NULL;
}

void bench_end(void)
{
	for (unsigned n = 0; n < server_count; n++) {
		kill(servers[n], SIGKILL);
		waitpid(servers[n], NULL, 0);
	}
	server_count = 0;
	forget_checker();
}

struct conf_check *bench_check(uint8_t kind, uint16_t port)
{
	forget_checker();
	model.global.lvs.ssl = (struct conf_ssl){ 0 };
	check = (struct conf_check){ .kind = kind };
	check.connect.port = port;
	ip_parse("127.0.0.1", &check.connect.address);
	pace = (struct conf_distinct){
		.key = 1,
		.check = &check,
		.interval = 60 * TICK_SECOND,
		.timeout = BENCH_TIMEOUT * TICK_MILLISECOND,
	};
	return &check;
}

struct conf_ssl *bench_ssl(void)
{
	return &model.global.lvs.ssl;
}

struct conf_distinct *bench_pace(void)
{
	return &pace;
}

void bench_use_six(void)
{
	ip_parse("::1", &check.connect.address);
}

struct checker *bench_checker(void)
{
	return k;
}

static void make(struct ledger *ledger)
{
	int files[OWN_FILES];

	pace.connect = check.connect;
	k = calloc(1, sizeof(*k));
	assert_non_null(k);
	MUST(made_count < ARRAY_LENGTH(made));
	made[made_count++] = k;
	k->ledger = ledger;
	if (!ledger)
		ledger_fd = ledger_create(&(struct ledger_size){ .checks = 1 },
					  "v", &k->ledger);
	assert_true(ledger_fd >= 0);
	assert_int_equal(crowd_open(&k->crowd), 0);
	k->scratch = malloc(ROUND_SCRATCH);
	k->in_flight_most = 16;
	k->wake = -1;
	own_open(&model, files);
	own_read(&k->own, &model.global.lvs.ssl, files);
	assert_int_equal(roster_make(k, 1), 0);
	assert_int_equal(roster_add(k, 0, &pace, clock_now()), 0);
	own_wipe(&k->own);
}

struct ledger_check bench_next(void)
{
	tick_t patience = clock_now() + PATIENCE;
	struct ledger_check is, was;

	assert_true(ledger_read_check(k->ledger, 0, &was));
	k->checks[0].to = check.connect;
	heap_set(&k->due, 0, clock_now());
	do {
		tick_t next = rounds_turn(k, clock_now());
		tick_t wait = tick_until(next, clock_now());
		struct pollfd p = { k->crowd.epoll, POLLIN, 0 };
		struct timespec time = {
			wait > TICK_SECOND ? 1 : 0,
			wait > TICK_SECOND ? 0 : (long)wait % TICK_SECOND,
		};

		datagrams_flush(k);
		assert_true(clock_now() < patience);
		assert_true(ledger_read_check(k->ledger, 0, &is));
		if (is.rounds == was.rounds)
			ppoll(&p, 1, &time, NULL);
		rounds_ready(k);
		assert_true(ledger_read_check(k->ledger, 0, &is));
	} while (is.rounds == was.rounds);
	assert_false(k->checks[0].when.running);
	assert_int_equal(k->in_flight, 0);
	return is;
}

struct ledger_check bench_first(void)
{
	make(NULL);
	return bench_next();
}

void bench_restart(void)
{
	crowd_close(&k->crowd);
	make(k->ledger);
}

void bench_read_until(int fd, const char *end)
{
	char bytes[16384];
	size_t length = 0;

	while (length < sizeof(bytes) - 1) {
		ssize_t more =
			recv(fd, bytes + length, sizeof(bytes) - 1 - length, 0);

		if (more <= 0)
			return;
		length += (size_t)more;
		bytes[length] = '\0';
		if (strstr(bytes, end))
			return;
	}
}

void bench_say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}
