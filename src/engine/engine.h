/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: the body of the `vrrp` process. It joins the pure cores of all
 * virtual routers to Linux: packets and time become events, actions become
 * frames and netlink messages, and every change is written to the ledger.
 */
#pragma once

#include "conf/model.h"
#include "engine/ledger.h"

#include <signal.h>

struct engine_setup {
	/* The instances, in the order of the ledger's records. */
	const struct conf_model *model;
	struct ledger *ledger; /* writable */
	/* eventfd(2)s that are raised after events were appended, or -1. */
	int wake[2];
	/*
	 * A SOCK_SEQPACKET to the keeper. ENGINE_READY goes out when all is
	 * set up; then any message is waited for, and adoption begins. Later
	 * messages are commands.
	 */
	int control;
	/* The ledger of the process before, if it is another one, or NULL. */
	struct ledger *before;
	/* An errno for each enum schedule_wish, of what was tried before. */
	int *refused;
};

/* Of the keeper to the engine, but for ENGINE_READY. */
enum engine_what {
	ENGINE_READY,
	ENGINE_GO,
	ENGINE_HANDOVER, /* let another be Active, and be its Backup */
	ENGINE_DRAIN,    /* hand over, and stay out */
	ENGINE_UNDRAIN,
};

struct engine_message {
	uint32_t what;     /* enum engine_what */
	uint32_t instance; /* or LEDGER_NO_INSTANCE: all */
	/* Of GO: nobody listened since the process before ended. */
	uint32_t deaf;
};

/*
 * The signal at which it ends at once and leaves all to its successor: one
 * that nobody sends by hand.
 */
#define ENGINE_YIELD SIGRTMIN

/*
 * Runs until SIGTERM, then resigns and removes what it installed. Returns the
 * exit status of the process: 0, or 1 after an error that it has printed.
 *
 * Records that an earlier process left in the ledger are adopted: their state
 * and deadlines go on.
 */
int engine_run(const struct engine_setup *setup);

/* Exact numbers that a ledger for this model needs. */
void engine_ledger_size(const struct conf_model *model, uint32_t *instances,
			uint32_t *addresses);

/*
 * Gives the instances of a new model their phases (vrrp/vrrp.h): thousands of
 * them then advertise in some tens of batches an interval.
 */
void engine_spread(struct conf_model *model);

/*
 * Fills in what the configuration says of each instance and address. For the
 * maker of a ledger, before anybody reads it.
 */
void engine_ledger_fill(const struct conf_model *model, struct ledger *ledger);
