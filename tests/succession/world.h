/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeper/succession.h decides for, played: two processes, the keeper
 * that drives the machine, orders, and every trouble that there is. A move is
 * one thing that happens; the explorer tries each in each state, the simulator
 * one after the other. After each the rules are checked.
 */
#pragma once

#include "keeper/succession.h"

#include <stdbool.h>
#include <stdint.h>

/* What a process really does, whatever the keeper knows of it. */
enum really {
	REALLY_NONE,
	REALLY_SETS_UP,
	REALLY_WAITS,   /* it has said that it is ready */
	REALLY_ACTS,    /* it serves */
	REALLY_YIELDED, /* it has let go, and says so */
	REALLY_DEAD,    /* and nobody has seen it */
};

struct process_played {
	enum really is;
	bool told_yield, told_end;
	bool hangs;   /* it does nothing any more */
	uint8_t runs; /* a configuration: its number */
};

/* How much trouble there may still be. */
struct budget {
	uint8_t begins, deaths, failures, keepers, stops, lates;
	uint8_t hangs, orders; /* given while they must be refused */
};

/* Which rule was broken, or NULL. All of it is compared as bytes. */
struct world {
	struct succession s;
	struct process_played server, heir;
	struct budget budget;
	tick_t now;
	/* The keeper's own: numbers of configurations, 0: none. */
	uint8_t runs, next, fallback;
	bool leaves;     /* what is removed serves yet */
	bool before;     /* what the last one knew is kept */
	bool adopted;    /* who serves has read that */
	bool again;      /* another server is to be started */
	bool reading;    /* a return is to begin */
	bool others_end; /* told to */
	bool confirmed;  /* what is on trial is to stay */
	bool unheard;    /* nobody listened before the one that goes on */
	bool timed;      /* what happens does so since it is time */
	bool started;    /* an heir, which was not given up */
	bool trouble;    /* something has gone wrong */
	bool serves;     /* somebody did, when all was to end */
	bool handed;     /* and has handed over */
	const char *broken;
};

enum move {
	/* What must happen sooner or later. */
	MOVE_SETS_UP,      /* the server is ready */
	MOVE_HEIR_SETS_UP, /* the heir is */
	MOVE_ADOPTS,
	MOVE_LEAVES,
	MOVE_STARTS,
	MOVE_YIELDS,
	MOVE_YIELD_SEEN,
	MOVE_ENDS, /* it was told to */
	MOVE_SEEN, /* the end of the server */
	MOVE_HEIR_SEEN,
	MOVE_RETURNS,
	MOVE_HANG_SEEN, /* of the server, by its heartbeat */
	MOVE_TIME,      /* the deadline has come */
	/* What may happen. */
	MOVE_RELOAD,
	MOVE_TRIAL,
	MOVE_CONFIRM,
	MOVE_STOP,
	MOVE_DIES,
	MOVE_HEIR_DIES,
	MOVE_START_FAILS,
	MOVE_RETURN_FAILS,
	MOVE_KEEPER_DIES,
	MOVE_LATE, /* the deadline comes before what it waits for */
	MOVE_HANGS,
	MOVE_HEIR_HANGS,
	MOVE_REFUSED, /* a change while another is under way */
	MOVE_TOLD,    /* that it is time, while that must wait */
	MOVES
};

#define MOVES_GOOD MOVE_RELOAD /* those before it */

extern const char *const move_names[MOVES];

/* Of a world that is all zero, its padding too. */
void world_begin(struct world *w, const struct budget *budget);

/* False: it cannot happen now, and nothing did. */
bool world_move(struct world *w, enum move move);

/*
 * When nothing else goes wrong: all is as it should be within some moves. Else
 * `broken` says what is not.
 */
void world_settles(struct world *w);
