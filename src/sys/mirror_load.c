/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for the first dump of a mirror (sys/mirror.h), at set-up. */
#include "sys/mirror.h"

#include "sys/clock.h"

#include <errno.h>
#include <poll.h>

int mirror_load(struct mirror *m, tick_t deadline)
{
	for (;;) {
		struct pollfd p = { .fd = mirror_fd(m), .events = POLLIN };
		int error = mirror_read(m);
		tick_t now = clock_now(), wait;

		if (error || !mirror_resyncing(m))
			return error;
		if (now >= deadline)
			return mirror_refusal(m) ? mirror_refusal(m)
						 : -ETIMEDOUT;
		wait = tick_min(deadline, mirror_deadline(m)) - now;
		if (wait > TICK_SECOND)
			wait = TICK_SECOND;
		if (poll(&p, 1, (int)(wait / TICK_MILLISECOND) + 1) < 0 &&
		    errno != EINTR)
			return -errno;
	}
}
