/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of what others are told: users' scripts, FIFOs, mail. The process
 * that serves writes it; who tells keeps in a book of its own how far it came.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Who tells others of changes, each by itself: it keeps in its book what it has
 * told, and misses none. Those of one process are together.
 */
enum ledger_teller {
	LEDGER_TELLS_SCRIPTS,
	LEDGER_TELLS_FIFO,      /* notify_fifo */
	LEDGER_TELLS_VRRP_FIFO, /* vrrp_notify_fifo */
	LEDGER_TELLS_MAIL,
	LEDGER_TELLERS
};

#define LEDGER_TELLERS_MAX 8

enum ledger_change_kind {
	LEDGER_CHANGE_STATE,
	/* It left, and the next configuration does not have it. */
	LEDGER_CHANGE_DELETED,
	/* Remarks: */
	LEDGER_CHANGE_PRIORITY, /* of the effective one */
	LEDGER_CHANGE_LOWER,    /* an Active heard a lower priority */
	LEDGER_CHANGE_KINDS
};

static inline bool ledger_is_remark(enum ledger_change_kind kind)
{
	return kind >= LEDGER_CHANGE_PRIORITY;
}

/* What others are told of an instance or a group. */
struct ledger_change {
	uint64_t number; /* from 1, among the states or among the remarks */
	uint64_t order;  /* from 1, among all changes of all instances */
	tick_t time_real;
	struct ip peer;   /* whose advertisement caused it, or IP_NONE */
	uint8_t from, to; /* enum vrrp_state; of a remark both are the same */
	uint8_t cause;    /* enum vrrp_cause; of a remark: none */
	uint8_t priority; /* the effective one */
	uint8_t peer_priority;
	uint8_t kind; /* enum ledger_change_kind */
};

#define LEDGER_CHANGES_KEPT 8

/* The newest of each that was told; written and read by themselves. */
struct ledger_told {
	uint64_t states, remarks;
};

/*
 * The last ones; their place is their number % LEDGER_CHANGES_KEPT. Remarks may
 * come in bursts, and have places of their own so that no state gives way to
 * them. Grows at its end.
 */
struct ledger_changes {
	uint32_t sequence; /* odd: being written */
	uint64_t count;    /* the newest state */
	uint64_t ready;    /* the newest of which the kernel has done all */
	uint64_t remarks;  /* the newest remark */
	/* By enum ledger_teller: what was told before this ledger was. */
	struct ledger_told told[LEDGER_TELLERS_MAX];
	struct ledger_change last[LEDGER_CHANGES_KEPT];
	struct ledger_change last_remarks[LEDGER_CHANGES_KEPT];
};
