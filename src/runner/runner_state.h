/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the runner share, and nobody else sees.
 *
 *   runner.c   set-up, signals, the loop, the end
 *   script.c   one script: when it starts, how long it may take, its result
 *   verdict.c  what its results count as
 *   misc.c     commands of MISC_CHECK
 *   file.c     one file with a number in it
 *   folder.c   what the kernel tells of its folder
 *   number.c   the number in it
 *   process.c  processes of others: whether so many run as are wanted
 *   running.c  ... which ones run
 *   match.c    ... whether a process is one of them
 *   result.c   what becomes of all that is tracked, in the ledger
 *   user.c     users of this machine by their names
 *   program.c  what a command names: its file, its user, and whether to trust
 *              it
 *   notify.c   scripts that are told of changes
 *   servers.c  ... of virtual servers
 *   waiting.c  ... which of that waits for its turn
 *   orphan.c   scripts of the process before
 *   edge.c     startup_script and shutdown_script
 *   fifo.c     FIFOs, and who reads them
 *   fifo_tell.c  what is written to them
 *   holder.c   has one open until the next process has
 *   alarm.c    when to reload, as a file says
 *   dump*.c    files that say what is known (dump_files.h)
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
#include "runner/waiting.h"
#include "sys/loop.h"

#include <sys/resource.h>
#include <sys/types.h>
#include <time.h>

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

/* What one writes (output.c). */
struct output {
	int read_end, write_end; /* -1: nobody reads it */
	char text[LEDGER_OUTPUT_SIZE];
	size_t length;
	bool keeps_last; /* the end of what it writes is kept, not the begin */
};

/* The command of a MISC_CHECK (misc.c). */
struct misc {
	const struct conf_misc *conf;
	struct ledger_scripted *record;
	uint32_t check; /* its number in the model and the ledger */
	tick_t timeout;
	tick_t pace;       /* from one start to the next, at least */
	tick_t not_before; /* the next start */
	tick_t asked;      /* the round that it is to run for, or 0 */
	tick_t runs_for;   /* ... that it runs for, and is not answered; or 0 */
	struct program program;
	pid_t pid; /* 0: it does not run */
	tick_t started, end_at;
	enum script_end end; /* of the run under way */
	struct output output;
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
	struct output output;
};

/* What is found out about a file or a process. */
struct found {
	enum ledger_verdict verdict;
	enum ledger_how how;
	int32_t value;
	const char *problem; /* or "" */
};

