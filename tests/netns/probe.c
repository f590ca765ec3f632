/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outage that a host sees, measured at 1 kHz.
 *
 *   probe answer             echoes UDP datagrams, IPv4 and IPv6, from the
 *                            address that was asked
 *   probe ask US ADDRESS...  asks each ADDRESS every US microseconds
 *
 * `ask` reads lines from its standard input and answers each with one line of
 * key=value pairs, about the Nth address, from 0:
 *
 *   report N FROM TO LATE
 *           of the questions sent in [FROM, TO), nanoseconds of
 *           CLOCK_MONOTONIC: sent, answered, lost, and the longest gap: from
 *           the last question answered before it (gap_from) to the first
 *           answered after it (gap_to)
 *   last N  when the newest question that has an answer was sent
 *
 * A question whose answer came LATE (ns) or more after it counts as lost: it
 * waited in a queue while nobody was there. When an answer came the kernel
 * says; this program may have slept. The end of the input ends the program.
 * It does not judge: see instruments.py.
 *
 * Waking up is what costs most here. So one program asks all addresses at one
 * time, and looks for answers when it asks again.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PORT        7007
#define QUESTIONS   (1u << 21) /* half an hour at 1 kHz */
#define TARGETS     8
#define LINE_SIZE   256
#define BATCH_MAX   256 /* answers read in a row */
#define CATCHUP_MAX 20  /* questions sent at once after oversleeping */

struct question {
	int64_t sent;
	int64_t answered; /* when the answer came, or 0 */
};

static struct target {
	int fd;
	uint32_t asked;
	struct question questions[QUESTIONS];
} targets[TARGETS];
static unsigned target_count;

static int answering_socket(int family)
{
	struct sockaddr_in any4 = { .sin_family = AF_INET,
				    .sin_port = htons(PORT) };
	struct sockaddr_in6 any6 = { .sin6_family = AF_INET6,
				     .sin6_port = htons(PORT) };
	int one = 1;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int bad;

	if (fd < 0)
		fail("socket");
	if (family == AF_INET) {
		bad = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
		bad |= bind(fd, (struct sockaddr *)&any4, sizeof(any4));
	} else {
		bad = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one,
				 sizeof(one));
		bad |= setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one,
				  sizeof(one));
		bad |= bind(fd, (struct sockaddr *)&any6, sizeof(any6));
	}
	if (bad)
		fail("bind");
	return fd;
}

/*
 * The packet info of the question, sent back, makes the kernel answer from
 * the address that was asked; the interface it chooses by the route.
 */
static void answer_one(int fd, struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
	     c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			info.ipi_spec_dst = info.ipi_addr;
			info.ipi_ifindex = 0;
			memcpy(CMSG_DATA(c), &info, sizeof(info));
		}
	}
	(void)sendmsg(fd, msg, 0);
}

static void answer_all(int fd)
{
	for (int i = 0; i < BATCH_MAX; i++) {
		struct sockaddr_storage peer;
		uint8_t data[64];
		_Alignas(struct cmsghdr) uint8_t control[128];
		struct iovec iov = { data, sizeof(data) };
		struct msghdr msg = { .msg_name = &peer,
				      .msg_namelen = sizeof(peer),
				      .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(fd, &msg, 0);

		if (n < 0)
			return;
		iov.iov_len = (size_t)n;
		answer_one(fd, &msg);
	}
}

static _Noreturn void answer(void)
{
	struct pollfd fds[2] = {
		{ answering_socket(AF_INET), POLLIN, 0 },
		{ answering_socket(AF_INET6), POLLIN, 0 },
	};

	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				answer_all(fds[i].fd);
	}
}

static int asking_socket(const char *text)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET,
				   .sin_port = htons(PORT) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(PORT) };
	bool v4 = inet_pton(AF_INET, text, &to4.sin_addr) == 1;
	int one = 1, fd;

	if (!v4 && inet_pton(AF_INET6, text, &to6.sin6_addr) != 1) {
		fprintf(stderr, "probe: %s: not an address\n", text);
		exit(2);
	}
	fd = socket(v4 ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		fail("socket");
	if (v4 ? connect(fd, (struct sockaddr *)&to4, sizeof(to4))
	       : connect(fd, (struct sockaddr *)&to6, sizeof(to6)))
		fail(text);
	return fd;
}

