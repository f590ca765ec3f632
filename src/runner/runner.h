/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `run`: runs the scripts of users, again and again, and says in
 * its book of the ledger what they count as. It may hang, be stopped or die:
 * no virtual router waits for it.
 */
#pragma once

#include "conf/language/diagnostic.h"
#include "conf/model/model.h"
#include "ledger/ledger.h"

struct runner_setup {
	const struct conf_model *model;
	struct ledger *ledger; /* whose book of it may be written */
	int wake;              /* to who looks at the verdicts */
	int stop;              /* hung up when the keeper has died: then end */
};

/* How long it may take to end when all else has: shutdown_script. */
tick_t runner_outlasts(const struct conf_model *model);
/* Whether there is anything to run. */
bool runner_is_needed(const struct conf_model *model);

/* What `keepalived -t` tells of scripts on this machine. */
struct runner_look {
	uint32_t missing; /* tracked ones that cannot be run */
	uint32_t found;   /* that can be, tracked or not */
};

struct runner_look runner_look(const struct conf_model *model);

/* Notes on commands that this machine cannot run, each once: those that are
 * tracked, of MISC_CHECK and of notify. `file` stands for a place that the
 * model does not know: of one that comes from another process. */
void runner_doubts(const struct conf_model *model, const char *file,
		   struct conf_diagnostics *diagnostics);

/* Ends by SIGTERM; the exit status. */
int runner_run(const struct runner_setup *setup);
