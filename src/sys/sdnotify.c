/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One datagram: not worth a library (sd_notify(3), unix(7)). */
#include "sys/sdnotify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int sdnotify(const char *line)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;
	int fd, error = 0;

	if (length == 0)
		return 0;
	if (length >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	memcpy(name.sun_path, path, length);
	if (path[0] == '@') /* an abstract name */
		name.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (sendto(fd, line, strlen(line), MSG_NOSIGNAL,
		   (struct sockaddr *)&name,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			       length)) < 0)
		error = -errno;
	close(fd);
	return error;
}
