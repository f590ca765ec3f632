/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How regularly connections are made to addresses of this machine.
 *
 *   knock PORT      of all addresses of 127.0.0.0/16
 *
 * It accepts them and closes them at once. Each line of the standard input is
 * answered with one line of key=value pairs; times are nanoseconds:
 *
 *   mark    rounds=0; what is reported counts from here
 *   report  rounds, that began since the mark; targets, which were ever asked;
 *           lost, that the kernel dropped: then the rest is worthless; gap, the
 *           longest since the mark between two rounds of one target, and from
 *           its last one until now
 *
 * The kernel stamps the first packet of each round. The end of the input ends
 * the program. What is too long it does not judge: see instruments.py.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define TARGETS (1 << 16)
#define FRAME   64 /* of it is looked at */
#define BUFFER  (64 * 1024 * 1024)
#define BACKLOG 4096

static struct target {
	int64_t last; /* 0: never asked */
	int64_t gap;  /* the longest since the mark */
} targets[TARGETS];
static uint64_t rounds, lost;
static uint16_t port;

static int listen_at_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, BACKLOG))
		fail("listen");
	return fd;
}

static int open_packets(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_IP) };
	int fd =
		socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = BUFFER, one = 1;

	at.sll_ifindex = (int)if_nametoindex("lo");
	if (fd < 0)
		fail("socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		fail("timestamps");
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("lo");
	return fd;
}

static int64_t stamp_of(struct msghdr *message)
{
	struct timespec t;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
	     c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		return t.tv_sec * NSEC + t.tv_nsec;
	}
	return now_by(CLOCK_REALTIME);
}

/* Only the first packet of a connection counts. */
static void heard(const uint8_t *packet, size_t length, int64_t at)
{
	size_t header = (packet[0] & 15u) * 4u;
	const struct tcphdr *tcp = (const void *)(packet + header);
	struct target *t;

	if (length < header + sizeof(*tcp) || packet[9] != IPPROTO_TCP ||
	    tcp->dest != htons(port) || !tcp->syn || tcp->ack)
		return;
	t = &targets[packet[18] << 8 | packet[19]];
	rounds++;
	if (t->last && at - t->last > t->gap)
		t->gap = at - t->last;
	t->last = at;
}

static void drain(int fd)
{
	for (;;) {
		_Alignas(4) uint8_t packet[FRAME];
		_Alignas(struct cmsghdr) uint8_t control[64];
		struct sockaddr_ll from;
		struct iovec iov = { packet, sizeof(packet) };
		struct msghdr message = { .msg_name = &from,
					  .msg_namelen = sizeof(from),
					  .msg_iov = &iov,
					  .msg_iovlen = 1,
					  .msg_control = control,
					  .msg_controllen = sizeof(control) };
		ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);

		if (length < 0)
			return;
		if (from.sll_pkttype != PACKET_OUTGOING)
			heard(packet, (size_t)length, stamp_of(&message));
	}
}

static void serve(int listening)
{
	int fd;

	while ((fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(fd);
}

static void count_lost(int fd)
{
	struct tpacket_stats stats;
	socklen_t size = sizeof(stats);

	if (!getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size))
		lost += stats.tp_drops;
}

static void mark(void)
{
	rounds = lost = 0;
	for (int n = 0; n < TARGETS; n++)
		targets[n].gap = 0;
	printf("rounds=0\n");
}

static void report(void)
{
	int64_t t = now_by(CLOCK_REALTIME), gap = 0; /* as the stamps */
	unsigned count = 0;

	for (int n = 0; n < TARGETS; n++) {
		int64_t open = t - targets[n].last;

		if (!targets[n].last)
			continue;
		count++;
		if (open > gap)
			gap = open;
		if (targets[n].gap > gap)
			gap = targets[n].gap;
	}
	printf("rounds=%" PRIu64 " targets=%u lost=%" PRIu64 " gap=%" PRId64
	       "\n",
	       rounds, count, lost, gap);
}

static bool command(int fd)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	drain(fd);
	count_lost(fd);
	if (!strcmp(line, "mark\n"))
		mark();
	else
		report();
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	struct pollfd fds[3] = { { .events = POLLIN },
				 { .events = POLLIN },
				 { STDIN_FILENO, POLLIN, 0 } };

	if (argc != 2) {
		fprintf(stderr, "usage: knock PORT\n");
		return 2;
	}
	port = (uint16_t)atoi(argv[1]);
	run_first();
	fds[0].fd = listen_at_port();
	fds[1].fd = open_packets();
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			fail("poll");
		if (fds[0].revents)
			serve(fds[0].fd);
		if (fds[1].revents)
			drain(fds[1].fd);
		if (fds[2].revents && !command(fds[1].fd))
			return 0;
	}
}
