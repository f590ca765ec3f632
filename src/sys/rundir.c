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

static pid_t read_holder(int fd)
{
	char text[24] = { 0 };
	long value;

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	value = strtol(text, NULL, 10);
	return value > 0 && value <= INT_MAX ? (pid_t)value : 0;
}

static int write_holder(int fd)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0))
		return -errno;
	if (pwrite(fd, text, (size_t)length, 0) != length)
		return -EIO;
	return 0;
}

int rundir_lock(const char *path, pid_t *holder)
{
	char name[PATH_MAX];
	int fd, error;

	if (snprintf(name, sizeof(name), "%s/lock", path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		error = errno == EWOULDBLOCK ? -EBUSY : -errno;
		if (error == -EBUSY && holder)
			*holder = read_holder(fd);
	} else {
		error = write_holder(fd);
	}
	if (error) {
		close(fd);
		return error;
	}
	return fd;
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
