/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an agent on a server says of it, in the line of HAProxy's agent-check:
 * words between spaces, tabs or commas, each of which
 *
 *   75%                  its weight becomes that much of the configured one
 *   ready                it takes part again after drain or maint
 *   drain                no new connections
 *   maint                none at all
 *   up                   it is well
 *   down, failed, stopped, fail   it is not; "#" begins what says why
 *
 * A word that is none of these is passed over: later ones may come.
 */
#pragma once

#include "ledger/checked.h"

#include <stdbool.h>
#include <stdint.h>

struct agent_says {
	bool any; /* there was a word that is known */
	bool down;
	uint8_t weighs; /* enum ledger_check_weighs: NOTHING or PERCENT */
	int32_t weight; /* percent, 0 to AGENT_PERCENT_MOST */
	uint8_t wish;   /* enum ledger_check_wish */
	char why[48];   /* what it says of being down, printable, or "" */
};

#define AGENT_PERCENT_MOST 1000

void agent_line(const char *line, struct agent_says *says);
