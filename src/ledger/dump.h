/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known, as files of keepalived's form: which there are, and by which
 * signals keepalived's users ask for them. keepalived(8), "SIGNALS".
 */
#pragma once

enum ledger_dump {
	LEDGER_DUMP_STATE,
	LEDGER_DUMP_STATS,
	LEDGER_DUMP_STATS_CLEAR, /* the same, and counters begin anew */
	LEDGER_DUMP_JSON,
	LEDGER_DUMPS
};

/* keepalived's numbers, whatever the C library makes of SIGRTMIN. */
#define DUMP_SIGNAL_JSON        36
#define DUMP_SIGNAL_STATS_CLEAR 63
