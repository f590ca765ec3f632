/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What health checks cost: the process `check` as it is, confined, beside the
 * floor of this machine, which does the same with nothing around it.
 *
 *   checks KIND SERVERS RATE SECONDS     KIND: tcp, http (kept connections),
 * udp
 *
 * The servers are addresses of 127.0.0.0/8 that one process on the first core
 * answers for; what is measured runs on the last. Prints one line of Markdown:
 * processor time of a check of both, how late rounds began, and memory. Run it
 * in a network namespace of its own (tests/bench/checks.py).
 */
#include "ledger/checks.h"
#include "base/must.h"
#include "checker/checker.h"
#include "checks_floor.h"
#include "conf_fixture.h"
#include "router/book_checks.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/wake.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FDS (1 << 17)

/* The process. */

static const struct {
	const char *word, *name, *block, *more;
	unsigned port;
} kinds[] = {
	[FLOOR_TCP] = { "tcp", "TCP_CHECK", "TCP_CHECK", "", TCP_PORT },
	[FLOOR_KEEP] = { "http", "HTTP_GET, kept", "HTTP_GET",
			 "http_protocol 1.1K\nurl {\npath /health\n}\n",
			 KEEP_PORT },
	[FLOOR_UDP] = { "udp", "UDP_CHECK", "UDP_CHECK",
			"payload 616263\nrequire_reply 616263\n", UDP_PORT },
};

static char *configure(enum floor_kind kind, unsigned servers, unsigned rate)
{
	size_t size = (size_t)servers * 200 + 4096;
	char *text = malloc(size), *at = text;

	for (unsigned n = 0; n < servers; n++) {
		unsigned a = n + 1;

		if (n % 100 == 0)
			at += sprintf(at,
				      "virtual_server 10.1.%u.%u 80 {\n"
				      "protocol TCP\nlvs_method DR\n"
				      "delay_loop %.6f\n",
				      n / 100 >> 8, n / 100 & 255,
				      (double)servers / rate);
		at += sprintf(at,
			      "real_server 127.%u.%u.%u 80 {\n%s {\n"
			      "connect_port %u\n%s}\n}\n",
			      a >> 16, a >> 8 & 255, a & 255, kinds[kind].block,
			      kinds[kind].port, kinds[kind].more);
		if (n % 100 == 99 || n == servers - 1)
			at += sprintf(at, "}\n");
	}
	return text;
}

static int enter(void *context)
{
	(void)context;
	return sandbox_enter(SANDBOX_CHECK);
}

struct process {
	struct conf_loaded *loaded;
	struct ledger *ledger;
	int wake[2], stop[2];
	pid_t pid;
};

static void start(struct process *p)
{
	struct ledger_size size = { 0 };

	book_checks_count(p->loaded->model, &size);
	MUST(ledger_create(&size, "v", &p->ledger) >= 0);
	book_checks_fill(p->loaded->model, p->ledger);
	MUST(wake_open(p->wake) == 0 && pipe(p->stop) == 0);
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		floor_pin(true);
		_exit(checker_run(&(struct checker_setup){
			.model = p->loaded->model,
			.ledger = p->ledger,
			.wake = p->wake[1],
			.stop = p->stop[0],
			.confine = enter,
		}));
	}
}

/* Kibibytes of its own, and with what it shares. */
static void memory_of(pid_t pid, unsigned *own, unsigned *all)
{
	char path[64], line[200];
	FILE *file;
	unsigned value;

	*own = *all = 0;
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "Rss: %u", &value) == 1)
			*all = value;
		if (sscanf(line, "Private_Clean: %u", &value) == 1 ||
		    sscanf(line, "Private_Dirty: %u", &value) == 1)
			*own += value;
	}
	if (file)
		fclose(file);
}

static void wait_seconds(double seconds)
{
	struct timespec time = { (time_t)seconds,
				 (long)((seconds - (double)(time_t)seconds) *
					1e9) };

	nanosleep(&time, NULL);
}

/* The lateness that this part of all starts keep, in microseconds. */
static unsigned late_at(const struct ledger_checker *a,
			const struct ledger_checker *b, double part)
{
	uint64_t all = 0, seen = 0;

	for (unsigned n = 0; n < LEDGER_CHECK_TIMES; n++)
		all += b->late[n] - a->late[n];
	for (unsigned n = 0; n < LEDGER_CHECK_TIMES; n++) {
		seen += b->late[n] - a->late[n];
		if ((double)seen >= (double)all * part)
			return 8u << n;
	}
	return 0;
}

int main(int argc, char **argv)
{
	enum floor_kind kind = FLOOR_TCP;
	unsigned servers = argc > 2 ? (unsigned)atoi(argv[2]) : 10000;
	unsigned rate = argc > 3 ? (unsigned)atoi(argv[3]) : 10000;
	double seconds = argc > 4 ? atof(argv[4]) : 5;
	struct rlimit files = { FDS, FDS };
	struct ledger_checker before, after;
	unsigned own, all;
	struct process p;
	clockid_t clock;
	tick_t base, paced, cost, cpu, began, paused;
	struct floor_timer timer;
	pid_t server;

	while (argc > 1 && strcmp(argv[1], kinds[kind].word) != 0)
		MUST(++kind < ARRAY_LENGTH(kinds));
	setrlimit(RLIMIT_NOFILE, &files);
	p.loaded = conf_load_text(configure(kind, servers, rate));
	MUST(p.loaded->model);
	server = floor_serve();
	base = floor_measure(kind, servers < 5000 ? servers : 5000, 50000, 0);
	paced = floor_measure(kind, servers < 5000 ? servers : 5000, rate * 3,
			      rate);
	start(&p);
	timer = floor_timer_start();
	MUST(clock_getcpuclockid(p.pid, &clock) == 0);
	/* The first round of all, and a little more. */
	wait_seconds((double)servers / rate + 1);
	ledger_checker(p.ledger)->late_most = 0;
	(void)floor_timer_latest(&timer);
	ledger_read_checker(p.ledger, &before);
	cpu = floor_cpu_of(clock);
	began = clock_now();
	wait_seconds(seconds);
	cpu = floor_cpu_of(clock) - cpu;
	began = clock_now() - began;
	ledger_read_checker(p.ledger, &after);
	paused = floor_timer_latest(&timer);
	floor_timer_end(&timer);
	memory_of(p.pid, &own, &all);
	cost = cpu / (tick_t)(after.rounds - before.rounds + 1);
	printf("| %s | %u | %.0f | %.1f | %.1f | %.1f | %+.1f, %+.1f | %.0f %% | "
	       "%.1f | %.1f | %.1f | %.1f (%.1f) | %" PRIu64 " |\n",
	       kinds[kind].name, servers,
	       (double)(after.rounds - before.rounds) * 1e9 / (double)began,
	       (double)base / 1e3, (double)paced / 1e3, (double)cost / 1e3,
	       (double)(cost - base) / 1e3, (double)(cost - paced) / 1e3,
	       (double)cpu * 100 / (double)began,
	       late_at(&before, &after, 0.99) / 1e3,
	       (double)after.late_most / 1e6, (double)paused / 1e6,
	       own / 1024.0, all / 1024.0,
	       after.failures - before.failures + after.blocked -
		       before.blocked);
	kill(p.pid, SIGKILL);
	kill(server, SIGKILL);
	return 0;
}
