/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "datagrams.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

void (*datagrams_wanted)(void);
int datagrams_error;

/* A ring. */
static struct datagram list[DATAGRAMS_MAX];
static unsigned first, count;

/* The linker's names. */
int __wrap_socket(int family, int type, int protocol);
int __wrap_setsockopt(int fd, int level, int name, const void *value,
		      socklen_t length);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);
int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned most, int flags,
		    struct timespec *timeout);
ssize_t __wrap_recvfrom(int fd, void *bytes, size_t size, int flags, void *name,
			socklen_t *name_length);
ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags);

void datagrams_clear(void)
{
	first = count = 0;
	datagrams_error = 0;
}

unsigned datagrams_count(void)
{
	return count;
}

struct datagram *datagrams_add(const void *bytes, size_t length,
			       const void *name, socklen_t name_length)
{
	struct datagram *d = &list[(first + count) % DATAGRAMS_MAX];

	if (count == DATAGRAMS_MAX || length > sizeof(d->bytes))
		return NULL;
	count++;
	d->length = length;
	if (length > 0)
		memcpy(d->bytes, bytes, length);
	d->name_length = name ? name_length : 0;
	if (name)
		memcpy(d->name, name, name_length);
	d->told_length = 0;
	return d;
}

void datagram_tell(struct datagram *d, int level, int type, const void *data,
		   size_t size)
{
	struct cmsghdr head = {
		.cmsg_len = CMSG_LEN(size),
		.cmsg_level = level,
		.cmsg_type = type,
	};

	if (CMSG_SPACE(size) > sizeof(d->told) - d->told_length)
		return;
	memset(d->told + d->told_length, 0, CMSG_SPACE(size));
	memcpy(d->told + d->told_length, &head, sizeof(head));
	if (size > 0)
		memcpy(d->told + d->told_length + CMSG_LEN(0), data, size);
	d->told_length += CMSG_SPACE(size);
}

int __wrap_socket(int family, int type, int protocol)
{
	(void)family;
	(void)type;
	(void)protocol;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int __wrap_setsockopt(int fd, int level, int name, const void *value,
		      socklen_t length)
{
	(void)fd;
	(void)level;
	(void)name;
	(void)value;
	(void)length;
	return 0;
}

/* As put_cmsg() of the kernel: one that does not fit is cut off. */
static void tell(const struct datagram *d, struct msghdr *message)
{
	size_t room = message->msg_control ? message->msg_controllen : 0;
	size_t at = 0;

	while (at < d->told_length && room - at >= sizeof(struct cmsghdr)) {
		struct cmsghdr head;
		size_t length, space;

		memcpy(&head, d->told + at, sizeof(head));
		length = head.cmsg_len;
		space = CMSG_SPACE(length - CMSG_LEN(0));
		if (length > room - at) {
			message->msg_flags |= MSG_CTRUNC;
			length = room - at;
			head.cmsg_len = length;
		}
		memcpy((char *)message->msg_control + at, d->told + at, length);
		memcpy((char *)message->msg_control + at, &head, sizeof(head));
		at = space < room - at ? at + space : room;
	}
	if (at < d->told_length)
		message->msg_flags |= MSG_CTRUNC;
	message->msg_controllen = at;
}

static void name_sender(const struct datagram *d, struct msghdr *message)
{
	socklen_t room = message->msg_name ? message->msg_namelen : 0;

	if (room > 0)
		memcpy(message->msg_name, d->name,
		       room < d->name_length ? room : d->name_length);
	message->msg_namelen = d->name_length;
}

static ssize_t receive(struct msghdr *message, int flags)
{
	const struct datagram *d = &list[first];
	size_t done = 0;

	if (datagrams_error || count == 0) {
		errno = datagrams_error ? datagrams_error : EAGAIN;
		datagrams_error = 0;
		return -1;
	}
	for (size_t i = 0; i < message->msg_iovlen && done < d->length; i++) {
		size_t part = message->msg_iov[i].iov_len;

		part = part < d->length - done ? part : d->length - done;
		if (part > 0)
			memcpy(message->msg_iov[i].iov_base, d->bytes + done,
			       part);
		done += part;
	}
	message->msg_flags = done < d->length ? MSG_TRUNC : 0;
	name_sender(d, message);
	tell(d, message);
	if (!(flags & MSG_PEEK)) {
		first = (first + 1) % DATAGRAMS_MAX;
		count--;
	}
	return (ssize_t)(flags & MSG_TRUNC ? d->length : done);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	(void)fd;
	if (datagrams_wanted)
		datagrams_wanted();
	return receive(message, flags);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *messages, unsigned most, int flags,
		    struct timespec *timeout)
{
	unsigned n = 0;

	(void)fd;
	(void)timeout;
	if (datagrams_wanted)
		datagrams_wanted();
	do {
		ssize_t length = receive(&messages[n].msg_hdr, flags);

		if (length < 0)
			return -1;
		messages[n++].msg_len = (unsigned)length;
	} while (n < most && count > 0);
	return (int)n;
}

ssize_t __wrap_recvfrom(int fd, void *bytes, size_t size, int flags, void *name,
			socklen_t *name_length)
{
	struct iovec part = { bytes, size };
	struct msghdr message = {
		.msg_name = name,
		.msg_namelen = name_length ? *name_length : 0,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};
	ssize_t length = __wrap_recvmsg(fd, &message, flags);

	if (length >= 0 && name_length)
		*name_length = message.msg_namelen;
	return length;
}

ssize_t __wrap_recv(int fd, void *bytes, size_t size, int flags)
{
	return __wrap_recvfrom(fd, bytes, size, flags, NULL, NULL);
}
