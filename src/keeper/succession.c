/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/succession.h"

#include "base/must.h"

/* The bounds of the steps. */
#define READY_TIME    (20 * TICK_SECOND)
#define YIELD_TIME    (200 * TICK_MILLISECOND)
#define REPLACE_AGAIN (5 * TICK_SECOND)
/* ... while nobody serves any more. */
#define READY_ALONE   TICK_SECOND
#define REPLACE_ALONE (100 * TICK_MILLISECOND)
/* How long a new one may take to read what the old one knew. */
#define ADOPT_TIME (2 * TICK_SECOND)
/* A return that failed is tried again after so long. */
#define RETURN_AGAIN (5 * TICK_SECOND)

static void act(struct succession_acts *out, enum succession_act what)
{
	MUST(out->count < SUCCESSION_ACTS_MAX);
	out->list[out->count++] = what;
}

static bool is_started(enum succession_party p)
{
	return p == PARTY_SETS_UP || p == PARTY_ACTS;
}

static void kill_heir(struct succession *s, struct succession_acts *out)
{
	if (!is_started(s->heir))
		return;
	act(out, ACT_KILL_HEIR);
	s->heir = PARTY_DOOMED;
}

static void start_heir(struct succession *s, tick_t now,
		       struct succession_acts *out)
{
	s->phase = SUCCESSION_READY;
	s->by = now + READY_TIME;
	s->heir = PARTY_SETS_UP;
	act(out, ACT_START_HEIR);
}

/* Nobody serves any more, and all is to end. */
static void end(struct succession *s, struct succession_acts *out)
{
	s->stop_waits = false;
	act(out, s->server == PARTY_NONE ? ACT_END_OTHERS : ACT_END_SERVER);
}

/* The replacement is over; a stop that waited for that goes on. */
static void settle(struct succession *s, struct succession_acts *out)
{
	s->phase = SUCCESSION_NONE;
	if (s->stop_waits)
		end(s, out);
}

static void trial_begins(struct succession *s, tick_t now,
			 const struct succession_event *e)
{
	if (e->returns) {
		s->trial = TRIAL_RETURNS;
		s->confirm_by = TICK_NEVER;
	} else if (e->confirm > 0) {
		s->trial = s->trial == TRIAL_ON ? TRIAL_AGAIN : TRIAL_COMES;
		s->confirm_by = now + e->confirm;
	}
}

static void trial_succeeds(struct succession *s)
{
	if (s->trial == TRIAL_COMES || s->trial == TRIAL_AGAIN)
		s->trial = TRIAL_ON;
	else if (s->trial == TRIAL_RETURNS)
		s->trial = TRIAL_NONE;
}

static void trial_fails(struct succession *s, tick_t now)
{
	if (s->trial == TRIAL_COMES) {
		s->trial = TRIAL_NONE;
		s->confirm_by = TICK_NEVER;
	} else if (s->trial == TRIAL_RETURNS) {
		s->trial = TRIAL_ON;
		s->confirm_by = now + RETURN_AGAIN;
	} else if (s->trial == TRIAL_AGAIN) {
		s->trial = TRIAL_ON; /* the first one goes on */
	}
}

static void succeed(struct succession *s, struct succession_acts *out)
{
	act(out, ACT_SUCCEED);
	s->server = PARTY_ACTS;
	s->heir = PARTY_NONE;
	s->accepted = true;
	s->before = true;
	trial_succeeds(s);
	settle(s, out);
}

/* The old one goes on; if it died meanwhile, another of its kind. */
static void give_up(struct succession *s, tick_t now,
		    enum succession_reason reason, struct succession_acts *out)
{
	bool alone = s->server == PARTY_NONE;

	kill_heir(s, out);
	act(out, ACT_GIVE_UP);
	out->reason = reason;
	if (!s->accepted && !s->stopping) {
		/* Only the next can be started: once more. */
		s->phase = SUCCESSION_DRAIN;
		s->by = now + (alone ? REPLACE_ALONE : REPLACE_AGAIN);
		return;
	}
	act(out, ACT_DROP_NEXT);
	trial_fails(s, now);
	if (alone)
		act(out, ACT_AGAIN);
	settle(s, out);
}

static void begin(struct succession *s, tick_t now,
		  const struct succession_event *e, struct succession_acts *out)
{
	if (succession_is_busy(s))
		return;
	trial_begins(s, now, e);
	if (e->leaves == 0 && !s->before) {
		start_heir(s, now, out);
		return;
	}
	s->phase = SUCCESSION_DRAIN;
	s->by = now + tick_max(ADOPT_TIME, e->leaves);
}

static void heir_ready(struct succession *s, tick_t now,
		       struct succession_acts *out)
{
	if (s->phase != SUCCESSION_READY || s->heir != PARTY_SETS_UP ||
	    s->stopping)
		return;
	s->phase = SUCCESSION_YIELD;
	s->by = now + YIELD_TIME;
	/* Nobody listens from the death of one to the sockets of the other. */
	s->deaf = s->server != PARTY_ACTS;
	act(out, ACT_YIELD);
	if (s->server == PARTY_NONE)
		succeed(s, out);
}

static void heir_ended(struct succession *s, tick_t now,
		       enum succession_reason reason,
		       struct succession_acts *out)
{
	bool doomed = s->heir == PARTY_DOOMED;

