/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/datagrams.h"

#include "checker/checker_state.h"
#include "checker/target.h"
#include "sys/clock.h"

#include "base/must.h"

#include <assert.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In one call, and calls in one turn: then others have theirs. */
#define BATCH        64
#define BATCHES_MOST 8
/* Of an answer; what is longer is cut. */
#define ANSWER_ROOM 1024
static_assert(BATCH * ANSWER_ROOM <= ROUND_SCRATCH, "room");
/* Room for the answers of a burst; more than net.core.rmem_max is not given. */
#define SOCKET_ROOM (1 << 20)
/* An error that another datagram has met may be told to the next one. */
#define TRIES 4

struct waiting {
	uint32_t number, generation; /* of its check */
	uint16_t length;
	uint8_t bytes[DATAGRAM_BYTES_MOST];
};

struct source {
	const struct datagram_way *way;
	struct conf_connect from;
	int fd; /* -errno: it could not be opened */
	unsigned count;
	struct waiting *waiting; /* BATCH of them */
};

struct datagrams {
	struct source list[DATAGRAM_SOURCES_MOST];
	unsigned count;
	unsigned waiting; /* of all */
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_source(const struct source *s, const struct datagram_way *way,
		      const struct conf_connect *to)
{
	return s->way == way && s->from.address.family == to->address.family &&
	       ip_equal(&s->from.bind, &to->bind) &&
	       s->from.bind_port == to->bind_port && s->from.mark == to->mark &&
	       same_text(s->from.interface, to->interface);
}

static int open_one(struct source *s)
{
	const struct datagram_way *way = s->way;
	bool six = s->from.address.family == IP_V6;
	const int room = SOCKET_ROOM, on = 1;
	int fd = target_socket(&s->from,
			       way->type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			       six ? way->protocol_6 : way->protocol_4);

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (way->errors && six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else if (way->errors)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	if (way->open)
		way->open(fd, six);
	return fd;
}

int16_t datagrams_join(struct check *c, const struct datagram_way *way)
{
	struct checker *k = c->of;
	struct source *s;
	unsigned n = 0;

	if (!k->datagrams)
		k->datagrams = calloc(1, sizeof(*k->datagrams));
	if (!k->datagrams)
		return -ENOMEM;
	s = k->datagrams->list;
	while (n < k->datagrams->count && !is_source(&s[n], way, &c->to))
		n++;
	if (n == DATAGRAM_SOURCES_MOST)
		return -ENOSPC;
	if (n == k->datagrams->count) {
		s[n] = (struct source){ .way = way, .from = c->to };
		s[n].waiting = calloc(BATCH, sizeof(*s[n].waiting));
		s[n].fd = s[n].waiting ? open_one(&s[n]) : -ENOMEM;
		k->datagrams->count++;
	}
	return s[n].fd < 0 ? (int16_t)s[n].fd : (int16_t)n;
}

unsigned datagrams_count(const struct datagrams *all)
{
	return all->count;
}

int datagrams_socket(const struct datagrams *all, unsigned n)
{
	return all->list[n].fd;
}

/* The check of one that could not be sent. */
static void fail(struct checker *k, const struct waiting *w, int error)
{
	struct check *c = &k->checks[w->number];

	if (c->when.running && c->generation == w->generation)
		round_error(c, LEDGER_CHECK_L4CON, "send", error, clock_now());
}

static void flush(struct checker *k, unsigned n)
{
	struct source *s = &k->datagrams->list[n];
	unsigned count = s->count, sent = 0, tries = 0;
	struct sockaddr_storage to[BATCH];
	struct mmsghdr list[BATCH];
	struct iovec parts[BATCH];

	for (unsigned i = 0; i < count; i++) {
		struct waiting *w = &s->waiting[i];
		const struct conf_connect *target = &k->checks[w->number].to;

		parts[i] = (struct iovec){ w->bytes, w->length };
		list[i].msg_hdr = (struct msghdr){
			.msg_name = &to[i],
			.msg_namelen = target_address(&target->address,
						      target->port, &to[i]),
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
		};
	}
	while (sent < count) {
		int went = sendmmsg(s->fd, list + sent, count - sent,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (went > 0) {
			sent += (unsigned)went;
			tries = 0;
		} else if (errno == EAGAIN || ++tries == TRIES) {
			fail(k, &s->waiting[sent++], errno);
			tries = 0;
		}
	}
	k->datagrams->waiting -= count;
	s->count = 0;
}

void datagrams_send(struct check *c, const void *bytes, size_t length)
{
	struct datagrams *all = c->of->datagrams;
	struct source *s = &all->list[c->source];
	struct waiting *w;

	MUST(length <= DATAGRAM_BYTES_MOST);
	if (s->count == BATCH)
		flush(c->of, (unsigned)c->source);
	w = &s->waiting[s->count++];
	w->number = c->number;
	w->generation = c->generation;
	w->length = (uint16_t)length;
	memcpy(w->bytes, bytes, length);
	all->waiting++;
}

void datagrams_flush(struct checker *k)
{
	struct datagrams *all = k->datagrams;

	for (unsigned n = 0; all && all->waiting > 0 && n < all->count; n++)
		if (all->list[n].count > 0)
			flush(k, n);
}

struct batch {
	struct sockaddr_storage from[BATCH];
	struct mmsghdr list[BATCH];
	struct iovec parts[BATCH];
	char control[BATCH][CMSG_SPACE(sizeof(struct sock_extended_err) +
				       sizeof(struct sockaddr_in6))];
};

/* How many came. */
static int receive(struct checker *k, int fd, struct batch *b, int flags)
{
	char(*room)[ANSWER_ROOM] = (void *)k->scratch;

	for (unsigned i = 0; i < BATCH; i++) {
		b->parts[i] = (struct iovec){ room[i], ANSWER_ROOM };
		b->list[i].msg_hdr = (struct msghdr){
			.msg_name = &b->from[i],
			.msg_namelen = sizeof(b->from[i]),
			.msg_iov = &b->parts[i],
			.msg_iovlen = 1,
			.msg_control = b->control[i],
			.msg_controllen = sizeof(b->control[i]),
		};
	}
	return recvmmsg(fd, b->list, BATCH, MSG_DONTWAIT | MSG_TRUNC | flags,
			NULL);
}

static struct datagram nth(const struct checker *k, const struct batch *b,
			   unsigned n, int i)
{
	size_t whole = b->list[i].msg_len;

	return (struct datagram){
		.bytes = (const uint8_t *)k->scratch + i * ANSWER_ROOM,
		.length = whole < ANSWER_ROOM ? whole : ANSWER_ROOM,
		.whole = whole,
		.peer = &b->from[i],
		.source = n,
		.six = k->datagrams->list[n].from.address.family == IP_V6,
	};
}

/* Of an error of ICMP, or of our own stack: its errno, or 0. */
static int error_of(struct msghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	struct sock_extended_err error;

	for (; c; c = CMSG_NXTHDR(message, c)) {
		bool is = (c->cmsg_level == IPPROTO_IP &&
			   c->cmsg_type == IP_RECVERR) ||
			  (c->cmsg_level == IPPROTO_IPV6 &&
			   c->cmsg_type == IPV6_RECVERR);

		if (!is || c->cmsg_len < CMSG_LEN(sizeof(error)))
			continue;
		memcpy(&error, CMSG_DATA(c), sizeof(error));
		return (int)error.ee_errno;
	}
	return 0;
}

static void take_errors(struct checker *k, unsigned n)
{
	const struct source *s = &k->datagrams->list[n];
	struct batch b;
	int count = receive(k, s->fd, &b, MSG_ERRQUEUE);

	for (int i = 0; i < count; i++) {
		struct datagram d = nth(k, &b, n, i);
		int error = error_of(&b.list[i].msg_hdr);

		if (error)
			s->way->failed(k, &d, error, clock_now());
	}
}

void datagrams_take(struct checker *k, unsigned n)
{
	const struct source *s = &k->datagrams->list[n];
	struct batch b;

	for (unsigned turn = 0; turn < BATCHES_MOST; turn++) {
		int count = receive(k, s->fd, &b, 0);

		for (int i = 0; i < count; i++) {
			struct datagram d = nth(k, &b, n, i);

			s->way->take(k, &d, clock_now());
		}
		/* An error that is pending is taken by this, too. */
		if (count >= 0 ? count < BATCH : errno == EAGAIN)
			break;
	}
	if (s->way->errors)
		take_errors(k, n);
}

bool datagram_is_from(const struct check *c,
		      const struct sockaddr_storage *from)
{
	struct sockaddr_storage to;

	(void)target_address(&c->to.address, c->to.port, &to);
	if (from->ss_family != to.ss_family)
		return false;
	if (to.ss_family == AF_INET6) {
		const struct sockaddr_in6 *a = (const void *)from;
		const struct sockaddr_in6 *b = (const void *)&to;

		return memcmp(&a->sin6_addr, &b->sin6_addr, 16) == 0 &&
		       (b->sin6_port == 0 || a->sin6_port == b->sin6_port);
	} else {
		const struct sockaddr_in *a = (const void *)from;
		const struct sockaddr_in *b = (const void *)&to;

		return a->sin_addr.s_addr == b->sin_addr.s_addr &&
		       (b->sin_port == 0 || a->sin_port == b->sin_port);
	}
}
