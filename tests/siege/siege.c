/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `check`, confined, among servers that mean harm: each kind of
 * check at each way to behave (servers.h), beside servers that are good.
 *
 *   siege [SECONDS [SEED]]
 *
 * Each hostile server comes to a verdict and costs its own time and no more;
 * the good ones never fail, their rounds begin at their phases, and memory has
 * a bound. When the hostile ones are gone all their checks say so. Ends with
 * status 1 if not; prints what was seen, and the seed.
 */
#include "servers.h"

#include "base/must.h"
#include "checker/checker.h"
#include "checks_floor.h"
#include "conf_fixture.h"
#include "ledger/checks.h"
#include "router/book_checks.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/wake.h"

#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMEOUT     (300 * TICK_MILLISECOND) /* of a phase */
#define PHASES_MOST 6
#define GOOD        40 /* servers, of two checks each */
#define PATIENCE    (30 * TICK_SECOND)

#ifdef __SANITIZE_ADDRESS__
/* With sanitizers each byte costs several times as much. */
#define LATE_MOST   TICK_SECOND
#define MEMORY_MOST (512 << 20) /* what is freed is kept for a while */
#else
#define LATE_MOST   (10 * TICK_MILLISECOND)
#define MEMORY_MOST (8 << 20) /* bytes, beyond what it has after a while */
#endif

static struct ledger *ledger;
static unsigned wrong;

#define FAULT(...) (wrong++, printf("not ok: " __VA_ARGS__), putchar('\n'))

static const char *const blocks[SPEAKS] = {
	[SPEAKS_TCP] = "TCP_CHECK {\n%s\n}\n",
	[SPEAKS_HTTP] = "HTTP_GET {\n%s\nurl {\npath /\nregex siege\n}\n}\n",
	[SPEAKS_KEPT] = "HTTP_GET {\n%s\nhttp_protocol 1.1K\n"
			"url {\npath /\n}\n}\n",
	[SPEAKS_HTTP2] = "HTTP_GET {\n%s\nhttp_protocol 2\nurl {\npath /\n"
			 "digest b1946ac92492d2347c6235b4d2611184\n}\n}\n",
	[SPEAKS_SSL] = "SSL_GET {\n%s\nurl {\npath /\n}\n}\n",
	[SPEAKS_SSL2] = "SSL_GET {\n%s\nhttp_protocol 2\nurl {\npath /\n}\n}\n",
	[SPEAKS_SMTP] = "SMTP_CHECK {\n%s\n}\n",
	[SPEAKS_STARTTLS] = "SMTP_CHECK {\n%s\nstarttls\n}\n",
	[SPEAKS_AGENT] = "AGENT_CHECK {\n%s\n}\n",
	[SPEAKS_GRPC] = "GRPC_CHECK {\n%s\n}\n",
	[SPEAKS_GRPC_TLS] = "GRPC_CHECK {\n%s\ntls\n}\n",
	[SPEAKS_DNS] = "DNS_CHECK {\n%s\n}\n",
	[SPEAKS_UDP] = "UDP_CHECK {\n%s\npayload 61626364\n"
		       "require_reply 61626364\n}\n",
};

static const char *const names[SPEAKS] = {
	[SPEAKS_TCP] = "TCP",
	[SPEAKS_HTTP] = "HTTP",
	[SPEAKS_KEPT] = "HTTP, kept",
	[SPEAKS_HTTP2] = "HTTP/2",
	[SPEAKS_SSL] = "TLS",
	[SPEAKS_SSL2] = "HTTP/2 by TLS",
	[SPEAKS_SMTP] = "SMTP",
	[SPEAKS_STARTTLS] = "STARTTLS",
	[SPEAKS_AGENT] = "agent",
	[SPEAKS_GRPC] = "gRPC",
	[SPEAKS_GRPC_TLS] = "gRPC, TLS",
	[SPEAKS_DNS] = "DNS",
	[SPEAKS_UDP] = "UDP",
};

