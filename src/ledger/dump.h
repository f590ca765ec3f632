/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps: files of keepalived's form that say what is known. The keeper is asked
 * for them by a signal and counts that in its book; the process `run`, which
 * may write where users' files are, makes them and notes it in its own.
 * keepalived(8), "SIGNALS".
 */
#pragma once

#include "ledger/ledger.h"

enum ledger_dump {
	LEDGER_DUMP_STATE,
	LEDGER_DUMP_STATS,
	LEDGER_DUMP_STATS_CLEAR, /* the same, and they begin anew */
	LEDGER_DUMP_JSON,
	/* No dumps, but made in the same way: reload_file appears, and goes. */
	LEDGER_RELOAD_BEGINS,
	LEDGER_RELOAD_IS_READ,
	LEDGER_DUMPS
};

/* keepalived's numbers, whatever the C library makes of SIGRTMIN. */
#define DUMP_SIGNAL_JSON        36
#define DUMP_SIGNAL_STATS_CLEAR 63

/* keepalived's statistics of an instance, in the order of its file. */
enum ledger_stat {
	LEDGER_STAT_ADVERTS_RECEIVED,
	LEDGER_STAT_ADVERTS_SENT,
	LEDGER_STAT_BECAME_ACTIVE,
	LEDGER_STAT_LEFT_ACTIVE,
	LEDGER_STAT_LENGTH,
	LEDGER_STAT_INTERVAL,
	LEDGER_STAT_TTL,
	LEDGER_STAT_TYPE,
	LEDGER_STAT_ADDRESS_LIST,
	LEDGER_STAT_AUTH_INVALID,
	LEDGER_STAT_AUTH_MISMATCH,
	LEDGER_STAT_AUTH_FAILURE,
	LEDGER_STAT_RESIGNS_RECEIVED,
	LEDGER_STAT_RESIGNS_SENT,
	LEDGER_STATS
};

/* That of a signal, or LEDGER_DUMPS. */
enum ledger_dump ledger_dump_of(int signal);

/* For the keeper. */
void ledger_dump_ask(struct ledger *l, enum ledger_dump dump);
/* Whether one was asked for that was not made. */
bool ledger_dump_is_due(const struct ledger *l);
/* What was asked for, made and cleared, for a ledger that is new. */
void ledger_inherit_dumps(struct ledger *l, const struct ledger *before);

/* For who makes them: whether that one is due, and that it was made. */
uint64_t ledger_dump_due(const struct ledger *l, enum ledger_dump dump);
void ledger_dump_made(struct ledger *l, enum ledger_dump dump, uint64_t asked);

/* As they count since they were cleared. */
void ledger_read_stats(struct ledger *l, uint32_t index,
		       uint64_t stats[LEDGER_STATS]);
void ledger_clear_stats(struct ledger *l, uint32_t index);
