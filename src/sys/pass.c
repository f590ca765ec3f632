/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/pass.h"

#include "base/must.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Aligned as a control message is. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(PASS_MAX * sizeof(int))];
};

int pass_send(int socket, const void *bytes, size_t length, const int *fds,
	      unsigned count, int flags)
{
	union control control = { 0 };
	/* The kernel only reads from it. */
	struct iovec part = { (void *)(uintptr_t)bytes, length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t sent;

	MUST(count <= PASS_MAX);
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(*fds));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(count * sizeof(*fds));
		memcpy(CMSG_DATA(&control.header), fds, count * sizeof(*fds));
	}
	sent = sendmsg(socket, &message, MSG_NOSIGNAL | flags);
	if (sent < 0)
		return -errno;
	return (size_t)sent == length ? 0 : -EPIPE;
}

/* As many as there is room for; the others are closed. */
static unsigned take(const union control *control, size_t length, int *fds,
		     unsigned room)
{
	const struct cmsghdr *c = &control->header;
	unsigned came = 0, kept = 0;
	int list[PASS_MAX];

	if (length >= CMSG_LEN(0) && c->cmsg_len <= length &&
	    c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		came = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(list, CMSG_DATA(c), came * sizeof(int));
	}
	for (unsigned n = 0; n < came; n++) {
		if (kept < room)
			fds[kept++] = list[n];
		else
			close(list[n]);
	}
	return kept;
}

int pass_receive(int socket, void *bytes, size_t size, int *fds,
		 unsigned *count, int flags)
{
	union control control = { 0 };
	struct iovec part = { bytes, size };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length;

	do
		length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
	while (length < 0 && errno == EINTR);
	if (length < 0) {
		*count = 0;
		return -errno;
	}
	*count = take(&control, message.msg_controllen, fds, *count);
	return (int)length;
}
