/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP_CHECK: a datagram is sent, and nobody says that the port is closed; or,
 * with require_reply, the right answer comes. As with keepalived, silence is
 * success where no answer is required: so such a check takes all of its time,
 * and a dead host of whom no router tells counts as good.
 *
 * All ask by a few sockets, and an answer belongs to whom it comes from. Checks
 * of one target that differ otherwise have a socket each.
 *
 * DEVIATION: the bounds of an answer's length hold for any answer, as
 * keepalived's manual says, not only beside a value of require_reply.
 */
#include "checker/checker_state.h"
#include "checker/datagrams.h"
#include "checker/hex.h"
#include "checker/target.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

/* Of a payload that is not configured. */
#define RANDOM_BYTES 32

/* An answer that is not wanted is no end: so many are passed over. */
#define OTHERS_MOST 16

struct round {
	unsigned others;
};

/* How long it is; 0: there is none. */
static size_t payload(const struct check *c, uint8_t bytes[CONF_DATAGRAM_MAX])
{
	const struct conf_udp *udp = &c->conf->udp;

	if (udp->payload)
		return hex_bytes(udp->payload, bytes, CONF_DATAGRAM_MAX);
	return getrandom(bytes, RANDOM_BYTES, 0) == RANDOM_BYTES ? RANDOM_BYTES
								 : 0;
}

/* By a socket of its own. */
static void start_alone(struct check *c, const uint8_t *bytes, size_t length,
			tick_t now)
{
	int fd, error = target_datagrams(&c->to, &fd);

	if (!error)
		error = round_watch(c, fd, EPOLLIN);
	if (!error && send(c->fd, bytes, length, MSG_NOSIGNAL) < 0)
		error = -errno;
	if (error)
		round_error(c, LEDGER_CHECK_L4CON, "send", -error, now);
}

static void start(struct check *c, tick_t now)
{
	uint8_t bytes[CONF_DATAGRAM_MAX];
	size_t length = payload(c, bytes);

	((struct round *)c->round)->others = 0;
	if (c->source >= 0)
		datagrams_send(c, bytes, length);
	else
		start_alone(c, bytes, length, now);
}

/* NULL: the answer is right. */
static const char *judge(const struct conf_udp *udp, const uint8_t *bytes,
			 size_t length)
{
	if (!udp->require_reply)
		return NULL;
	if (length < udp->reply_min)
		return "the reply is too short";
	if (length > udp->reply_max)
		return "the reply is too long";
	if (udp->reply && !hex_matches(udp->reply, bytes, length))
		return "another reply";
	return NULL;
}

static void judge_reply(struct check *c, const uint8_t *bytes, size_t length,
			tick_t now)
{
	struct round *r = c->round;
	const char *wrong = judge(&c->conf->udp, bytes, length);

	if (!wrong)
		round_good(c, LEDGER_CHECK_L7OK, 0, "replied", now);
	else if (++r->others > OTHERS_MOST)
		round_bad(c, LEDGER_CHECK_L7RSP, 0, wrong, now);
}

/* Of a socket of its own. */
static void ready(struct check *c, uint32_t events, tick_t now)
{
	uint8_t *bytes = (uint8_t *)round_scratch(c);
	ssize_t length = recv(c->fd, bytes, ROUND_SCRATCH, MSG_DONTWAIT);

	(void)events;
	if (length >= 0)
		judge_reply(c, bytes, (size_t)length, now);
	else if (errno != EAGAIN)
		round_error(c, LEDGER_CHECK_L4CON, "reply", errno, now);
}

/* Of a shared one: whose a target is. */
struct peer {
	const struct sockaddr_storage *address;
	unsigned source;
};

static uint32_t hash_of(const struct sockaddr_storage *address, unsigned source)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;
	uint8_t bytes[16 + 2 + 2] = { 0 };
	uint16_t number = (uint16_t)source;

	if (address->ss_family == AF_INET6) {
		memcpy(bytes, &six->sin6_addr, 16);
		memcpy(bytes + 16, &six->sin6_port, 2);
	} else {
		memcpy(bytes, &four->sin_addr, 4);
		memcpy(bytes + 16, &four->sin_port, 2);
	}
	memcpy(bytes + 18, &number, 2);
	return map_hash(bytes, sizeof(bytes));
}

static bool is_peer(const void *context, uint32_t number, const void *key)
{
	const struct checker *k = context;
	const struct peer *peer = key;
	const struct check *c = &k->checks[number];

	return c->source == (int)peer->source &&
	       datagram_is_from(c, peer->address);
}

/* The check of that target which is under way, or NULL. */
static struct check *owner(struct checker *k, const struct datagram *d)
{
	const struct peer peer = { d->peer, d->source };
	uint32_t number =
		map_find(&k->udp_peers, hash_of(d->peer, d->source), &peer);
	struct check *c = number != MAP_NONE ? &k->checks[number] : NULL;

	return c && c->when.running ? c : NULL;
}

static void take(struct checker *k, const struct datagram *d, tick_t now)
{
	struct check *c = owner(k, d);

	if (c)
		judge_reply(c, d->bytes, d->whole, now);
}

static void failed(struct checker *k, const struct datagram *d, int error,
		   tick_t now)
{
	struct check *c = owner(k, d);

	if (c)
		round_error(c, LEDGER_CHECK_L4CON, "reply", error, now);
}

static const struct datagram_way way = {
	.type = SOCK_DGRAM,
	.errors = true,
	.take = take,
	.failed = failed,
};

static void join(struct check *c)
{
	struct checker *k = c->of;
	struct sockaddr_storage to;
	struct peer peer = { .address = &to };
	uint32_t hash;

	k->udp_peers.same = is_peer;
	k->udp_peers.context = k;
	c->source = datagrams_join(c, &way);
	if (c->source < 0)
		return;
	(void)target_address(&c->to.address, c->to.port, &to);
	peer.source = (unsigned)c->source;
	hash = hash_of(&to, peer.source);
	/* The second one of a target has its own. */
	if (map_find(&k->udp_peers, hash, &peer) == MAP_NONE &&
	    map_reserve(&k->udp_peers, malloc, free))
		map_put(&k->udp_peers, hash, c->number);
	else
		c->source = -EEXIST;
}

static void expired(struct check *c, tick_t now)
{
	const struct round *r = c->round;

	if (!c->conf->udp.require_reply)
		round_good(c, LEDGER_CHECK_L4OK, 0, "nobody refuses it", now);
	else
		round_bad(c,
			  r->others ? LEDGER_CHECK_L7RSP : LEDGER_CHECK_L7TOUT,
			  0, r->others ? "another reply" : "no reply in time",
			  now);
}

const struct kind kind_udp = {
	.name = "UDP_CHECK",
	.round = sizeof(struct round),
	.phases = 1,
	.join = join,
	.start = start,
	.ready = ready,
	.expired = expired,
};
