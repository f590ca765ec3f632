/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel refuses, and what helps: for the log, the status and the
 * reasons of `why`. Each takes an errno, and yields a clause that can stand
 * behind the kernel's own words and a semicolon, or "" where nothing is known
 * for sure: a wrong reason costs more than none.
 */
#pragma once

#include "base/ip.h"
#include "base/text.h"
#include "ledger/records.h"

/* Of a packet or frame that could not be sent. */
const char *trouble_sending(int error);

/* Of a multicast group that could not be joined. */
const char *trouble_membership(int error);

/*
 * Of a holding that could not be put: `kind` is its name, `family` that of its
 * address (IP_NONE: it has none).
 */
const char *trouble_holding(const char *kind, uint8_t family, int error);

/* The event LEDGER_EVENT_TROUBLE as a sentence. */
void trouble_words(const struct ledger_event *event, struct text *out);

/* "sending", "membership", ... */
const char *trouble_name(enum ledger_trouble trouble);
