/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the keeper is told by the program. */
#pragma once

#include "keeper/row.h"

#include <stdbool.h>

/* Set in the program that an upgrade has executed (resume.c). */
#define RESUME_VARIABLE "BATON_RESUME"

/* keepalived's exit status for a configuration that cannot be used. */
#define KEEPER_EXIT_CONFIG 3

#define KEEPER_ARGUMENTS_MAX 32

/* What `batond --config-test` says last if all is well (rehearsal.c). */
#define KEEPER_TEST_PASSED "can be used"

struct keeper_setup {
	const char *file;      /* the configuration, absolute */
	const char *config_id; /* of its @ID lines, or NULL */
	bool all_files;        /* none of it may be missing */
	/*
	 * Reads it for a start, when nothing else is to be done, and tells what
	 * is wrong with it. The model, which becomes the keeper's, with a
	 * descriptor of its packed form (files/reading.h); NULL if it cannot be
	 * used.
	 */
	struct conf_model *(*read)(void *context, int *packed);
	/* Called instead where another configuration is in force: nobody keeps
	 * what was read already, nor the passwords in it. */
	void (*forget)(void *context);
	const char *program; /* absolute: what an upgrade executes */
	/*
	 * The command line by which an upgrade runs it, as execve(2) takes it.
	 * At most KEEPER_ARGUMENTS_MAX words; it may run in any directory.
	 */
	const char *const *arguments;
	/* That by which it only tests the configuration (--config-test). */
	const char *const *rehearsal;
	const char *run_dir;
	bool as_keepalived;      /* it was called by that name */
	bool leaves_table;       /* of virtual servers, at the stop */
	const char *dump_folder; /* where dumps go */
	/* Absolute paths of PID files, or NULL. */
	const char *pid_file, *vrrp_pid_file;
	/* The processes, in the order in which they are started and shown. */
	const struct keeper_row *rows;
	unsigned row_count; /* at most KEEPER_ROWS_MAX */
	/* Called once when everything was started. May be NULL. */
	void (*ready)(void *context);
	void *context;
};
