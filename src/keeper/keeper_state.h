/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the keeper share.
 *
 *   keeper.c     set-up, signals, the log, the end
 *   spawn.c      starting a process
 *   children.c   watching the processes
 *   realtime.c   how `vrrp` is scheduled
 *   replace.c    one process takes the place of another
 *   reload.c     from one configuration to another
 *   control.c    the commands of baton(1)
 *   rehearsal.c  whether the installed program would do
 *   resume.c     a keeper that goes on where another one stopped
 */
#pragma once

#include "keeper/keeper.h"
#include "ledger/command.h"
#include "sys/loop.h"
#include "sys/process.h"
#include "sys/schedule.h"

enum {
	VRRP,
	CTL,
	CHILDREN
};

/* What belongs together: a model and the ledger that was made for it. */
struct generation {
	struct conf_model *model;
	struct ledger *ledger;
	int fd;
	int view; /* a descriptor that cannot write; for ctl */
};

struct child {
	const char *name;
	struct process_rights rights;
	struct process process;
	struct loop_watch watch;
	int control; /* to `vrrp`, or -1 */
	struct loop_watch watch_control;
	bool running;    /* it may act: it was told to go */
	tick_t went;     /* when */
	bool told;       /* to end, so that the next one is started */
	tick_t kill_at;  /* if it has not */
	uint32_t rttime; /* conf_process.rttime, of `vrrp` */
	int real_time;   /* of an heir, from when it serves */
	tick_t started;
	tick_t start_at; /* TICK_NEVER: runs, or is not wanted */
	tick_t delay;
	unsigned deaths;
};

/* A `vrrp` that acts no more and has not been waited for. */
struct gone {
	struct process process;
	struct loop_watch watch;
	bool planned; /* its end: nothing to be told */
};

#define KEEPER_GONE 4

/* The installed program, on its way to be that of an upgrade. */
struct rehearsal {
	struct process process; /* pid 0: none */
	struct loop_watch watch;
	int said; /* a memfd: its standard output and error */
	tick_t end_by;
	bool late;
};

enum replacement {
	REPLACE_NONE,
	REPLACE_DRAIN, /* what is removed leaves first */
	REPLACE_READY, /* the new process sets itself up */
	REPLACE_YIELD, /* the old process is told to end */
};

struct keeper {
	const struct keeper_setup *setup;
	struct generation now;
	struct generation before; /* until `now` has been adopted from it */
	int lock, listen, door;
	int waiting; /* who waits for the end of a change, or -1 (control.c) */
	const char *done; /* what they are told as soon as ctl shows it */
	int wake_log, wake_ctl;
	int life[2]; /* a pipe; ctl sees by it that the keeper has died */
	struct loop loop;
	struct loop_watch watch_signal, watch_log, watch_door;
	struct child children[CHILDREN];
	struct gone gone[KEEPER_GONE];
	uint64_t logged;
	bool stopping;
	bool upgrading; /* as soon as nothing else is under way */
	struct rehearsal rehearsal;
	tick_t kill_at;
	tick_t beat_at; /* the next look at the heartbeat */

	/* A replacement of `vrrp` that is under way (replace.c). */
	enum replacement replacement;
	struct child heir;
	struct generation next;
	tick_t replace_by; /* or it is given up, or helped along */
	tick_t replace_begun;
	uint32_t *leaving; /* what is removed */
	uint32_t leaving_count;
	bool deaf;     /* the old one died by itself */
	bool hurrying; /* the keeper runs in real time */

	/* realtime.c */
	uint64_t late_seen; /* turns that were late */
	int raised;         /* the real-time priority that came of it, or 0 */
	bool raise_refused;

	/* reload.c */
	struct conf_model *fallback; /* until confirmed or back, or NULL */
	tick_t confirm_by;
	bool reload_again; /* SIGHUP came while something else changed */
};

/* spawn.c */
int child_spawn(struct keeper *k, struct child *c, const struct generation *g,
		bool vrrp);

