/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was read of a netlink socket (netlink(7)): is it the kernel's, and where
 * are its messages. Any process may send to the socket of another, and one with
 * CAP_NET_ADMIN to its groups; the kernel says whose a datagram is.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

struct mnl_socket;

/* Whether an address is that of the kernel, as recvmsg(2) has filled it in. */
static inline bool netlink_is_kernel(const struct sockaddr_nl *from,
				     socklen_t length)
{
	return length >= sizeof(*from) && from->nl_family == AF_NETLINK &&
	       from->nl_pid == 0;
}

/*
 * The next message, which is whole; NULL: there is none. Lengths are compared
 * as what they are: mnl_nlmsg_ok() takes one of 2 GiB for a negative number.
 */
static inline const struct nlmsghdr *netlink_take(const char **bytes,
						  size_t *left)
{
	const struct nlmsghdr *message = (const void *)*bytes;
	size_t length;

	if (*left < sizeof(*message) || message->nlmsg_len < sizeof(*message) ||
	    message->nlmsg_len > *left)
		return NULL;
	length = NLMSG_ALIGN((size_t)message->nlmsg_len);
	if (length > *left)
		length = *left;
	*bytes += length;
	*left -= length;
	return message;
}

/* Sends to the kernel: 0 or -errno. */
int netlink_send(const struct mnl_socket *socket, const void *bytes,
		 size_t length);

/*
 * The bytes of the next datagram of the kernel, or -errno. It is waited for
 * that long, in milliseconds; -ETIMEDOUT: none came.
 */
ssize_t netlink_receive(const struct mnl_socket *socket, void *bytes,
			size_t size, int wait_ms);
