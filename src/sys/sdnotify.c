/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One datagram: not worth a library (sd_notify(3), unix(7)). */
#include "sys/sdnotify.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A longer one is as good as none. */
#define WATCHDOG_MOST (3600 * TICK_SECOND)

static int call(const char *path, size_t length)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd, error;

	memcpy(name.sun_path, path, length);
	if (path[0] == '@') /* an abstract name */
		name.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&name,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int sdnotify(const char *line, int patience_ms)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	struct pollfd out = { .events = POLLOUT };
	int error = 0;

	if (length == 0)
		return 0;
	if (length >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -ENAMETOOLONG;
	out.fd = call(path, length);
	if (out.fd < 0)
		return out.fd;
	if (poll(&out, 1, patience_ms) != 1)
		error = -EAGAIN;
	else if (send(out.fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		error = -errno;
	close(out.fd);
	return error;
}

static bool is_for_us(const char *pid)
{
	return !pid || strtoimax(pid, NULL, 10) == getpid();
}

tick_t sdnotify_watchdog(void)
{
	const char *text = getenv("WATCHDOG_USEC");
	uintmax_t microseconds = text ? strtoumax(text, NULL, 10) : 0;

	if (microseconds == 0 ||
	    microseconds > (uintmax_t)(WATCHDOG_MOST / TICK_MICROSECOND) ||
	    !is_for_us(getenv("WATCHDOG_PID")))
		return TICK_NEVER;
	return (tick_t)microseconds * TICK_MICROSECOND;
}

void sdnotify_forget(void)
{
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}
