/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One check of a real server: when it runs, and what its results come to.
 *
 * A check runs each time the clock modulo its interval is its phase. The phase
 * is a hash of its key, so it is the same after each restart and reload, and
 * the checks of a file are spread evenly. The first round comes sooner, within
 * `warmup`. There is never a second run while one is under way.
 *
 *   NOT_YET --good (with alpha: `rise` times)--> GOOD
 *   NOT_YET --bad, at once-------------------> FAILED
 *   GOOD    --bad, `retry` more tries too, `fall` rounds--> FAILED
 *   FAILED  --good, `rise` times in a row----> GOOD
 *
 * These are the rules of keepalived; `rise`, `fall` and the total deadline are
 * baton's own. Local trouble (no port, no descriptor) changes no verdict: it
 * is not the server's.
 *
 * Pure: the process `check` owns the sockets and calls this.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The numbers stand in ledgers. */
enum lvs_check_state {
	LVS_CHECK_NOT_YET, /* no result since it is configured */
	LVS_CHECK_GOOD,
	LVS_CHECK_FAILED,
	LVS_CHECK_STATES
};

/* How one run ended. */
enum lvs_check_result {
	LVS_RESULT_GOOD,
	LVS_RESULT_BAD,   /* so was one that reached its deadline */
	LVS_RESULT_LOCAL, /* this machine could not check */
};

/* What is configured; constant while in use. Checks may share one. */
struct lvs_check_times {
	tick_t interval;     /* delay_loop, > 0 */
	tick_t warmup;       /* the first round is within it, >= 0 */
	tick_t retry_delay;  /* delay_before_retry, >= 0 */
	tick_t deadline;     /* of a whole run, from its start; > 0 */
	uint16_t retry;      /* more tries before a round counts as failed */
	uint16_t rise;       /* good results in a row; 0 is 1 */
	uint16_t fall;       /* failed rounds in a row; 0 is 1 */
	uint16_t rise_first; /* ... before any verdict, with alpha; 0: `rise` */
	bool alpha; /* the first verdict needs `rise_first` good results */
};

/* Plain data. Others read its fields, only lvs_check_*() write them. */
struct lvs_check {
	const struct lvs_check_times *times;
	uint64_t key; /* a hash of all that makes it distinct */
	tick_t next;  /* when it runs next; while it runs, when it was due */
	tick_t began; /* the last run, TICK_NEVER: none yet */
	tick_t since; /* the state */
	tick_t local_since; /* it could not check since, or TICK_NEVER */
	uint32_t local;     /* runs that ended so, in a row */
	uint16_t tries;     /* bad ones of this round */
	uint16_t good;      /* results in a row, up to UINT16_MAX */
	uint16_t failed;    /* rounds in a row, up to UINT16_MAX */
	uint8_t state;      /* enum lvs_check_state */
	bool running;
};

/* A new check: its first run is within min(interval, warmup). */
void lvs_check_init(struct lvs_check *c, const struct lvs_check_times *times,
		    uint64_t key, tick_t now);

/*
 * The same check in another process, or after a reload that may have changed
 * its times: state and counts are those of `before`, which is believed as far
 * as it can be; a run that was under way is lost. The schedule goes on at the
 * phase; a retry that was due soon stays due.
 */
void lvs_check_adopt(struct lvs_check *c, const struct lvs_check_times *times,
		     uint64_t key, const struct lvs_check *before, tick_t now);

/*
 * When something is to be done: lvs_check_begin(), or while it runs, its end
 * by the deadline (lvs_check_end() with LVS_RESULT_BAD).
 */
tick_t lvs_check_due(const struct lvs_check *c);

/*
 * A run begins. It may begin late, where only so many may run at once; the
 * phase of the next one is not moved by that.
 */
void lvs_check_begin(struct lvs_check *c, tick_t now);

/* The run has ended. True if the state has changed. */
bool lvs_check_end(struct lvs_check *c, tick_t now,
		   enum lvs_check_result result);

/* Something gives reason to check now. Nothing while a run is under way. */
void lvs_check_hint(struct lvs_check *c, tick_t now);

/*
 * It has rested, and its state is old: it runs soon, at a moment of its own
 * within so long, and one that is good fails by the first bad result. A run
 * under way goes on.
 */
void lvs_check_wake(struct lvs_check *c, tick_t now, tick_t within);

/* The phase of a key: 0 to interval - 1. */
tick_t lvs_check_phase(uint64_t key, tick_t interval);