static void ask_one(struct target *t)
{
	uint32_t number = t->asked;
	struct question *q;

	if (number == QUESTIONS) {
		fprintf(stderr, "probe: asked enough\n");
		exit(1);
	}
	q = &t->questions[t->asked++];
	q->sent = now();
	/* A refused question (no route, no neighbour) is a lost one. */
	for (int i = 0; i < 3; i++)
		if (send(t->fd, &number, sizeof(number), 0) >= 0)
			break;
}

/* When a packet came, by the kernel's stamp. */
static int64_t stamp_of(struct msghdr *msg)
{
	int64_t ago = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
	     c = CMSG_NXTHDR(msg, c)) {
		struct timespec t;

		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		ago = now_by(CLOCK_REALTIME) - (t.tv_sec * NSEC + t.tv_nsec);
	}
	return now() - ago;
}

static void hear_all(struct target *t)
{
	for (int i = 0; i < BATCH_MAX; i++) {
		uint32_t number;
		_Alignas(struct cmsghdr) uint8_t control[128];
		struct iovec iov = { &number, sizeof(number) };
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(t->fd, &msg, 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == sizeof(number) && number < t->asked &&
		    !t->questions[number].answered)
			t->questions[number].answered = stamp_of(&msg);
	}
}

static bool in_time(const struct question *q, int64_t late)
{
	return q->answered && q->answered - q->sent < late;
}

static void report(const struct target *t, int64_t from, int64_t to,
		   int64_t late)
{
	uint32_t sent = 0, answered = 0;
	int64_t last = 0, gap_from = 0, gap_to = 0;

	for (uint32_t i = 0; i < t->asked; i++) {
		const struct question *q = &t->questions[i];

		if (q->sent < from || q->sent >= to)
			continue;
		sent++;
		if (!in_time(q, late))
			continue;
		answered++;
		if (last && q->sent - last > gap_to - gap_from) {
			gap_from = last;
			gap_to = q->sent;
		}
		last = q->sent;
	}
	printf("sent=%u answered=%u lost=%u gap=%" PRId64 " gap_from=%" PRId64
	       " gap_to=%" PRId64 " last=%" PRId64 "\n",
	       sent, answered, sent - answered, gap_to - gap_from, gap_from,
	       gap_to, last);
}

static void last_answered(const struct target *t)
{
	for (uint32_t i = t->asked; i > 0; i--) {
		if (t->questions[i - 1].answered) {
			printf("last=%" PRId64 "\n", t->questions[i - 1].sent);
			return;
		}
	}
	printf("last=0\n");
}

/* One line of the input; false at its end. */
static bool command(void)
{
	char line[LINE_SIZE];
	int64_t from, to, late;
	unsigned n;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	/* What has come meanwhile is known. */
	for (unsigned i = 0; i < target_count; i++)
		hear_all(&targets[i]);
	if (sscanf(line, "report %u %" SCNd64 " %" SCNd64 " %" SCNd64, &n,
		   &from, &to, &late) == 4 &&
	    n < target_count)
		report(&targets[n], from, to, late);
	else if (sscanf(line, "last %u", &n) == 1 && n < target_count)
		last_answered(&targets[n]);
	else
		printf("error=unknown\n");
	fflush(stdout);
	return true;
}

static int ask(int64_t period)
{
	struct itimerspec every = {
		.it_interval = { period / NSEC, period % NSEC },
		.it_value = { period / NSEC, period % NSEC },
	};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct pollfd fds[2] = { { timer, POLLIN, 0 },
				 { STDIN_FILENO, POLLIN, 0 } };

	if (timer < 0 || timerfd_settime(timer, 0, &every, NULL) < 0)
		fail("timer");
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		uint64_t due = 0;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		if (read(timer, &due, sizeof(due)) != sizeof(due))
			due = 0;
		for (unsigned n = 0; due > 0 && n < target_count; n++) {
			hear_all(&targets[n]);
			for (uint64_t i = 0; i < due && i < CATCHUP_MAX; i++)
				ask_one(&targets[n]);
		}
		if (fds[1].revents && !command())
			return 0;
	}
}

int main(int argc, char **argv)
{
	run_first();
	if (argc == 2 && !strcmp(argv[1], "answer"))
		answer();
	if (argc >= 4 && argc - 3 <= TARGETS && !strcmp(argv[1], "ask")) {
		for (int i = 3; i < argc; i++)
			targets[target_count++].fd = asking_socket(argv[i]);
		return ask(atoll(argv[2]) * 1000);
	}
	fprintf(stderr, "usage: probe answer | probe ask US ADDRESS...\n");
	return 2;
}
