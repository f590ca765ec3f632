/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the keeper share.
 *
 *   keeper.c     set-up, signals, the log, the end
 *   spawn.c      starting a process
 *   said.c       what a process writes to its standard error
 *   listen.c     the socket where questions are answered
 *   child.c      one process
 *   names.c      how processes are called
 *   igmp.c       disable_local_igmp
 *   pidfile.c    PID files
 *   dump.c       what `run` makes when it is asked to
 *   children.c   watching the processes
 *   external.c   those that others start, and that join (join.h)
 *   generation.c a model and its ledger
 *   realtime.c   how `vrrp` is scheduled
 *   replace.c    one process takes the place of another, as succession.c says
 *   reading.c    the configuration is read anew
 *   reload.c     from one configuration to another
 *   trial.c      one that is on trial
 *   door.c       where they come in
 *   control.c    the commands of baton(1)
 *   ordered.c    those for real servers; ordered_file.c, to be remembered
 *   reply.c      the answers to them
 *   rehearsal.c  whether the installed program would do
 *   resume.c     a keeper that goes on where another one stopped
 *   strays.c     what serves for this run directory, as /proc shows it
 *   state_file.c what a keeper that comes next reads
 *   home.c       the run directory, and its lock
 *   home_watch.c ... made anew when it was removed
 *   surroundings.c what this machine or container withholds
 */
#pragma once

#include "files/reading.h"
#include "keeper/setup.h"
#include "keeper/succession.h"
#include "ledger/command.h"
#include "ledger/order.h"
#include "sys/loop.h"
#include "sys/process.h"
#include "sys/schedule.h"

/* A configuration that was read, as it is used and as it is kept. */
struct configuration {
	struct conf_model *model;
	int packed; /* a sealed descriptor, or -1 */
};

#define CONFIGURATION_NONE                                                     \
	(struct configuration)                                                 \
	{                                                                      \
		.packed = -1                                                   \
	}

/* What belongs together: a model and the ledger that was made for it. */
struct generation {
	struct conf_model *model;
	int packed; /* the same model, for a keeper that comes after this */
	struct ledger *ledger;
	int fd;
	int view; /* a descriptor that cannot write: for ctl and for heirs */
};

#define GENERATION_NONE                                                        \
	(struct generation)                                                    \
	{                                                                      \
		.packed = -1, .fd = -1, .view = -1                             \
	}

/*
 * What a `vrrp` keeps open for a keeper that comes after this one: the numbers
 * of its descriptors, or -1.
 */
struct held {
	int ledger;
	int packed;   /* the configuration that it runs */
	int fallback; /* the one to go back to */
};

struct child {
	const struct keeper_row *row;
	unsigned index; /* of the row */
	struct held held;
	const char *user; /* of one that is unprivileged, or NULL */
	struct process process;
	struct loop_watch watch;
	int control; /* to `vrrp`, or -1 */
	struct loop_watch watch_control;
	int wake; /* sys/wake.h: with `vrrp`, from or to another; or -1 */
	struct loop_watch watch_wake; /* of `vrrp`, and of KEEPS_TELL */
	/* external.c: where it joins, and one that has not said who it is. */
	struct loop_watch watch_join, watch_guest;
	tick_t guest_until;
	tick_t join_rests_until; /* 0: it does not */
	int joined;              /* the connection of one that has, or -1 */
	bool running;            /* it was told to go, and may act */
	tick_t go_at;            /* when it was told to go */
	bool restart_asked; /* it was told to end, and the next one starts */
	tick_t kill_at;     /* if it has not */
	uint32_t rttime;    /* conf_process.rttime, of `vrrp` */
	int real_time;      /* of an heir, from when it serves */
	uint64_t beat; /* its heartbeat when last looked at, unless it serves */
	tick_t beat_at; /* ... and since when it has been that */
	bool beats;     /* it has changed since the process was started */
	tick_t started;
	tick_t start_at; /* TICK_NEVER: runs, or is not wanted */
	tick_t delay;
	unsigned deaths;
	int start_error; /* that was told last: it could not be started */
};

/* A `vrrp` that acts no more and has not been waited for. */
struct gone {
	struct process process;
	struct loop_watch watch;
	bool planned; /* its end: nothing to be told */
};

