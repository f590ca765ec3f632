/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: starts, watches and restarts the other processes, holds the
 * ledger and the listening socket, and writes the log. It never sees a byte
 * from the network.
 */
#pragma once

#include "keeper/setup.h"

#include <signal.h>

/*
 * The signals that keeper_run() reads. Who blocks them from the beginning of
 * main() does not end by one that comes while the program starts: it is read
 * when all is there.
 */
void keeper_signals(sigset_t *set);

/* Does not block them any more: for what is not the daemon. */
void keeper_release_signals(void);

/*
 * Runs until SIGTERM, SIGINT or SIGQUIT, then stops its children. Returns the
 * exit status: 0, or 1 after an error that it has told, or KEEPER_EXIT_CONFIG.
 */
int keeper_run(const struct keeper_setup *setup);
