/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PING_CHECK. The sockets are raw, so they are made at the set-up, before the
 * right to do so is given up; no sysctl has to be changed for them.
 */
#include "checker/checker_state.h"
#include "checker/datagrams.h"
#include "checker/ping_message.h"
#include "sys/clock.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>

#ifndef ICMP_FILTER
#define ICMP_FILTER 1 /* linux/icmp.h, which libc's headers do not like */
#endif
#define ECHO_REPLY 0 /* of IPv4 */

struct pings {
	uint16_t id; /* of this process */
};

/* A server knows what it was asked, so each round has a secret of its own: one
 * server cannot reply for another. */
struct round {
	uint64_t secret;
};

/* Only replies to echo requests come. */
static void filter(int fd, bool six)
{
	const uint32_t others = ~(1u << ECHO_REPLY);
	struct icmp6_filter all;

	ICMP6_FILTER_SETBLOCKALL(&all);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &all);
	if (six)
		setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &all, sizeof(all));
	else
		setsockopt(fd, SOL_RAW, ICMP_FILTER, &others, sizeof(others));
}

static struct check *owner(struct checker *k, const struct datagram *d)
{
	struct ping_of of;
	struct check *c;

	if (!ping_reply(d->six, k->pings->id, d->bytes, d->length, &of) ||
	    of.number >= k->count)
		return NULL;
	c = &k->checks[of.number];
	if (!c->when.running || c->conf->kind != CONF_CHECK_PING ||
	    c->generation != of.generation || !datagram_is_for(c, d))
		return NULL;
	return ((struct round *)c->round)->secret == of.secret ? c : NULL;
}

static void take(struct check *c, const struct datagram *d, tick_t now)
{
	(void)d;
	round_good(c, LEDGER_CHECK_L4OK, 0, "replied", now);
}

static const struct datagram_way way = {
	.socket = { .type = SOCK_RAW,
		    .protocol_4 = IPPROTO_ICMP,
		    .protocol_6 = IPPROTO_ICMPV6,
		    .open = filter },
	.owner = owner,
	.take = take,
};

static struct pings *open_pings(void)
{
	struct pings *p = calloc(1, sizeof(*p));

	if (p && getrandom(&p->id, sizeof(p->id), 0) < 0)
		p->id = (uint16_t)clock_now();
	return p;
}

static void join(struct check *c)
{
	struct checker *k = c->of;

	if (!k->pings)
		k->pings = open_pings();
	c->source = k->pings ? datagrams_join(c, &way) : -ENOMEM;
}

static void start(struct check *c, tick_t now)
{
	struct ping_of of = { .number = c->number,
			      .generation = c->generation };
	struct round *r = c->round;
	uint8_t bytes[PING_LENGTH];

	if (!datagrams_can_send(c, now))
		return;
	if (getrandom(&r->secret, sizeof(r->secret), GRND_NONBLOCK) < 0) {
		round_error(c, LEDGER_CHECK_LOCAL, "random bytes", errno, now);
		return;
	}
	of.secret = r->secret;
	ping_request(c->to.address.family == IP_V6, c->of->pings->id, &of,
		     bytes);
	datagrams_send(c, bytes, sizeof(bytes));
}

/* It has no descriptor of its own. */
static void ready(struct check *c, uint32_t events, tick_t now)
{
	(void)c;
	(void)events;
	(void)now;
}

static void expired(struct check *c, tick_t now)
{
	round_bad(c, LEDGER_CHECK_L4TOUT, 0, "no reply in time", now);
}

const struct kind kind_ping = {
	.name = "PING_CHECK",
	.round = sizeof(struct round),
	.phases = 1,
	.join = join,
	.start = start,
	.ready = ready,
	.expired = expired,
};
