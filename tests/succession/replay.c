/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include "keeper/succession.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct line {
	tick_t now;
	struct succession_event event;
	int phase, server, heir, trial;
	unsigned count;
	int acts[SUCCESSION_ACTS_MAX];
};

static bool read_line(const char *text, struct line *l)
{
	int what, returns, at = 0, length;

	if (sscanf(text,
		   "step %" SCNd64 " %d %" SCNd64 " %" SCNd64
		   " %d : %d %d %d %d : %u%n",
		   &l->now, &what, &l->event.leaves, &l->event.confirm,
		   &returns, &l->phase, &l->server, &l->heir, &l->trial,
		   &l->count, &at) < 10 ||
	    l->count > SUCCESSION_ACTS_MAX)
		return false;
	l->event.what = (enum succession_what)what;
	l->event.returns = returns;
	for (unsigned n = 0; n < l->count; n++, at += length)
		if (sscanf(text + at, " %d%n", &l->acts[n], &length) != 1)
			return false;
	return true;
}

/* Whether Linux may tell this now: the world of world.c never tells more. */
static const char *foreign(const struct succession *s, const struct line *l)
{
	switch (l->event.what) {
	case SUCCESSION_STARTED:
		return s->server == PARTY_NONE ? NULL : "two servers";
	case SUCCESSION_SERVER_READY:
	case SUCCESSION_SERVER_ENDED:
		return s->server != PARTY_NONE ? NULL : "there is no server";
	case SUCCESSION_HEIR_READY:
	case SUCCESSION_HEIR_ENDED:
		return s->heir != PARTY_NONE ? NULL : "there is no heir";
	case SUCCESSION_HEIR_FAILED:
		return s->heir == PARTY_SETS_UP ? NULL : "no heir was started";
	case SUCCESSION_ADOPTED:
		return s->before ? NULL : "there is nothing to adopt";
	case SUCCESSION_DRAINED:
		return s->phase == SUCCESSION_DRAIN ? NULL : "nothing leaves";
	case SUCCESSION_TIME:
		return succession_deadline(s) <= l->now ? NULL
							: "it is not time yet";
	case SUCCESSION_BEGIN:
		return succession_is_busy(s) ? "a change within a change"
					     : NULL;
	case SUCCESSION_CONFIRM:
		return s->confirm_by != TICK_NEVER ? NULL
						   : "nothing is on trial";
	case SUCCESSION_RETURN_FAILED:
		return s->trial == TRIAL_ON ? NULL : "nothing returns";
	case SUCCESSION_STOP:
		return s->stopping ? "a stop within a stop" : NULL;
	}
	return "no event";
}

static const char *compare(const struct succession *s,
			   const struct succession_acts *acts,
			   const struct line *l)
{
	if (acts->count != l->count)
		return "other acts";
	for (unsigned n = 0; n < l->count; n++)
		if ((int)acts->list[n] != l->acts[n])
			return "another act";
	return (int)s->phase == l->phase && (int)s->server == l->server &&
			       (int)s->heir == l->heir &&
			       (int)s->trial == l->trial
		       ? NULL
		       : "another state";
}

const char *replay(const char *path, unsigned *number)
{
	struct succession s;
	struct succession_acts acts;
	const char *wrong = NULL;
	FILE *f = fopen(path, "re");
	char text[256];

	succession_init(&s, TICK_NEVER);
	for (*number = 1; f && !wrong && fgets(text, sizeof(text), f);
	     ++*number) {
		struct line l = { 0 };
		tick_t confirm_by;
		int lives;

		if (!strchr(text, '\n')) /* it died while it wrote */
			break;
		if (sscanf(text, "init %d %" SCNd64, &lives, &confirm_by) == 2)
			succession_init(&s, confirm_by);
		else if (sscanf(text, "resume %d %" SCNd64, &lives,
				&confirm_by) == 2)
			succession_resume(&s, lives, confirm_by);
		else if (!read_line(text, &l))
			wrong = "no record";
		else
			wrong = foreign(&s, &l);
		if (wrong || strncmp(text, "step ", 5) != 0)
			continue;
		succession_step(&s, l.now, &l.event, &acts);
		wrong = compare(&s, &acts, &l);
	}
	--*number;
	if (!f)
		return "it cannot be read";
	fclose(f);
	return *number == 0 ? "it is empty" : wrong;
}
