/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands of baton(1) do. Each writes to standard output, explains
 * what went wrong on standard error, and returns the exit status.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>

enum command_exit {
	COMMAND_DONE = 0,
	COMMAND_FAILED = 1,   /* no answer, no such virtual router */
	COMMAND_USAGE = 2,    /* the command line is wrong */
	COMMAND_UNUSABLE = 3, /* check: batond would not start with it */
	COMMAND_DOUBTFUL = 4, /* check: it would, but perhaps not as meant */
};

struct conf_diagnostics;
struct conf_model;

struct command {
	const char *run_dir;
	const char *argument; /* NAME or FILE, or NULL */
	/* All behind the word of the command, up to NULL; or NULL. */
	const char *const *arguments;
	bool json;
	bool follow;
	bool dry_run;
	bool strict;      /* check: a warning is an error */
	bool migrate;     /* check: what becomes of each word */
	const char *peer; /* check: the file of another router, or NULL */
	bool force;       /* takeover: also of what would be in FAULT */
	bool upgrade;     /* the program too, if another one is installed */
	unsigned confirm; /* seconds, 0: at once and for good */
	/* check: adds what only this machine knows of a model; or NULL. */
	void (*doubts)(const struct conf_model *model, const char *file,
		       struct conf_diagnostics *diagnostics);
	unsigned last; /* so many events; 0: all there are */
};

int command_status(const struct command *c);
int command_why(const struct command *c);
int command_events(const struct command *c);
int command_checks(const struct command *c);
int command_servers(const struct command *c);
int command_metrics(const struct command *c);
int command_check(const struct command *c);
int command_print(const struct command *c);
int command_explain(const struct command *c);

/* All words of the language, a line each. */
int command_words(const struct command *c);

int command_reload(const struct command *c);
int command_confirm(const struct command *c);
int command_handover(const struct command *c);
int command_drain(const struct command *c);
int command_undrain(const struct command *c);
int command_upgrade(const struct command *c);
int command_takeover(const struct command *c);

/* command_server.c: an order for a real server; and the words of these. */
int command_rs(const struct command *c);
int command_verbs(void);

/* Sends an order to the keeper (ledger/order.h) and shows what it answers. */
int command_order(const struct command *c, const void *order, size_t size);

/*
 * The order alone, of a keepalived that stands still. 0, or an errno that was
 * told; ETIMEDOUT: there was no answer until then (CLOCK_MONOTONIC).
 */
int command_take_over(const struct command *c, tick_t until);

/* The names of all virtual routers, one a line; silent if nobody answers. */
int command_names(const struct command *c);

/* The same of virtual servers, or of the real servers of one. */
int command_server_names(const struct command *c, const char *virtual);

/* The end of all output: COMMAND_DONE, or what went wrong is explained. */
int command_flush(void);

/* Whether what is written to this descriptor may have colours. */
bool command_colour(int fd);
