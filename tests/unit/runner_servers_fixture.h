/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts of virtual and real servers without processes: the test is the
 * process `lvs`, and the scripts that are started are numbers that it ends.
 */
#pragma once

#include "conf_fixture.h"
#include "ledger/ledger.h"
#include "ledger/news.h"
#include "ledger/tellers.h"
#include "runner/runner_state.h"

#define SERVERS 1200
#define ROOM    256
#define A_TURN  16
#define AT_ONCE 1024
#define SCRIPTS 8192

extern struct conf_loaded *loaded;
extern struct ledger *l;
extern struct runner *r;

/* Those that were started: the process is the place, plus 1. */
extern struct script_run {
	char server[64], state[8];
	uint64_t change;
	bool ended;
} scripts[SCRIPTS];
extern unsigned started;

/* So many programs are not there; so many times there is no room for a
 * process. */
extern unsigned refuse, full;

/* Of a process before, which run yet. */
#define ORPHANS 8
extern pid_t orphans[ORPHANS];

/* Real servers of one virtual server, each with such scripts. */
#define BOTH "notify_up \"/bin/up\"\n notify_down \"/bin/down\"\n"
void load(unsigned count, const char *scripts_of_each);

/* A process `run` with so many, and a ring of so many news; and its end. */
void begin(unsigned count, uint32_t room);
void finish(void);
/* It has died, and what it has started runs on; the next one. */
void end_runner(void);
void start_runner(void);

/* Of the server with that port, from 1. */
void change(unsigned port, bool up);
void end_script(unsigned n);
/* A turn; how many scripts it has started. */
unsigned turn(void);
void turns(void);
uint64_t lost(void);
