/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What health checks cost: the process `check` as it is, confined, beside the
 * floor of this machine, which does the same with nothing around it.
 *
 *   checks KIND SERVERS RATE SECONDS     KIND: tcp, http (kept connections)
 *
 * The servers are addresses of 127.0.0.0/8 that one process on the first core
 * answers for; what is measured runs on the last. Prints one line of Markdown:
 * processor time of a check of both, how late rounds began, and memory. Run it
 * in a network namespace of its own (tests/bench/checks.py).
 */
#include "ledger/checks.h"
#include "base/must.h"
#include "checker/checker.h"
#include "conf_fixture.h"
#include "router/book_checks.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/wake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TCP_PORT  8000
#define KEEP_PORT 8002
#define EVENTS    256
#define FDS       (1 << 17)
#define WINDOW    100 /* rounds of the floor at once */

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			     "Content-Length: 3\r\n\r\nok\n";
static const char request[] = "GET /health HTTP/1.1\r\n"
			      "User-Agent: KeepAliveClient\r\n"
			      "Host: 127.0.0.1:8002\r\n\r\n";

static void pin(bool last)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(last ? (size_t)count - 1 : 0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static struct sockaddr_in address_of(unsigned n, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(0x7f000001 + n),
	};
}

static void watch(int epoll, int fd, uint32_t events, bool again)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	MUST(epoll_ctl(epoll, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
		       &event) == 0);
}

static int listen_at(uint16_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	MUST(bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0);
	MUST(listen(fd, 65535) == 0);
	return fd;
}

