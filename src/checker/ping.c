/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/ping.h"

#include "checker/checker_state.h"
#include "checker/ping_message.h"
#include "checker/target.h"
#include "sys/clock.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef ICMP_FILTER
#define ICMP_FILTER 1 /* linux/icmp.h, which libc's headers do not like */
#endif
#define ECHO_REPLY 0 /* of IPv4 */

/* Replies that are read in one call, and calls in one turn. */
#define BATCH        64
#define BATCHES_MOST 8
#define REPLY_ROOM   256
/* Room for the replies of a burst; more than net.core.rmem_max is not given. */
#define ROOM (1 << 20)

struct source {
	struct conf_connect from; /* family, bind, interface, mark */
	int fd;                   /* -errno: it could not be opened */
};

struct pings {
	struct source list[PING_SOURCES_MOST];
	unsigned count;
	uint16_t id;
	uint64_t secret;
};

struct pings *pings_open(void)
{
	struct pings *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	if (getrandom(&all->secret, sizeof(all->secret), 0) < 0)
		all->secret = (uint64_t)clock_now();
	all->id = (uint16_t)(all->secret >> 48);
	return all;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static const struct source *find(const struct pings *all,
				 const struct conf_connect *to)
{
	for (unsigned n = 0; n < all->count; n++) {
		const struct conf_connect *from = &all->list[n].from;

		if (from->address.family == to->address.family &&
		    ip_equal(&from->bind, &to->bind) &&
		    from->mark == to->mark &&
		    same_text(from->interface, to->interface))
			return &all->list[n];
	}
	return NULL;
}

/* Only replies to echo requests come. */
static void filter(int fd, bool six)
{
	const uint32_t others = ~(1u << ECHO_REPLY);
	const int room = ROOM;
	struct icmp6_filter all;

	ICMP6_FILTER_SETBLOCKALL(&all);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &all);
	if (six)
		setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &all, sizeof(all));
	else
		setsockopt(fd, SOL_RAW, ICMP_FILTER, &others, sizeof(others));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

int pings_add(struct pings *all, const struct conf_connect *to)
{
	bool six = to->address.family == IP_V6;
	struct source *s;

	if (find(all, to))
		return 0;
	if (all->count == PING_SOURCES_MOST)
		return -ENOSPC;
	s = &all->list[all->count++];
	s->from = *to;
	s->from.bind_port = 0;
	s->fd = target_socket(&s->from, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			      six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (s->fd < 0)
		return s->fd;
	filter(s->fd, six);
	return 0;
}

unsigned pings_count(const struct pings *all)
{
	return all->count;
}

int pings_socket(const struct pings *all, unsigned n)
{
	return all->list[n].fd;
}

static void start(struct check *c, tick_t now)
{
	const struct pings *all = c->of->pings;
	const struct source *s = all ? find(all, &c->to) : NULL;
	struct ping_of of = { .number = c->number,
			      .generation = c->generation };
	struct sockaddr_storage to;
	socklen_t length = target_address(&c->to.address, 0, &to);
	uint8_t bytes[PING_LENGTH];

	if (!s || s->fd < 0) {
		round_local(c, s ? -s->fd : ENOSPC, "no socket for it", now);
		return;
	}
	of.secret = all->secret;
	ping_request(c->to.address.family == IP_V6, all->id, &of, bytes);
	if (sendto(s->fd, bytes, sizeof(bytes), MSG_NOSIGNAL,
		   (struct sockaddr *)&to, length) < 0)
		round_error(c, LEDGER_CHECK_L4CON, "send", errno, now);
}

/* It is from where the request went. */
static bool is_from(const struct check *c, const struct sockaddr_storage *from)
{
	struct sockaddr_storage to;

	(void)target_address(&c->to.address, 0, &to);
	if (from->ss_family != to.ss_family)
		return false;
	if (to.ss_family == AF_INET6)
		return memcmp(&((const struct sockaddr_in6 *)from)->sin6_addr,
			      c->to.address.bytes, 16) == 0;
	return memcmp(&((const struct sockaddr_in *)from)->sin_addr,
		      c->to.address.bytes, 4) == 0;
}

static void take(struct checker *k, bool six, const uint8_t *bytes,
		 size_t length, const struct sockaddr_storage *from)
{
	struct ping_of of;
	struct check *c;

	if (!ping_reply(six, k->pings->id, k->pings->secret, bytes, length,
			&of) ||
	    of.number >= k->count)
		return;
	c = &k->checks[of.number];
	if (c->when.running && c->generation == of.generation &&
	    c->conf->kind == CONF_CHECK_PING && is_from(c, from))
		round_good(c, LEDGER_CHECK_L4OK, 0, "replied", clock_now());
}

void pings_take(struct checker *k, unsigned n)
{
	const struct source *s = &k->pings->list[n];
	bool six = s->from.address.family == IP_V6;
	struct sockaddr_storage from[BATCH];
	uint8_t(*room)[REPLY_ROOM] = (void *)k->scratch;
	struct mmsghdr list[BATCH];
	struct iovec parts[BATCH];

	_Static_assert(BATCH * REPLY_ROOM <= ROUND_SCRATCH, "room");
	for (unsigned turn = 0; turn < BATCHES_MOST; turn++) {
		int count;

		for (unsigned i = 0; i < BATCH; i++) {
			parts[i] = (struct iovec){ room[i], REPLY_ROOM };
			list[i].msg_hdr = (struct msghdr){
				.msg_name = &from[i],
				.msg_namelen = sizeof(from[i]),
				.msg_iov = &parts[i],
				.msg_iovlen = 1,
			};
		}
		count = recvmmsg(s->fd, list, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < count; i++)
			take(k, six, room[i], list[i].msg_len, &from[i]);
		if (count < BATCH)
			return;
	}
}

/* All that comes, comes to pings_take(). */
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
	.phases = 1,
	.start = start,
	.ready = ready,
	.expired = expired,
};
