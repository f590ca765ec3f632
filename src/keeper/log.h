/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: one line for each event of the ledger, written by the keeper. It
 * waits for nobody: what its reader does not take is lost, and how much that
 * was is told as soon as the reader takes a line again.
 */
#pragma once

#include "ledger/ledger.h"

#include <stdbool.h>
#include <stddef.h>

/* A longer line is cut, and ends with "...". */
#define LOG_LINE_MAX 400

/* Where lines go. */
struct log_way {
	bool console; /* to standard error */
	bool dated;   /* ... as keepalived writes them: the date stands first */
	bool syslog;
	int facility;     /* of syslog(3), or 0: LOG_DAEMON */
	const char *name; /* there; it must stay */
};

void log_open(const struct log_way *way);

/* One line of the keeper's own; `priority` as of syslog(3). */
void log_line(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Tells of lines that were lost, if that is possible by now. */
void log_settle(void);

/*
 * Writes the events after number `seen`; returns the number of the newest.
 * Those that the ring has lost are counted in one line. Packets of VRIDs that
 * are not configured have a line only if that is asked for (log_unknown_vrids).
 *
 * An event has its number before it is written. Where one of the newest is not
 * there yet, that and what follows is left for the next time, once: what is not
 * there then, up to number `awaited`, does not come any more.
 */
uint64_t log_follow(struct ledger *ledger, uint64_t seen, uint64_t *awaited,
		    bool unknown_vrids);
