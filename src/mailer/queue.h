/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail that waits, in the book of the ledger: what is there survives this
 * process. A place is taken when its order is written, and free when that is 0.
 */
#pragma once

#include "ledger/ledger.h"

#define QUEUE_NONE UINT32_MAX

/* A mail this old is given up when a try of it fails. */
#define QUEUE_LIFE (6 * 3600 * TICK_SECOND)

/* The newest mail that waits, or QUEUE_NONE. */
uint32_t queue_newest(const struct ledger *l);

/*
 * Takes a place for one more mail, with all but its order. Where there is none
 * the oldest that `busy` does not claim gives way: true, and it is `lost`.
 */
bool queue_add(struct ledger *l, const struct ledger_mail *mail,
	       bool (*busy)(void *context, uint32_t place), void *context,
	       struct ledger_mail *lost);

/*
 * The oldest that waits and is not under way; of one virtual router the next
 * one waits for the end of the one before. QUEUE_NONE: there is none before
 * `next`, but for what is under way.
 */
uint32_t queue_next(const struct ledger *l, tick_t now,
		    bool (*busy)(void *context, uint32_t place), void *context,
		    tick_t *next);

/* A try of one begins. */
void queue_tried(struct ledger *l, uint32_t place);
/* It has ended: whether it was sent. */
void queue_end(struct ledger *l, uint32_t place, bool sent);
/* It waits, not for those of its recipients, in a list of that hash. */
void queue_keep(struct ledger *l, uint32_t place, uint64_t reached, uint32_t of,
		tick_t not_before);
/* So many were given up, for some of their recipients at least. */
void queue_count_dropped(struct ledger *l, uint64_t count);

/* Whether a mail has had its time. */
bool queue_is_over(const struct ledger_mail *mail, tick_t now_real);
