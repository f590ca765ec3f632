/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What operators have ordered for real servers (`baton rs`): a list in the
 * keeper's book, of LEDGER_ORDERED_MAX places. The keeper writes it, `lvs` does
 * what it says, and others show it. Records: ledger/virtual.h.
 *
 * An order names its servers by what they are known by, and by their numbers in
 * the configuration of this ledger. One for a server that is not in it has no
 * number, and nobody follows it.
 */
#pragma once

#include "ledger/virtuals.h"

#include <stdbool.h>

/* Places that may hold an order. None in the ledger of an earlier program. */
uint32_t ledger_ordered_used(const struct ledger *l);

/* A number that has changed whenever an order has. */
uint64_t ledger_ordered_changes(const struct ledger *l);

/*
 * A copy of which each field has a value that it can have. False: there is no
 * order at that place, or it was being written at each try.
 */
bool ledger_read_ordered(const struct ledger *l, uint32_t index,
			 struct ledger_ordered *copy);
/* The same for who must know which of both: 1, 0, or -EAGAIN. */
int ledger_try_ordered(const struct ledger *l, uint32_t index,
		       struct ledger_ordered *copy);

/* The order for a real server; false: there is none. */
bool ledger_find_ordered(const struct ledger *l, uint32_t real,
			 struct ledger_ordered *copy);

/* ---- for the keeper ---- */

/* What a real server of a virtual server is known by. */
void ledger_ordered_name(const struct ledger *l, uint32_t virtual,
			 uint32_t real, struct ledger_ordered *out);

/*
 * Puts an order in the place of the one for the same server; one that says
 * nothing leaves a free place. -ENOSPC: all places are taken.
 */
int ledger_put_ordered(struct ledger *l, const struct ledger_ordered *order);

/* Which of the servers of this ledger's configuration the orders are for. */
void ledger_resolve_ordered(struct ledger *l);

/* Those of another ledger, also for servers that are not in this one. */
void ledger_inherit_ordered(struct ledger *l, const struct ledger *before);

/* Orders for servers that are not in the configuration end: how many. */
unsigned ledger_prune_ordered(struct ledger *l);
