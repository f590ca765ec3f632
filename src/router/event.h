/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes an event in the ledger, and how often (journal.c). */
#pragma once

#include "base/tick.h"
#include "ledger/records.h"
#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>

struct router;

/* Events of one reason, of one instance, in one window of 10 s. */
#define JOURNAL_LIMIT  3
#define JOURNAL_WINDOW (10 * TICK_SECOND)

struct journal_limit {
	uint16_t window;
	uint8_t used;
};

/*
 * Of what the kernel refuses, and accepts again, in one window: of thousands at
 * once the first ones are told, and how many more there were.
 */
#define JOURNAL_BURST 50

struct journal_burst {
	tick_t until; /* the end of the window */
	uint32_t told, untold;
};

/* Changes of one thing that are told in one window. */
#define FLAPPING_TOLD   20
#define FLAPPING_WINDOW JOURNAL_WINDOW

struct flaps {
	tick_t until; /* the end of the window */
	uint32_t told, untold;
	uint8_t now; /* a state, priority, enum ledger_verdict or link */
};

/* What may come and go: there is one of each for a router's ... */
enum flapping {
	FLAPPING_STATE,    /* ... instance */
	FLAPPING_PRIORITY, /* ... instance */
	FLAPPING_GROUP,
	FLAPPING_TARGET,
	FLAPPING_LINK, /* ... interface */
	FLAPPINGS
};

int flapping_setup(struct router *r);
void flapping_free(struct router *r);
/* Whether it is told that the one with this number is `now` otherwise. */
bool flapping_tells(struct router *r, enum flapping what, uint32_t number,
		    uint8_t now);
/* Tells how many were not, when their window is over. */
void flapping_run(struct router *r);
tick_t flapping_deadline(const struct router *r);

/* Of so many instances, or NULL. */
struct journal_limit *journal_limits(uint32_t instances);
void journal_state(struct router *r, uint32_t id,
		   const struct vrrp_action *action);
void journal_drop(struct router *r, uint32_t id, enum vrrp_drop drop,
		  const struct ip *peer);
void journal_unknown(struct router *r, uint32_t ifindex, enum vrrp_drop drop,
		     uint8_t vrid, const struct ip *peer);
void journal_note(struct router *r, uint32_t id,
		  const struct vrrp_action *action);
/* The effective priority is another one. */
void journal_priority(struct router *r, uint32_t id, uint8_t from, uint8_t to);
/* An interface that instances track counts as otherwise. */
void journal_tracked(struct router *r, uint32_t interface);
/* The same of a target. */
void journal_target(struct router *r, uint32_t target);
/* It waits for connections to be synced, or does so no more. */
void journal_sync_wait(struct router *r, uint32_t id, bool waits, bool steady);
void journal_group(struct router *r, uint32_t group, enum vrrp_state from,
		   enum vrrp_state to);
void journal_holding(struct router *r, uint32_t holding,
		     enum ledger_holding_state state, int error);
/*
 * Of an address and other programs: what is so now, into its record, and what
 * is told, or LEDGER_OTHERS_NONE. And where else it is.
 */
void journal_others(struct router *r, uint32_t holding, enum ledger_others now,
		    enum ledger_others told);
void journal_also_on(struct router *r, uint32_t holding, const char *name);
/* What became of its last advertisement: an errno of a packet of it, and
 * whether another one of its packets left. */
void journal_sending(struct router *r, uint32_t id, int error, bool left);
void journal_trouble(struct router *r, uint32_t id, enum ledger_trouble trouble,
		     bool begins, uint32_t number, int error);
/* Tells how many events of a burst were not told, when it is over. */
void journal_run(struct router *r);
tick_t journal_deadline(const struct router *r);
void journal_lateness(uint64_t histogram[LEDGER_LATENESS], tick_t *most,
		      uint64_t *sum, tick_t late);
void journal_wake(struct router *r);

/*
 * Writing to an instance's record: nests, so that helpers may be called with
 * or without it. Returns whether record_close() has something to do.
 */
bool record_open(struct ledger_record *record);
void record_close(struct ledger_record *record, bool opened);
