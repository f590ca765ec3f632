/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of ledger/state.h in the run directory: made at the start, and then
 * only overwritten. A file of a program that had another form is kept until the
 * first slot is whole. It is not kept open: a container may have few
 * descriptors.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "ledger/order.h"
#include "ledger/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define HOW (O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

static void path_of(const struct keeper *k, char *path, size_t size)
{
	snprintf(path, size, "%s/" KEEPER_STATE, k->setup->run_dir);
}

size_t state_read(const struct keeper *k, char *file)
{
	int fd = home_open(k, KEEPER_STATE);
	ssize_t length;

	if (fd < 0)
		return 0;
	length = pread(fd, file, STATE_SIZE, 0);
	close(fd);
	return length > 0 ? (size_t)length : 0;
}

/* One that is ours alone; what else has its name is replaced. */
static int open_file(const char *path)
{
	int fd = open(path, HOW, 0600);
	struct stat s;

	if (fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode) &&
	    s.st_uid == geteuid() && s.st_nlink == 1 &&
	    !(s.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	if (fd < 0 && errno != ELOOP && errno != ENXIO && errno != EACCES)
		return -errno;
	if (fd >= 0)
		close(fd);
	if (unlink(path))
		return -errno;
	fd = open(path, HOW | O_EXCL, 0600);
	return fd < 0 ? -errno : fd;
}

/* All of its bytes are there from now on. */
static int fill(int fd)
{
	static const char nothing[STATE_SIZE];
	struct stat s;
	size_t there;

	if (fchmod(fd, 0600) || fstat(fd, &s))
		return -errno;
	if (s.st_size >= STATE_SIZE)
		return 0;
	there = (size_t)s.st_size;
	if (pwrite(fd, nothing, STATE_SIZE - there, s.st_size) !=
	    (ssize_t)(STATE_SIZE - there))
		return errno ? -errno : -ENOSPC;
	return 0;
}

/* Whether it is the one that was made. */
static bool is_known(const struct keeper *k, const struct stat *s)
{
	return k->state_file != 0 && s->st_ino == k->state_file &&
	       S_ISREG(s->st_mode);
}

/* Once for each reason. */
static int tell(struct keeper *k, int error)
{
	char path[4096];

	path_of(k, path, sizeof(path));
	if (error && error != k->state_error)
		log_line(LOG_WARNING,
			 "cannot write %s: %s; a batond that comes after this "
			 "one has to look for what serves in /proc",
			 path, strerror(-error));
	k->state_error = error;
	return error;
}

int state_open(struct keeper *k)
{
	char path[4096], file[STATE_SIZE];
	struct state s;
	struct stat status;
	ssize_t length;
	int fd, error;

	path_of(k, path, sizeof(path));
	k->state_file = 0;
	fd = open_file(path);
	if (fd < 0)
		return tell(k, fd);
	errno = 0;
	error = fill(fd);
	length = pread(fd, file, sizeof(file), 0);
	k->state_number = length > 0 && state_decode(file, (size_t)length, &s)
				  ? s.number
				  : 0;
	if (fstat(fd, &status) == 0)
		k->state_file = status.st_ino;
	close(fd);
	return tell(k, error);
}

/* To be written, if it is still the one that was made; or -errno. */
static int open_known(const struct keeper *k)
{
	char path[4096];
	struct stat s;
	int fd;

	path_of(k, path, sizeof(path));
	fd = open(path, HOW & ~O_CREAT);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &s) == 0 && is_known(k, &s))
		return fd;
	close(fd);
	return -ENOENT;
}

void state_write(struct keeper *k, struct state *s)
{
	static const char nothing[STATE_SLOT];
	char slot[STATE_SLOT];
	int fd = open_known(k);
	ssize_t wrote;

	if (fd == -ENOENT || fd == -ELOOP) {
		(void)state_open(k);
		fd = open_known(k);
	}
	if (fd < 0) {
		tell(k, k->state_error ? k->state_error : fd);
		return;
	}
	s->number = k->state_number + 1;
	state_encode(s, slot);
	errno = ENOSPC; /* of a write that is cut short */
	wrote = pwrite(fd, slot, sizeof(slot), (off_t)state_offset(s->number));
	if (tell(k, wrote == sizeof(slot) ? 0 : -errno) == 0) {
		k->state_number = s->number;
		/* Nothing that an older program would believe stays. */
		if (s->number == 1)
			(void)!pwrite(fd, nothing, sizeof(nothing), 0);
	}
	close(fd);
}

bool state_is_there(const struct keeper *k)
{
	char path[4096];
	struct stat s;

	path_of(k, path, sizeof(path));
	return lstat(path, &s) == 0 && is_known(k, &s);
}

void state_remove(struct keeper *k)
{
	char path[4096];

	path_of(k, path, sizeof(path));
	if (home_is_ours(k) && state_is_there(k))
		unlink(path);
}
