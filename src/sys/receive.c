/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receive path of sys/receive.h: recvmmsg(2) on the two raw sockets, and
 * what the kernel tells beside each packet (ip(7), ipv6(7), socket(7)). The
 * memberships are in sys/membership.c.
 *
 * There is no socket filter: the raw sockets see protocol 112 alone, and what
 * is wrong with a packet must be counted under its reason, not vanish. IPv4
 * packets begin with their IP header; its total length, and not the frame's,
 * says where the VRRP message ends. Of IPv6 the kernel delivers the payload
 * alone, with any extension headers taken off.
 */
#include "sys/receive.h"
#include "base/bytes.h"
#include "base/must.h"
#include "sys/clock.h"
#include "sys/membership.h"
#include "sys/vault.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Packet info (the larger of both families'), TTL, time and drop count. */
#define CONTROL_MAX                                                            \
	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)) +    \
	 CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(uint32_t)))

#define IPV4_HEADER_MIN 20

struct slot {
	union {
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from;
	_Alignas(struct cmsghdr) uint8_t control[CONTROL_MAX];
	uint8_t bytes[RECEIVE_PACKET_MAX];
};

struct family_socket {
	int fd;
	uint32_t dropped; /* the kernel's count when last told */
	tick_t empty;     /* nothing that came before waits */
};

struct receive {
	struct receive_config config;
	struct family_socket v4, v6;
	struct memberships memberships;
	struct receive_counters counters;
	struct slot slots[RECEIVE_BATCH];
	struct iovec vectors[RECEIVE_BATCH];
	struct mmsghdr messages[RECEIVE_BATCH];
	struct received list[RECEIVE_BATCH];
};

/* What the ancillary data of one packet say. */
struct ancillary {
	uint32_t ifindex;
	int hop_limit;
	tick_t stamp; /* real time, 0: none */
	struct ip destination;
};

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno
								    : 0;
}

static int set_options(int fd, uint8_t family, uint32_t buffer)
{
	int size = (int)(buffer > INT32_MAX ? INT32_MAX : buffer);
	int error;

	/* Beyond rmem_max only with CAP_NET_ADMIN; without, as far as it goes.
	 */
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, size))
		set_int(fd, SOL_SOCKET, SO_RCVBUF, size);
	error = set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
	if (!error)
		error = set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	if (!error && family == IP_V4)
		error = set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (!error && family == IP_V6)
		error = set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	if (!error && family == IP_V6)
		error = set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	return error;
}

static int open_socket(struct family_socket *s, uint8_t family, uint32_t buffer)
{
	int error;

	s->empty = clock_now();
	s->fd = socket(family == IP_V4 ? AF_INET : AF_INET6,
		       SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP_PROTOCOL);
	if (s->fd < 0)
		return -errno;
	error = set_options(s->fd, family, buffer);
	if (error) {
		close(s->fd);
		s->fd = -1;
	}
	return error;
}

/* The kernel has written into the first `count` headers: makes them anew. */
static void prepare(struct receive *r, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		r->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &r->slots[i].from,
			.msg_namelen = sizeof(r->slots[i].from),
			.msg_iov = &r->vectors[i],
			.msg_iovlen = 1,
			.msg_control = r->slots[i].control,
			.msg_controllen = sizeof(r->slots[i].control),
		};
}

int receive_open(struct receive **out, const struct receive_config *config)
{
	struct receive *r = vault_obtain(sizeof(*r)); /* of passwords */
	uint32_t buffer = config->buffer ? config->buffer : RECEIVE_BUFFER;
	int error;

	if (!r)
		return -ENOMEM;
	r->config = *config;
	memberships_init(&r->memberships);
	r->v6.fd = -1;
	error = open_socket(&r->v4, IP_V4, buffer);
	if (!error)
		error = open_socket(&r->v6, IP_V6, buffer);
	if (error == -EAFNOSUPPORT && r->v4.fd >= 0)
		error = 0;
	if (error) {
		receive_close(r);
		return error;
	}
	for (unsigned i = 0; i < RECEIVE_BATCH; i++)
		r->vectors[i] =
			(struct iovec){ r->slots[i].bytes, RECEIVE_PACKET_MAX };
	prepare(r, RECEIVE_BATCH);
	*out = r;
	return 0;
}

void receive_close(struct receive *r)
{
	if (!r)
		return;
	memberships_close(&r->memberships);
	if (r->v4.fd >= 0)
		close(r->v4.fd);
	if (r->v6.fd >= 0)
		close(r->v6.fd);
	vault_give_back(r);
}

static struct family_socket *socket_of(struct receive *r, uint8_t family)
{
	return family == IP_V4 ? &r->v4 : &r->v6;
}

int receive_fd(const struct receive *r, uint8_t family)
{
	return family == IP_V4 ? r->v4.fd : r->v6.fd;
}

/* Reads `size` bytes of a control message, if it has them. */
static bool read_control(const struct cmsghdr *c, void *out, size_t size)
{
	if (c->cmsg_len < CMSG_LEN(size))
		return false;
	memcpy(out, CMSG_DATA(c), size);
	return true;
}

static void note_drops(struct receive *r, struct family_socket *s,
		       uint32_t total)
{
	r->counters.overflow += total - s->dropped;
	s->dropped = total;
}

static void read_socket_level(struct receive *r, struct family_socket *s,
			      const struct cmsghdr *c, struct ancillary *a)
{
	struct timespec t;
	uint32_t drops;

	if (c->cmsg_type == SCM_TIMESTAMPNS && read_control(c, &t, sizeof(t)))
		a->stamp = (tick_t)t.tv_sec * TICK_SECOND + t.tv_nsec;
	else if (c->cmsg_type == SO_RXQ_OVFL &&
		 read_control(c, &drops, sizeof(drops)))
		note_drops(r, s, drops);
}

