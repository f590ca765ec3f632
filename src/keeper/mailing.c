/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail that waits goes from one ledger to the next. The process that sends it
 * ends a while after a reload, and until then it writes in the old ledger, so
 * the keeper keeps a map of that; what was known at the reload stands in the
 * new one at once, for a keeper that comes after this one.
 */
#include "keeper/keeper_state.h"

void mailing_carry(struct keeper *k, const struct ledger *old)
{
	ledger_inherit_mail(k->now.ledger, k->mailing ? k->mailing : old);
}

void mailing_begin(struct keeper *k)
{
	if (k->mailing)
		ledger_inherit_mail(k->now.ledger, k->mailing);
	ledger_begin_mail(k->now.ledger);
	mailing_forget(k);
	if (ledger_map(k->now.view, false, &k->mailing))
		k->mailing = NULL; /* then some may be sent twice */
}

void mailing_forget(struct keeper *k)
{
	ledger_unmap(k->mailing);
	k->mailing = NULL;
}
