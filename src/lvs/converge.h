/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Brings the table of a kernel to what is wanted (lvs/table.h), and keeps it
 * there: looks, sends trains, takes the answers, and looks again where they
 * contradict what was known. The kernel is behind a door, so that the same code
 * runs against a model of it.
 */
#pragma once

#include "lvs/table.h"

/* Steps of one train. */
#define CONVERGE_TRAIN 200
/*
 * Trains, and looks at services, of one turn: about 0.5 ms each. Other work has
 * its turn in between.
 */
#define CONVERGE_TRAINS 16
#define CONVERGE_LOOKS  64

/*
 * How often the services are looked at, and in what time all destinations at
 * most: each time so many are looked at anyway, a dump counted as some more.
 */
#define CONVERGE_LOOK_EVERY (500 * TICK_MILLISECOND)
#define CONVERGE_LOOK_DESTS 256
#define CONVERGE_DUMP       16
#define CONVERGE_ROUND      (30 * TICK_SECOND)
/* With more services than that a look takes more than 3 ms, and is rarer. */
#define CONVERGE_SERVICES_OFTEN 1000
/* After a look that failed. */
#define CONVERGE_LOOK_AGAIN (100 * TICK_MILLISECOND)

struct converge_door {
	/* As in sys/ipvs.h; 0 or a negative errno. */
	int (*train)(void *context, const struct ipvs_change *changes,
		     unsigned count, int *errors);
	int (*services)(void *context, struct table *table);
	int (*dests)(void *context, struct table *table, uint32_t service);
	/* Whether this turn has taken long, as with a kernel that takes 0.3 ms
	 * and more for a change. NULL: it never does. */
	bool (*is_late)(void *context);
	void *context;
};

struct converge {
	struct table *table;
	struct converge_door door;
	tick_t look_at;
	uint32_t look_next; /* the service whose destinations come next */
	int error;          /* of the last look, a negative errno, or 0 */
	/* Of all times. */
	uint64_t trains, changes, refused, looks;
};

void converge_init(struct converge *c, struct table *table,
		   const struct converge_door *door, tick_t now);

/* Looks at everything, however long that takes: once, before the first turn.
 * False: the kernel does not show it. */
bool converge_look(struct converge *c);

/*
 * What can be done now, bounded. When it is due again: at once (`now`) if there
 * is more.
 */
tick_t converge_turn(struct converge *c, tick_t now);