	s->heir = PARTY_NONE;
	if (!doomed && s->phase != SUCCESSION_NONE)
		give_up(s, now, reason, out);
}

static void server_ended(struct succession *s, tick_t now,
			 struct succession_acts *out)
{
	if (s->phase != SUCCESSION_YIELD) /* else the heir listens already */
		s->deaf = true;
	s->server = PARTY_NONE;
	switch (s->phase) {
	case SUCCESSION_NONE:
		if (s->stopping)
			end(s, out);
		else
			act(out, ACT_AGAIN);
		break;
	case SUCCESSION_DRAIN:
		s->by = now; /* there is nothing to wait for */
		break;
	case SUCCESSION_READY:
		s->by = tick_min(s->by, now + READY_ALONE);
		break;
	case SUCCESSION_YIELD:
		succeed(s, out);
		break;
	}
}

static void time_is_up(struct succession *s, tick_t now,
		       struct succession_acts *out)
{
	if (now >= s->confirm_by && s->trial == TRIAL_ON &&
	    !succession_is_busy(s)) {
		s->confirm_by = TICK_NEVER;
		act(out, ACT_RETURN);
	}
	if (s->phase == SUCCESSION_NONE || now < s->by)
		return;
	switch (s->phase) {
	case SUCCESSION_NONE:
		break;
	case SUCCESSION_DRAIN:
		if (s->heir == PARTY_NONE)
			start_heir(s, now, out);
		break;
	case SUCCESSION_READY:
		give_up(s, now, REASON_LATE, out);
		break;
	case SUCCESSION_YIELD:
		act(out, ACT_KILL_SERVER);
		s->by = now + YIELD_TIME;
		break;
	}
}

static void stop(struct succession *s, struct succession_acts *out)
{
	s->stopping = true;
	/* The old one hands nothing over any more. */
	s->stop_waits = s->phase == SUCCESSION_YIELD;
	if (s->stop_waits)
		return;
	kill_heir(s, out);
	if (s->phase != SUCCESSION_NONE)
		act(out, ACT_DROP_NEXT);
	s->phase = SUCCESSION_NONE;
	end(s, out);
}

static void confirm(struct succession *s)
{
	if (s->confirm_by == TICK_NEVER)
		return;
	s->confirm_by = TICK_NEVER;
	s->trial = TRIAL_NONE;
}

void succession_init(struct succession *s, tick_t confirm_by)
{
	*s = (struct succession){
		.accepted = true,
		.trial = confirm_by == TICK_NEVER ? TRIAL_NONE : TRIAL_ON,
		.by = TICK_NEVER,
		.confirm_by = confirm_by,
	};
}

void succession_resume(struct succession *s, bool lives, tick_t confirm_by)
{
	succession_init(s, confirm_by);
	s->accepted = false;
	s->server = lives ? PARTY_ACTS : PARTY_NONE;
}

void succession_step(struct succession *s, tick_t now,
		     const struct succession_event *e,
		     struct succession_acts *out)
{
	*out = (struct succession_acts){ 0 };
	switch (e->what) {
	case SUCCESSION_BEGIN:
		begin(s, now, e, out);
		break;
	case SUCCESSION_DRAINED:
		if (s->phase == SUCCESSION_DRAIN && s->heir == PARTY_NONE &&
		    s->accepted && !s->before)
			start_heir(s, now, out);
		break;
	case SUCCESSION_ADOPTED:
		if (s->before)
			act(out, ACT_RELEASE);
		s->before = false;
		break;
	case SUCCESSION_STARTED:
		s->server = PARTY_SETS_UP;
		break;
	case SUCCESSION_SERVER_READY:
		if (s->server == PARTY_SETS_UP) {
			s->server = PARTY_ACTS;
			act(out, ACT_GO);
		}
		break;
	case SUCCESSION_SERVER_ENDED:
		server_ended(s, now, out);
		break;
	case SUCCESSION_HEIR_READY:
		heir_ready(s, now, out);
		break;
	case SUCCESSION_HEIR_ENDED:
		heir_ended(s, now, REASON_DIED, out);
		break;
	case SUCCESSION_HEIR_FAILED:
		heir_ended(s, now, REASON_FAILED, out);
		break;
	case SUCCESSION_CONFIRM:
		confirm(s);
		break;
	case SUCCESSION_RETURN_FAILED:
		s->confirm_by = now + RETURN_AGAIN;
		break;
	case SUCCESSION_TIME:
		time_is_up(s, now, out);
		break;
	case SUCCESSION_STOP:
		stop(s, out);
		break;
	}
}

tick_t succession_deadline(const struct succession *s)
{
	tick_t by = s->phase == SUCCESSION_NONE ? TICK_NEVER : s->by;

	/* A return waits until nothing else is under way. */
	if (s->trial == TRIAL_ON && !succession_is_busy(s))
		by = tick_min(by, s->confirm_by);
	/* What was killed is waited for before another is started. */
	if (s->phase == SUCCESSION_DRAIN && s->heir == PARTY_DOOMED)
		by = TICK_NEVER;
	return by;
}

bool succession_is_busy(const struct succession *s)
{
	return s->phase != SUCCESSION_NONE || s->stopping ||
	       s->heir != PARTY_NONE;
}
