/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP_CHECK: a connection can be made. It is closed at once, and no byte is
 * sent or read.
 */
#include "checker/kind.h"
#include "checker/target.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void start(struct check *c, tick_t now)
{
	int fd, error = target_connect(&c->to, &fd);

	if (error != -EINPROGRESS) {
		round_error(c, LEDGER_CHECK_L4CON, "connect", -error, now);
		return;
	}
	error = round_watch_soon(c, fd);
	if (error)
		round_error(c, LEDGER_CHECK_LOCAL, "epoll", -error, now);
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	socklen_t length = sizeof(int);
	int error = 0;

	/* Without these there is none. */
	if (events & (EPOLLERR | EPOLLHUP) &&
	    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	if (error)
		round_refused(c, LEDGER_CHECK_L4CON, "connect", error, now);
	else
		round_good(c, LEDGER_CHECK_L4OK, 0, "connected", now);
}

static void expired(struct check *c, tick_t now)
{
	round_bad(c, LEDGER_CHECK_L4TOUT, 0, "connect: no answer in time", now);
}

const struct kind kind_tcp = {
	.name = "TCP_CHECK",
	.phases = 1,
	.start = start,
	.ready = ready,
	.expired = expired,
};
