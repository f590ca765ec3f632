/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of processes, as the kernel tells it (linux/cn_proc.h, netlink
 * of the connector). It does so only for who is in the initial namespaces of
 * processes and users, and by a socket of the initial network namespace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum procevent_what {
	PROCEVENT_LISTENING, /* the kernel tells from now on */
	PROCEVENT_FORKED,    /* `pid` is a new process of `parent` */
	PROCEVENT_EXECUTED,  /* it is another program */
	PROCEVENT_RENAMED,
	PROCEVENT_ENDED,
	PROCEVENT_LOST, /* the kernel could not keep some of them */
};

/* Of processes, not of their threads. */
struct procevent {
	enum procevent_what what;
	pid_t pid, parent;
};

/*
 * Asks the kernel; PROCEVENT_LISTENING is its answer, and if it never comes
 * nothing else does. `buffer`: bytes, 0: the system's; `within_rmem_max`: not
 * more than that. A socket that does not block, or -errno.
 */
int procevents_open(int buffer, bool within_rmem_max);

/* What there is, up to `most`; 0: nothing more just now. -errno. */
int procevents_read(int fd, struct procevent *out, size_t most);