/* Accepts all; answers each request; closes what is closed. */
static void serve_ready(int epoll, int fd, const int listening[2])
{
	char bytes[4096];
	ssize_t length;
	int made;

	if (fd == listening[0] || fd == listening[1]) {
		while ((made = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0)
			watch(epoll, made, EPOLLIN, false);
		return;
	}
	length = read(fd, bytes, sizeof(bytes));
	if (length > 0)
		(void)!write(fd, answer, sizeof(answer) - 1);
	else if (length == 0 || errno != EAGAIN)
		close(fd);
}

static pid_t serve(void)
{
	const int listening[2] = { listen_at(TCP_PORT), listen_at(KEEP_PORT) };
	pid_t pid = fork();
	int epoll;

	if (pid != 0) {
		close(listening[0]);
		close(listening[1]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pin(false);
	epoll = epoll_create1(0);
	watch(epoll, listening[0], EPOLLIN, false);
	watch(epoll, listening[1], EPOLLIN, false);
	for (;;) {
		struct epoll_event ready[EVENTS];
		int count = epoll_wait(epoll, ready, EVENTS, -1);

		for (int n = 0; n < count; n++)
			serve_ready(epoll, ready[n].data.fd, listening);
	}
}

/* The floor: no check but its system calls. */

struct floor {
	bool keep;
	unsigned servers, total, begun, done;
	int epoll;
	int *fds; /* that are kept */
};

static void begin_one(struct floor *f)
{
	unsigned n = f->begun++ % f->servers;
	struct sockaddr_in to = address_of(n, f->keep ? KEEP_PORT : TCP_PORT);
	int fd;

	if (f->keep) {
		MUST(send(f->fds[n], request, sizeof(request) - 1,
			  MSG_NOSIGNAL) == (ssize_t)sizeof(request) - 1);
		return;
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	MUST(connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 ||
	     errno == EINPROGRESS);
	watch(f->epoll, fd, EPOLLOUT, false);
}

static void end_one(struct floor *f, int fd)
{
	char bytes[4096];
	int error = 0;
	socklen_t length = sizeof(error);

	if (f->keep) {
		MUST(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0);
	} else {
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
		MUST(error == 0);
		close(fd);
	}
	f->done++;
}

static void open_kept(struct floor *f)
{
	f->fds = calloc(f->servers, sizeof(*f->fds));
	for (unsigned n = 0; f->keep && n < f->servers; n++) {
		struct sockaddr_in to = address_of(n, KEEP_PORT);

		f->fds[n] = socket(AF_INET, SOCK_STREAM, 0);
		MUST(connect(f->fds[n], (struct sockaddr *)&to, sizeof(to)) ==
		     0);
		watch(f->epoll, f->fds[n], EPOLLIN, false);
	}
}

static tick_t cpu_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * TICK_SECOND + time.tv_nsec;
}

/* Nanoseconds of a check, by a process that does nothing else. */
static tick_t measure_floor(bool keep, unsigned servers, unsigned total)
{
	int result[2];
	tick_t cost = 0;
	pid_t pid;

	MUST(pipe(result) == 0);
	pid = fork();
	if (pid == 0) {
		struct floor f = { .keep = keep,
				   .servers = servers,
				   .total = total,
				   .epoll = epoll_create1(0) };
		tick_t before;

		pin(true);
		open_kept(&f);
		before = cpu_of(CLOCK_PROCESS_CPUTIME_ID);
		while (f.done < f.total) {
			struct epoll_event ready[EVENTS];
			int count;

			while (f.begun < f.total && f.begun - f.done < WINDOW)
				begin_one(&f);
			count = epoll_wait(f.epoll, ready, EVENTS, 1000);
			for (int n = 0; n < count; n++)
				end_one(&f, ready[n].data.fd);
		}
		cost = (cpu_of(CLOCK_PROCESS_CPUTIME_ID) - before) / f.total;
		(void)!write(result[1], &cost, sizeof(cost));
		_exit(0);
	}
	MUST(read(result[0], &cost, sizeof(cost)) == sizeof(cost));
	waitpid(pid, NULL, 0);
	return cost;
}

/* The process. */

static char *configure(bool keep, unsigned servers, unsigned rate)
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
			      a >> 16, a >> 8 & 255, a & 255,
			      keep ? "HTTP_GET" : "TCP_CHECK",
			      keep ? KEEP_PORT : TCP_PORT,
			      keep ? "http_protocol 1.1K\n"
				     "url {\npath /health\n}\n"
				   : "");
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
	MUST(ledger_create(&(struct ledger_size){ .checks = book_checks_count(
							  p->loaded->model) },
			   "v", &p->ledger) >= 0);
	book_checks_fill(p->loaded->model, p->ledger);
	MUST(wake_open(p->wake) == 0 && pipe(p->stop) == 0);
	p->pid = fork();
	if (p->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pin(true);
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
	bool keep = argc > 1 && strcmp(argv[1], "http") == 0;
	unsigned servers = argc > 2 ? (unsigned)atoi(argv[2]) : 10000;
	unsigned rate = argc > 3 ? (unsigned)atoi(argv[3]) : 10000;
	double seconds = argc > 4 ? atof(argv[4]) : 5;
	struct rlimit files = { FDS, FDS };
	struct ledger_checker before, after;
	unsigned own, all;
	struct process p;
	clockid_t clock;
	tick_t base, cost, cpu, began;
	pid_t server;

	setrlimit(RLIMIT_NOFILE, &files);
	p.loaded = conf_load_text(configure(keep, servers, rate));
	MUST(p.loaded->model);
	server = serve();
	base = measure_floor(keep, servers < 5000 ? servers : 5000, 50000);
	start(&p);
	MUST(clock_getcpuclockid(p.pid, &clock) == 0);
	/* The first round of all, and a little more. */
	wait_seconds((double)servers / rate + 1);
	ledger_checker(p.ledger)->late_most = 0;
	ledger_read_checker(p.ledger, &before);
	cpu = cpu_of(clock);
	began = clock_now();
	wait_seconds(seconds);
	cpu = cpu_of(clock) - cpu;
	began = clock_now() - began;
	ledger_read_checker(p.ledger, &after);
	memory_of(p.pid, &own, &all);
	cost = cpu / (tick_t)(after.rounds - before.rounds + 1);
	printf("| %s | %u | %.0f | %.1f | %.1f | %.1f | %.0f %% | %.1f | %.1f | "
	       "%.1f (%.1f) | %" PRIu64 " |\n",
	       keep ? "HTTP_GET, kept" : "TCP_CHECK", servers,
	       (double)(after.rounds - before.rounds) * 1e9 / (double)began,
	       (double)base / 1e3, (double)cost / 1e3,
	       (double)(cost - base) / 1e3, (double)cpu * 100 / (double)began,
	       late_at(&before, &after, 0.99) / 1e3,
	       (double)after.late_most / 1e6, own / 1024.0, all / 1024.0,
	       after.failures - before.failures + after.blocked -
		       before.blocked);
	kill(p.pid, SIGKILL);
	kill(server, SIGKILL);
	return 0;
}
