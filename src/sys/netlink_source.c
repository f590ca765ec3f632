/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One question of the kernel, and its answers, for who may wait for them. */
#include "sys/netlink_source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>

int netlink_send(const struct mnl_socket *socket, const void *bytes,
		 size_t length)
{
	ssize_t sent;

	do
		sent = mnl_socket_sendto(socket, bytes, length);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

ssize_t netlink_receive(const struct mnl_socket *socket, void *bytes,
			size_t size, int wait_ms)
{
	int fd = mnl_socket_get_fd(socket);

	for (;;) {
		struct pollfd ready = { fd, POLLIN, 0 };
		struct sockaddr_nl from;
		socklen_t from_size = sizeof(from);
		ssize_t length = recvfrom(fd, bytes, size, MSG_DONTWAIT,
					  (struct sockaddr *)&from, &from_size);

		if (length >= 0 && netlink_is_kernel(&from, from_size))
			return length;
		if (length >= 0 || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		if (wait_ms == 0 || poll(&ready, 1, wait_ms) == 0)
			return -ETIMEDOUT;
	}
}