static void read_ip_level(const struct cmsghdr *c, struct ancillary *a)
{
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO &&
	    read_control(c, &v4, sizeof(v4))) {
		a->ifindex = (uint32_t)v4.ipi_ifindex;
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
		   c->cmsg_type == IPV6_PKTINFO &&
		   read_control(c, &v6, sizeof(v6))) {
		a->ifindex = v6.ipi6_ifindex;
		a->destination = ip_from_bytes(IP_V6, &v6.ipi6_addr);
	} else if (c->cmsg_level == IPPROTO_IPV6 &&
		   c->cmsg_type == IPV6_HOPLIMIT) {
		read_control(c, &a->hop_limit, sizeof(a->hop_limit));
	}
}

static struct ancillary read_ancillary(struct receive *r,
				       struct family_socket *s,
				       struct msghdr *message)
{
	struct ancillary a = { 0 };

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
	     c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == SOL_SOCKET)
			read_socket_level(r, s, c, &a);
		else
			read_ip_level(c, &a);
	}
	return a;
}

/* RFC 791 3.1. False if the header is not whole or contradicts itself. */
static bool take_ipv4(const uint8_t *bytes, size_t length,
		      struct vrrp_datagram *d)
{
	struct reader r = reader_over(bytes, length);
	uint8_t first = read_u8(&r);
	size_t header = (size_t)(first & 0xf) * 4;
	size_t total, payload;
	const uint8_t *source, *destination;

	read_bytes(&r, 1);
	total = read_u16(&r);
	read_bytes(&r, 4);
	d->ttl = read_u8(&r);
	read_bytes(&r, 3);
	source = read_bytes(&r, 4);
	destination = read_bytes(&r, 4);
	if (r.bad || first >> 4 != 4 || header < IPV4_HEADER_MIN ||
	    total < header)
		return false;
	read_bytes(&r, header - IPV4_HEADER_MIN);
	payload = total - header;
	/* Cut off by our buffer: the decoder sees that it is incomplete. */
	if (payload > reader_left(&r))
		payload = reader_left(&r);
	d->source = ip_from_bytes(IP_V4, source);
	d->destination = ip_from_bytes(IP_V4, destination);
	d->length = payload;
	d->bytes = read_bytes(&r, payload);
	return !r.bad;
}

static void take_ipv6(const struct slot *slot, size_t length,
		      const struct ancillary *a, struct vrrp_datagram *d)
{
	d->bytes = slot->bytes;
	d->length = length;
	d->source = ip_from_bytes(IP_V6, &slot->from.v6.sin6_addr);
	d->destination = a->destination;
	d->ttl = a->hop_limit < 0 || a->hop_limit > 255 ? 0
							: (uint8_t)a->hop_limit;
}

static bool take(struct receive *r, struct family_socket *s, unsigned index,
		 tick_t now, tick_t real_now, struct received *out)
{
	struct mmsghdr *message = &r->messages[index];
	const struct slot *slot = &r->slots[index];
	struct ancillary a = read_ancillary(r, s, &message->msg_hdr);

	*out = (struct received){ .ifindex = a.ifindex };
	/* Also when the real-time clock went on without us, or was set. */
	out->datagram.received =
		tick_max(clock_from_real(a.stamp, now, real_now),
			 tick_min(s->empty, now));
	if (s == &r->v6) {
		take_ipv6(slot, message->msg_len, &a, &out->datagram);
		return true;
	}
	return take_ipv4(slot->bytes, message->msg_len, &out->datagram);
}

static void hand_on(struct receive *r, struct family_socket *s, unsigned count,
		    tick_t now, tick_t real_now)
{
	unsigned good = 0;

	for (unsigned i = 0; i < count; i++) {
		if (take(r, s, i, now, real_now, &r->list[good]))
			good++;
		else
			r->counters.malformed++;
	}
	r->counters.packets += good;
	if (good > 0)
		r->config.packets(r->config.context, r->list, good);
}

int receive_drain(struct receive *r, uint8_t family, tick_t now)
{
	struct family_socket *s = socket_of(r, family);
	int total = 0, count = RECEIVE_BATCH;
	tick_t real_now = 0;

	if (s->fd < 0)
		return 0;
	while (count == RECEIVE_BATCH && total < RECEIVE_TURN_MAX) {
		count = recvmmsg(s->fd, r->messages, RECEIVE_BATCH,
				 MSG_DONTWAIT, NULL);
		if (count < 0 && errno == EINTR) {
			count = RECEIVE_BATCH;
			continue;
		}
		if (count < 0 && errno != EAGAIN)
			return -errno;
		if (count < 0)
			break;
		if (total == 0)
			real_now = clock_real_now() - (clock_now() - now);
		hand_on(r, s, (unsigned)count, now, real_now);
		prepare(r, (unsigned)count);
		total += count;
	}
	if (count < RECEIVE_BATCH)
		s->empty = now;
	return total;
}

int receive_join(struct receive *r, uint32_t ifindex, const struct ip *group)
{
	return memberships_join(&r->memberships, ifindex, group);
}

void receive_leave(struct receive *r, uint32_t ifindex, const struct ip *group)
{
	memberships_leave(&r->memberships, ifindex, group);
}

unsigned receive_memberships(const struct receive *r)
{
	return r->memberships.count;
}

struct receive_counters receive_counters(const struct receive *r)
{
	return r->counters;
}
