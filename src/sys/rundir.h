/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory (/run/baton): its lock, and the unix sockets in it
 * (unix(7)).
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Connections that may wait to be accepted. */
#define RUNDIR_BACKLOG 32

/* Makes the directory, mode 0755, if it is not there. 0 or -errno. */
int rundir_make(const char *path);

/* Whether others could put files there. */
enum rundir_trust {
	RUNDIR_OURS,
	RUNDIR_MENDED,   /* they could; the mode is right now */
	RUNDIR_STICKY,   /* they can, but not in the place of ours: like /tmp */
	RUNDIR_STRANGERS /* it is theirs: nothing in it can be believed */
};

enum rundir_trust rundir_look(const char *path);

/*
 * Opens a file there for reading, if it can be believed: a regular file of
 * root or of this user, that nobody else may write. Else -EPERM, or -errno.
 */
int rundir_open(const char *path);

/*
 * Locks the directory for this daemon by the file `DIR/lock`, which then
 * holds its process id, until the descriptor and its copies are closed. The
 * file is for us alone (mode 0600), so that nobody else can lock it; what is
 * there and is not ours is replaced. Returns the descriptor (close-on-exec), or
 * -errno; -EBUSY if another daemon has it, and then `holder` is its id, or 0 if
 * that is not known. It takes no room that is not there, nor a file system
 * that can be written, if the file is there already.
 */
int rundir_lock(const char *path, pid_t *holder);

/* Whether that name, which is no link, is that of this open file. */
bool rundir_is(const char *path, int fd);

/* Whether there is something of that name and type: S_IFSOCK, S_IFREG. */
bool rundir_has(const char *path, mode_t type);

/*
 * A listening unix stream socket with that mode (0600, 0660) and group
 * ((gid_t)-1: unchanged), non-blocking. A socket that a dead daemon left is
 * replaced; anything else at that path is -EEXIST, a socket on which somebody
 * listens -EADDRINUSE, a path too long -ENAMETOOLONG. Returns the descriptor.
 */
int rundir_listen(const char *path, mode_t mode, gid_t group);
