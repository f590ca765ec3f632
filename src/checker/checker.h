/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `check`: health checks of real servers. Each distinct check
 * (conf/model/checks.h) runs at its phase, and what it came to stands in the
 * book of this process (ledger/checks.h), for `lvs` to act upon. The process
 * may hang, be stopped or die: verdicts stay, and the next one goes on with
 * them at the same phases.
 *
 * It parses what servers send, so it has no rights, and nobody believes it more
 * than that a server is good or not.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

struct checker_setup {
	const struct conf_model *model;
	struct ledger *ledger; /* whose book of it may be written */
	int wake;         /* to tell of verdicts that changed; told of files */
	const int *files; /* of own_open() (checker/own.h), or NULL */
	int stop;         /* hung up when the keeper has died: then end */
	int (*confine)(void *context); /* when all is open; 0 or -errno */
	void *context;
};

/* Ends by SIGTERM; the exit status. */
int checker_run(const struct checker_setup *setup);