#define KEEPER_GONE 4

/* What a process writes to its standard output and error (said.c). */
#define SAID_LINE 400

struct said {
	const char *name;
	struct loop_watch watch; /* fd -1: a free place */
	tick_t since;
	char line[SAID_LINE + 1]; /* that has begun */
	size_t length;
	unsigned lines, lost; /* in the second that ends at `until` */
	tick_t until;
	bool waits; /* for that */
};

/* Of each process, of those that are being replaced, and some that outlive
 * theirs. */
#define SAID_MAX 16

/* The installed program, on its way to be that of an upgrade. */
struct rehearsal {
	struct process process; /* pid 0: none */
	struct loop_watch watch;
	int said; /* a memfd: its standard output and error */
	tick_t end_by;
	bool late;
};

/* A client that has not said yet what it wants (door.c). */
#define DOOR_GUESTS 8

struct door_guest {
	bool waits; /* else it is a free place */
	struct loop_watch watch;
	tick_t until;
};

struct keeper;

/* What was read, if it can be used, and what there is to say. */
typedef void reading_done(struct keeper *k, struct configuration *read,
			  struct reply *said);

/* The configuration, while it is read. */
struct reading {
	struct conf_reading processes;
	struct loop_watch watch[2];
	struct reply *said; /* until it is taken */
	reading_done *done;
};

/* An order that waits for it. */
struct asked {
	struct order order;
	int client; /* -1: none */
	bool begun; /* it is read for this one */
};

/* Processes whose books go from one ledger to the next (carry.c). */
#define KEEPER_CARRIES 4

struct keeper {
	const struct keeper_setup *setup;
	struct generation now;
	struct generation before; /* until `now` has been adopted from it */
	/* Read-only: where processes wrote last (carry.c), or NULL. */
	struct ledger *carried[KEEPER_CARRIES];
	int lock, listen, door;
	ino_t state_file;      /* that of state_file.c, or 0 */
	uint64_t state_number; /* of what it says */
	int state_error;       /* that was told last */
	/* home_watch.c */
	tick_t home_at; /* the next look at the run directory */
	int home_error; /* that was told last */
	int waiting; /* who waits for the end of a change, or -1 (control.c) */
	const char *done; /* what they are told as soon as ctl shows it */
	int life[2];      /* a pipe; ctl sees by it that the keeper has died */
	struct loop loop;
	struct loop_watch watch_signal, watch_door, watch_listen;
	struct child children[KEEPER_ROWS_MAX];
	unsigned child_count;
	struct child *server; /* the one of them that is KEEPER_HEIR */
	struct gone gone[KEEPER_GONE];
	struct said said[SAID_MAX];
	uint64_t logged, awaited;
	bool stopping;
	bool continues; /* what another keeper began */
	bool upgrading; /* as soon as nothing else is under way */
	struct rehearsal rehearsal;
	struct reading reading;
	struct asked asked;
	struct door_guest guests[DOOR_GUESTS];
	tick_t door_rests_until; /* 0: it does not */
	int door_error;          /* why nobody was let in, as told */
	/* What comes in by the door; the client is its own from then on. */
	void (*take_order)(struct keeper *k, int client,
			   const struct order *order);
	void (*take_server_order)(struct keeper *k, int client,
				  const struct order_server *order);
	tick_t kill_at;
	tick_t beat_at; /* the next look at the heartbeat */
	/* How long the service manager lets the loop stand still, TICK_NEVER:
	 * it does not look; and when it is told that it does not. */
	tick_t watchdog, watchdog_at;

	/* How one that serves takes the place of another (replace.c). */
	struct succession succession;
	int record; /* of it (record.c), or -1 */
	struct child heir;
	struct generation next;
	tick_t replace_begun;
	uint32_t *leaving; /* what is removed */
	uint32_t leaving_count;
	bool gap;          /* nobody serves just now */
	bool in_real_time; /* the keeper runs in real time */

	/* realtime.c */
	uint64_t late_seen; /* turns that were late */
	int raised;         /* the real-time priority that came of it, or 0 */
	bool raise_refused;

