/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `mail`: sends mail about changes of state, and keeps what waits
 * in its book of the ledger. It may hang, be stopped or die: no virtual router
 * waits for it, and the next one goes on with what waits.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

struct mailer_setup {
	const struct conf_model *model;
	struct ledger *ledger; /* whose book of it may be written */
	int wake;              /* when there may be changes */
	int stop;              /* hung up when the keeper has died: then end */
	int (*confine)(void *context); /* when all is open; 0 or -errno */
	void *context;
};

/* Whether mail is to be sent about anything. */
bool mailer_is_needed(const struct conf_model *model);

/* Ends by SIGTERM; the exit status. */
int mailer_run(const struct mailer_setup *setup);
