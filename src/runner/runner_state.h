/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the runner share, and nobody else sees.
 *
 *   runner.c   set-up, signals, the loop, the end
 *   script.c   one script: when it starts, how long it may take, its result
 *   verdict.c  what its results count as
 *   program.c  what a command names: its file, its user, and whether to trust
 *              it
 *   notify.c   scripts that are told of changes
 *   spawn.c    starting one
 *   output.c   what it writes
 */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "conf/model/command.h"
#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "runner/verdict.h"
#include "sys/loop.h"

#include <sys/resource.h>
#include <sys/types.h>

#define PROGRAM_WHY_MAX 200

/* Who runs a program. */
struct runner_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* all that it is to have; its own is among them */
	int group_count;
};

/* What a command is, on this machine. */
struct program {
	struct command command;
	char path[4096]; /* to execute */
	struct runner_user user;
	char why[PROGRAM_WHY_MAX]; /* it cannot be run, or "" */
};

/* In the order in which they come. */
enum script_end {
	SCRIPT_LIVES,  /* in time, or not running */
	SCRIPT_TOLD,   /* to end, by SIGTERM */
	SCRIPT_KILLED, /* by SIGKILL */
	SCRIPT_WAITS,  /* ... once more; it does not even end by that */
};

struct script {
	const struct conf_script *conf;
	struct ledger_result *result;
	struct verdict_rule rule;
	struct program program;
	pid_t pid; /* 0: it does not run */
	tick_t started;
	tick_t due;          /* its next start */
	enum script_end end; /* of the run under way */
	bool counted;        /* as failed, before it has ended */
	/* What it writes; -1: nobody reads that. */
	int output_read, output_write;
	char output[LEDGER_OUTPUT_SIZE];
	size_t output_length;
};

/* A virtual router whose changes scripts are told of (notify.c). */
struct notifier {
	const struct conf_notifies *conf;
	const char *name;
	uint32_t follower; /* the number in LEDGER_CHANGES */
	uint64_t told;     /* the last change */
	pid_t pids[2];     /* of the specific script and the generic one */
	bool stops;        /* they are told of STOP */
};

#define SPAWN_VARIABLES_MAX 8

/* What a program finds in its environment besides ours. */
struct spawn_variables {
	unsigned count;
	struct {
		const char *name;
		char value[64];
	} list[SPAWN_VARIABLES_MAX];
};

struct runner {
	const struct conf_model *model;
	struct ledger *ledger;
	int wake;
	struct loop loop;
	struct loop_watch watch_signal, watch_stop, watch_output, watch_wake;
	struct notifier *notifiers;
	uint32_t notifier_count;
	struct script *scripts;
	uint32_t script_count;
	struct heap deadlines; /* twice a script: its start, its end */
	struct map by_pid;
	int null;            /* /dev/null */
	struct rlimit files; /* as it was, for those who are started */
	bool stopping;
	tick_t kill_at, stop_at;
};

/* script.c */
/* One that nobody wants is not run. */
void script_setup(struct runner *r, uint32_t n, bool wanted);
/* Whoever looks at the verdicts is to look again; when all is written. */
void script_tell(const struct runner *r);
/* Its deadlines that have come. */
void script_due(struct runner *r, uint32_t n, tick_t now);
/*
 * It has ended, and then was waited for, with this status of waitpid(2): what a
 * group leaves behind that had too much time is ended in between, while its
 * number is not another's.
 */
void script_ends(const struct runner *r, uint32_t n);
void script_ended(struct runner *r, uint32_t n, int status);
/* Its process group gets a signal, if it runs. */
void script_signal(const struct script *s, int signal);
/* The one with that process, or MAP_NONE. */
uint32_t script_of(const struct runner *r, pid_t pid);

/* program.c */
/* What it is on this machine; false, and `why` says what is wrong. */
bool program_find(struct program *p, const char *command,
		  const struct conf_user *user, const struct conf_model *model);
void program_free(struct program *p);

/* notify.c */
int notify_setup(struct runner *r);
/* Tells what is new. */
void notify_look(struct runner *r);
/* One of its scripts has ended; false: it is none of them. */
bool notify_ended(struct runner *r, pid_t pid);
/* Whether scripts run that are told of STOP, and ends these. */
bool notify_stops(const struct runner *r);
void notify_kill(const struct runner *r);

/* spawn.c */
/* The process, which leads a group of its own and ends when we do; -errno. */
pid_t spawn_program(const struct runner *r, struct program *p, int output);
/* One that takes its time, also when we have ended; nobody reads it. */
pid_t spawn_notify(const struct runner *r, struct program *p,
		   const struct spawn_variables *variables);
void spawn_variable(struct spawn_variables *v, const char *name,
		    const char *value);

/* output.c */
int output_open(struct runner *r);
/* Of a script that is to be started; without it, nobody reads what it writes.
 */
void output_begin(struct runner *r, struct script *s);
/* Reads what there is. */
void output_drain(struct script *s);