	/* reload.c */
	struct configuration fallback; /* until confirmed or back */
	bool returns;                  /* it is to begin to return */
	pid_t pid_told;    /* of `vrrp`, in its PID file (pidfile.c), or 0 */
	bool reload_again; /* SIGHUP came while something else changed */
};

/* spawn.c */
int child_spawn(struct keeper *k, struct child *c, const struct generation *g);

/* child.c */
/* Whether it is to run, with what is in force. */
bool child_is_wanted(const struct keeper *k, const struct child *c);
/* Whether who serves has let go, as it was asked to. */
bool child_has_yielded(const struct keeper *k);
/* Whether what is in force has what it needs. */
bool child_is_served(const struct keeper *k, const struct child *c);
/* One that others start, and that is needed, is shown as missing. */
void child_show(struct keeper *k, const struct child *c);
/* It is not wanted: nothing is said of it. */
void child_retire(struct keeper *k, struct child *c);
/* Its row in the ledger: the keeper has the first. */
struct ledger_process *child_row(const struct keeper *k, const struct child *c);
/* An event of it for the ledger, and its row there. */
void child_tell(struct keeper *k, const struct child *c,
		enum ledger_process_event what, int64_t value);
/* It is set up and may act now. */
void child_go(struct keeper *k, struct child *c);
/* One that does not serve ends, and another one takes its place. */
void child_renew(const struct keeper *k, struct child *c);
/* A command to `vrrp`: 0 or -errno, -EAGAIN if there is none that acts. */
int child_command(struct keeper *k, enum command_what what, uint32_t instance);
/* The sockets to it. */
void child_close_control(struct keeper *k, struct child *c);
/*
 * It does not act any more, and another may take its place while the kernel
 * cleans up after it. False: there are too many such processes.
 */
bool child_let_go(struct keeper *k, struct child *c);
/* It ended: says when it is started again. */
void child_again(struct keeper *k, struct child *c);

/* children.c */
void children_setup(struct keeper *k);
void children_start(struct keeper *k);
/* Watches the `vrrp` process that was found. */
void children_adopt(struct keeper *k);
/* Those that follow who serves look at what there is to do. */
void children_wake_followers(struct keeper *k);
/* Those that hear of others look at what was ordered. */
void children_wake_hearers(struct keeper *k);
void children_stop(struct keeper *k);
tick_t children_turn(struct keeper *k, tick_t now);
bool children_leave(const struct keeper *k);
bool children_wait(const struct keeper *k);

/* said.c */
void said_setup(struct keeper *k);
/*
 * Where a process of that name, which must stay, is to write: a pipe that the
 * keeper reads from now on, or /dev/null if there is no room for one; -1: not
 * even for that.
 */
int said_open(struct keeper *k, const char *name);
tick_t said_turn(struct keeper *k, tick_t now);
/* What is there yet, of whoever has ended by now. */
void said_end(struct keeper *k);

/* listen.c */
/* Makes it, unless the program before did: 0, or -errno that it has told. */
int listen_open(struct keeper *k);
/* Looks from now on whether somebody has shut it down: 0 or -errno. */
int listen_watch(struct keeper *k);
/* Makes and watches another one, if it was: 0, or -errno. */
int listen_again(struct keeper *k);
/* Another one, since its name is gone: 0 or -errno, not told. */
int listen_renew(struct keeper *k);
void listen_close(const struct keeper *k);

/* external.c */
int external_open(struct keeper *k);
/* Makes the sockets whose names are gone, or all: 0 or -errno, not told. */
int external_renew(struct keeper *k, bool all);
void external_close(struct keeper *k);
tick_t external_turn(struct keeper *k, tick_t now);

/* realtime.c */
/* Whether the configuration says something of it. */
bool realtime_is_asked(const struct keeper *k, const struct conf_model *model);
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

/* What is to take the place of what serves. */
struct replacement {
	struct generation next; /* becomes the keeper's */
	struct leaving leaving; /* so does its list */
	tick_t confirm;         /* on trial for so long; 0: for good */
	bool returns;           /* what a trial goes back to */
};

/* Nothing can be replaced now: it is under way, or all is to end. */
bool replace_is_busy(const struct keeper *k);

