/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an event of the ledger says, in words, for the log and for answers. */
#pragma once

#include "ledger/ledger.h"

#include <stddef.h>

#define WORDS_MAX 192 /* bytes with the zero */

/*
 * Of LEDGER_EVENT_PROCESS, what follows the name: "started (pid 12)". A code
 * that is none says "unknown".
 */
void words_process(const struct ledger_event *event, char out[WORDS_MAX]);

/* What the value of a note is. */
enum words_value {
	WORDS_VALUE_NONE,
	WORDS_VALUE_INTERVAL, /* nanoseconds */
	WORDS_VALUE_CHECKSUM, /* enum vrrp_checksum */
	WORDS_VALUE_MAC,
};

enum words_value words_value_of(enum vrrp_note note);

/* Of LEDGER_EVENT_NOTE, its value: "every 0.1 s", "rfc5798", a MAC, or "". */
void words_note_value(const struct ledger_event *event, char out[WORDS_MAX]);

/* The lower 48 bits as "02:00:00:00:00:01". */
#define WORDS_MAC 18
void words_mac(uint64_t mac, char out[WORDS_MAC]);
