/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the ledger (ledger/records.h): scripts and FIFOs that are told of changes,
 * and what became of them.
 */
#pragma once

#include "base/tick.h"

#include <stdint.h>

/* Of what a script writes, with the zero. */
#define LEDGER_OUTPUT_SIZE 200

/* What became of scripts that are told of changes. Grows at its end. */
struct ledger_notified {
	uint32_t sequence; /* odd: being written */
	uint8_t running;   /* bool */
	uint8_t how;       /* enum ledger_how: of the last */
	int32_t value;
	/* The specific script and the generic one; 0: it does not run. */
	int32_t pids[2];
	uint64_t change; /* its number, that they are told */
	tick_t started_real, ended_real;
	uint64_t runs, failures;
	uint64_t lost; /* changes that were not kept until they could be told */
	char word[24]; /* what was told last */
	char output[LEDGER_OUTPUT_SIZE];
	/* It is put off for want of a process, but for these scripts: bits, as
	 * of `pids`. */
	uint8_t begun;
};

#define LEDGER_FIFOS_MAX 3 /* enum conf_fifo_of */

/* What the configuration says of a FIFO; its path is "": there is none. */
struct ledger_fifo_configured {
	uint32_t path; /* ledger_text() */
};

#define LEDGER_WHY_SIZE 200

/* What became of it. */
struct ledger_fifo {
	uint32_t sequence;  /* odd: being written */
	uint8_t open;       /* bool */
	uint8_t reader_how; /* enum ledger_how: how its script last ended */
	uint8_t made;       /* bool: by us, and it goes with the daemon */
	int32_t reader;     /* the process of its script, or 0 */
	int32_t reader_value;
	uint32_t states_told;      /* struct ledger.reloads: after so many */
	uint64_t lines;            /* that were written */
	uint64_t lost;             /* changes, since nobody read */
	uint64_t reader_starts;    /* of its script */
	char why[LEDGER_WHY_SIZE]; /* it is not open, or "" */
	char reader_why[LEDGER_WHY_SIZE]; /* its script cannot be run */
	/* What has it open for the next process `run`, or 0; and when that
	 * began (procfs_start_time()). */
	int32_t holder;
	uint64_t holder_started;
	uint64_t servers; /* news of virtual servers (ledger/tellers.h) */
};
