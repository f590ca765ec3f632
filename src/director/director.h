/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `lvs`: keeps the kernel's table of virtual servers (IPVS) as the
 * configuration and the verdicts of checks want it. It may hang, be stopped or
 * die: the kernel goes on serving, and the next one takes the table as it is.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

struct director_setup {
	const struct conf_model *model;
	struct ledger *ledger; /* whose book of it may be written */
	int wake;              /* by which it is told that there is news */
	int stop;              /* hung up when the keeper has died: then end */
	/* Enters the sandbox as soon as all is open: 0 or -errno. */
	int (*confine)(void *context);
	void *context;
};

/* Whether there are virtual servers. */
bool director_is_needed(const struct conf_model *model);
/* ... or some in the kernel that are to be removed. */
bool director_is_left(const struct ledger *ledger);
/* How long it may take to remove all, at the end of the daemon. */
tick_t director_outlasts(const struct conf_model *model);

/* Ends by SIGTERM; the exit status. */
int director_run(const struct director_setup *setup);
