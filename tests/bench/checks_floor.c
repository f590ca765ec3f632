/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks_floor.h"

#include "base/must.h"
#include "sys/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENTS    256
#define WINDOW    100 /* rounds at once */
#define DATAGRAMS 64
#define BATCH     (2 * TICK_MILLISECOND)

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			     "Content-Length: 3\r\n\r\nok\n";
static const char request[] = "GET /health HTTP/1.1\r\n"
			      "User-Agent: KeepAliveClient\r\n"
			      "Host: 127.0.0.1:8002\r\n\r\n";

void floor_pin(bool last)
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

/* Each one goes back, from where it came to. */
static void serve_datagrams(int fd)
{
	char bytes[2048], control[CMSG_SPACE(sizeof(struct in_pktinfo))];
	struct sockaddr_in from;
	struct iovec part = { bytes, sizeof(bytes) };

	for (;;) {
		struct msghdr m = { .msg_name = &from,
				    .msg_namelen = sizeof(from),
				    .msg_iov = &part,
				    .msg_iovlen = 1,
				    .msg_control = control,
				    .msg_controllen = sizeof(control) };
		ssize_t length;

		part.iov_len = sizeof(bytes);
		length = recvmsg(fd, &m, MSG_DONTWAIT);
		if (length < 0)
			return;
		part.iov_len = (size_t)length;
		(void)!sendmsg(fd, &m, MSG_DONTWAIT);
	}
}

