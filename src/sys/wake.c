/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wake-ups as bytes over a stream (unix(7)). */
#include "sys/wake.h"

#include <errno.h>
#include <sys/socket.h>

/* What one call takes at most: a flood costs its reader a turn at a time. */
#define WAKE_BYTES 256

int wake_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			  0, ends)
		       ? -errno
		       : 0;
}

void wake_send(int fd)
{
	if (fd >= 0)
		(void)!send(fd, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool wake_take(int fd)
{
	char bytes[WAKE_BYTES];
	ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	return length > 0 ||
	       (length < 0 && (errno == EAGAIN || errno == EINTR));
}

bool wake_came(int fd)
{
	char bytes[WAKE_BYTES];

	return recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0;
}
