/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: starts, watches and restarts the other processes, holds the
 * ledger and the listening socket, and writes the log. It never sees a byte
 * from the network.
 */
#pragma once

#include "conf/model.h"
#include "engine/ledger.h"

#include <stdbool.h>

/*
 * In the run directory: what a next keeper needs (resume.c). Its first number
 * is the process id of `vrrp`.
 */
#define KEEPER_STATE "state"

/* The control socket in the run directory. */
#define KEEPER_SOCKET "ctl.sock"

/* Set in the program that an upgrade has executed (resume.c). */
#define RESUME_VARIABLE "BATON_RESUME"

/* keepalived's exit status for a configuration that cannot be used. */
#define KEEPER_EXIT_CONFIG 3

/* What `batond --config-test` says last if all is well (rehearsal.c). */
#define KEEPER_TEST_PASSED "can be used"

/* Where baton(1) asks the keeper to do something (engine/order.h). */
#define KEEPER_DOOR "keeper.sock"

/* What the `ctl` process is given. */
struct keeper_ctl {
	int ledger; /* to be mapped read-only */
	int listen; /* unix stream socket */
	int wake;   /* eventfd: events were appended */
	int stop;   /* hung up when the keeper has died */
};

struct keeper_setup {
	struct conf_model *model; /* checked; it becomes the keeper's */
	/*
	 * Reads the configuration anew; what is wrong with it goes to `tell`.
	 * NULL if it cannot be used.
	 */
	struct conf_model *(*load)(void *context,
				   void (*tell)(void *to, const char *text,
						size_t length),
				   void *to);
	const char *program; /* absolute: what an upgrade executes */
	/* The file's name, absolute. */
	const char *file;
	const char *run_dir;
	bool foreground; /* log to standard error */
	/* The body of the `ctl` process; its result is the exit status. */
	int (*ctl)(const struct keeper_ctl *ctl);
	/* Called once when everything was started. May be NULL. */
	void (*ready)(void *context);
	void *context;
};

/*
 * Runs until SIGTERM or SIGINT, then stops its children. Returns the exit
 * status: 0, or 1 after an error that it has told.
 */
int keeper_run(const struct keeper_setup *setup);