/*
 * Begins it, or takes nothing over: -EBUSY. What comes of it is told to who
 * waits (reply_to_waiting()).
 */
int replace_begin(struct keeper *k, const struct replacement *wanted);
/* Something has happened that succession.h knows. */
void replace_tell(struct keeper *k, enum succession_what what);
tick_t replace_turn(struct keeper *k, tick_t now);

/* record.c */
void record_begin(struct keeper *k, const char *how, bool lives,
		  tick_t confirm_by);
void record_step(const struct keeper *k, tick_t now,
		 const struct succession_event *e,
		 const struct succession_acts *acts);

/* generation.c */
void configuration_free(struct configuration *c);
/* The configuration becomes that of the generation if this succeeds. */
int generation_make(struct keeper *k, const struct configuration *of,
		    struct generation *out);
/*
 * In a process that has no need of them: unmaps ledgers and models, but for
 * these, which may be NULL.
 */
void generation_forget(struct keeper *k, const struct ledger *ledger,
		       const struct conf_model *model);
/* Its configuration belongs to somebody else. */
void generation_leave(struct generation *g);
int generation_view(int ledger);
void generation_free(struct generation *g);

/* names.c: the name that the configuration gives to this process. */
void names_set_keeper(const struct keeper *k, const struct conf_model *model);

/* dump.c */
/* A signal that asks for a dump. */
void dump_signal(struct keeper *k, int signal);
/* A configuration is read for a reload; or was. */
void dump_reload(struct keeper *k, bool begins);

/* pidfile.c */
/* Writes that of the keeper. -EBUSY: another daemon has it, and runs. */
int pidfile_begin(const struct keeper *k);
/* Writes that of `vrrp`, if it is another process than it says. */
void pidfile_follow(struct keeper *k);
/* Writes those that are gone. */
void pidfile_renew(struct keeper *k);
void pidfile_end(const struct keeper *k);

/* surroundings.c */

/* Tells what is missing here, and what is lost by that. */
void surroundings_tell(void);

/* igmp.c */
/* Before a process of that generation joins groups. */
void igmp_prepare(struct keeper *k, const struct generation *next);
/* What nobody asks for any more ends. */
void igmp_settle(struct keeper *k, bool end);

/* reading.c */
/* Starts to read; `done` is called when it is. 0 or -errno; -EBUSY: it is on.
 */
int reading_begin(struct keeper *k, reading_done *done);
bool reading_is_on(const struct keeper *k);
/* Nobody wants it any more; its processes end. */
void reading_cancel(struct keeper *k);
tick_t reading_turn(struct keeper *k, tick_t now);

/* reload.c: each appends what a person should read to `out`. */
/* Whether it is worth reading the configuration; else `out` says why not. */
bool reload_may_begin(struct keeper *k, tick_t confirm, struct reply *out);
/*
 * Takes what was read, or leaves it. True if a change is under way.
 */
bool reload_run(struct keeper *k, struct configuration *read, bool dry_run,
		tick_t confirm, struct reply *out);
/* What is on trial stays. */
void reload_confirm(struct keeper *k, struct reply *out);
/* The same for SIGHUP: what there is to read goes to the log. */
void reload_signal(struct keeper *k);
tick_t reload_turn(struct keeper *k, tick_t now);

/* trial.c */
/* What runs now is what a trial will return to. */
void trial_keep(struct keeper *k);
/* If there is no trial any more there is nothing to return to. */
void trial_settle(struct keeper *k);

/* ahead.c */
struct conf_plan;
/* What changes of weights alone is in the table before all else. */
void ahead_tell(struct keeper *k, const struct conf_model *next,
		const struct conf_plan *plan);
/* Nothing comes of it. */
void ahead_take_back(struct keeper *k);

/* carry.c */
/* After a reload, which began with the ledger `old`. */
void carry_on(struct keeper *k, const struct ledger *old);
/* Room for it, in a ledger that is to be made. */
void carry_size(const struct keeper *k, struct ledger_size *size);
/* Before the process that writes this book is started. */
void carry_begin(struct keeper *k, enum ledger_book book);
void carry_forget(struct keeper *k);

