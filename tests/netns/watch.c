/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When addresses come and go in this network namespace (rtnetlink(7)).
 *
 *   watch
 *
 * Addresses that are there at the start are the machine's own and never
 * counted. Each line of the standard input is answered with one line of
 * key=value pairs; times are nanoseconds of CLOCK_MONOTONIC:
 *
 *   report FROM  held (now), came and went (since FROM), and when the first
 *                and the last of both did
 *
 * A repeated RTM_NEWADDR for an address that is held (a refreshed lifetime)
 * is not a coming. The end of the input ends the program. Notifications that
 * the kernel dropped (ENOBUFS) are told as overruns=N: such figures are
 * worthless.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS     (1u << 16) /* of the table of addresses, a power of two */
#define CHANGES   (1u << 20)
#define BUFFER    (64 * 1024 * 1024)
#define LINE_SIZE 256

struct address {
	bool used, held, own;
	uint8_t family;
	uint8_t bytes[16];
};

struct change {
	int64_t time;
	bool came;
};

static struct address table[SLOTS];
static struct change changes[CHANGES];
static uint32_t change_count, held_count, overruns;
static bool starting = true;

/* The slot of an address, a fresh one if it is new. */
static struct address *find(uint8_t family, const uint8_t bytes[16])
{
	uint32_t hash = 2166136261u ^ family;

	for (int i = 0; i < 16; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct address *a = &table[(hash + i) & (SLOTS - 1)];

		if (!a->used) {
			a->used = true;
			a->family = family;
			memcpy(a->bytes, bytes, 16);
			return a;
		}
		if (a->family == family && !memcmp(a->bytes, bytes, 16))
			return a;
	}
	fprintf(stderr, "watch: too many addresses\n");
	exit(1);
}

static void note(struct address *a, bool came)
{
	if (starting)
		a->own = came;
	if (a->own || a->held == came)
		return;
	a->held = came;
	held_count += came ? 1u : -1u;
	if (change_count < CHANGES)
		changes[change_count++] = (struct change){ now(), came };
}

/* One attribute of an address: the local one is what we know it by. */
static int take_attribute(const struct nlattr *attr, void *data)
{
	struct address *a = data;
	uint16_t type = mnl_attr_get_type(attr);
	uint16_t size = mnl_attr_get_payload_len(attr);

	if ((type == IFA_LOCAL ||
	     (type == IFA_ADDRESS && a->family == AF_INET6)) &&
	    size <= sizeof(a->bytes))
		memcpy(a->bytes, mnl_attr_get_payload(attr), size);
	return MNL_CB_OK;
}

static void take(const struct nlmsghdr *h)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(h);
	struct address a = { 0 };

	if (h->nlmsg_type != RTM_NEWADDR && h->nlmsg_type != RTM_DELADDR)
		return;
	a.family = ifa->ifa_family;
	(void)mnl_attr_parse(h, sizeof(*ifa), take_attribute, &a);
	note(find(a.family, a.bytes), h->nlmsg_type == RTM_NEWADDR);
}

/* Reads what there is; true when a dump has ended. */
static bool drain(int fd)
{
	static uint8_t buffer[65536];
	bool done = false;

	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		const struct nlmsghdr *h = (const void *)buffer;
		int left = (int)n;

		if (n < 0 && errno == ENOBUFS) {
			overruns++;
			continue;
		}
		if (n < 0)
			return done;
		for (; mnl_nlmsg_ok(h, left); h = mnl_nlmsg_next(h, &left)) {
			if (h->nlmsg_type == NLMSG_DONE)
				done = true;
			else
				take(h);
		}
	}
}

static int open_and_dump(void)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK,
				  .nl_groups = RTMGRP_IPV4_IFADDR |
					       RTMGRP_IPV6_IFADDR };
	struct {
		struct nlmsghdr h;
		struct ifaddrmsg ifa;
	} ask = { .h = { .nlmsg_len = sizeof(ask),
			 .nlmsg_type = RTM_GETADDR,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };
	int size = BUFFER;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("netlink");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (send(fd, &ask, sizeof(ask), 0) < 0)
		fail("dump");
	while (!drain(fd))
		(void)poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 1000);
	starting = false;
	return fd;
}

static void report(int64_t from)
{
	struct {
		uint32_t count;
		int64_t first, last;
	} seen[2] = { 0 };

	for (uint32_t i = 0; i < change_count; i++) {
		const struct change *c = &changes[i];

		if (c->time < from)
			continue;
		if (!seen[c->came].count++)
			seen[c->came].first = c->time;
		seen[c->came].last = c->time;
	}
	printf("held=%u came=%u came_first=%" PRId64 " came_last=%" PRId64
	       " went=%u went_first=%" PRId64 " went_last=%" PRId64
	       " overruns=%u\n",
	       held_count, seen[1].count, seen[1].first, seen[1].last,
	       seen[0].count, seen[0].first, seen[0].last, overruns);
	fflush(stdout);
}

int main(void)
{
	struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 } };
	char line[LINE_SIZE];
	int64_t from;

	run_first();
	fds[1].fd = open_and_dump();
	fds[1].events = POLLIN;
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		if (fds[1].revents)
			(void)drain(fds[1].fd);
		if (!fds[0].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			return 0;
		if (sscanf(line, "report %" SCNd64, &from) == 1)
			report(from);
	}
}
