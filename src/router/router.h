/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The router: the body of the `vrrp` process. It joins the pure cores of all
 * virtual routers to Linux: packets and time become events, actions become
 * frames and netlink messages, and every change is written to the ledger.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/command.h"
#include "ledger/ledger.h"
#include "sys/sandbox.h"

struct router_setup {
	/* The instances, in the order of the ledger's records. */
	const struct conf_model *model;
	struct ledger *ledger; /* writable */
	int wake; /* sys/wake.h, after events were appended, or -1 */
	/*
	 * A SOCK_SEQPACKET to the keeper (ledger/command.h). READY goes out
	 * when all is set up; then any message is waited for, and adoption
	 * begins. Later messages are commands.
	 */
	int control;
	/* The ledger of the process before, if it is another one, or NULL. */
	struct ledger *before;
	/* An errno for each enum schedule_wish, of what was tried before. */
	int *refused;
	enum sandbox sandbox; /* entered when all is open */
};

/*
 * Runs until SIGTERM, then resigns and removes what it installed. Returns the
 * exit status of the process: 0, or 1 after an error that it has printed.
 *
 * Records that an earlier process left in the ledger are adopted: their state
 * and deadlines go on.
 */
int router_run(const struct router_setup *setup);
