/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/source.h"

#include "checker/checker_state.h"
#include "checker/target.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* Room for the answers of a burst; more than net.core.rmem_max is not given. */
#define SOCKET_ROOM (1 << 20)

static_assert(sizeof(struct in6_pktinfo) == 20 &&
		      sizeof(struct in_pktinfo) <= 20,
	      "the interface has room in `control`");

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_raw(const struct source *s)
{
	return s->kind->type == SOCK_RAW;
}

static bool is_six(const struct source *s)
{
	return s->from.address.family == IP_V6;
}

void source_init(struct source *s, const struct source_kind *kind,
		 const struct conf_connect *from)
{
	*s = (struct source){ .kind = kind, .from = *from, .fd = -1 };
}

bool source_is(const struct source *s, const struct source_kind *kind,
	       const struct conf_connect *from)
{
	return s->kind == kind &&
	       s->from.address.family == from->address.family &&
	       ip_equal(&s->from.bind, &from->bind) &&
	       s->from.bind_port == from->bind_port &&
	       s->from.mark == from->mark &&
	       same_text(s->from.interface, from->interface);
}

/* A socket that is not bound: 0 or -errno. */
static int make(struct source *s)
{
	const struct source_kind *kind = s->kind;
	const int room = SOCKET_ROOM, on = 1;
	bool six = is_six(s);
	int fd = target_socket(&s->from,
			       kind->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			       six ? kind->protocol_6 : kind->protocol_4);

	if (fd < 0)
		return fd;
	s->fd = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (kind->errors && six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else if (kind->errors)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (kind->open)
		kind->open(fd, six);
	return 0;
}

/* The number of its interface, or 0: there is none; and as it was of one that
 * has none, or where the kernel does not say. */
static uint32_t index_now(struct checker *k, const struct source *s)
{
	uint32_t index = s->index;

	if (s->from.interface && k->has_way)
		(void)way_index(&k->way, s->from.interface, &index);
	return index;
}

static void put_interface(struct source *s)
{
	struct in_pktinfo four = { .ipi_ifindex = (int)s->index };
	struct in6_pktinfo six = { .ipi6_ifindex = s->index };
	struct msghdr message = { .msg_control = s->control,
				  .msg_controllen = sizeof(s->control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = is_six(s) ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = is_six(s) ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len =
		is_six(s) ? CMSG_LEN(sizeof(six)) : CMSG_LEN(sizeof(four));
	if (is_six(s))
		memcpy(CMSG_DATA(c), &six, sizeof(six));
	else
		memcpy(CMSG_DATA(c), &four, sizeof(four));
}

void *source_control(struct source *s)
{
	return is_raw(s) && s->index ? s->control : NULL;
}

size_t source_control_length(const struct source *s)
{
	if (!is_raw(s) || !s->index)
		return 0;
	return is_six(s) ? CMSG_SPACE(sizeof(struct in6_pktinfo))
			 : CMSG_SPACE(sizeof(struct in_pktinfo));
}

/* One that is raw can be bound again, but not to another interface. */
static int attach(struct checker *k, struct source *s)
{
	struct conf_connect from = s->from;

	s->index = index_now(k, s);
	if (!is_raw(s) || !s->from.interface)
		return target_bind(s->fd, &from);
	if (!s->index)
		return -ENODEV;
	put_interface(s);
	from.interface = NULL;
	return target_bind(s->fd, &from);
}

static int open_one(struct checker *k, struct source *s, uint64_t tag)
{
	int error = s->fd < 0 ? make(s) : 0;

	if (s->fd < 0)
		return error;
	/* EEXIST: that is so already. */
	error = crowd_add(&k->crowd, s->fd, EPOLLIN, tag);
	return error && error != -EEXIST ? error : attach(k, s);
}

static void set_error(struct source *s, int error)
{
	s->error = -error;
	if (error && s->fd >= 0 && !is_raw(s)) {
		close(s->fd);
		s->fd = -1;
	}
}

void source_open(struct checker *k, struct source *s, uint64_t tag)
{
	/* Nobody is asked for links later, when the process is confined. */
	if (s->from.interface)
		uplink_open(k);
	set_error(s, open_one(k, s, tag));
}

/* Whether its own address is on this machine: 0 or -errno. What hinders only
 * the look, such as no free descriptor, says nothing of it. */
static int look_at_address(const struct source *s)
{
	struct conf_connect from = { .address = s->from.address,
				     .bind = s->from.bind };
	int fd, error;

	if (s->from.bind.family == IP_NONE)
		return 0;
	fd = target_socket(&from, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return 0;
	error = target_bind(fd, &from);
	close(fd);
	return error == -EADDRNOTAVAIL || error == -ENODEV ? error : 0;
}

void source_look(struct checker *k, struct source *s, uint64_t tag, tick_t now)
{
	s->look = tick_after(now, SOURCE_LOOK_EVERY);
	if (!s->error && index_now(k, s) == s->index)
		s->error = -look_at_address(s);
	else if (!s->error)
		s->error = ENODEV;
	if (!s->error)
		return;
	/* A raw socket cannot be made any more. */
	if (is_raw(s) && s->fd < 0)
		return;
	set_error(s, -s->error);
	set_error(s, open_one(k, s, tag));
}

int source_blame(struct checker *k, struct source *s, int error)
{
	switch (error) {
	case ENETUNREACH: /* by IPv6: also an interface that is gone */
		if (index_now(k, s) == s->index)
			return error;
		s->error = ENODEV;
		return ENODEV;
	case ENODEV:
	case ENXIO:
	case EINVAL:
	case EADDRNOTAVAIL:
	case EBADF:
	case ECONNABORTED: /* somebody has ended it (ss -K) */
		/* The next look is at one that has failed. */
		s->error = error;
		return error;
	case ECONNREFUSED:
	case ENOPROTOOPT:
	case EPROTO:
		/* Only ICMP says that, of what was sent to somebody else. */
		return EAGAIN;
	default:
		return error;
	}
}
