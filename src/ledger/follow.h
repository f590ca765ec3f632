/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What there is yet to tell of a record of changes, one after another: for each
 * teller by itself (struct ledger_told). Pure.
 */
#pragma once

#include "ledger/records.h"

enum ledger_follow {
	LEDGER_FOLLOW_NONE, /* all was told */
	LEDGER_FOLLOW_NEXT,
	/* The kernel has yet to do what it asks for, before it is told. */
	LEDGER_FOLLOW_WAITS,
};

/*
 * The next one, by `told`, which is moved on over what was told before the
 * ledger was, and what is no longer kept: so many are added to `lost`. `c` is
 * a copy; `next` is filled in unless the result is NONE, with fields that each
 * have a value that they can have.
 */
enum ledger_follow ledger_follow(const struct ledger_changes *c,
				 enum ledger_teller teller,
				 struct ledger_told *told,
				 struct ledger_change *next, uint64_t *lost);

/* It was told. */
void ledger_follow_on(struct ledger_told *told,
		      const struct ledger_change *change);

/* What a state is called to users' scripts, as keepalived does: "MASTER"; of a
 * remark "MASTER_PRIORITY". */
const char *ledger_change_word(const struct ledger_change *change);
