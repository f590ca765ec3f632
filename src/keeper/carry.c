/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes know goes from one ledger to the next: mail that waits,
 * verdicts on servers, and what is in the table of virtual servers. Such a
 * process ends a while after a reload, and until then it writes in the old
 * ledger, so the keeper keeps a map of that; what was known at the reload
 * stands in the new one at once, for a keeper that comes after this one.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "ledger/tellers.h"

#include <assert.h>

static const struct {
	enum ledger_book book;
	void (*inherit)(struct ledger *l, const struct ledger *before);
	void (*begin)(struct ledger *l);
} books[] = {
	{ LEDGER_BOOK_MAILER, ledger_inherit_mail, ledger_begin_mail },
	{ LEDGER_BOOK_CHECKER, ledger_inherit_checks, ledger_begin_checks },
	{ LEDGER_BOOK_LVS, ledger_inherit_lvs, ledger_begin_lvs },
	{ LEDGER_BOOK_RUNNER, ledger_inherit_tellers, ledger_begin_tellers },
};
static_assert(ARRAY_LENGTH(books) == KEEPER_CARRIES, "a map for each");

void carry_size(const struct keeper *k, struct ledger_size *size)
{
	if (k->now.ledger)
		ledger_size_lvs(size, k->now.ledger);
	for (unsigned n = 0; n < ARRAY_LENGTH(books); n++)
		if (k->carried[n])
			ledger_size_lvs(size, k->carried[n]);
}

void carry_on(struct keeper *k, const struct ledger *old)
{
	for (unsigned n = 0; n < ARRAY_LENGTH(books); n++)
		books[n].inherit(k->now.ledger,
				 k->carried[n] ? k->carried[n] : old);
}

static void forget(struct keeper *k, unsigned n)
{
	ledger_unmap(k->carried[n]);
	k->carried[n] = NULL;
}

void carry_begin(struct keeper *k, enum ledger_book book)
{
	for (unsigned n = 0; n < ARRAY_LENGTH(books); n++) {
		if (books[n].book != book)
			continue;
		if (k->carried[n])
			books[n].inherit(k->now.ledger, k->carried[n]);
		books[n].begin(k->now.ledger);
		forget(k, n);
		/* Else what is told last may be told again. */
		if (ledger_map(k->now.view, false, &k->carried[n]))
			k->carried[n] = NULL;
	}
}

void carry_forget(struct keeper *k)
{
	for (unsigned n = 0; n < ARRAY_LENGTH(books); n++)
		forget(k, n);
}
