/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MISC_CHECK between two processes: `check` decides when a command is due and
 * what its ends come to, `run` executes it. `check` writes into its record for
 * which round it asks (ledger_check.asks), `run` answers with that number.
 * Whichever of the two dies, the other one sees what is still to be done.
 *
 * Both are woken by others too, and there may be thousands of commands: each
 * counts what it has said, and the other one looks only where that has changed.
 */
#pragma once

#include "ledger/checks.h"

/* How many there are; none in the ledger of an earlier program. */
uint32_t ledger_scripted_count(const struct ledger *l);
struct ledger_scripted *ledger_scripted_at(struct ledger *l, uint32_t index);

/* For `check`: for which round that check asks, or 0. */
void ledger_scripted_ask(struct ledger *l, uint32_t check, tick_t round);

/* For `run`: the round for which that check asks, or 0. */
tick_t ledger_scripted_asks(const struct ledger *l, uint32_t check);
/* ... how often any has asked, so far; and that there are answers. */
uint64_t ledger_scripted_asked(const struct ledger *l);
void ledger_scripted_answered(struct ledger *l);

/* For `check`: how often `run` has said something of commands and files. */
uint64_t ledger_scripted_said(const struct ledger *l);

/* For `check`: a copy of which each field has a value that it can have. False:
 * there is none, or it was being written at each try. */
bool ledger_read_scripted(const struct ledger *l, uint32_t index,
			  struct ledger_scripted *copy);
