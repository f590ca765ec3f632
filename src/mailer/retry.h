/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a mail server is asked again that did not take a mail: after pauses that
 * double up to a bound, by one mail at a time until it takes one.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>

#define RETRY_FIRST TICK_SECOND
#define RETRY_MOST  (300 * TICK_SECOND)
/* At the same time, of a server that takes mail. */
#define RETRY_AT_ONCE 4

/* All zero: nothing has failed. */
struct retry {
	tick_t pause; /* the last one, 0: the last mail was taken */
	tick_t until; /* nobody asks before */
};

/* Before a mail is tried again that was tried so often. */
static inline tick_t retry_pause(uint32_t tries)
{
	tick_t pause = RETRY_FIRST;

	while (tries-- > 1 && pause < RETRY_MOST)
		pause *= 2;
	return tick_min(pause, RETRY_MOST);
}

/* Several tries that were under way together may fail: that is one failure. */
static inline void retry_failed(struct retry *r, tick_t now)
{
	if (r->pause > 0 && now < r->until)
		return;
	r->pause = r->pause ? tick_min(2 * r->pause, RETRY_MOST) : RETRY_FIRST;
	r->until = tick_after(now, r->pause);
}

/* Goes on with what stands in the ledger, if that can be. */
static inline void retry_resume(struct retry *r, const struct retry *was,
				tick_t now)
{
	if (was->pause >= RETRY_FIRST && was->pause <= RETRY_MOST &&
	    was->until <= tick_after(now, was->pause))
		*r = *was;
}

static inline void retry_succeeded(struct retry *r)
{
	*r = (struct retry){ 0 };
}

/* Whether one more may be sent, where `busy` of them are under way. */
static inline bool retry_may_send(const struct retry *r, tick_t now,
				  unsigned busy)
{
	return r->pause > 0 ? busy == 0 && now >= r->until
			    : busy < RETRY_AT_ONCE;
}