/* The hostile ones, and then the good ones: their checks in that order. */
static char *configure(void)
{
	char *text = malloc(1 << 20), *at = text;

	MUST(text);
	at += sprintf(at, "virtual_server 10.0.0.1 80 {\nprotocol TCP\n"
			  "lvs_method DR\ndelay_loop 0.7\nretry 0\n"
			  "delay_before_retry 0.1\nconnect_timeout 0.3\n");
	for (unsigned s = 0; s < SPEAKS; s++) {
		at += sprintf(at, "real_server 127.0.0.%u 80 {\n", s + 1);
		for (unsigned w = 0; w < WAYS; w++) {
			char port[40];

			snprintf(port, sizeof(port), "connect_port %u",
				 siege_port(s, w));
			/* The formats are those above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			at += sprintf(at, blocks[s], port);
#pragma GCC diagnostic pop
		}
		at += sprintf(at, "}\n");
	}
	at += sprintf(at, "}\nvirtual_server 10.0.0.2 80 {\nprotocol TCP\n"
			  "lvs_method DR\ndelay_loop 0.1\nretry 0\n");
	for (unsigned n = 1; n <= GOOD; n++)
		at += sprintf(at,
			      "real_server 127.0.1.%u 80 {\n"
			      "TCP_CHECK {\nconnect_port %u\n}\n"
			      "HTTP_GET {\nconnect_port %u\n"
			      "http_protocol 1.1K\nurl {\npath /\n}\n}\n}\n",
			      n, GOOD_PORT, GOOD_PORT);
	sprintf(at, "}\n");
	return text;
}

#define HOSTILE ((uint32_t)(SPEAKS * WAYS))

static int enter(void *context)
{
	(void)context;
	return sandbox_enter(SANDBOX_CHECK);
}

static pid_t start(const struct conf_model *model)
{
	struct ledger_size size = { 0 };
	int wake[2], stop[2];
	pid_t pid;

	book_checks_count(model, &size);
	MUST(ledger_create(&size, "v", &ledger) >= 0);
	book_checks_fill(model, ledger);
	MUST(ledger_checks(ledger) == HOSTILE + 2 * GOOD);
	MUST(wake_open(wake) == 0 && pipe(stop) == 0);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(checker_run(&(struct checker_setup){
		.model = model,
		.ledger = ledger,
		.wake = wake[1],
		.stop = stop[0],
		.confine = enter,
	}));
}

static size_t memory_of(pid_t pid)
{
	char path[64];
	unsigned long all, resident = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "r");
	if (file && fscanf(file, "%lu %lu", &all, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void look_at_hostile(uint32_t n)
{
	enum siege_speaks speaks = n / WAYS;
	enum siege_way way = n % WAYS;
	struct ledger_check is;

	(void)ledger_read_check(ledger, n, &is);
	if (is.rounds == 0 || is.words[0] == '\0')
		FAULT("%s, way %u: no verdict", names[speaks], way);
	if (is.blocked > 0)
		FAULT("%s, way %u: it is our trouble: %s", names[speaks], way,
		      is.words);
	if (is.took > PHASES_MOST * TIMEOUT + 2 * LATE_MOST)
		FAULT("%s, way %u: a round took %" PRId64 " ms", names[speaks],
		      way, is.took / TICK_MILLISECOND);
	if (way_is_hopeless(way) && speaks != SPEAKS_TCP &&
	    is.state == LEDGER_CHECK_GOOD)
		FAULT("%s, way %u: good: %s", names[speaks], way, is.words);
}

static void look_at_good(void)
{
	for (uint32_t n = HOSTILE; n < ledger_checks(ledger); n++) {
		struct ledger_check is;

		(void)ledger_read_check(ledger, n, &is);
		if (is.state != LEDGER_CHECK_GOOD || is.failures > 0)
			FAULT("a good server, check %u: %s, %" PRIu64
			      " failures, %s",
			      n, ledger_check_state_name(is.state), is.failures,
			      is.words);
	}
}

/* Until each has had so many rounds. */
static bool wait_for_rounds(uint64_t rounds)
{
	tick_t until = clock_now() + PATIENCE;

	for (uint32_t n = 0; n < ledger_checks(ledger);) {
		struct ledger_check is;

		(void)ledger_read_check(ledger, n, &is);
		if (is.rounds >= rounds)
			n++;
		else if (clock_now() > until)
			return false;
		else
			poll(NULL, 0, 20);
	}
	return true;
}

static void wait_until_all_are_refused(void)
{
	tick_t until = clock_now() + PATIENCE;

	for (uint32_t n = 0; n < HOSTILE;) {
		struct ledger_check is;

		(void)ledger_read_check(ledger, n, &is);
		if (is.state == LEDGER_CHECK_FAILED &&
		    is.code == LEDGER_CHECK_L4CON) {
			n++;
		} else if (clock_now() > until) {
			FAULT("%s, way %u: with nobody there it is %s: %s",
			      names[n / WAYS], n % WAYS,
			      ledger_check_state_name(is.state), is.words);
			n++;
		} else {
			poll(NULL, 0, 20);
		}
	}
}

static void besiege(pid_t pid, int seconds)
{
	struct floor_timer timer = floor_timer_start();
	struct ledger_checker book;
	size_t memory;
	tick_t paused;

	if (!wait_for_rounds(2))
		FAULT("rounds stand still");
	memory = memory_of(pid);
	/* What came before was the set-up. */
	(void)floor_timer_latest(&timer);
	ledger_checker(ledger)->late_most = 0;
	poll(NULL, 0, seconds * 1000);
	ledger_read_checker(ledger, &book);
	paused = floor_timer_latest(&timer);
	floor_timer_end(&timer);
	for (uint32_t n = 0; n < HOSTILE; n++)
		look_at_hostile(n);
	look_at_good();
	printf("# %" PRIu64 " rounds, %" PRIu64 " failures; late at most %.1f "
	       "ms, a bare timer %.1f ms; memory %.1f MiB, then %.1f MiB\n",
	       book.rounds, book.failures, (double)book.late_most / 1e6,
	       (double)paused / 1e6, (double)memory / 1048576,
	       (double)memory_of(pid) / 1048576);
	if (book.late_most > paused + LATE_MOST)
		FAULT("a round began late");
	if (memory_of(pid) > memory + MEMORY_MOST)
		FAULT("it grows");
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : 4;
	unsigned seed =
		argc > 2 ? (unsigned)atoi(argv[2]) : (unsigned)clock_now();
	struct conf_loaded *loaded;
	pid_t hostile, well, pid;
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (unshare(CLONE_NEWNET) || system("ip link set lo up")) {
		printf("1..0 # SKIP it needs root, to make a namespace\n");
		return 0;
	}
	printf("# seed %u, %u hostile servers, %d s\n", seed, HOSTILE, seconds);
	hostile = siege_serve(seed);
	well = siege_serve_well();
	loaded = conf_load_text(configure());
	if (!loaded->model)
		printf("%s", loaded->printed);
	MUST(loaded->model);
	pid = start(loaded->model);
	besiege(pid, seconds);
	kill(hostile, SIGKILL);
	waitpid(hostile, NULL, 0);
	wait_until_all_are_refused();
	look_at_good();
	/* It ends when it is told to, and was the same all the time. */
	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		FAULT("its end is %#x", (unsigned)status);
	kill(well, SIGKILL);
	printf("%sok 1 - servers that mean harm\n1..1\n", wrong ? "not " : "");
	fflush(stdout);
	_exit(wrong > 0);
}
