/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of IPVS should hold, what it is known to hold, and the steps
 * from the one to the other. Pure: lvs/converge.h joins it to a kernel.
 *
 * The kernel tells nobody of changes, so what is known is what was seen last
 * and what was done since. Whatever contradicts that makes a service *unsure*:
 * no step is planned for it until it was looked at again.
 *
 * A service is *ours* if it is wanted, or was and has not gone since. All
 * others are foreign: they are counted and left alone, unless `takes_all` is
 * set. A destination in a service that is wanted belongs to that service: it is
 * wanted or goes.
 *
 * Memory comes from the functions that are handed in; an index stays valid for
 * the life of the table.
 */
#pragma once

#include "base/map.h"
#include "base/tick.h"
#include "lvs/ipvs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

/* Bounds: of services, and of the destinations of one. */
#define TABLE_SERVICES_MAX (1u << 18)
#define TABLE_DESTS_MAX    (1u << 18)

/* A step that the kernel refuses is tried again after so long. */
#define TABLE_RETRY_FIRST (100 * TICK_MILLISECOND)
#define TABLE_RETRY_MOST  (30 * TICK_SECOND)

enum table_is {
	TABLE_WANTED = 1,
	TABLE_KNOWN = 2,  /* the kernel has it, as `have` says */
	TABLE_SEEN = 4,   /* ... in the look that is under way */
	TABLE_UNSURE = 8, /* of a service: its destinations are looked at */
	TABLE_OURS = 16,  /* of a service: wanted, or it was and is there yet */
	TABLE_FAILED = 32, /* the last step was refused, and it waits */
	TABLE_MAKING = 64, /* of a service: it is made by the train planned */
	TABLE_DIRTY = 128, /* of a service: want and have may differ */
};

struct table_dest {
	struct ipvs_dest want; /* where not wanted: the key alone */
	struct ipvs_dest have;
	uint16_t error; /* errno of the last step, told once; 0: it worked */
	uint16_t is;    /* enum table_is, or-ed */
};

struct table_service {
	struct ipvs_service want; /* where not wanted: the key alone */
	struct ipvs_service have;
	struct table_dest *dests; /* in the order in which they were named */
	uint32_t dest_count, dest_room;
	struct map by_key;
	uint32_t place;   /* in the order of the table */
	uint32_t wanted;  /* destinations */
	uint32_t changes; /* of what is known of it, for who shows it */
	uint16_t error, is;
	tick_t retry_at; /* of what has failed */
	tick_t pause;
};

/* What is told, of a service or of one of its destinations. */
enum table_news {
	/* The kernel refuses a step: `error`, once until it changes. */
	TABLE_REFUSED,
	TABLE_ACCEPTED, /* ... and does no longer */
	/* Somebody else has changed the table; it is repaired. */
	TABLE_EMPTIED, /* all services were gone; `error` of them */
	TABLE_GONE,
	TABLE_CHANGED,
	TABLE_STRANGE, /* a destination that is not wanted */
};

struct table {
	/* Memory as of malloc(3) and free(3). */
	void *(*obtain)(size_t size);
	void (*give_back)(void *memory);
	/* `dest` may be NULL. Nothing of the table is changed within. */
	void (*tell)(void *context, enum table_news news,
		     const struct table_service *service,
		     const struct table_dest *dest, int error);
	void *context;

	struct table_service *services;
	uint32_t service_count, service_room;
	struct map by_key;
	uint32_t foreign;     /* services, in the last look */
	bool takes_all;       /* foreign services go too */
	bool looked;          /* there was a whole look at the services */
	bool unsure;          /* the services must be looked at */
	bool no_memory;       /* something could not be noted; a look helps */
	uint32_t unsure_from; /* no service before that is unsure */
	uint64_t changes;     /* of all services together */
	/*
	 * Services in the reverse of the kernel's order, as the last looks saw
	 * it: position `place` of each. It is the order in which they are made
	 * after the table was `emptied` (table_plan.c), and stays meanwhile.
	 */
	uint32_t *order;
	uint32_t order_room, seen;
	bool emptied;
	/* Where the plan is (table_plan.c). */
	unsigned phase;
	uint32_t at_service, at_dest; /* how many are behind it */
	bool anew; /* something has changed: from the start */
};

void table_init(struct table *t, void *(*obtain)(size_t size),
		void (*give_back)(void *memory));
void table_free(struct table *t);

/* The number of a service, or TABLE_NONE; the same of a destination. */
uint32_t table_find(const struct table *t, const struct ipvs_key *key);
uint32_t table_find_dest(const struct table_service *s,
			 const struct ipvs_dest *key);

/*
 * A service is wanted like this from now on; its number, or TABLE_NONE: no
 * memory, or too many. The same of a destination of it.
 */
uint32_t table_want(struct table *t, const struct ipvs_service *want);
uint32_t table_want_dest(struct table *t, uint32_t service,
			 const struct ipvs_dest *want);
/* Room for so many destinations, and not for twice as many. False: no memory.
 * Before the first one is there. */
bool table_reserve(struct table *t, uint32_t service, uint32_t dests);
/* ... is not wanted any more. */
void table_unwant(struct table *t, uint32_t service);
void table_unwant_dest(struct table *t, uint32_t service, uint32_t dest);
/* Of a service that was ours and is not wanted: it goes if it is there. */
void table_own(struct table *t, const struct ipvs_key *key);

/* A look at all services: all that there are between the two. `whole`: it was
 * not interrupted, so what was not seen is not there. */
void table_look(struct table *t);
void table_saw(struct table *t, const struct ipvs_service *seen);
void table_looked(struct table *t, bool whole);
/* The same of the destinations of one. */
void table_look_dests(struct table *t, uint32_t service);
void table_saw_dest(struct table *t, uint32_t service,
		    const struct ipvs_dest *seen);
void table_looked_dests(struct table *t, uint32_t service, bool whole);

/* A service that is to be looked at before steps for it, or TABLE_NONE. */
uint32_t table_unsure(struct table *t);

/* One step. The pointers of `change` are into the table, or into the step. */
struct table_step {
	struct ipvs_change change;
	uint32_t service, dest; /* dest TABLE_NONE: of the service */
	struct ipvs_service as; /* a service that is made in two steps */
};

/*
 * The next steps, at most `max`, to be done in this order before anything else
 * of the table is called; then table_result() of each. 0: none just now.
 */
unsigned table_plan(struct table *t, tick_t now, struct table_step *steps,
		    unsigned max);
/* errno, 0, or IPVS_LOST. */
void table_result(struct table *t, const struct table_step *step, int error,
		  tick_t now);

/* When a step that was refused is due again, or TICK_NEVER. */
tick_t table_next(const struct table *t);

/* Whether all is as wanted, as far as is known. */
bool table_is_done(const struct table *t);

/* For the files of this. */
bool table_same_service(const struct ipvs_service *a,
			const struct ipvs_service *b);
void table_touch(struct table *t, struct table_service *s);
void table_doubt(struct table *t, struct table_service *s);
