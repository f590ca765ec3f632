/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that are made by the next look. Where rounds are so many that
 * they are taken together (checker.c), that look is a millisecond or two away,
 * and most servers have answered by then: one poll(2) for all of them costs
 * less than a place of each in epoll(7). Those that have not answered get such
 * a place then.
 */
#include "checker/checker_state.h"
#include "sys/clock.h"

#include <assert.h>
#include <poll.h>

static_assert(POLLOUT == EPOLLOUT && POLLERR == EPOLLERR && POLLHUP == EPOLLHUP,
	      "ready() is told the same by both");

int round_watch_soon(struct check *c, int fd)
{
	struct soon *s = &c->of->soon;

	if (!c->of->gathers || s->count == SOON_MOST)
		return round_watch(c, fd, EPOLLOUT);
	s->list[s->count].number = c->number;
	s->list[s->count].generation = c->generation;
	s->count++;
	c->fd = fd;
	return 0;
}

/* Who waits longer has a place of its own. */
static void watch(struct check *c, tick_t now)
{
	int fd = c->fd, error;

	c->fd = -1;
	error = round_watch(c, fd, EPOLLOUT);
	if (error)
		round_error(c, LEDGER_CHECK_LOCAL, "epoll", -error, now);
}

void soon_look(struct checker *k)
{
	struct pollfd of[SOON_MOST];
	struct check *list[SOON_MOST];
	unsigned count = 0;

	for (unsigned n = 0; n < k->soon.count; n++) {
		struct check *c = &k->checks[k->soon.list[n].number];

		/* Its time may have been over before. */
		if (c->fd < 0 || c->generation != k->soon.list[n].generation)
			continue;
		of[count] = (struct pollfd){ c->fd, POLLOUT, 0 };
		list[count++] = c;
		/* Most rounds end below. */
		__builtin_prefetch(ledger_check_at(k->ledger, c->number), 1);
	}
	k->soon.count = 0;
	if (count == 0)
		return;
	if (poll(of, count, 0) < 0)
		for (unsigned n = 0; n < count; n++)
			of[n].revents = 0;
	for (unsigned n = 0; n < count; n++) {
		k->events++;
		if (of[n].revents)
			list[n]->kind->ready(list[n], (uint32_t)of[n].revents,
					     clock_now());
		else
			watch(list[n], clock_now());
	}
}
