/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory of sys/rundir.h. Whoever holds its lock may replace the
 * sockets in it; so a socket on which nobody listens is left over from a
 * daemon that died.
 */
#include "sys/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int rundir_make(const char *path)
{
	struct stat status;

	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) ? -errno : 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &status))
		return -errno;
	return S_ISDIR(status.st_mode) ? 0 : -ENOTDIR;
}

/* Others that may write there: the group of root does not count. */
static mode_t written_by_others(const struct stat *s)
{
	mode_t group = s->st_gid == 0 || s->st_gid == getegid() ? 0 : S_IWGRP;

	return s->st_mode & (S_IWOTH | group);
}

static bool is_of_ours(const struct stat *s)
{
	return s->st_uid == 0 || s->st_uid == geteuid();
}

enum rundir_trust rundir_look(const char *path)
{
	struct stat s;

	if (stat(path, &s) || !is_of_ours(&s))
		return RUNDIR_STRANGERS;
	if (!written_by_others(&s))
		return RUNDIR_OURS;
	if (s.st_mode & S_ISVTX)
		return RUNDIR_STICKY;
	return chmod(path, s.st_mode & 0755) ? RUNDIR_STRANGERS : RUNDIR_MENDED;
}

/* Without O_NONBLOCK a FIFO of that name would be waited for. */
int rundir_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat s;

	if (fd < 0)
		return errno == ELOOP ? -EPERM : -errno;
	if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && is_of_ours(&s) &&
	    !written_by_others(&s))
		return fd;
	close(fd);
	return -EPERM;
}

static pid_t read_holder(int fd)
{
	char text[24] = { 0 };
	long value;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	value = strtol(text, NULL, 10);
	return value > 0 && value <= INT_MAX ? (pid_t)value : 0;
}

/*
 * Whose lock it is, for a person and for is_dead(). It is not needed, so a
 * directory that is full or can only be read keeps nobody out; and the room
 * that the file has is never given away.
 */
static void write_holder(int fd)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (pwrite(fd, text, (size_t)length, 0) == length)
		(void)!ftruncate(fd, length);
}

/*
 * The lock file. What is not ours is replaced; `shared`: it is ours, but others
 * could open it, and so lock it, before it was opened here.
 */
static int open_lock(const char *name, bool *shared)
{
	int fd = open(name,
		      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		      0600);
	struct stat s;

	if (fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) &&
	    s.st_uid == geteuid()) {
		*shared = s.st_mode & 077;
		if (!*shared || fchmod(fd, 0600) == 0)
			return fd;
	} else if (fd < 0 && errno == EROFS) {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (fd < 0)
			return -EROFS;
		if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) &&
		    s.st_uid == geteuid() && !(s.st_mode & 077))
			return fd;
		close(fd);
		return -EROFS;
	} else if (fd < 0 && errno != ELOOP && errno != ENXIO) {
		return -errno;
	}
	if (fd >= 0)
		close(fd);
	*shared = false;
	if (unlink(name))
		return -errno;
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

/* Whoever has it locked is not the daemon that its file names. */
static bool is_dead(pid_t holder)
{
	return holder == 0 || (kill(holder, 0) && errno == ESRCH);
}

int rundir_lock(const char *path, pid_t *holder)
{
	char name[PATH_MAX];
	bool shared;
	int fd, error;

	if (snprintf(name, sizeof(name), "%s/lock", path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = open_lock(name, &shared);
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EWOULDBLOCK && shared &&
		    is_dead(read_holder(fd)) && unlink(name) == 0) {
			close(fd);
			return rundir_lock(path, holder);
		}
		error = errno == EWOULDBLOCK ? -EBUSY : -errno;
		if (error == -EBUSY && holder)
			*holder = read_holder(fd);
		close(fd);
		return error;
	}
	write_holder(fd);
	return fd;
}

bool rundir_is(const char *path, int fd)
{
	struct stat there, here;

	return lstat(path, &there) == 0 && fstat(fd, &here) == 0 &&
	       there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}

bool rundir_has(const char *path, mode_t type)
{
	struct stat s;

	return lstat(path, &s) == 0 && (s.st_mode & S_IFMT) == type;
}

static int make_address(const char *path, struct sockaddr_un *address)
{
	size_t length = strlen(path);

	if (length >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, path, length + 1);
	return 0;
}

/* A connection to a listening socket, or -errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un address;
	int fd, error = make_address(path, &address);

	if (error)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

/* Removes a socket on which nobody listens. */
static int remove_stale(const char *path)
{
	struct stat status;
	int fd;

	if (lstat(path, &status))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	fd = connect_to(path);
	if (fd >= 0) {
		close(fd);
		return -EADDRINUSE;
	}
	if (fd != -ECONNREFUSED)
		return fd;
	return unlink(path) ? -errno : 0;
}

/* The mode is right from the first moment: nobody slips in before. */
static int bind_with_mode(int fd, const struct sockaddr_un *address,
			  mode_t mode, gid_t group)
{
	mode_t mask = umask(~mode & 0777);
	int result =
		bind(fd, (const struct sockaddr *)address, sizeof(*address));
	int error = result ? -errno : 0;

	umask(mask);
	if (error)
		return error;
	if (group != (gid_t)-1 && chown(address->sun_path, (uid_t)-1, group))
		return -errno;
	return 0;
}

int rundir_listen(const char *path, mode_t mode, gid_t group)
{
	struct sockaddr_un address;
	int fd, error = make_address(path, &address);

	if (!error)
		error = remove_stale(path);
	if (error)
		return error;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = bind_with_mode(fd, &address, mode, group);
	if (!error && listen(fd, RUNDIR_BACKLOG))
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}
