/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/crowd.h"

#include <errno.h>
#include <unistd.h>

int crowd_open(struct crowd *c)
{
	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	return c->epoll < 0 ? -errno : 0;
}

void crowd_close(struct crowd *c)
{
	if (c->epoll >= 0)
		close(c->epoll);
	c->epoll = -1;
}

static int control(struct crowd *c, int operation, int fd, uint32_t events,
		   uint64_t tag)
{
	struct epoll_event event = { .events = events, .data.u64 = tag };

	return epoll_ctl(c->epoll, operation, fd, &event) ? -errno : 0;
}

int crowd_add(struct crowd *c, int fd, uint32_t events, uint64_t tag)
{
	return control(c, EPOLL_CTL_ADD, fd, events, tag);
}

int crowd_change(struct crowd *c, int fd, uint32_t events, uint64_t tag)
{
	return control(c, EPOLL_CTL_MOD, fd, events, tag);
}

/* How many places before. */
#define PEEK_FIRST 6
#define PEEK_AGAIN 3

int crowd_take(struct crowd *c,
	       void (*ready)(void *context, uint64_t tag, uint32_t events),
	       void (*peek)(void *context, uint64_t tag, bool again),
	       void *context)
{
	int count = epoll_wait(c->epoll, c->ready, CROWD_BATCH, 0);

	for (int n = -PEEK_FIRST; n < count; n++) {
		if (n + PEEK_FIRST < count)
			peek(context, c->ready[n + PEEK_FIRST].data.u64, false);
		if (n + PEEK_AGAIN >= 0 && n + PEEK_AGAIN < count)
			peek(context, c->ready[n + PEEK_AGAIN].data.u64, true);
		if (n >= 0)
			ready(context, c->ready[n].data.u64,
			      c->ready[n].events);
	}
	return count;
}
