/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flags belong to the open file description, which others have too (the shell
 * that started this program): O_NONBLOCK is set on one of our own, opened anew
 * by proc(5), /proc/self/fd. A socket cannot be opened; each call says that it
 * does not wait. What is left (a pipe of another user's) is looked at before
 * it is written to, no more at once than fits where there is any room: PIPE_BUF
 * (pipe(7)).
 */
#include "sys/console.h"

#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Before another try. */
#define MOMENT_MS 1

static bool is_socket;
static bool never_blocks;
static bool torn; /* a line was cut: what follows begins a new one */
static int patience;

/* systemd.exec(5): what the journal reads is this service's alone. */
static bool is_journal(const struct stat *status)
{
	const char *text = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;

	return text && sscanf(text, "%ju:%ju", &device, &inode) == 2 &&
	       device == status->st_dev && inode == status->st_ino;
}

static void open_anew(void)
{
	int fd = open("/proc/self/fd/2",
		      O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	never_blocks = dup2(fd, STDERR_FILENO) >= 0;
	close(fd);
}

void console_open(int patience_ms)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);
	struct stat status;

	patience = patience_ms;
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY ||
	    fstat(STDERR_FILENO, &status))
		return;
	is_socket = never_blocks = S_ISSOCK(status.st_mode);
	if (is_socket && is_journal(&status))
		fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
	if (S_ISFIFO(status.st_mode) || isatty(STDERR_FILENO))
		open_anew();
}

void console_no_patience(void)
{
	patience = 0;
}

/* Whether there is room, now or while there is patience. */
static bool has_room(void)
{
	struct pollfd out = { STDERR_FILENO, POLLOUT, 0 };
	tick_t begun = clock_now();
	int ready = poll(&out, 1, patience);
	tick_t waited = (clock_now() - begun) / TICK_MILLISECOND;

	patience = waited < patience ? patience - (int)waited : 0;
	return ready == 1 && out.revents & POLLOUT;
}

/* It was full: whether it is worth another try. */
static bool is_awaited(void)
{
	if (patience == 0)
		return false;
	/* What has some room may have too little. */
	poll(NULL, 0, MOMENT_MS);
	patience -= MOMENT_MS;
	return has_room();
}

static ssize_t put(const char *bytes, size_t length)
{
	ssize_t wrote = -1;

	length = length < PIPE_BUF ? length : PIPE_BUF;
	errno = ENOTSOCK;
	if (is_socket)
		wrote = send(STDERR_FILENO, bytes, length,
			     MSG_DONTWAIT | MSG_NOSIGNAL);
	/* It may be another one by now (launch.c). */
	return wrote < 0 && errno == ENOTSOCK
		       ? write(STDERR_FILENO, bytes, length)
		       : wrote;
}

/* How much of it was written. */
static size_t put_all(const char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length && (never_blocks || has_room())) {
		ssize_t wrote = put(bytes + done, length - done);

		if (wrote > 0)
			done += (size_t)wrote;
		else if (wrote == 0 || (errno != EINTR && errno != EAGAIN))
			break;
		else if (errno == EAGAIN && !is_awaited())
			break;
	}
	return done;
}

bool console_write(const char *bytes, size_t length)
{
	size_t done;

	if (torn && put_all("\n", 1) == 0)
		return false;
	done = put_all(bytes, length);
	torn = done > 0 && done < length;
	return done == length;
}
