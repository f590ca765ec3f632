/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Succession: how one process that serves takes the place of another, after a
 * death, in a reload, an upgrade, the return of a trial, a resumption by
 * another keeper, or a stop. Events in, actions out, like the protocol: no
 * system call, no clock. tests/succession simulates and explores it, with a
 * death of each party at each step.
 *
 *   NONE    nothing is under way
 *     |     BEGIN
 *   DRAIN   what is to be removed leaves, or what the last one knew is still
 *     |     being read
 *   READY   the heir sets itself up; the old one does not know of it
 *     |     the heir is ready
 *   YIELD   the old one is told to end
 *     |     it has ended: SUCCEED, the heir goes on
 *   NONE
 *
 * From DRAIN and READY the way back is GIVE_UP: the heir died or is late.
 *
 * Who calls: the driver (replace.c, children.c) tells what happened, does the
 * actions in their order, and tells what came of them only after that.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>

enum succession_phase {
	SUCCESSION_NONE,
	SUCCESSION_DRAIN, /* what is removed leaves first */
	SUCCESSION_READY, /* the heir sets itself up */
	SUCCESSION_YIELD, /* the old process is told to end */
};

/* Of the two processes: one serves, or will; the other is its heir. */
enum succession_party {
	PARTY_NONE,
	PARTY_SETS_UP,
	PARTY_ACTS,   /* it was told to go */
	PARTY_DOOMED, /* killed; its end was not seen yet (of an heir) */
};

/* A configuration that returns unless somebody confirms. */
enum succession_trial {
	TRIAL_NONE,
	TRIAL_COMES,   /* what is to serve next is on trial */
	TRIAL_ON,      /* what serves is */
	TRIAL_AGAIN,   /* both are */
	TRIAL_RETURNS, /* the one before is to serve next */
};

enum succession_what {
	SUCCESSION_BEGIN,   /* see `begin` */
	SUCCESSION_DRAINED, /* nothing that is to leave serves any more */
	SUCCESSION_ADOPTED, /* all that the last one knew has been read */
	SUCCESSION_STARTED, /* another server, after AGAIN */
	SUCCESSION_SERVER_READY,
	SUCCESSION_SERVER_ENDED, /* or it acts no more */
	SUCCESSION_HEIR_READY,
	SUCCESSION_HEIR_ENDED,
	SUCCESSION_HEIR_FAILED, /* it could not be started */
	SUCCESSION_CONFIRM,
	SUCCESSION_RETURN_FAILED, /* what RETURN asked for could not begin */
	SUCCESSION_TIME,          /* the deadline has come */
	SUCCESSION_STOP,
};

struct succession_event {
	enum succession_what what;
	/* Of BEGIN. */
	tick_t leaves;  /* how long what is removed may take; 0: nothing is */
	tick_t confirm; /* on trial for so long; 0: for good */
	bool returns;   /* it is what a trial goes back to */
};

enum succession_act {
	ACT_START_HEIR,
	ACT_KILL_HEIR,
	ACT_YIELD,       /* the old one is told to end as it is */
	ACT_KILL_SERVER, /* it did not */
	ACT_SUCCEED,     /* the heir goes on, and is the server */
	ACT_GO,          /* the server may act */
	ACT_AGAIN,       /* another server, when it is time for one */
	ACT_GIVE_UP,     /* nothing comes of it: see `reason` */
	ACT_DROP_NEXT,   /* what was to be next is not needed */
	ACT_RELEASE,     /* nor what the last one knew */
	ACT_END_SERVER,  /* it hands over and ends */
	ACT_END_OTHERS,
	ACT_RETURN, /* what was before a trial is to begin */
	ACTS
};

enum succession_reason {
	REASON_DIED,
	REASON_LATE,
	REASON_FAILED,
};

#define SUCCESSION_ACTS_MAX 6

struct succession_acts {
	unsigned count;
	enum succession_act list[SUCCESSION_ACTS_MAX];
	enum succession_reason reason;
};

struct succession {
	enum succession_phase phase;
	enum succession_party server, heir;
	enum succession_trial trial;
	bool accepted; /* what serves can be started again, not only replaced */
	bool before;   /* what the last one knew is kept until it was read */
	bool deaf;     /* nobody listened before the one that goes on */
	bool stopping;
	bool stop_waits;   /* for the heir, which alone can hand over */
	tick_t by;         /* of the phase */
	tick_t confirm_by; /* TICK_NEVER: nothing waits to be confirmed */
};

/*
 * Nothing serves yet. What is to serve is on trial until `confirm_by`, or
 * TICK_NEVER: it is not.
 */
void succession_init(struct succession *s, tick_t confirm_by);

/*
 * Another keeper's process serves, or has just died: it can only be replaced,
 * and not be started again.
 */
void succession_resume(struct succession *s, bool lives, tick_t confirm_by);

void succession_step(struct succession *s, tick_t now,
		     const struct succession_event *event,
		     struct succession_acts *out);

/* When TIME is to be told; TICK_NEVER. */
tick_t succession_deadline(const struct succession *s);

/* BEGIN is refused now: it would do nothing. */
bool succession_is_busy(const struct succession *s);
