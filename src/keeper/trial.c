/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration on trial: the one of before is kept, and returns unless
 * somebody confirms in time (reload_turn()).
 */
#include "keeper/keeper_state.h"

#include "keeper/reply.h"
#include "sys/clock.h"

#include <errno.h>
#include <string.h>

void trial_begin(struct keeper *k, tick_t confirm)
{
	if (!k->fallback.model) /* a trial within a trial returns to both */
		k->fallback =
			(struct configuration){ k->now.model, k->now.packed };
	k->confirm_by = clock_now() + confirm;
}

void trial_undo(struct keeper *k, tick_t confirm_by)
{
	if (k->fallback.model == k->now.model)
		k->fallback = CONFIGURATION_NONE;
	k->confirm_by = confirm_by;
}

void trial_free(struct keeper *k)
{
	if (k->fallback.model != k->now.model)
		configuration_free(&k->fallback);
	k->fallback = CONFIGURATION_NONE;
}

void trial_confirm(struct keeper *k, struct reply *out)
{
	static const char confirmed[] = "confirmed\n";

	if (k->confirm_by == TICK_NEVER) {
		reply_fail(out, ENOENT, "nothing waits to be confirmed\n");
		return;
	}
	k->confirm_by = TICK_NEVER;
	k->now.ledger->returns = 0;
	trial_free(k);
	resume_remember(k);
	reply_add(out, confirmed, strlen(confirmed));
}

void trial_succeeded(struct keeper *k)
{
	if (k->fallback.model == k->now.model)
		k->fallback = CONFIGURATION_NONE;
	if (k->confirm_by != TICK_NEVER)
		k->now.ledger->returns = k->confirm_by;
}

void trial_failed(struct keeper *k)
{
	if (!k->fallback.model)
		return;
	if (k->fallback.model == k->next.model) { /* it was to return */
		k->confirm_by = clock_now() + TRIAL_RETURN_AGAIN;
		return;
	}
	if (k->fallback.model != k->now.model)
		return; /* a trial within a trial: the first one goes on */
	k->fallback = CONFIGURATION_NONE;
	k->confirm_by = TICK_NEVER;
}
