/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A history while it is played; shared by the files that play it.
 *
 *   scenario.c  the families, what is drawn for a LAN, rounds, the judgement
 *   trouble.c   one trouble at a time, drawn from those that a family has
 *   plays.c     histories of one kind, on a LAN without any other fault
 *   forger.c    one of these: somebody forges two packets a minute
 */
#pragma once

#include "invariant.h"

enum trouble {
	LOSS = 1 << 0,       /* and delay, reordering, duplication */
	CUT = 1 << 1,        /* one way, or between two halves */
	CRASH = 1 << 2,      /* and the way back */
	PAUSE = 1 << 3,      /* a daemon that is not scheduled */
	DRIFT = 1 << 4,      /* clocks of different speed */
	PRIORITY = 1 << 5,   /* changes of the effective priority */
	CONFIG = 1 << 6,     /* changes of everything else */
	INTERFACE = 1 << 7,  /* carrier, address, administratively down */
	SHUTDOWN = 1 << 8,   /* and startup */
	CORRUPT = 1 << 9,    /* flipped bits, wrong TTL */
	TIES = 1 << 10,      /* equal priorities, owners */
	HOLD = 1 << 11,      /* nopreempt and preempt_delay */
	MANY = 1 << 12,      /* up to three virtual routers */
	FORGED = 1 << 13,    /* well-formed packets that no router sent */
	INCUMBENT = 1 << 14, /* nopreempt everywhere; the first one stays */
	/* These play alone, on a LAN without any other fault. */
	PLANNED =
		1 << 15,  /* handovers, stops, starts: never without a holder */
	ADOPT = 1 << 16,  /* processes that die and are replaced */
	FREEZE = 1 << 17, /* daemons that sleep; their kernels hold leases */
	FORGERY = 1 << 18, /* one advertisement: 255, interval 40.95 s */
	SPLIT = 1 << 19,   /* two halves, each with its Active; and one again */
	FORGER = 1 << 20,  /* two packets a minute, of any content */
	ALONE = INCUMBENT | PLANNED | ADOPT | FREEZE | FORGERY | SPLIT | FORGER
};

struct play {
	struct lan *lan;
	struct prng *prng;
	struct referee referee;
	unsigned troubles;
	tick_t base; /* the LAN's usual interval */
	tick_t calm; /* the longest way of a packet when all is well */
};

/* Less than `count`. */
unsigned play_pick(struct play *p, unsigned count);
uint8_t play_priority(struct play *p);
/* All of a configuration that a reload may change. */
void play_config(struct play *p, unsigned group, struct vrrp_config *config);
void play_boot(struct play *p, unsigned router);
void play_start_all(struct play *p);
/* Lets the LAN settle, judges it, and looks whether it then rests. */
void play_settle(struct play *p);

void trouble(struct play *p);

void play_incumbent(struct play *p);
void play_planned(struct play *p);
void play_adopt(struct play *p);
void play_freeze(struct play *p);
void play_split(struct play *p);
void play_forgery(struct play *p);
void play_forger(struct play *p);
