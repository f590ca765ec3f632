/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process is one row: what it is called, what it may do, what it is given,
 * and how another takes its place. src/batond hands in the table; the keeper
 * knows none of them by name.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "sys/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

enum keeper_kind {
	/*
	 * Serves: the next one is ready before it ends, and adopts what it
	 * knows. It writes the ledger. There is one such row.
	 */
	KEEPER_HEIR,
	/* Ends, and is started again; also for another ledger to show. */
	KEEPER_RESTART,
	/*
	 * Others start it, and it joins (keeper/join.h); it ends when its
	 * keeper does, or for another ledger, and joins again. It keeps neither
	 * `control` nor KEEPS_LISTEN.
	 */
	KEEPER_EXTERNAL,
};

/* Descriptors that a process may be given. */
enum keeper_keeps {
	KEEPS_WAKE = 1,   /* it is woken when events were appended */
	KEEPS_VIEW = 2,   /* the ledger, to be mapped read-only */
	KEEPS_LISTEN = 4, /* the socket where questions are answered */
	/* It wakes the keeper, which wakes the process that serves. */
	KEEPS_TELL = 8,
	/* It is woken whenever the process that serves has done something. */
	KEEPS_FOLLOW = 16,
	/* It is woken whenever one of KEEPS_TELL has told something. */
	KEEPS_HEAR = 32,
};

/* Those that need a socket to be woken by, or to wake the keeper. */
#define KEEPS_A_WAKE (KEEPS_WAKE | KEEPS_TELL | KEEPS_FOLLOW | KEEPS_HEAR)

/* Files that a process needs and could not open itself. */
#define KEEPER_FILES 3

/* What the body of a process is given; -1 or NULL where the row says nothing.
 */
struct keeper_given {
	/* Of a process that needs it. It is that of the ledger's records. */
	const struct conf_model *model;
	/* Of a process that writes a book: the ledger. Of KEEPER_HEIR also the
	 * one before, or NULL, which it can only read. */
	struct ledger *ledger, *before;
	int control; /* ... to the keeper (ledger/command.h) */
	/* ... an errno for each enum schedule_wish, of what was tried before.
	 */
	int *refused;
	/* A socket of its own to the keeper (sys/wake.h), by which KEEPER_HEIR
	 * wakes it after events were appended, and others are woken. */
	int wake;
	int view, listen;
	/* What its row has opened: descriptors, or -errno. */
	int files[KEEPER_FILES];
	int stop;             /* hung up when the keeper has died: then end */
	enum sandbox sandbox; /* of the row */
};

struct keeper_row {
	const char *name;
	enum keeper_kind kind;
	/* It may be KEEPER_EXTERNAL instead, where the program is told so. */
	bool may_join;
	uint64_t capabilities; /* to keep (sys/process.h) */
	/* Those that a configuration needs beside these, or NULL. */
	uint64_t (*rights)(const struct conf_model *model);
	/* Of one that is unprivileged: how many descriptors, or NULL: few. */
	unsigned (*descriptors)(const struct conf_model *model);
	/* Opens files with the rights of the keeper, in the child; or NULL. */
	void (*opens)(const struct conf_model *model, int files[]);
	/* The network namespace that it enters, or NULL: that of the keeper. */
	const char *(*space)(const struct conf_model *model);
	enum sandbox sandbox; /* that its body enters when all is open */
	bool unprivileged;    /* runs as the user with the least rights */
	unsigned keeps;       /* enum keeper_keeps, or-ed */
	bool needs_model;
	unsigned secrets; /* ... with these: 1 << enum conf_secret_of, or-ed */
	bool all_rights;  /* those of the keeper: it starts users' programs */
	enum ledger_book book; /* that it writes; the keeper's: none */
	bool dumps; /* it makes dumps (ledger/dump.h), and is started for one */
	bool heartbeat; /* in its book: one that hangs is killed */
	/* It has no book, and answers at `listen`: while somebody waits there
	 * it wakes the keeper at least once a second, or is killed. */
	bool answers;
	int nice; /* unless `runs` says more */
	/* How much longer than others it may take to end with the daemon. */
	tick_t (*outlasts)(const struct conf_model *model);
	/* Of KEEPER_HEIR: how it is to run by the configuration. */
	const struct conf_process *(*runs)(const struct conf_model *model);
	/*
	 * Of KEEPER_HEIR: the size of the ledger for a model, and what it says
	 * of the configuration before anybody reads it.
	 */
	void (*book_size)(const struct conf_model *model,
			  struct ledger_size *size);
	void (*book_fill)(const struct conf_model *model,
			  struct ledger *ledger);
	/* Whether a configuration needs it; NULL: each does. */
	bool (*needed)(const struct conf_model *model);
	/* ... or what its book has from before; NULL: that does not matter. */
	bool (*needed_by)(const struct ledger *ledger);
	/* For prctl(2): NULL, or a result that is NULL: the usual one. */
	const char *(*title)(const struct conf_model *model);
	/*
	 * Enters its sandbox as soon as all is open; the result is the exit
	 * status.
	 */
	int (*body)(const struct keeper_given *given);
};

#define KEEPER_ROWS_MAX (LEDGER_PROCESSES - 1)
