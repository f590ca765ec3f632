/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes: children made by fork(2) with a name, few descriptors and few
 * rights, watched by a pidfd (pidfd_open(2)). Capabilities are dropped by
 * libcap-ng (capabilities(7)).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Descriptors that a child may keep, besides 0, 1 and 2. */
#define PROCESS_KEEP_MAX 64

/* A set of capabilities: PROCESS_CAP(CAP_NET_ADMIN) | … */
#define PROCESS_CAP(capability) (UINT64_C(1) << (capability))

/* The exit status of a child that could not give up its rights. */
#define PROCESS_EXIT_RIGHTS 70

struct process_rights {
	/* To keep, of those that there are: effective, permitted, bounding. */
	uint64_t capabilities;
	/*
	 * Those to keep, if there, until process_release(); not with a change
	 * of user.
	 */
	uint64_t until_release;
	bool change_user; /* to `uid` and `gid`, without other groups */
	uid_t uid;
	gid_t gid;
};

struct process_config {
	/*
	 * ps shows the child as "batond: NAME". Its comm is "batond-NAME", cut
	 * to 15 bytes, so that `pgrep batond` finds all of the daemon.
	 */
	const char *name;
	const char *comm;           /* another comm than that, or NULL */
	int (*main)(void *context); /* its result is the exit status */
	void *context;
	/* Before rights are given up, or NULL; the same context. */
	void (*prepare)(void *context);
	const int *keep; /* descriptors that stay open, besides 0, 1, 2 */
	unsigned keep_count;
	/*
	 * Becomes its standard error; 0: it has that of the parent. Standard
	 * input and output are /dev/null.
	 */
	int output;
	struct process_rights rights;
	bool restrict_rights; /* else it keeps all rights */
	/*
	 * When the parent dies, or 0. A child of another user gets it only
	 * from a parent with CAP_KILL.
	 */
	int death_signal;
	/*
	 * SIGTERM stays blocked: `main` reads it by loop_signals_open(). One
	 * that comes before that is not lost, and does not end a child that
	 * has not begun.
	 */
	bool reads_term;
};

struct process {
	pid_t pid; /* 0: none */
	int pidfd; /* readable when it has ended; for the loop */
	uid_t uid; /* the user that it was started as */
};

/* How a child ended. */
struct process_end {
	bool killed; /* by signal `value`; else it exited with status `value` */
	int value;
};

/*
 * Remembers where the program's arguments lie, for the title that a child
 * writes over them; without it the child has only its comm. Call it first in
 * main().
 */
void process_title_init(int argc, char **argv);

/* Closes all descriptors but 0, 1, 2 and these, of which some may be -1. */
void process_close_others(const int *keep, unsigned count);

/* Shows this process as process_config.name says. */
void process_call(const char *name);

/*
 * Whether so many more descriptors could be opened here, up to
 * PROCESS_ROOM_MAX: 0 or -errno. What can be done without asks first, so that
 * it takes none from what cannot.
 */
#define PROCESS_ROOM_MAX 32
int process_room(unsigned count);

/* The comm of this process, cut to 15 bytes. */
void process_name(const char *comm);

/*
 * Starts a child, which runs config->main with all signals at their default
 * and unblocked, but INT, HUP, USR1, USR2 and the real-time ones ignored and
 * SIGTERM as config says, and leaves by _exit().
 * 0 or -errno.
 */
int process_spawn(const struct process_config *config, struct process *out);

/*
 * Sends a signal; -ESRCH if it has ended. A process of another user is
 * signalled by a child that becomes this user: CAP_SETUID is enough, and
 * CAP_KILL, by which any process could be ended, is not needed.
 */
int process_signal(const struct process *p, int signal);

/*
 * Collects a child that has ended and closes its pidfd: 1, `end` is filled
 * in and `p` is empty. 0 if it still runs. -errno otherwise.
 */
int process_reap(struct process *p, struct process_end *end);

/*
 * Collects children that have ended and that nobody here has started: whoever
 * is the first process of a container is given those whose parents died. It
 * stops at one that `is_ours`, which is collected by process_reap(), so that
 * the rest is for the next call.
 */
void process_reap_strangers(bool (*is_ours)(const void *context, pid_t pid),
			    const void *context);

/*
 * Sets the user with the least rights that there is: that of the daemon alone,
 * or that which others use too. Its name, or NULL if there is none. The first
 * call asks for it (getpwnam(3), which may wait for a name service), and the
 * others, also in children, know it.
 */
#define PROCESS_USER         "_baton"
#define PROCESS_USER_OF_MANY "nobody"
const char *process_unprivileged(struct process_rights *rights);

/* Those of a set that this process has, and can give to its children. */
uint64_t process_has(uint64_t capabilities);

/*
 * Gives up all rights but these, for ever: capabilities, bounding set, user,
 * and no_new_privs. In a container a process may lack what it takes to change
 * its user (CAP_SETUID, CAP_SETGID) or its bounding set (CAP_SETPCAP): these
 * then stay, and the rest is given up. 0 or -errno; after an error, end the
 * process.
 */
int process_restrict(const struct process_rights *rights);

/*
 * When memory is short the kernel is to end this process before others: its
 * oom_score_adj (proc(5)) becomes at least that, -1000 to 1000.
 */
void process_expendable(int score);

/* Gives up these capabilities too. 0 or -errno. */
int process_release(uint64_t capabilities);