/* door.c */
int door_open(struct keeper *k);
/* Another one, since its name is gone: 0 or -errno, not told. */
int door_renew(struct keeper *k);
/* No order comes in; and they may again. */
void door_pause(struct keeper *k);
void door_go_on(struct keeper *k);
tick_t door_turn(struct keeper *k, tick_t now);
void door_close(struct keeper *k);

/* control.c */
int control_open(struct keeper *k);
/* Whether the machine was drained when the daemon ended. */
void control_recall(struct keeper *k);
/* Makes what of it is gone from the run directory: 0 or -errno, not told. */
int control_renew(struct keeper *k);
/* What waits until the configuration can be read. */
void control_turn(struct keeper *k);

/* ordered.c: an order for a real server; the client is answered and closed. */
void ordered_take(struct keeper *k, int client, const struct order_server *o);

/* ordered_file.c */
/* What was ordered when the daemon ended. */
void ordered_recall(struct keeper *k);
/* Says what holds now: 0, or -errno that was told. */
int ordered_remember(struct keeper *k);
/* What holds goes on in the ledger that is in force now. */
void ordered_carry(struct keeper *k, const struct ledger *old);
/* Orders for servers that the configuration does not have end, unless it is on
 * trial. */
void ordered_settle(struct keeper *k);

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
	struct held held;
	/* What it runs, if this program understands that. */
	struct configuration accepted;
	struct configuration fallback; /* if that is on trial */
	tick_t return_at;              /* then */
};

#define ORPHAN_NONE                                                            \
	(struct orphan)                                                        \
	{                                                                      \
		.ledger = -1, .control = -1, .held = { -1, -1, -1 },           \
		.accepted = CONFIGURATION_NONE,                                \
		.fallback = CONFIGURATION_NONE, .return_at = TICK_NEVER        \
	}

/* A process that serves, or is about to. */
struct found {
	pid_t pid; /* 0: none */
	uint64_t started;
	struct held held;
	tick_t return_at;
	/* Only of one that was found in /proc. */
	pid_t heir;   /* who goes on after it, or 0 */
	pid_t keeper; /* who keeps it, and lives; or 0 */
	bool serves;
};

/* strays.c */
#define STRAYS_MAX 16
/* How many there are, of this run directory. */
unsigned strays_find(const struct keeper *k, struct found list[STRAYS_MAX]);

/* state_file.c */
/* What the file says now, STATE_SIZE bytes at most: how many. */
size_t state_read(const struct keeper *k, char *file);
/* Opens or makes it; what it says stays. 0 or -errno that it has told. */
int state_open(struct keeper *k);
struct state;
void state_write(struct keeper *k, struct state *s);
bool state_is_there(const struct keeper *k);
void state_remove(struct keeper *k);

/* home.c */
/* Makes and locks the run directory: 0, or -errno that it has told. */
int home_take(struct keeper *k);
/* Whether it is still the one that was locked: else it is another daemon's. */
bool home_is_ours(const struct keeper *k);
/* A file in it, for reading, if it can be believed; else -errno, and why is in
 * the log. */
int home_open(const struct keeper *k, const char *name);
/* Whether there is one that can be believed, and says all by that: also if it
 * cannot be opened now. */
bool home_has(const struct keeper *k, const char *name);
/* The same again, and tells nothing. -EBUSY: it is `holder`'s by now. */
int home_take_again(struct keeper *k, pid_t *holder);

/* home_watch.c */
tick_t home_turn(struct keeper *k, tick_t now);

/* resume.c */
void resume_remember(struct keeper *k);
/*
 * Finds what serves, by the state file and, unless it is an upgrade, in /proc;
 * what cannot be gone on with is ended. 0, or -EBUSY: another keeper runs.
 */
int resume_find(struct keeper *k, bool upgraded, struct orphan *out);
/* False: it could not be taken over, and has ended. */
bool resume_take(struct keeper *k, const struct orphan *o);
bool resume_inherit(struct keeper *k, struct orphan *out);
/* Whether the installed program is another one than this. */
bool resume_is_other(const struct keeper *k);
/* Does not return unless it failed: -errno. */
int resume_upgrade(struct keeper *k);
