/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail that waits, in the book of the ledger: what is there survives this
 * process. A place is taken when its order is written, and free when that is 0.
 */
#pragma once

#include "ledger/ledger.h"

#define QUEUE_NONE UINT32_MAX

/* What a try costs at most: then a mail is given up. */
#define QUEUE_TRIES 64
#define QUEUE_LIFE  (6 * 3600 * TICK_SECOND)

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
 * one waits for the end of the one before. QUEUE_NONE: there is none.
 */
uint32_t queue_next(const struct ledger *l,
		    bool (*busy)(void *context, uint32_t place), void *context);

/* What becomes of one: a try begins, it was sent, or it never will be. */
void queue_tried(struct ledger *l, uint32_t place);
void queue_sent(struct ledger *l, uint32_t place);
void queue_given_up(struct ledger *l, uint32_t place);

/* Whether a mail has had its tries and its time. */
bool queue_is_over(const struct ledger_mail *mail, tick_t now_real);
