/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/target.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

bool target_is_local(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRNOTAVAIL: /* also: all ports are in use */
	case EADDRINUSE:
	case EAFNOSUPPORT:
	case EAGAIN: /* no entry of the routing cache */
	case EPERM:  /* a packet filter of this machine, or no such right */
	case EACCES:
	case ENODEV:
	case ENETDOWN: /* the own interface */
	case EINVAL:
		return true;
	default:
		return false;
	}
}

socklen_t target_address(const struct ip *ip, uint16_t port,
			 struct sockaddr_storage *out)
{
	if (ip->family == IP_V6) {
		struct sockaddr_in6 six = { .sin6_family = AF_INET6,
					    .sin6_port = htons(port) };

		memcpy(&six.sin6_addr, ip->bytes, sizeof(six.sin6_addr));
		memcpy(out, &six, sizeof(six));
		return sizeof(six);
	} else {
		struct sockaddr_in four = { .sin_family = AF_INET,
					    .sin_port = htons(port) };

		memcpy(&four.sin_addr, ip->bytes, sizeof(four.sin_addr));
		memcpy(out, &four, sizeof(four));
		return sizeof(four);
	}
}

/* What is not bound, connect(2) binds: also a port alone binds no address. */
int target_bind(int fd, const struct conf_connect *to)
{
	struct ip any = { .family = to->address.family };
	bool named = to->bind.family != IP_NONE;
	struct sockaddr_storage from;
	const int on = 1;
	socklen_t length;

	if (to->interface &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, to->interface,
		       (socklen_t)strlen(to->interface) + 1))
		return -errno;
	if (!named && !to->bind_port)
		return 0;
	/* A port is chosen when the target is known, so that all are not used
	 * up by one target. */
	if (!to->bind_port)
		(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
				 sizeof(on));
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	length = target_address(named ? &to->bind : &any, to->bind_port, &from);
	return bind(fd, (struct sockaddr *)&from, length) ? -errno : 0;
}

int target_socket(const struct conf_connect *to, int type, int protocol)
{
	int family = to->address.family == IP_V6 ? AF_INET6 : AF_INET;
	int fd = socket(family, type, protocol), error = 0;

	if (fd < 0)
		return -errno;
	if (to->mark &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &to->mark, sizeof(to->mark)))
		error = -errno;
	if (error)
		close(fd);
	return error ? error : fd;
}

static int bound_socket(const struct conf_connect *to, int type)
{
	int fd = target_socket(to, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? fd : target_bind(fd, to);

	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

int target_connect(const struct conf_connect *to, int *fd)
{
	int made = bound_socket(to, SOCK_STREAM);
	struct sockaddr_storage address;
	socklen_t length = target_address(&to->address, to->port, &address);
	int error;

	*fd = -1;
	if (made < 0)
		return made;
	if (connect(made, (struct sockaddr *)&address, length) &&
	    errno != EINPROGRESS) {
		error = -errno;
		close(made);
		return error;
	}
	*fd = made;
	return -EINPROGRESS;
}

int target_datagrams(const struct conf_connect *to, int *fd)
{
	int made = bound_socket(to, SOCK_DGRAM);
	struct sockaddr_storage address;
	socklen_t length = target_address(&to->address, to->port, &address);

	*fd = -1;
	if (made < 0)
		return made;
	if (connect(made, (struct sockaddr *)&address, length)) {
		int error = -errno;

		close(made);
		return error;
	}
	*fd = made;
	return 0;
}
