/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

int opener_open(const char *path, struct opened *out)
{
	struct stat status;
	int error = 0;
	/* Not to wait for the writer of a FIFO is worth a flag. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		error = -errno;
	else if (S_ISDIR(status.st_mode))
		error = -EISDIR;
	if (error) {
		close(fd);
		return error;
	}
	*out = (struct opened){
		.fd = fd,
		.regular = S_ISREG(status.st_mode),
		.fifo = S_ISFIFO(status.st_mode),
		.size = (uint64_t)status.st_size,
	};
	return 0;
}

int opener_list(const char *pattern, void (*found)(void *to, const char *path),
		void *to)
{
	glob_t names = { 0 };
	int error = glob(pattern, 0, NULL, &names);

	for (size_t i = 0; error == 0 && i < names.gl_pathc; i++)
		found(to, names.gl_pathv[i]);
	globfree(&names);
	if (error == GLOB_NOSPACE)
		return -ENOMEM;
	return error == GLOB_ABORTED ? -EIO : 0;
}
