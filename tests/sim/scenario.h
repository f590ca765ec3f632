/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The histories that the simulator plays: families of scenarios, each with
 * the kinds of trouble it knows, drawn from a seed.
 */
#pragma once

#include "invariant.h"

struct family {
	const char *name;
	const char *what; /* in one line, for the report */
	unsigned troubles;
};

extern const struct family families[];
extern const unsigned family_count;

/* The family of a seed. */
unsigned family_of(uint64_t seed);

struct verdict {
	const char *wrong; /* NULL: all held */
	unsigned router;
	unsigned group;
	tick_t at;
	uint64_t steps;
	uint64_t changes; /* of state; none would mean that nothing was tried */
};

/*
 * Plays the seed's history on `lan` (large; the caller keeps it). `watcher`
 * may be NULL; it sees each step before the referee does.
 */
struct verdict scenario_play(struct lan *lan, uint64_t seed,
			     const struct lan_observer *watcher);
