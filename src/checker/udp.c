/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP_CHECK: a datagram is sent, and nobody says that the port is closed; or,
 * with require_reply, the right answer comes. As with keepalived, silence is
 * success where no answer is required: so such a check takes all of its time,
 * and a dead host of whom no router tells counts as good.
 *
 * DEVIATION: the bounds of an answer's length hold for any answer, as
 * keepalived's manual says, not only beside a value of require_reply.
 */
#include "checker/hex.h"
#include "checker/kind.h"
#include "checker/target.h"

#include <errno.h>
#include <stdio.h>
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

static ssize_t send_payload(const struct check *c)
{
	const struct conf_udp *udp = &c->conf->udp;
	uint8_t bytes[CONF_DATAGRAM_MAX];
	size_t length = RANDOM_BYTES;

	if (udp->payload)
		length = hex_bytes(udp->payload, bytes, sizeof(bytes));
	else if (getrandom(bytes, length, 0) < 0)
		return -1;
	return send(c->fd, bytes, length, MSG_NOSIGNAL);
}

static void start(struct check *c, tick_t now)
{
	int fd, error = target_datagrams(&c->to, &fd);

	((struct round *)c->round)->others = 0;
	if (!error)
		error = round_watch(c, fd, EPOLLIN);
	if (!error && send_payload(c) < 0)
		error = -errno;
	if (error)
		round_error(c, LEDGER_CHECK_L4CON, "send", -error, now);
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

static void ready(struct check *c, uint32_t events, tick_t now)
{
	struct round *r = c->round;
	uint8_t *bytes = (uint8_t *)round_scratch(c);
	ssize_t length = recv(c->fd, bytes, ROUND_SCRATCH, MSG_DONTWAIT);
	const char *wrong;

	(void)events;
	if (length < 0) {
		if (errno != EAGAIN)
			round_error(c, LEDGER_CHECK_L4CON, "reply", errno, now);
		return;
	}
	wrong = judge(&c->conf->udp, bytes, (size_t)length);
	if (!wrong)
		round_good(c, LEDGER_CHECK_L7OK, 0, "replied", now);
	else if (++r->others > OTHERS_MOST)
		round_bad(c, LEDGER_CHECK_L7RSP, 0, wrong, now);
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
	.start = start,
	.ready = ready,
	.expired = expired,
};
