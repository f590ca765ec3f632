/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the keeper tells the `vrrp` process, and that one the keeper, over the
 * SOCK_SEQPACKET socket between them: one fixed record each.
 */
#pragma once

#include <signal.h>
#include <stdint.h>

/* Of the keeper to `vrrp`, but for COMMAND_READY. */
enum command_what {
	COMMAND_READY, /* all is set up */
	COMMAND_GO,
	COMMAND_HANDOVER, /* let another be Active, and be its Backup */
	COMMAND_DRAIN,    /* hand over, and stay out */
	COMMAND_UNDRAIN,
	COMMAND_TAKEOVER, /* UNDRAIN, in place of a program that serves here */
	COMMAND_REMOVE,   /* DRAIN: the next configuration does not have it */
};

struct command {
	uint32_t what;     /* enum command_what */
	uint32_t instance; /* or LEDGER_NO_INSTANCE: all */
	/* Of GO: nobody listened since the process before ended. */
	uint32_t deaf;
};

/*
 * The signal at which `vrrp` ends at once and leaves all to its successor: one
 * that nobody sends by hand.
 */
#define COMMAND_YIELD SIGRTMIN
