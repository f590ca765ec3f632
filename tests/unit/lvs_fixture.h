/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual server for a test of the core: real servers a, b, c, ... at
 * 10.0.0.1, .2, .3, ..., each with a check of its own, and a sorry server "S"
 * at 10.0.0.99. What the table should be and what is told are words.
 */
#pragma once

#include "lvs/lvs.h"
#include "lvs/save.h"

#define PLAY_SERVERS 8

struct play {
	struct lvs_service_config service;
	struct lvs_server_config servers[PLAY_SERVERS];
	struct lvs_follow follows[PLAY_SERVERS][2];
	struct lvs_config config;
	struct lvs core;
	void *memory;
	tick_t now;
	char told[512];
	char table[256];
};

/*
 * The configuration of so many servers: quorum 1, weight 1, no sorry server.
 * A test changes it before play_begin().
 */
void play_configure(struct play *p, uint32_t servers);

/* With the sorry server. */
void play_sorry(struct play *p);

/* The core: as new, before lvs_begin(). */
void play_init(struct play *p);

/* play_init() and lvs_begin(). */
void play_begin(struct play *p);

void play_end(struct play *p);

/* A verdict on the first check of server 'a', 'b', ... */
void play_good(struct play *p, char server);
void play_bad(struct play *p, char server);

/* Time passes, and what is due happens at its time. */
void play_pass(struct play *p, tick_t duration);

/* The number of server 'a', ... */
uint32_t play_number(char server);

/*
 * What was told since the last time: "down:a quorum-down ". Servers that are
 * not in the file have capital letters.
 */
const char *play_told(struct play *p);

/* What is wanted: "a:1 b:0 S:1 "; what leaves the file comes last. */
const char *play_table(struct play *p);

/* Those items that may have changed since the last time: "a:1 b:- ". */
const char *play_changed(struct play *p);

/*
 * All that is known moves into another core, of the configuration that `next`
 * has, in which nothing was begun. Servers of 10.0.0.x meet by their address.
 */
void play_move(struct play *from, struct play *next);
