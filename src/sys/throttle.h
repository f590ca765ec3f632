/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For descriptors that others can make ready as often as they like. One that is
 * read a second time within a pause is taken out of the loop for a pause, and
 * what arrives meanwhile is read in one turn. So a flood costs one wake-up a
 * pause, and something that arrives alone is read at once.
 */
#pragma once

#include "base/tick.h"
#include "sys/loop.h"

#define THROTTLE_WATCHES 2

struct throttle {
	struct loop *loop;
	tick_t pause;
	/* Served and paused together. */
	struct loop_watch *watches[THROTTLE_WATCHES];
	unsigned count;
	/* Private: */
	tick_t read;  /* the last time, or 0 */
	bool flooded; /* a pause is to begin */
	tick_t until; /* its end, or 0 */
};

/* Adds a watch to the throttle and to the loop. 0 or -errno. */
int throttle_add(struct throttle *t, struct loop_watch *watch);

/*
 * Call it when one of the watches was read at `now`. `all`: nothing that is
 * known of waits any more. Only then there is a pause.
 */
void throttle_note(struct throttle *t, tick_t now, bool all);

/*
 * In each turn, when all that is ready was read: begins a pause, or ends it
 * when it is time; if that fails, there is another one.
 */
void throttle_run(struct throttle *t, tick_t now);

/* When to call throttle_run() at the latest, or TICK_NEVER. */
tick_t throttle_deadline(const struct throttle *t);
