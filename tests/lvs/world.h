/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core of the Linux Virtual Server, played: real servers that live and
 * die, the process `check`, the process `lvs` with the core in it, their books,
 * and the table of the kernel. A move is one thing that happens; the explorer
 * tries each in each state, the simulator one after the other. After each move
 * the rules (rules.c) are checked.
 *
 * The table is changed one entry at a time, additions first, so that whatever
 * happens between two of them happens here too.
 *
 * There is one world at a time, always at the same address: it may be copied
 * away and back, and its pointers still hold.
 */
#pragma once

#include "lvs/check.h"
#include "lvs/lvs.h"
#include "lvs/save.h"

#include <stdbool.h>
#include <stdint.h>

#define SERVICES  2
#define ADDRESSES 4 /* of real servers: 10.0.0.1 and so on */
#define SORRY     4 /* the address of sorry servers */
#define PLACES    5
#define CHECKS    5 /* one each, and one that many follow */
#define CONFIGS   4
#define MEMORY    6144

/* A configuration, with all that it points to. */
struct plan_config {
	struct lvs_config lvs;
	struct lvs_service_config services[SERVICES];
	struct lvs_server_config servers[SERVICES][ADDRESSES];
	struct lvs_follow follows[SERVICES][ADDRESSES][2];
	struct lvs_check_times times;
};

/* How much trouble there may be. */
struct budget {
	uint8_t flips; /* a server dies, or comes back */
	uint8_t lvs_deaths, check_deaths, lost_books;
	uint8_t reloads, orders, weights, local, steps;
};

struct plan {
	struct plan_config configs[CONFIGS];
	unsigned config_count;
	struct budget budget;
	unsigned checks; /* that are used: 0 to here */
	bool timeless;   /* checks run whenever they may */
};

/* An entry of the table. */
struct entry {
	bool present;
	int32_t weight;
};

/* What rules.c knows of a real server from what it has seen happen. */
struct seen {
	uint8_t health, was; /* now, and when the core began */
	uint8_t told;
	uint8_t order;
	uint8_t step;
	bool held, out;
	bool leaves;
	bool known; /* in the file, or it leaves */
	bool candidate;
	int32_t ordered;
	tick_t until, ramp;
	int32_t full, weight; /* of a ramp: of the server, and wanted last */
};

struct record {
	bool used;
	struct lvs_saved_server saved;
};

struct world {
	const struct plan *plan;
	struct budget budget;
	tick_t now;
	uint8_t config; /* its number in the plan */
	const char *broken;

	bool alive[CHECKS];  /* what a check would find */
	int8_t adds[CHECKS]; /* and what it adds to the weight */

	bool check_lives;
	struct lvs_check checks[CHECKS];
	tick_t ran[CHECKS]; /* the last run at its phase */
	/* Its book: */
	struct lvs_check book[CHECKS];
	int8_t book_adds[CHECKS];

	bool lvs_lives;
	struct lvs_verdict read[CHECKS]; /* by the lvs that lives */
	struct record records[SERVICES][ADDRESSES];
	struct lvs_saved_service service_records[SERVICES];
	struct entry table[SERVICES][PLACES];

	/* Of rules.c: */
	struct seen seen[SERVICES][ADDRESSES];
	uint8_t quorum[SERVICES], quorum_told[SERVICES];
	bool panic_told[SERVICES];
	struct entry wanted[SERVICES][PLACES]; /* after the last event */
	unsigned tells;                        /* in it */
	bool still; /* the core that begins is to change nothing */

	/* The core that lives. */
	struct lvs core;
	_Alignas(16) unsigned char memory[MEMORY];
};

extern struct world world;

/*
 * Changes the table instead of the world's own way; false if there was nothing
 * to do. It may end lvs in between (world_kill()).
 */
extern bool (*world_writer)(void);

enum move_type {
	/* What must happen sooner or later. */
	MOVE_STARTS,       /* lvs */
	MOVE_CHECK_STARTS, /* the process check */
	MOVE_WRITE,        /* one entry of the table is changed */
	MOVE_READ,         /* lvs reads the verdict of check `a` */
	MOVE_RUN,          /* check `a` runs */
	MOVE_TIME,         /* the core's next deadline comes */
	/* What may happen. */
	MOVE_FLIP,  /* check `a` finds the contrary */
	MOVE_ADD,   /* check `a` adds another weight: `b` */
	MOVE_LOCAL, /* check `a` cannot be run */
	MOVE_DIES,
	MOVE_CHECK_DIES,
	MOVE_BOOK_LOST, /* of the process check, with it */
	MOVE_RELOAD,    /* to configuration `a` */
	MOVE_DRAIN,     /* server `a`: service * ADDRESSES + address */
	MOVE_DISABLE,
	MOVE_ENABLE,
	MOVE_WEIGH,   /* ... to `b` */
	MOVE_EMPTIES, /* it has no connections left */
	MOVES
};

#define MOVES_GOOD MOVE_FLIP /* those before it */

struct move {
	uint8_t type; /* enum move_type */
	uint8_t a;
	int8_t b;
};

extern const char *const move_names[MOVES];

/* A world of that plan, in which nothing runs yet. */
void world_begin(const struct plan *plan);

/* False: it cannot happen now, and nothing did. */
bool world_move(struct move move);

/* How many values `a` of a move may have. */
unsigned world_choices(enum move_type type);

/* lvs dies, whatever it does just now. */
void world_kill(void);

/* The next time at which something happens by itself; TICK_NEVER. */
tick_t world_due(void);

/* When nothing else goes wrong, all is as it should be. */
void world_settles(void);

/* ---- between world.c and rules.c ---- */

const struct plan_config *world_config(void);

/* The number of the server of the file at that address, or LVS_NONE. */
uint32_t world_server(unsigned service, unsigned address);

/* What the table should have, as the core says. */
struct entry world_want(unsigned service, unsigned place);

/* Nothing that lvs has not read is in the book of check. */
bool world_is_read(void);

void world_break(bool good, const char *rule);

/* The core is about to take over the records, after a reload or a crash. */
void rules_adopts(bool reloads);

/* What is told. */
void rules_told(const struct lvs_told *told);

/* Something happened to the core. `begins`: it has begun. */
void rules_event(bool begins);

/* The table has just been changed. */
void rules_table(const struct entry before[SERVICES][PLACES]);

/* Nothing is left to do. */
void rules_settled(void);
