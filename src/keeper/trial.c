/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration on trial: the one of before is kept, and returns unless
 * somebody confirms in time (reload_turn()).
 */
#include "keeper/keeper_state.h"

#include "conf/model/conf.h"
#include "keeper/reply.h"
#include "sys/clock.h"

#include <errno.h>
#include <string.h>

void trial_confirm(struct keeper *k, struct reply *out)
{
	static const char confirmed[] = "confirmed\n";

	if (k->confirm_by == TICK_NEVER) {
		reply_fail(out, ENOENT, "nothing waits to be confirmed\n");
		return;
	}
	k->confirm_by = TICK_NEVER;
	k->now.ledger->returns = 0;
	if (k->fallback && k->fallback != k->now.model)
		conf_free(k->fallback);
	k->fallback = NULL;
	reply_add(out, confirmed, strlen(confirmed));
}

void trial_succeeded(struct keeper *k)
{
	if (k->fallback == k->now.model)
		k->fallback = NULL;
	if (k->confirm_by != TICK_NEVER)
		k->now.ledger->returns = k->confirm_by;
}

void trial_failed(struct keeper *k)
{
	if (!k->fallback)
		return;
	if (k->fallback == k->next.model) { /* it was to return */
		k->confirm_by = clock_now() + TRIAL_RETURN_AGAIN;
		return;
	}
	if (k->fallback != k->now.model)
		return; /* a trial within a trial: the first one goes on */
	k->fallback = NULL;
	k->confirm_by = TICK_NEVER;
}
