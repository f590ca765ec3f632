/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_ours(int fd)
{
	struct stat ours, other;

	return stat("/proc/self/ns/net", &ours) == 0 &&
	       fstat(fd, &other) == 0 && ours.st_dev == other.st_dev &&
	       ours.st_ino == other.st_ino;
}

int netns_enter(const char *name)
{
	char path[PATH_MAX];
	int fd, error = 0;

	if (snprintf(path, sizeof(path), "/run/netns/%s", name) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (!is_ours(fd) && setns(fd, CLONE_NEWNET))
		error = -errno;
	close(fd);
	return error;
}

const char *netns_remedy(int error)
{
	switch (-error) {
	case ENOENT:
		return "; `ip netns add` makes one";
	case EPERM:
		return "; it takes CAP_SYS_ADMIN";
	case EINVAL:
		return "; the file of that name in /run/netns is no network "
		       "namespace, make it anew by `ip netns`";
	default:
		return "";
	}
}
