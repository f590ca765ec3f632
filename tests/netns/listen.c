/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How regularly a router advertises, however many virtual routers it has.
 *
 *   listen PORT...   ports of the switch behind which the router is
 *
 * Each line of the standard input is answered with one line of key=value
 * pairs; times are nanoseconds:
 *
 *   mark    adverts=0; what is reported counts from here
 *   report  adverts (priority 0 included), lost (that the kernel dropped: then
 *           the rest is worthless), and for each virtual router
 *           PORT/FAMILY/VRID=GAP/RESIGNS, PORT counted from 0: the longest gap
 *           since the mark, between two advertisements and from the last one
 *           until now (one that was open at the mark counts whole), and how
 *           many were of priority 0
 *
 * The kernel stamps each frame as it comes. The end of the input ends the
 * program. What is too long it does not judge: see instruments.py.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORTS_MAX 16
#define BATCH     64
#define FRAME     64 /* of it is looked at */
#define BUFFER    (64 * 1024 * 1024)
#define LINE_SIZE 256
#define PROTOCOL  112

struct member {
	int64_t last; /* 0: never heard */
	int64_t gap;  /* the longest since the mark */
	uint64_t resigns;
};

static struct member members[PORTS_MAX][2][256];
static uint64_t adverts, lost;
static int ports;

/* VRRP over either family, as bpf(4) says it. */
static void attach_filter(int fd)
{
	struct sock_filter code[] = {
		{ 0x28, 0, 0, 12 },         /* ldh  [12] */
		{ 0x15, 0, 2, ETH_P_IP },   /* IPv4, else +2 */
		{ 0x30, 0, 0, 23 },         /* ldb  [23] */
		{ 0x15, 3, 4, PROTOCOL },   /* accept, reject */
		{ 0x15, 0, 3, ETH_P_IPV6 }, /* IPv6, else reject */
		{ 0x30, 0, 0, 20 },         /* ldb  [20] */
		{ 0x15, 0, 1, PROTOCOL },   /* accept, reject */
		{ 0x06, 0, 0, FRAME },      /* accept */
		{ 0x06, 0, 0, 0 },          /* reject */
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
		       sizeof(program)))
		fail("filter");
}

static int open_port(const char *name)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET,
				  .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = BUFFER, one = 1;

	at.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || at.sll_ifindex == 0)
		fail(name);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)))
		fail("timestamps");
	attach_filter(fd);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail(name);
	return fd;
}

static void heard(int port, const uint8_t *frame, size_t length, int64_t at)
{
	bool six = frame[12] == 0x86;
	size_t message = six ? 14u + 40u : 14u + (frame[14] & 15u) * 4u;
	struct member *m;

	if (message + 3 > length)
		return;
	m = &members[port][six][frame[message + 1]];
	adverts++;
	m->resigns += frame[message + 2] == 0;
	if (m->last && at - m->last > m->gap)
		m->gap = at - m->last;
	m->last = at;
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

static void drain(int port, int fd)
{
	static uint8_t frames[BATCH][FRAME];
	static struct sockaddr_ll from[BATCH];
	static _Alignas(struct cmsghdr) uint8_t control[BATCH][64];
	struct iovec iov[BATCH];
	struct mmsghdr list[BATCH];
	int count;

	do {
		for (int i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){ frames[i], FRAME };
			list[i].msg_hdr = (struct msghdr){
				.msg_name = &from[i],
				.msg_namelen = sizeof(from[i]),
				.msg_iov = &iov[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = sizeof(control[i]),
			};
		}
		count = recvmmsg(fd, list, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < count; i++)
			if (from[i].sll_pkttype != PACKET_OUTGOING)
				heard(port, frames[i], list[i].msg_len,
				      stamp_of(&list[i].msg_hdr));
	} while (count == BATCH);
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
	adverts = lost = 0;
	for (int p = 0; p < ports; p++)
		for (int f = 0; f < 2; f++)
			for (int v = 0; v < 256; v++)
				members[p][f][v] = (struct member){
					.last = members[p][f][v].last
				};
	printf("adverts=0\n");
}

static void report(void)
{
	int64_t t = now_by(CLOCK_REALTIME); /* as the stamps */

	printf("adverts=%" PRIu64 " lost=%" PRIu64, adverts, lost);
	for (int p = 0; p < ports; p++)
		for (int f = 0; f < 2; f++)
			for (int v = 0; v < 256; v++) {
				const struct member *m = &members[p][f][v];
				int64_t open = t - m->last;

				if (m->last)
					printf(" %d/%d/%d=%" PRId64 "/%" PRIu64,
					       p, f ? 6 : 4, v,
					       open > m->gap ? open : m->gap,
					       m->resigns);
			}
	printf("\n");
}

static bool command(const struct pollfd *fds)
{
	char line[LINE_SIZE];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	for (int p = 0; p < ports; p++) {
		drain(p, fds[p].fd);
		count_lost(fds[p].fd);
	}
	if (!strcmp(line, "mark\n"))
		mark();
	else if (!strcmp(line, "report\n"))
		report();
	else
		printf("error=0\n");
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	struct pollfd fds[PORTS_MAX + 1];

	ports = argc - 1;
	if (ports < 1 || ports > PORTS_MAX) {
		fprintf(stderr, "usage: listen PORT...\n");
		return 2;
	}
	run_first();
	for (int p = 0; p < ports; p++)
		fds[p] = (struct pollfd){ open_port(argv[p + 1]), POLLIN, 0 };
	fds[ports] = (struct pollfd){ STDIN_FILENO, POLLIN, 0 };
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, (nfds_t)ports + 1, -1) < 0 && errno != EINTR)
			fail("poll");
		for (int p = 0; p < ports; p++)
			if (fds[p].revents)
				drain(p, fds[p].fd);
		if (fds[ports].revents && !command(fds))
			return 0;
	}
}
