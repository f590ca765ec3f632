/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: starts, watches and restarts the other processes, holds the
 * ledger and the listening socket, and writes the log. It never sees a byte
 * from the network.
 */
#pragma once

#include "keeper/setup.h"

/*
 * Runs until SIGTERM or SIGINT, then stops its children. Returns the exit
 * status: 0, or 1 after an error that it has told, or KEEPER_EXIT_CONFIG.
 */
int keeper_run(const struct keeper_setup *setup);
