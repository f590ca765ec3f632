/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any number, and any argument that a system call might take: descriptors
 * below 64, addresses in a piece of memory of somebody's, numbers that mean
 * something, and others. Used by puppet.c and rogue.c.
 */
#pragma once

#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/* xorshift64: a seed repeats what was done. */
static uint64_t any_state;

static inline uint64_t any(void)
{
	any_state ^= any_state << 13;
	any_state ^= any_state >> 7;
	any_state ^= any_state << 17;
	return any_state;
}

static inline uint64_t any_below(uint64_t count)
{
	return any() % count;
}

static inline bool one_in(unsigned count)
{
	return any_below(count) == 0;
}

#define DESCRIPTORS 64

/*
 * The piece of memory that addresses lead to. What calls take as structures
 * stands first, and points to the rest of it.
 */
#define SHAPES     10
#define SHAPE_ROOM 256
#define PIECE      (64u << 10)

struct shapes {
	union {
		struct msghdr message;
		struct mmsghdr messages[2];
		struct iovec parts[4];
		struct epoll_event event;
		struct sockaddr_nl netlink;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un path;
		struct cmsghdr control;
		int numbers[SHAPE_ROOM / sizeof(int)];
		char bytes[SHAPE_ROOM];
	} at[SHAPES];
};

/* `where` is its address in the process that it is for. */
static inline void any_shapes(struct shapes *s, uint64_t where)
{
	const uint64_t data = where + sizeof(*s);
	const uint64_t of = SHAPE_ROOM;
	struct msghdr *m = &s->at[0].message;

	for (size_t n = 0; n < sizeof(*s); n++)
		((char *)s)[n] = (char)any();
	for (unsigned n = 0; n < 4; n++)
		s->at[2].parts[n] = (struct iovec){
			(void *)(uintptr_t)(data + any_below(PIECE / 2)),
			any_below(1500)
		};
	memset(m, 0, sizeof(*m));
	m->msg_iov = (void *)(uintptr_t)(where + 2 * of);
	m->msg_iovlen = any_below(4);
	if (one_in(2)) { /* descriptors of its own (unix(7)) */
		unsigned count = 1 + (unsigned)any_below(8);
		struct cmsghdr *c = &s->at[3].control;

		m->msg_control = (void *)(uintptr_t)(where + 3 * of);
		m->msg_controllen = CMSG_SPACE(count * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		for (unsigned n = 0; n < count; n++) {
			int fd = (int)any_below(DESCRIPTORS);

			memcpy(CMSG_DATA(c) + n * sizeof(fd), &fd, sizeof(fd));
		}
	}
	if (one_in(3)) {
		m->msg_name =
			(void *)(uintptr_t)(where + (5 + any_below(4)) * of);
		m->msg_namelen = (socklen_t)any_below(sizeof(s->at[0]));
	}
	s->at[1].messages[0].msg_hdr = *m;
	s->at[1].messages[1].msg_hdr = *m;
	s->at[4].event = (struct epoll_event){ .events = (uint32_t)any(),
					       .data.u64 = any() };
	s->at[5].netlink =
		(struct sockaddr_nl){ .nl_family = AF_NETLINK, .nl_groups = 1 };
	s->at[6].in = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = (in_port_t)any(),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	s->at[7].in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6,
					      .sin6_port = (in_port_t)any(),
					      .sin6_addr.s6_addr[15] = 1 };
	s->at[8].path = (struct sockaddr_un){ AF_UNIX, "" };
	s->at[9].numbers[0] = (int)any_below(2);
}

/* An argument. `piece` is where any_shapes() were put. */
static inline uint64_t any_argument(uint64_t piece, const uint32_t *meant,
				    unsigned meant_count)
{
	switch (any_below(8)) {
	case 0:
	case 1:
		return any_below(DESCRIPTORS);
	case 2:
		return piece + any_below(SHAPES) * SHAPE_ROOM;
	case 3:
		return piece + any_below(PIECE);
	case 4:
		return any_below(3000); /* a size, a number of an option */
	case 5:
		return meant_count ? meant[any_below(meant_count)] : 0;
	case 6:
		return UINT64_C(1) << any_below(32);
	default:
		return one_in(2) ? any() : one_in(2) ? UINT64_MAX : 0;
	}
}
