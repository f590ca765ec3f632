/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small LAN as a state: two or three routers, what is on its way between
 * them, and how much more may go wrong. Its moves are everything that can
 * happen next. The routers run the real vrrp_step().
 *
 * Time is discrete. All timers of a system are whole units, time passes a
 * quantum at once or up to the next deadline, and nobody is
 * late: time passes only when no deadline is due. Within one moment all
 * orders are possible: which timer first, which packet first, which never.
 * A packet is on its way for at most `ways` quanta.
 *
 * States are packed relative to now, so two that differ only in the time of
 * day are one.
 */
#pragma once

#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ROUTERS_MAX  3
#define MESSAGES_MAX 12 /* two on each of six links */
#define LINK_MAX     2
#define ADVERTS      3 /* resigning, with one and the other priority */
#define ADVERT_MAX   (VRRP_HEADER_SIZE + 4 + VRRP_V2_TRAILER_SIZE)
#define KEY_SIZE     112

/* What may be done to a router, as bits of system.events. */
enum {
	EVENT_CRASH = 1 << 0,
	EVENT_STOP = 1 << 1,
	EVENT_INTERFACE = 1 << 2,
	EVENT_PRIORITY = 1 << 3,
	EVENT_HANDOVER = 1 << 4,
	EVENT_STALL = 1 << 5, /* it is told that it slept */
	EVENT_TRACK = 1 << 6, /* what it tracks is bad, or good again */
};

struct system_router {
	uint8_t priority;
	uint8_t other_priority; /* EVENT_PRIORITY changes to it and back */
	uint8_t interval;       /* in quanta; 0: 4 */
	bool nopreempt;
	uint8_t preempt_delay; /* in quanta */
	uint8_t adverts;       /* down_timer_adverts; 0: 3 */
	bool silent;           /* no answers, no final advertisement */
	bool deaf;             /* as an owner it ignores the others */
};

struct system {
	const char *name;
	const char *what;
	uint8_t version;
	uint8_t count;
	uint8_t ways;   /* quanta that a packet lives */
	uint8_t budget; /* events in one history */
	uint8_t events;
	bool announces; /* several rounds, not only one */
	bool big;       /* only with --soak */
	struct system_router router[ROUTERS_MAX];
};

struct message {
	uint8_t from;
	uint8_t to;
	uint8_t priority;
	uint8_t age;
};

struct node {
	struct vrrp vrrp;
	bool powered;
	bool up; /* its interface */
};

struct state {
	struct node node[ROUTERS_MAX];
	struct message message[MESSAGES_MAX];
	unsigned messages;
	uint8_t budget;
	uint8_t healed; /* quanta since nothing goes wrong any more, 0: not */
};

enum move_type {
	MOVE_NONE,
	MOVE_TIMER,   /* of router `a` */
	MOVE_DELIVER, /* message `a` */
	MOVE_COPY,    /* ... and there comes another one */
	MOVE_LOSE,
	MOVE_TIME, /* passes */
	MOVE_HEAL,
	MOVE_CRASH,
	MOVE_BOOT,
	MOVE_STOP,
	MOVE_START,
	MOVE_DOWN,
	MOVE_UP,
	MOVE_PRIORITY,
	MOVE_HANDOVER,
	MOVE_STALL,
	MOVE_TRACK,
	MOVE_TYPES
};

struct move {
	uint8_t type;
	uint8_t a;
};

struct model {
	const struct system *system;
	struct vrrp_config config[ROUTERS_MAX];
	struct ip source[ROUTERS_MAX];
	struct ip address;
	/* Each advertisement that may be sent, encoded: by router and kind. */
	uint8_t advert[ROUTERS_MAX][ADVERTS][ADVERT_MAX];
	uint8_t advert_length;
	tick_t unit;    /* every timer is a multiple of it */
	tick_t quantum; /* what time passes by */
	unsigned bound; /* quanta within which a healed LAN settles */
	unsigned down;  /* no Active_Down_Interval has more intervals */
	bool learns;    /* the routers have different intervals */
	FILE *tell;     /* where moves are told, or NULL */
};

/* Every state is looked at as if it were this time. */
#define MODEL_NOW (1000 * TICK_SECOND)

void model_init(struct model *m, const struct system *system);
void model_first(const struct model *m, struct state *s);

/* pack.c */
void model_pack(const struct model *m, const struct state *s,
		uint8_t key[KEY_SIZE]);
void model_unpack(const struct model *m, const uint8_t key[KEY_SIZE],
		  struct state *s);

/* All moves that are possible in `s`; returns how many. */
#define MOVES_MAX 64
unsigned model_moves(const struct model *m, const struct state *s,
		     struct move moves[MOVES_MAX]);

/* Does a move; NULL or what is wrong with it. */
const char *model_do(const struct model *m, struct state *s, struct move move);

/* NULL or what is wrong with a state in which a LAN may rest. */
const char *model_judge(const struct model *m, const struct state *s);