/* What a file is like: another one has changed. */
struct stamp {
	bool there;
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

/* What the kernel tells of the folder of a file (folder.c). */
struct watch {
	int number;   /* -1: nothing */
	bool silent;  /* not of all that happens there */
	bool unheard; /* ... and its files show no times either */
	bool begun;   /* it was looked at since it is watched */
	dev_t device; /* the folder that is watched */
	ino_t inode;
};

struct file {
	const struct conf_track_file *conf;
	struct ledger_result *result;
	bool wanted;
	bool answers; /* its file system does */
	bool dirty;   /* it is to be read */
	bool is_link; /* to another folder, perhaps */
	struct watch watch;
	struct stamp seen, pending; /* when it was read; at the last look */
	tick_t empty_since;         /* nothing was in it; or 0 */
	tick_t look_at;             /* it is to be read then */
};

/* The most processes that are counted, each as often as it is tracked. */
#define RUNNING_MAX (1u << 18)

/* A process may be so many that are tracked when it forks. */
#define RUNNING_KINDS_MAX 64

struct running_process {
	pid_t pid;
	uint32_t process; /* that it is one of */
	uint32_t scan;    /* the last that has seen it */
};

/* Those that run (running.c). */
struct running {
	struct running_process *list; /* by_pid.count of them */
	uint32_t capacity;
	uint32_t scan; /* the last one */
	struct map by_pid;
};

struct tracked_process {
	const struct conf_track_process *conf;
	struct ledger_result *result;
	bool wanted;
	uint32_t count; /* of those that run */
	bool recounted; /* it is in the list of these */
	tick_t due;     /* then it counts as what the count says */
};

/* A script that another process has started (orphan.c). */
struct orphan {
	struct runner *runner;
	void *of;
	unsigned which;
	/* What it finds in its environment, besides the number of the change.
	 */
	const char *variable, *value;
	/* It has ended. */
	void (*ended)(struct runner *r, void *of, unsigned which);
	pid_t pid;
	int fd; /* its pidfd; -1: none */
};

/* A virtual or real server with scripts (servers.c). */
struct told_server {
	const struct conf_notifies *conf;
	uint64_t key;      /* as struct ledger_news has it */
	struct ip address; /* IP_NONE: it is a virtual server */
	uint16_t port;
	pid_t pid;      /* of the script that runs, or 0 */
	uint64_t tells; /* which of the news it tells, or the last one told */
	tick_t started;
	bool slow_told; /* that it takes long, and others wait for it */
	struct orphan orphan;
	char name[96]; /* of the virtual server, of an orphan */
};

/* A virtual router or sync group whose changes are told (notify.c,
 * fifo_tell.c). */
struct notifier {
	const struct conf_instance *of; /* NULL: it is a sync group */
	const struct conf_notifies *conf;
	const char *kind; /* as others call it: "INSTANCE" */
	const char *name;
	uint32_t instance;       /* its number */
	uint32_t follower;       /* ... in LEDGER_CHANGES */
	struct ledger_told told; /* to scripts */
	pid_t pids[2];      /* of the specific script and the generic one */
	bool stops;         /* they are told of STOP */
	bool tells_deleted; /* notify_deleted: not FAULT */
	struct output output;
	struct orphan orphans[2];
	/* Of this change they were started, or refused for good: by this
	 * process, or by the one before, which may have died before it could
	 * note that all was told. Put off: there was no room for a process. */
	bool begun[2], is_put_off;
	uint64_t begun_change;
	char begun_word[sizeof((struct ledger_notified){ 0 }.word)];
};

/* A FIFO to which changes are written. */
struct fifo {
	struct runner *runner;
	const struct conf_fifo *conf;
	enum ledger_teller teller;
	bool of_routers, of_servers; /* what is written to it */
	struct ledger_told *told;    /* of each notifier */
	struct ledger_fifo *record;
	int fd;         /* -1: it is not open */
	tick_t open_at; /* then it is tried again, or TICK_NEVER */
	pid_t holder;   /* has it open as well, or 0 */
	/* Its script. */
	pid_t reader; /* 0: it does not run */
	tick_t reader_at, reader_started, pause;
	/* fifo_tell.c */
	struct heap next; /* notifiers with news, by ledger_change.order */
	bool full;        /* it is looked at when that is over: */
	struct loop_watch watch;
	uint64_t order_waits, order_passed; /* for the kernel */
	tick_t order_until;
	uint32_t states_next; /* fifo_write_vrrp_states_on_reload */
	uint64_t lines, lost; /* not in the record yet */
	bool lost_told;
};

/* startup_script or shutdown_script (edge.c). */
struct edge {
	const char *word;
	pid_t pid;     /* 0: it does not run */
	tick_t end_by; /* TICK_NEVER: it was killed */
	tick_t give_up_at;
};

#define SPAWN_VARIABLES_MAX 16

/* What a program finds in its environment besides ours. */
struct spawn_variables {
	unsigned count;
	struct {
		const char *name;
		char value[96];
	} list[SPAWN_VARIABLES_MAX];
};

/* reload_time_file (alarm.c). */
struct alarm {
	bool answers; /* the file system of its file */
	tick_t look_at;
	struct timespec changed; /* the file, when it was read; 0: never */
	time_t at;               /* it is due then, or 0 */
};

struct runner {
	const struct conf_model *model;
	struct ledger *ledger;
	int wake;
	struct loop loop;
	struct loop_watch watch_signal, watch_stop, watch_output, watch_wake;
	struct loop_watch watch_files, watch_events, watch_orphans;
	struct notifier *notifiers;
	uint32_t notifier_count;
	struct fifo fifos[CONF_FIFOS_ALL];
	struct {
		struct told_server *list; /* NULL: none has a script */
		uint32_t count;
		struct map by_key;
		uint32_t *running; /* numbers of those whose script runs */
		uint32_t running_count;
		struct waiting waiting; /* what is to be told, of each */
		uint64_t lost_noted;    /* of what that has lost */
		bool lost_told;
		bool nobody; /* has a script: nothing is ever told */
		struct output output;
	} servers;
	uint32_t fifo_count;
	struct script *scripts;
	uint32_t script_count;
	struct file *files;
	uint32_t file_count;
	tick_t files_at;       /* the next that must be looked at */
	tick_t look_around_at; /* ... of which the kernel tells nothing */
	tick_t files_resume;   /* listening to the kernel, after a pause */
	struct misc *miscs;
	uint32_t misc_count;
	uint64_t misc_asked;    /* as often as that (ledger/scripted.h) */
	struct heap misc_queue; /* those that are asked for, by when */
	uint32_t *misc_running; /* numbers of those that run */
	uint32_t misc_running_count, misc_most;
	struct tracked_process *processes;
	uint32_t process_count;
	bool by_command; /* some are told apart by their command */
	struct running running;
	uint32_t *recounted; /* numbers of processes, to be judged */
	uint32_t recounted_count;
	tick_t processes_at;   /* the next that counts otherwise */
	tick_t scan_at;        /* the next reading of /proc */
	struct heap deadlines; /* twice a script: its start, its end */
	struct map by_pid;
	int null;                 /* /dev/null */
	struct rlimit open_files; /* as it was, for those who are started */
	int error;                /* by which it ends, or 0 */
	bool stopping;
	struct alarm alarm;
	/* Scripts that are told of changes were refused a process: then they
	 * are tried again. */
	tick_t spawn_again;
	tick_t spawn_short_at; /* the last time, or 0 */
	bool notify_is_put_off;
	bool ends; /* so does the daemon */
	struct edge edge;
	bool starting;      /* startup_script is waited for */
	bool over;          /* all but shutdown_script has ended */
	bool shut;          /* that was looked at */
	bool waits_for_lvs; /* at the end: what that may have yet to say */
	tick_t hurry_at, kill_at, stop_at;
};

/* result.c */
/* Whoever looks at the verdicts is to look again; when all is written. */
void result_tell(const struct runner *r);
/* Between ledger_begin() and ledger_end() of it. True: it is news. */
bool result_count_as(struct ledger_result *result, enum ledger_verdict verdict);
void result_say(struct ledger_result *result, const char *text);
/* Writes all of it, and tells who looks if it is news. */
void result_found(const struct runner *r, struct ledger_result *result,
		  const struct found *found);

/* file.c */
/* `used`: conf_targets_used(). */
int files_setup(struct runner *r, const uint32_t *used);
/* Reads what is due; when it wants to be called again. */
tick_t files_due(struct runner *r, tick_t now);

/* folder.c */
void folder_open(struct runner *r);
/* The path of the folder; CONF_PATH_TEXT_MAX + 1 bytes. */
void folder_of(const char *path, char *folder);
/* From now on it is dirty when something happens to it, if the kernel can. */
void folder_watch(struct runner *r, struct file *f);
/* Whether its path leads elsewhere by now: then it is not watched any more. */
bool folder_is_exchanged(struct runner *r, struct file *f);
/* Listens again after a pause, or when it will. */
tick_t folder_resume(struct runner *r, tick_t now);

/* process.c */
int processes_setup(struct runner *r, const uint32_t *used);
tick_t processes_due(struct runner *r, tick_t now);

/* running.c: each changes counts, and puts who is recounted into the list. */
void running_setup(struct runner *r);
/* Reads /proc; 0 or -errno. */
int running_scan(struct runner *r);
/* A process is looked at anew, has a child that is as it is, has ended. */
void running_look(struct runner *r, pid_t pid);
void running_forked(struct runner *r, pid_t parent, pid_t pid);
void running_ended(struct runner *r, pid_t pid);

/* script.c */
/* One that nobody wants is not run. */
void script_setup(struct runner *r, uint32_t n, bool wanted);
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

/* misc.c */
int misc_setup(struct runner *r);
void misc_free(struct runner *r);
/* What the process `check` asks for. */
void misc_look(struct runner *r);
/* What is due is started, and ended; when to be called again. */
tick_t misc_due(struct runner *r, tick_t now);
/* As script_ends() and script_ended(), of any process. False: it is none of
 * them. */
void misc_ends(struct runner *r, pid_t pid);
bool misc_ended(struct runner *r, pid_t pid, int status);
/* The process groups of all that run get a signal. */
void misc_signal(const struct runner *r, int signal);

/* program.c */
/* What it is on this machine; false, and `why` says what is wrong. */
bool program_find(struct program *p, const char *command,
		  const struct conf_user *user, const struct conf_model *model);
/* The user alone. */
bool program_find_user(struct program *p, const struct conf_user *user,
		       const struct conf_model *model);
void program_free(struct program *p);

/* notify.c */
int notify_setup(struct runner *r);
/* Tells what is new. */
void notify_look(struct runner *r);
/* What could not be told for want of a process; when that is due again. */
tick_t notify_due(struct runner *r, tick_t now);
/* One of its scripts has ended; false: it is none of them. */
bool notify_ended(struct runner *r, pid_t pid, int status);
/* At our end: whether scripts run that are told of STOP, or what only we can
 * tell waits for one that runs. */
bool notify_stops(const struct runner *r);
/* That waits no longer. */
void notify_hurry(struct runner *r);
/* Ends those that are told of STOP. */
void notify_kill(const struct runner *r);

/* servers.c */
bool servers_have_scripts(const struct conf_model *model);
int servers_setup(struct runner *r);
void servers_free(struct runner *r);
/* What is new waits for its turn; some of that is told, once a turn, and when
 * that is due again. */
void servers_look(struct runner *r);
tick_t servers_due(struct runner *r, tick_t now);
/* At the end of the daemon: the newest of each server is told beside a script
 * that runs. */
void servers_hurry(struct runner *r);
/* One of its scripts has ended; false: it is none of them. */
bool servers_ended(struct runner *r, pid_t pid, int status);
/* At our end: there is news that is not told yet. */
bool servers_owe(const struct runner *r);
/* ... and there may be more. */
bool servers_may_come(const struct runner *r);

/* orphan.c */
int orphan_open(struct runner *r);
/* Waits for one that runs already; false: it does not. `o` says whose it is,
 * and who is to know of its end. */
bool orphan_adopt(struct orphan *o, pid_t pid, uint64_t change);

/* notify_note.c: one is about to be told this; a script of it was started, or
 * -errno; one has ended. */
void notify_note_begin(struct runner *r, struct notifier *n, const char *word,
		       uint64_t change);
void notify_note_start(struct runner *r, struct notifier *n, unsigned which,
		       pid_t pid);
void notify_note_end(struct runner *r, struct notifier *n, unsigned which,
		     int status);
/* How that of another process has ended is not known. */
void notify_note_gone(struct runner *r, struct notifier *n, unsigned which);
/* Some of a change is told later; all of it is told. */
void notify_note_put_off(struct runner *r, struct notifier *n);
void notify_note_whole(struct runner *r, struct notifier *n);
void notify_note_lost(struct runner *r, struct notifier *n, uint64_t lost);

/*
 * Who serves has given way to another one, which began with what was told by
 * then: the next process `run` tells the rest, but for what was removed.
 */
bool notify_is_others(const struct runner *r, const struct ledger_changes *c);
/* What others are told of a change; NULL: nothing. */
const char *notify_word(const struct notifier *n,
			const struct ledger_change *change);
/* Its priority just now. */
unsigned notify_priority(const struct runner *r, const struct notifier *n);

/* edge.c */
/* Starts startup_script; false: nothing is to be waited for. */
bool edge_begin(struct runner *r);
/* At the end of the daemon, when all else is over: the same. */
bool edge_end(struct runner *r);
/* False: it is another process. */
bool edge_ended(struct runner *r, pid_t pid, int status);
/* One that takes too long is killed, and not waited for if even that does not
 * end it; until when that is enough. */
tick_t edge_due(struct runner *r, tick_t now);

/* fifo.c */
/* After notify_setup(): opens them, and starts who reads them. */
int fifos_setup(struct runner *r);
void fifos_free(struct runner *r);
/* What is due; until when that is enough. */
tick_t fifos_due(struct runner *r, tick_t now);
/* A process of theirs has ended; false: it is none. */
bool fifo_ended(struct runner *r, pid_t pid, int status);
/* When the last was written: they are closed, and at the end of the daemon
 * removed. */
void fifos_end(struct runner *r);
/* Whether a script reads what was written before the end of the daemon. */
bool fifos_are_read(const struct runner *r);

/* holder.c */
/* One for a FIFO that is open. */
void holder_start(struct fifo *f);
/* The last that was started, by whichever process `run`, has to end. */
void holder_end(struct fifo *f);
/* The path goes, unless somebody has put another one there. */
void holder_remove(const struct fifo *f);

/* fifo_tell.c */
/* Writes what is new. */
void fifos_look(struct runner *r);
void fifo_look(struct runner *r, struct fifo *f);
/* It is full no more, or does not matter any more. */
void fifo_full_over(struct runner *r, struct fifo *f);

/* spawn.c */
/* The process, which leads a group of its own and ends when we do; -errno. */
pid_t spawn_program(const struct runner *r, struct program *p, int output);
/* One that takes its time, also when we have ended. */
pid_t spawn_notify(const struct runner *r, struct program *p,
		   const struct spawn_variables *variables,
		   const struct output *output);
/*
 * It was refused for now: nothing but room for one more process is missing,
 * which may be there at r->spawn_again. Told once, and again after a minute
 * without.
 */
bool spawn_is_short(struct runner *r, pid_t pid);
void spawn_variable(struct spawn_variables *v, const char *name,
		    const char *value);

/* dump.c */
/* Makes the dumps that were asked for. */
void dump_look(const struct runner *r);

/* alarm.c */
/* Looks at reload_time_file, and says when to look again. */
tick_t alarm_due(struct runner *r, tick_t now);

/* output.c */
int output_open(struct runner *r);
void output_setup(struct output *o);
/* Of a script that is to be started; without it, nobody reads what it writes.
 */
void output_begin(struct runner *r, struct output *o);
/* Reads what there is. */
void output_drain(struct output *o);
