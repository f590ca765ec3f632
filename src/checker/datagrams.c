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

/* In one call, and calls in one turn: then others have theirs. */
#define BATCH        64
#define BATCHES_MOST 8
/* Of an answer; what is longer is cut. */
#define ANSWER_ROOM 1024
static_assert(BATCH * ANSWER_ROOM <= ROUND_SCRATCH, "room");
/*
 * An error that another datagram has met may be told to the next one that is
 * sent, so a server can make others fail by many errors of ICMP: so often one
 * is tried.
 */
#define TRIES 8

struct waiting {
	uint32_t number, generation; /* of its check */
	uint16_t length;
	uint8_t bytes[DATAGRAM_BYTES_MOST];
};

/* Kinds whose answers may come by one socket: all that share a port. */
#define WAYS_MOST 2

struct outlet {
	struct source source;
	unsigned group; /* the first one of these; its `ways` are theirs */
	const struct datagram_way *ways[WAYS_MOST];
	unsigned way_count;
	unsigned count;
	struct waiting *waiting; /* BATCH of them */
};

struct datagrams {
	struct outlet list[DATAGRAM_SOURCES_MOST];
	unsigned count;
	unsigned waiting; /* of all */
};

/* Behind the tags of checks (rounds.c). */
static uint64_t tag_of(const struct checker *k, unsigned n)
{
	return (uint64_t)k->count + n;
}

static bool are_group(const struct source *a, const struct source *b)
{
	return a->from.bind_port && a->kind->type == SOCK_DGRAM &&
	       b->kind->type == SOCK_DGRAM &&
	       a->from.bind_port == b->from.bind_port &&
	       a->from.address.family == b->from.address.family;
}

/* Who knows its answers by their numbers is asked before the others. */
static void add_way(struct outlet *o, const struct datagram_way *way)
{
	for (unsigned n = 0; n < o->way_count; n++)
		if (o->ways[n] == way)
			return;
	MUST(o->way_count < WAYS_MOST);
	o->ways[o->way_count++] = way;
	if (o->way_count == 2 && way->numbers) {
		o->ways[1] = o->ways[0];
		o->ways[0] = way;
	}
}

static int add(struct checker *k, const struct check *c,
	       const struct datagram_way *way)
{
	struct datagrams *all = k->datagrams;
	unsigned n = all->count, group = 0;
	struct outlet *o = &all->list[n];

	o->waiting = calloc(BATCH, sizeof(*o->waiting));
	if (!o->waiting)
		return -ENOMEM;
	source_init(&o->source, &way->socket, &c->to);
	source_open(k, &o->source, tag_of(k, n));
	while (group < n && !are_group(&all->list[group].source, &o->source))
		group++;
	o->group = group;
	add_way(&all->list[group], way);
	all->count++;
	return 0;
}

static void ready(struct checker *k, unsigned n);

int16_t datagrams_join(struct check *c, const struct datagram_way *way)
{
	struct checker *k = c->of;
	unsigned n = 0;

	if (!k->datagrams)
		k->datagrams = calloc(1, sizeof(*k->datagrams));
	if (!k->datagrams)
		return -ENOMEM;
	k->shared = ready;
	while (n < k->datagrams->count &&
	       !source_is(&k->datagrams->list[n].source, &way->socket, &c->to))
		n++;
	if (n == DATAGRAM_SOURCES_MOST)
		return -ENOSPC;
	if (n == k->datagrams->count && add(k, c, way))
		return -ENOMEM;
	return (int16_t)n;
}

unsigned datagrams_group(const struct check *c)
{
	return c->of->datagrams->list[c->source].group;
}