static int open_datagrams(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
				   .sin_port = htons(UDP_PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1, room = 1 << 20;

	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	MUST(bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0);
	return fd;
}

pid_t floor_serve(void)
{
	int datagrams = open_datagrams();
	const int listening[2] = { listen_at(TCP_PORT), listen_at(KEEP_PORT) };
	pid_t pid = fork();
	int epoll;

	if (pid != 0) {
		close(datagrams);
		close(listening[0]);
		close(listening[1]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	floor_pin(false);
	epoll = epoll_create1(0);
	watch(epoll, listening[0], EPOLLIN, false);
	watch(epoll, listening[1], EPOLLIN, false);
	watch(epoll, datagrams, EPOLLIN, false);
	for (;;) {
		struct epoll_event ready[EVENTS];
		int count = epoll_wait(epoll, ready, EVENTS, -1);

		for (int n = 0; n < count; n++)
			if (ready[n].data.fd == datagrams)
				serve_datagrams(datagrams);
			else
				serve_ready(epoll, ready[n].data.fd, listening);
	}
}

/* The floor: no check but its system calls. */

struct floor {
	bool keep; /* else: connect and close */
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

tick_t floor_cpu_of(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * TICK_SECOND + time.tv_nsec;
}

/* Ends all that is under way. */
static void finish(struct floor *f)
{
	while (f->done < f->begun) {
		struct epoll_event ready[EVENTS];
		int count = epoll_wait(f->epoll, ready, EVENTS, 1000);

		for (int n = 0; n < count; n++)
			end_one(f, ready[n].data.fd);
	}
}

/* As many as are under way at once; each one that ends, another begins. */
static void run_fast(struct floor *f)
{
	while (f->done < f->total) {
		struct epoll_event ready[EVENTS];
		int count;

		while (f->begun < f->total && f->begun - f->done < WINDOW)
			begin_one(f);
		count = epoll_wait(f->epoll, ready, EVENTS, 1000);
		for (int n = 0; n < count; n++)
			end_one(f, ready[n].data.fd);
	}
}

static void run_paced(struct floor *f, unsigned rate)
{
	tick_t began = clock_now(), next = began;

	while (f->done < f->total) {
		struct timespec until = { next / TICK_SECOND,
					  next % TICK_SECOND };
		unsigned due;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		finish(f);
		due = (unsigned)((clock_now() - began) * rate / TICK_SECOND);
		while (f->begun < f->total && f->begun < due)
			begin_one(f);
		next = clock_now() + BATCH;
	}
}

/* What has come, of at most DATAGRAMS. */
static unsigned receive_some(int fd, int flags)
{
	static char bytes[DATAGRAMS][256];
	struct sockaddr_in from[DATAGRAMS];
	struct iovec parts[DATAGRAMS];
	struct mmsghdr list[DATAGRAMS];
	int count;

	for (unsigned n = 0; n < DATAGRAMS; n++) {
		parts[n] = (struct iovec){ bytes[n], sizeof(bytes[n]) };
		list[n].msg_hdr =
			(struct msghdr){ .msg_name = &from[n],
					 .msg_namelen = sizeof(from[n]),
					 .msg_iov = &parts[n],
					 .msg_iovlen = 1 };
	}
	count = recvmmsg(fd, list, DATAGRAMS, flags, NULL);
	return count > 0 ? (unsigned)count : 0;
}

static void send_some(struct floor *f, int fd, unsigned count)
{
	static char bytes[32];
	struct sockaddr_in to[DATAGRAMS];
	struct iovec part = { bytes, sizeof(bytes) };
	struct mmsghdr list[DATAGRAMS];

	for (unsigned n = 0; n < count; n++) {
		to[n] = address_of(f->begun++ % f->servers, UDP_PORT);
		list[n].msg_hdr = (struct msghdr){ .msg_name = &to[n],
						   .msg_namelen = sizeof(to[n]),
						   .msg_iov = &part,
						   .msg_iovlen = 1 };
	}
	MUST(count == 0 || sendmmsg(fd, list, count, 0) == (int)count);
}

static void run_datagrams(struct floor *f, unsigned rate)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 1 << 20;
	tick_t began = clock_now(), next = began;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	while (f->done < f->total) {
		struct timespec until = { next / TICK_SECOND,
					  next % TICK_SECOND };
		unsigned due = f->begun + DATAGRAMS, got;

		if (rate) {
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until,
					NULL);
			due = (unsigned)((clock_now() - began) * rate /
					 TICK_SECOND);
		}
		do {
			got = receive_some(fd, MSG_DONTWAIT);
			f->done += got;
		} while (got == DATAGRAMS);
		while (f->begun < due) {
			unsigned count = due - f->begun;

			send_some(f, fd, count < DATAGRAMS ? count : DATAGRAMS);
		}
		if (!rate)
			f->done += receive_some(fd, MSG_WAITFORONE);
		next = clock_now() + BATCH;
	}
}

tick_t floor_measure(enum floor_kind kind, unsigned servers, unsigned total,
		     unsigned rate)
{
	int result[2];
	tick_t cost = 0;
	pid_t pid;

	MUST(pipe(result) == 0);
	pid = fork();
	if (pid == 0) {
		struct floor f = { .keep = kind == FLOOR_KEEP,
				   .servers = servers,
				   .total = total,
				   .epoll = epoll_create1(0) };
		tick_t before;

		floor_pin(true);
		prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
		open_kept(&f);
		before = floor_cpu_of(CLOCK_PROCESS_CPUTIME_ID);
		if (kind == FLOOR_UDP)
			run_datagrams(&f, rate);
		else if (rate)
			run_paced(&f, rate);
		else
			run_fast(&f);
		cost = (floor_cpu_of(CLOCK_PROCESS_CPUTIME_ID) - before) /
		       f.total;
		(void)!write(result[1], &cost, sizeof(cost));
		_exit(0);
	}
	close(result[1]);
	MUST(read(result[0], &cost, sizeof(cost)) == sizeof(cost));
	close(result[0]);
	waitpid(pid, NULL, 0);
	return cost;
}

/* The timer. */

struct floor_timer floor_timer_start(void)
{
	struct floor_timer t;

	t.latest = mmap(NULL, sizeof(*t.latest), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	MUST(t.latest != MAP_FAILED);
	t.pid = fork();
	if (t.pid != 0)
		return t;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	floor_pin(true);
	for (;;) {
		tick_t until = clock_now() + TICK_MILLISECOND;
		struct timespec time = { until / TICK_SECOND,
					 until % TICK_SECOND };
		tick_t late;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
		late = clock_now() - until;
		if (late > __atomic_load_n(t.latest, __ATOMIC_RELAXED))
			__atomic_store_n(t.latest, late, __ATOMIC_RELAXED);
	}
}

tick_t floor_timer_latest(const struct floor_timer *t)
{
	return __atomic_exchange_n(t->latest, 0, __ATOMIC_RELAXED);
}

void floor_timer_end(struct floor_timer *t)
{
	kill(t->pid, SIGKILL);
	waitpid(t->pid, NULL, 0);
	munmap(t->latest, sizeof(*t->latest));
}
