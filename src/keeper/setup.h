/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the keeper is told by the program, and what it tells its children. */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

#include <stdbool.h>

/* Set in the program that an upgrade has executed (resume.c). */
#define RESUME_VARIABLE "BATON_RESUME"

/* keepalived's exit status for a configuration that cannot be used. */
#define KEEPER_EXIT_CONFIG 3

#define KEEPER_ARGUMENTS_MAX 16

/* What `batond --config-test` says last if all is well (rehearsal.c). */
#define KEEPER_TEST_PASSED "can be used"

/* What the `ctl` process is given. */
struct keeper_ctl {
	int ledger; /* to be mapped read-only */
	int listen; /* unix stream socket */
	int wake;   /* eventfd: events were appended */
	int stop;   /* hung up when the keeper has died */
};

/* What the `vrrp` process is given. */
struct keeper_vrrp {
	/* The instances, in the order of the ledger's records. */
	const struct conf_model *model;
	struct ledger *ledger; /* writable */
	/* eventfd(2)s that are raised after events were appended, or -1. */
	int wake[2];
	int control; /* to the keeper (ledger/command.h) */
	/* The ledger of the process before, if it is another one, or NULL. */
	struct ledger *before;
	/* An errno for each enum schedule_wish, of what was tried before. */
	int *refused;
};

struct keeper_setup {
	const char *file; /* the configuration, absolute */
	/*
	 * Reads it for a start, when nothing else is to be done, and tells what
	 * is wrong with it. The model, which becomes the keeper's, with a
	 * descriptor of its packed form (files/reading.h); NULL if it cannot be
	 * used.
	 */
	struct conf_model *(*read)(void *context, int *packed);
	const char *program; /* absolute: what an upgrade executes */
	/*
	 * The command line by which an upgrade runs it, as execve(2) takes it.
	 * At most KEEPER_ARGUMENTS_MAX words; it may run in any directory.
	 */
	const char *const *arguments;
	const char *run_dir;
	/* The bodies of the processes; their results are the exit statuses. */
	int (*vrrp)(const struct keeper_vrrp *vrrp);
	int (*ctl)(const struct keeper_ctl *ctl);
	/* Called once when everything was started. May be NULL. */
	void (*ready)(void *context);
	void *context;
};
