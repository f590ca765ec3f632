/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration on trial: the one of before is kept, and returns unless
 * somebody confirms in time. When that is, succession.c knows.
 */
#include "keeper/keeper_state.h"

void trial_keep(struct keeper *k)
{
	if (!k->fallback.model) /* a trial within a trial returns to both */
		k->fallback =
			(struct configuration){ k->now.model, k->now.packed };
}

void trial_settle(struct keeper *k)
{
	k->now.ledger->returns = k->succession.confirm_by == TICK_NEVER
					 ? 0
					 : k->succession.confirm_by;
	if (k->succession.trial != TRIAL_NONE)
		return;
	if (k->fallback.model != k->now.model)
		configuration_free(&k->fallback);
	k->fallback = CONFIGURATION_NONE;
}