/* children.c */
void children_setup(struct keeper *k);
void children_start(struct keeper *k);
/* Watches the `vrrp` process that was found. */
void children_adopt(struct keeper *k);
void children_stop(struct keeper *k);
tick_t children_turn(struct keeper *k, tick_t now);
int children_command(struct keeper *k, enum command_what what,
		     uint32_t instance);
unsigned children_running(const struct keeper *k);
void child_go(struct keeper *k, struct child *c);
void child_close_control(struct keeper *k, struct child *c);
/* It acts no more: another may take its place. False: too many such. */
bool child_let_go(struct keeper *k, struct child *c);
void child_again(struct keeper *k, struct child *c);
bool children_leave(const struct keeper *k);
bool children_wait(const struct keeper *k);
void child_tell(struct keeper *k, const struct child *c,
		enum ledger_process_event what, int64_t value);

/* realtime.c */
/* Whether the configuration says something of it. */
bool realtime_is_asked(const struct conf_model *model);
struct schedule realtime_wanted(const struct keeper *k,
				const struct conf_model *model);
/* Has the ledger say how `vrrp` runs, and raises it where it was late. */
void realtime_watch(struct keeper *k);

/* replace.c */
/* Indices in the old ledger of what is removed, and how long it may leave. */
struct leaving {
	uint32_t *list; /* becomes the keeper's with the replacement */
	uint32_t count;
	tick_t time;
};

/* Nothing can be replaced now: it is under way, or all is to end. */
bool replace_is_busy(const struct keeper *k);

/*
 * Takes `next` and the list over, or neither and -errno: -EBUSY if another
 * replacement is under way. `leaving` may be NULL: nothing leaves.
 */
int children_replace(struct keeper *k, const struct generation *next,
		     const struct leaving *leaving);
tick_t replace_turn(struct keeper *k, tick_t now);
/* The new process is ready: the old one is told to end. */
void replace_yield(struct keeper *k);
/* The old one acts no more: the new one goes on. */
void replace_succeed(struct keeper *k);
void replace_give_up(struct keeper *k, const char *why);
/* All is to end. False: first the new one goes on, in a moment. */
bool replace_cancel(struct keeper *k);

/* keeper.c */
int generation_make(struct keeper *k, struct conf_model *model,
		    struct generation *out);
int generation_view(int ledger);
void generation_free(struct generation *g);

/* reload.c: each appends what a person should read to `out`. */
struct reply;
/* True if a change is under way. */
bool reload_run(struct keeper *k, bool dry_run, tick_t confirm,
		struct reply *out);
/* The same for SIGHUP: what there is to read goes to the log. */
void reload_signal(struct keeper *k);
void reload_confirm(struct keeper *k, struct reply *out);
/* The new process could not be started: nothing is on trial. */
void reload_failed(struct keeper *k);
/* What was to be is: `now` has the new model. */
void reload_succeeded(struct keeper *k);
tick_t reload_turn(struct keeper *k, tick_t now);

/* control.c */
int control_open(struct keeper *k);
/* Whether the machine was drained when the daemon ended. */
void control_recall(struct keeper *k);
void control_close(struct keeper *k);

/* rehearsal.c */
/*
 * Runs the installed program for a look at the configuration. If it fails
 * there is no upgrade, and who waits for that is told why. 0 or -errno.
 */
int rehearsal_begin(struct keeper *k);
bool rehearsal_is_on(const struct keeper *k);
tick_t rehearsal_turn(struct keeper *k, tick_t now);

/* A `vrrp` process that another keeper has started. */
struct orphan {
	pid_t vrrp;  /* 0: none */
	int ledger;  /* a descriptor of its ledger, or -1 */
	int control; /* our end of its control socket, or -1 */
};

/* resume.c */
void resume_remember(struct keeper *k);
void resume_forget(struct keeper *k);
void resume_find(struct keeper *k, struct orphan *out);
bool resume_take(struct keeper *k, const struct orphan *o);
bool resume_inherit(struct keeper *k, struct orphan *out);
/* Whether the installed program is another one than this. */
bool resume_is_other(const struct keeper *k);
/* Does not return unless it failed: -errno. */
int resume_upgrade(struct keeper *k);
