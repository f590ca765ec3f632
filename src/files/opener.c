/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/*
 * How long what is being written is waited for, all files together: 2 s. An
 * editor needs less.
 */
#define PAUSES_MOST 100
#define PAUSE_NS    20000000

static unsigned pauses;

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

/*
 * A lease for reading is given only where nobody has the file open for writing.
 * Who opens it so just now waits until it is given back, at once.
 */
static bool is_written(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK))
		return errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

int opener_open_whole(const char *path, struct opened *out)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	int error = opener_open(path, out);

	while (!error && out->regular) {
		out->written = is_written(out->fd);
		if (!out->written || pauses == PAUSES_MOST)
			break;
		pauses++;
		close(out->fd); /* there may be another file by then */
		nanosleep(&pause, NULL);
		error = opener_open(path, out);
	}
	return error;
}

/* Of a folder that glob(3) could not look into; it has no context. */
static int folder_error;

/* A folder that is not there matters least. It goes on with the others. */
static int note_folder(const char *path, int error)
{
	(void)path;
	if (folder_error == 0 || folder_error == ENOENT)
		folder_error = error;
	return 0;
}

/*
 * glob(3) takes a file in the place of a folder for a folder without files. Of
 * the folder before the first wildcard: 0 if it can be looked into.
 */
static int look_into(const char *pattern)
{
	size_t length = strcspn(pattern, "*?[\\");
	char *path;
	int fd, error;

	while (length > 0 && pattern[length - 1] != '/')
		length--;
	if (length == 0)
		return 0;
	path = strndup(pattern, length);
	if (!path)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	error = fd < 0 ? -errno : 0;
	free(path);
	if (fd >= 0)
		close(fd);
	return error;
}

int opener_list(const char *pattern, void (*found)(void *to, const char *path),
		void *to)
{
	glob_t names = { 0 };
	size_t count;
	int error, wrong;

	folder_error = 0;
	error = glob(pattern, 0, note_folder, &names);
	wrong = folder_error; /* who is called may list another pattern */
	count = error ? 0 : names.gl_pathc;
	for (size_t i = 0; i < count; i++)
		found(to, names.gl_pathv[i]);
	globfree(&names);
	if (error == GLOB_NOSPACE)
		return -ENOMEM;
	if (count == 0 && wrong == 0)
		return look_into(pattern);
	return wrong == ENOENT && count > 0 ? 0 : -wrong;
}