bool datagrams_can_send(struct check *c, tick_t now)
{
	struct checker *k = c->of;
	struct source *s;

	if (c->source == -ENOSPC) {
		round_local(c, ENOSPC, "send: too many sources are configured",
			    now);
		return false;
	}
	if (c->source < 0) {
		round_error(c, LEDGER_CHECK_LOCAL, "send", -c->source, now);
		return false;
	}
	s = &k->datagrams->list[c->source].source;
	if (now >= s->look)
		source_look(k, s, tag_of(k, (unsigned)c->source), now);
	if (s->error)
		round_error(c, LEDGER_CHECK_LOCAL, "send", s->error, now);
	return s->error == 0;
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
	struct outlet *o = &k->datagrams->list[n];
	unsigned count = o->count, sent = 0, tries = 0;
	struct sockaddr_storage to[BATCH];
	struct mmsghdr list[BATCH];
	struct iovec parts[BATCH];

	for (unsigned i = 0; i < count; i++) {
		struct waiting *w = &o->waiting[i];
		const struct conf_connect *target = &k->checks[w->number].to;

		parts[i] = (struct iovec){ w->bytes, w->length };
		list[i].msg_hdr = (struct msghdr){
			.msg_name = &to[i],
			.msg_namelen = target_address(&target->address,
						      target->port, &to[i]),
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = source_control(&o->source),
			.msg_controllen = source_control_length(&o->source),
		};
	}
	while (sent < count) {
		int went = sendmmsg(o->source.fd, list + sent, count - sent,
				    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (went > 0) {
			sent += (unsigned)went;
			tries = 0;
		} else if (errno == EAGAIN || ++tries == TRIES) {
			int error = source_blame(k, &o->source, errno);

			fail(k, &o->waiting[sent++], error);
			tries = 0;
		}
	}
	k->datagrams->waiting -= count;
	o->count = 0;
}

void datagrams_send(struct check *c, const void *bytes, size_t length)
{
	struct datagrams *all = c->of->datagrams;
	struct outlet *o = &all->list[c->source];
	struct waiting *w;

	MUST(length <= DATAGRAM_BYTES_MOST);
	if (o->count == BATCH)
		flush(c->of, (unsigned)c->source);
	w = &o->waiting[o->count++];
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
	const struct outlet *o = &k->datagrams->list[n];
	size_t whole = b->list[i].msg_len;

	return (struct datagram){
		.bytes = (const uint8_t *)k->scratch + i * ANSWER_ROOM,
		.length = whole < ANSWER_ROOM ? whole : ANSWER_ROOM,
		.whole = whole,
		.peer = &b->from[i],
		.source = n,
		.group = o->group,
		.six = o->source.from.address.family == IP_V6,
	};
}

/* Whose it is, or NULL. */
static struct check *owner(struct checker *k, const struct datagram *d,
			   const struct datagram_way **way)
{
	const struct outlet *first = &k->datagrams->list[d->group];

	for (unsigned n = 0; n < first->way_count; n++) {
		struct check *c = first->ways[n]->owner(k, d);

		*way = first->ways[n];
		if (c)
			return c;
	}
	return NULL;
}

/* Of an error of ICMP, or of our own stack: its errno, or 0. */
static int error_of(struct msghdr *message, bool *icmp)
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
		*icmp = error.ee_origin == SO_EE_ORIGIN_ICMP ||
			error.ee_origin == SO_EE_ORIGIN_ICMP6;
		return (int)error.ee_errno;
	}
	return 0;
}

static void take_errors(struct checker *k, unsigned n)
{
	const struct datagram_way *way;
	struct batch b;
	int count =
		receive(k, k->datagrams->list[n].source.fd, &b, MSG_ERRQUEUE);

	for (int i = 0; i < count; i++) {
		struct datagram d = nth(k, &b, n, i);
		bool icmp = false;
		int error = error_of(&b.list[i].msg_hdr, &icmp);
		struct check *c = error ? owner(k, &d, &way) : NULL;

		if (c && icmp)
			round_refused(c, LEDGER_CHECK_L4CON, way->answer, error,
				      clock_now());
		else if (c)
			round_error(c, LEDGER_CHECK_L4CON, way->answer, error,
				    clock_now());
	}
}

/* The n-th socket is ready. */
static void ready(struct checker *k, unsigned n)
{
	struct source *s = &k->datagrams->list[n].source;
	const struct datagram_way *way;
	struct batch b;

	for (unsigned turn = 0; turn < BATCHES_MOST; turn++) {
		int count = receive(k, s->fd, &b, 0);

		for (int i = 0; i < count; i++) {
			struct datagram d = nth(k, &b, n, i);
			struct check *c = owner(k, &d, &way);

			if (c)
				way->take(c, &d, clock_now());
		}
		/* An error that is pending is taken by this, too. */
		if (count < 0)
			(void)source_blame(k, s, errno);
		if (count >= 0 ? count < BATCH : errno == EAGAIN)
			break;
	}
	if (s->kind->errors)
		take_errors(k, n);
}

/* A port of 0 is that of a protocol without ports. */
static bool is_from(const struct check *c, const struct sockaddr_storage *from)
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

bool datagram_is_for(const struct check *c, const struct datagram *d)
{
	return c->source >= 0 && datagrams_group(c) == d->group &&
	       is_from(c, d->peer);
}
