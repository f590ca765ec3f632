/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP_CHECK: a datagram is sent, and nobody says that the port is closed; or,
 * with require_reply, the right answer comes. As with keepalived, silence is
 * success where no answer is required: so such a check takes all of its time,
 * and a dead host of whom no router tells counts as good.
 *
 * All ask by a few sockets, and an answer belongs to whom it comes from. Checks
 * of one target that differ otherwise have a socket each; with the same
 * bind_port their answers cannot be told apart but by what they say.
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

/* How long it is, or -errno. An empty datagram is one, too. */
static ssize_t payload(const struct check *c, uint8_t bytes[CONF_DATAGRAM_MAX])
{
	const struct conf_udp *udp = &c->conf->udp;
	ssize_t length;

	if (udp->payload)
		return (ssize_t)hex_bytes(udp->payload, bytes,
					  CONF_DATAGRAM_MAX);
	length = getrandom(bytes, RANDOM_BYTES, GRND_NONBLOCK);
	return length < 0 ? -errno : length;
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
	ssize_t length = payload(c, bytes);

	((struct round *)c->round)->others = 0;
	if (length < 0)
		round_error(c, LEDGER_CHECK_LOCAL, "random bytes", (int)-length,
			    now);
	else if (c->source == -EEXIST || c->source == -ENOSPC)
		start_alone(c, bytes, (size_t)length, now);
	else if (datagrams_can_send(c, now))
		datagrams_send(c, bytes, (size_t)length);
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
	unsigned group;
};

static uint32_t hash_of(const struct peer *peer)
{
	const struct sockaddr_storage *address = peer->address;

	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;
	uint8_t bytes[16 + 2 + 2] = { 0 };
	uint16_t number = (uint16_t)peer->group;

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

	return datagram_is_for(c, &(struct datagram){ .peer = peer->address,
						      .group = peer->group });
}

/*
 * Of checks of one target from one port, the one for which it is right; of
 * these, one that asks by the socket that has heard it.
 */
static struct check *owner(struct checker *k, const struct datagram *d)
{
	const struct peer peer = { d->peer, d->group };
	uint32_t hash = hash_of(&peer), at = 0, n;
	struct check *found = NULL;
	int most = -1;

	while ((n = map_next(&k->udp_peers, hash, &peer, &at)) != MAP_NONE) {
		struct check *c = &k->checks[n];
		int fits = 2 * !judge(&c->conf->udp, d->bytes, d->whole) +
			   (c->source == (int)d->source);

		if (!c->when.running || fits <= most)
			continue;
		found = c;
		most = fits;
	}
	return found;
}

static void take(struct check *c, const struct datagram *d, tick_t now)
{
	judge_reply(c, d->bytes, d->whole, now);
}

static const struct datagram_way way = {
	.socket = { .type = SOCK_DGRAM, .errors = true },
	.answer = "reply",
	.owner = owner,
	.take = take,
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
	peer.group = datagrams_group(c);
	hash = hash_of(&peer);
	/* The second one of a target has its own socket; from a port that is
	 * configured that would help nothing. */
	if (!c->to.bind_port &&
	    map_find(&k->udp_peers, hash, &peer) != MAP_NONE)
		c->source = -EEXIST;
	else if (map_reserve(&k->udp_peers, malloc, free))
		map_put(&k->udp_peers, hash, c->number);
	else
		c->source = -ENOMEM;
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
