/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pauses for descriptors (sys/throttle.h). */
#include "sys/throttle.h"

#include "base/must.h"

#include <errno.h>

int throttle_add(struct throttle *t, struct loop_watch *watch)
{
	int error = loop_add(t->loop, watch, EPOLLIN);

	if (error)
		return error;
	MUST(t->count < THROTTLE_WATCHES);
	t->watches[t->count++] = watch;
	return 0;
}

void throttle_note(struct throttle *t, tick_t now, bool all)
{
	/* The other one, in the same turn, is no second time. */
	bool again = t->read > 0 && t->read < now && now - t->read < t->pause;

	t->read = now;
	t->flooded |= again && all;
}

static void begin(struct throttle *t, tick_t now)
{
	for (unsigned n = 0; n < t->count; n++)
		loop_remove(t->loop, t->watches[n]);
	t->until = now + t->pause;
}

static void end(struct throttle *t, tick_t now)
{
	int error = 0;

	for (unsigned n = 0; n < t->count; n++) {
		int result = loop_add(t->loop, t->watches[n], EPOLLIN);

		if (result && result != -EEXIST) /* EEXIST: last time */
			error = result;
	}
	t->until = error ? now + t->pause : 0;
	t->read = now; /* a flood is there at once, and pauses again */
}

void throttle_run(struct throttle *t, tick_t now)
{
	if (t->until == 0 && t->flooded)
		begin(t, now);
	else if (t->until > 0 && now >= t->until)
		end(t, now);
	t->flooded = false;
}

tick_t throttle_deadline(const struct throttle *t)
{
	return t->until > 0 ? t->until : TICK_NEVER;
}
