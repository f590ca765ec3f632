/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/whole.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int look(const char *path)
{
	struct stat status;

	if (lstat(path, &status))
		return errno == ENOENT ? 0 : -errno;
	return S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) ? 0 : -EEXIST;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t wrote = write(fd, text, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote < 0 ? -errno : -EIO;
		text += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}

int whole_write(const char *path, mode_t mode, const char *text, size_t length)
{
	char beside[PATH_MAX];
	int error = look(path), fd;

	if (error)
		return error;
	if (snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >=
	    (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC); /* for us alone, and no link */
	if (fd < 0)
		return -errno;
	error = write_all(fd, text, length);
	if (!error && fchmod(fd, mode))
		error = -errno;
	if (!error && rename(beside, path))
		error = -errno;
	if (error)
		unlink(beside);
	/* Afterwards: the name that inotify(7) tells is the one it has now. */
	close(fd);
	return error;
}
