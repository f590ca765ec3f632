/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kernel_addresses.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Of the kernel, since Linux 5.18. */
#define ADDRESS_PROTOCOL 11

/* The kernel fills at most 32 KiB of a dump's buffer at a time. */
#define BUFFER (64 << 10)

#define ADDRESSES_MAX (1U << 20)
#define ANSWER_TIME   10 /* seconds */

struct list {
	struct kernel_address *items;
	unsigned count, room;
};

static bool append(struct list *l, const struct kernel_address *one)
{
	unsigned room = l->room ? 2 * l->room : 64;
	void *more;

	if (l->count == l->room) {
		more = room <= ADDRESSES_MAX
			       ? reallocarray(l->items, room, sizeof(*one))
			       : NULL;
		if (!more)
			return false;
		l->items = more;
		l->room = room;
	}
	l->items[l->count++] = *one;
	return true;
}

/* IFA_LOCAL is the own end of a point-to-point link, IFA_ADDRESS the other. */
static bool take(struct list *l, const struct nlmsghdr *h)
{
	const struct ifaddrmsg *m = NLMSG_DATA(h);
	uint8_t family = m->ifa_family == AF_INET    ? IP_V4
			 : m->ifa_family == AF_INET6 ? IP_V6
						     : IP_NONE;
	struct kernel_address one = { 0 };
	const uint8_t *bytes = (const uint8_t *)h;
	size_t length = h->nlmsg_len;

	if (family == IP_NONE)
		return true;
	for (size_t at = NLMSG_SPACE(sizeof(*m));
	     at + RTA_LENGTH(0) <= length;) {
		const struct rtattr *a = (const void *)(bytes + at);

		if (a->rta_len < RTA_LENGTH(0) || a->rta_len > length - at)
			break;
		at += RTA_ALIGN((size_t)a->rta_len);
		if (RTA_PAYLOAD(a) == ip_size(family) &&
		    (a->rta_type == IFA_LOCAL ||
		     (a->rta_type == IFA_ADDRESS &&
		      one.address.family == IP_NONE)))
			one.address = ip_from_bytes(family, RTA_DATA(a));
		else if (a->rta_type == ADDRESS_PROTOCOL && RTA_PAYLOAD(a) == 1)
			one.protocol = *(const uint8_t *)RTA_DATA(a);
	}
	return one.address.family == IP_NONE || append(l, &one);
}

/* One piece of the dump; 1: it was the last; or -errno. */
static int read_piece(int fd, void *buffer, struct list *l)
{
	ssize_t got = recv(fd, buffer, BUFFER, 0);

	if (got < 0)
		return -errno;
	for (size_t at = 0; at + NLMSG_HDRLEN <= (size_t)got;) {
		const struct nlmsghdr *h =
			(const void *)((const uint8_t *)buffer + at);

		if (h->nlmsg_len < NLMSG_HDRLEN ||
		    h->nlmsg_len > (size_t)got - at)
			return -EIO;
		at += NLMSG_ALIGN((size_t)h->nlmsg_len);
		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR)
			return -EIO;
		if (h->nlmsg_type == RTM_NEWADDR &&
		    h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifaddrmsg)) &&
		    !take(l, h))
			return -ENOMEM;
	}
	return 0;
}

static int dump(int fd, struct list *l)
{
	const struct timeval most = { .tv_sec = ANSWER_TIME };
	const struct {
		struct nlmsghdr h;
		struct ifaddrmsg m;
	} question = {
		.h = { .nlmsg_len = sizeof(question),
		       .nlmsg_type = RTM_GETADDR,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	void *buffer = malloc(BUFFER);
	int result = buffer ? 0 : -ENOMEM;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	if (!result && send(fd, &question, sizeof(question), 0) < 0)
		result = -errno;
	while (!result)
		result = read_piece(fd, buffer, l);
	free(buffer);
	return result < 0 ? result : 0;
}

struct kernel_address *kernel_addresses(unsigned *count)
{
	struct list l = { 0 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int error;

	if (fd < 0)
		return NULL;
	error = dump(fd, &l);
	close(fd);
	/* A list of none is one, too. */
	if (!error && !l.items && !(l.items = malloc(1)))
		error = -ENOMEM;
	if (error) {
		free(l.items);
		errno = -error;
		return NULL;
	}
	*count = l.count;
	return l.items;
}

bool kernel_addresses_has(const struct kernel_address *list, unsigned count,
			  const struct ip *address)
{
	for (unsigned n = 0; n < count; n++)
		if (ip_equal(&list[n].address, address))
			return true;
	return false;
}
