/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel should hold and what became of it, as records of the ledger
 * (ledger/records.h), and as what its events say.
 */
#pragma once

#include "base/ip.h"

#include <stdint.h>

/*
 * What the kernel should hold: of an instance or static; of which kind, see
 * struct ledger_kind. A route's address and prefix are its destination.
 */
enum ledger_holding_state {
	LEDGER_HOLDING_ABSENT,     /* not wanted, not there */
	LEDGER_HOLDING_INSTALLING, /* asked for, not yet seen */
	LEDGER_HOLDING_INSTALLED,  /* wanted and there */
	LEDGER_HOLDING_REMOVING,   /* not wanted, still there */
	LEDGER_HOLDING_FAILED,     /* wanted; the kernel refused: .error */
};

struct ledger_wanted {
	struct ip address;
	uint8_t prefix;
	uint8_t excluded; /* bool: not in the advertisement */
	uint8_t kind;     /* the record in LEDGER_KINDS */
	uint32_t number;  /* what its kind says: of a route, the table */
};

/* Who put into the kernel what is there of a holding. */
enum ledger_whose {
	LEDGER_WHOSE_UNKNOWN, /* nothing is there, or an earlier program wrote
			       */
	LEDGER_WHOSE_OURS,
	LEDGER_WHOSE_THEIRS, /* another program of this machine; it stays */
};

/*
 * Other programs of this machine and an address of a virtual router. Of
 * those marked (now) the record of the address says it for as long as it is so.
 */
enum ledger_others {
	LEDGER_OTHERS_NONE,
	LEDGER_OTHERS_FOUND,     /* (now) at the start: left until one serves */
	LEDGER_OTHERS_TAKEN,     /* it was there, and is ours from now on */
	LEDGER_OTHERS_REMOVED,   /* put there while we are not Active */
	LEDGER_OTHERS_INSISTS,   /* (now) ... again and again */
	LEDGER_OTHERS_OWN,       /* (now) it stays: priority 255 */
	LEDGER_OTHERS_OUT,       /* (now) it stays: we are drained */
	LEDGER_OTHERS_CHANGED,   /* they changed it; it is set again */
	LEDGER_OTHERS_SHARED,    /* (now) another daemon keeps it, too */
	LEDGER_OTHERS_ELSEWHERE, /* another interface has it; that is left */
	LEDGER_OTHERS_CASES
};

/* What became of it. */
struct ledger_held {
	int32_t error;    /* errno of the kernel's refusal, or 0 */
	uint32_t ifindex; /* of its device, 0 if that is missing */
	uint8_t state;    /* enum ledger_holding_state */
	uint8_t whose;    /* enum ledger_whose */
	uint8_t others;   /* enum ledger_others */
	/* bool: promote_secondaries of its device was off before us */
	uint8_t promoted;
	/* Another interface that has this address, too, or "". */
	char also_on[16];
};

/* Both, for a reader. */
struct ledger_holding {
	struct ledger_wanted wanted;
	struct ledger_held held;
};

/*
 * A kind of holding, under its number, so that whoever reads needs no list of
 * them. The first one are addresses.
 */
struct ledger_kind {
	char name[16];        /* "": there is none of that number */
	char number_name[16]; /* of `number`, "": it says nothing */
};

#define LEDGER_KINDS_MAX 16

/* Who did what an event tells of. */
enum ledger_by {
	LEDGER_BY_UNKNOWN,
	LEDGER_BY_KERNEL, /* by itself: a lease ended, a link went */
	LEDGER_BY_US,
	LEDGER_BY_OTHERS, /* another program of this machine */
};

/* Two in one: its number, and an errno or 0. */
static inline int64_t ledger_holding_value(uint32_t number, int error)
{
	return (int64_t)((uint64_t)number << 32 | (uint32_t)error);
}

static inline uint32_t ledger_value_number(int64_t value)
{
	return (uint32_t)((uint64_t)value >> 32);
}

static inline int ledger_value_error(int64_t value)
{
	return (int)(value & INT32_MAX);
}
