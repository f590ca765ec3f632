/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/procevents.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Whose network namespace is the initial one, if any that is seen from here. */
#define FIRST_NETWORK "/proc/1/ns/net"
#define OWN_NETWORK   "/proc/self/ns/net"

/* A socket stays in the namespace that it was made in. */
static int open_socket(void)
{
	const int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
	int own = open(OWN_NETWORK, O_RDONLY | O_CLOEXEC);
	int first = open(FIRST_NETWORK, O_RDONLY | O_CLOEXEC);
	bool moved = own >= 0 && first >= 0 && setns(first, CLONE_NEWNET) == 0;
	int fd = socket(AF_NETLINK, type, NETLINK_CONNECTOR);
	int error = fd < 0 ? errno : 0;

	/* What can be entered from there can be returned to. */
	if (moved && setns(own, CLONE_NEWNET))
		_exit(1);
	if (own >= 0)
		close(own);
	if (first >= 0)
		close(first);
	return fd < 0 ? -error : fd;
}

static int ask(int fd)
{
	enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
	struct cn_msg message = {
		.id = { CN_IDX_PROC, CN_VAL_PROC },
		.len = sizeof(op),
	};
	struct nlmsghdr head = {
		.nlmsg_len = NLMSG_LENGTH(sizeof(message) + sizeof(op)),
		.nlmsg_type = NLMSG_DONE,
	};
	struct iovec parts[] = {
		{ &head, sizeof(head) },
		{ &message, sizeof(message) },
		{ &op, sizeof(op) },
	};

	return writev(fd, parts, 3) < 0 ? -errno : 0;
}

int procevents_open(int buffer, bool within_rmem_max)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = CN_IDX_PROC,
	};
	int fd = open_socket(), error;

	if (fd < 0)
		return fd;
	if (buffer > 0 &&
	    (within_rmem_max || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE,
					   &buffer, sizeof(buffer))))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	error = bind(fd, (void *)&address, sizeof(address)) ? -errno : ask(fd);
	if (!error)
		return fd;
	close(fd);
	return error;
}

static bool is_process(pid_t pid, pid_t process)
{
	return pid == process;
}

/* False: nobody here wants to know that. */
static bool translate(const struct proc_event *e, struct procevent *out)
{
	const typeof(e->event_data) *data = &e->event_data;

	/* Kernels number them one by one: this is no enum to be complete in. */
	if (e->what == PROC_EVENT_NONE) {
		*out = (struct procevent){ .what = PROCEVENT_LISTENING };
		return data->ack.err == 0;
	}
	if (e->what == PROC_EVENT_FORK) {
		*out = (struct procevent){ PROCEVENT_FORKED,
					   data->fork.child_pid,
					   data->fork.parent_tgid };
		return is_process(data->fork.child_pid, data->fork.child_tgid);
	}
	if (e->what == PROC_EVENT_EXEC) {
		*out = (struct procevent){ PROCEVENT_EXECUTED,
					   data->exec.process_tgid, 0 };
		return true;
	}
	if (e->what == PROC_EVENT_COMM) {
		*out = (struct procevent){ PROCEVENT_RENAMED,
					   data->comm.process_pid, 0 };
		return is_process(data->comm.process_pid,
				  data->comm.process_tgid);
	}
	if (e->what == PROC_EVENT_EXIT) {
		*out = (struct procevent){ PROCEVENT_ENDED,
					   data->exit.process_pid, 0 };
		return is_process(data->exit.process_pid,
				  data->exit.process_tgid);
	}
	return false;
}

/* One datagram of the kernel, which has one message. */
static bool decode(const char *bytes, size_t length, struct procevent *out)
{
	struct nlmsghdr head;
	struct cn_msg message;
	struct proc_event event = { 0 };
	size_t room;

	if (length < sizeof(head) + sizeof(message))
		return false;
	memcpy(&head, bytes, sizeof(head));
	memcpy(&message, bytes + sizeof(head), sizeof(message));
	room = length - sizeof(head) - sizeof(message);
	if (head.nlmsg_type != NLMSG_DONE || message.id.idx != CN_IDX_PROC ||
	    message.id.val != CN_VAL_PROC || message.len > room ||
	    message.len < offsetof(struct proc_event, event_data))
		return false;
	memcpy(&event, bytes + sizeof(head) + sizeof(message),
	       message.len < sizeof(event) ? message.len : sizeof(event));
	return translate(&event, out);
}

int procevents_read(int fd, struct procevent *out, size_t most)
{
	size_t count = 0;

	while (count < most) {
		struct sockaddr_nl from = { 0 };
		socklen_t size = sizeof(from);
		char bytes[256];
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes), 0,
					  (void *)&from, &size);

		if (length < 0 && errno == ENOBUFS) {
			out[count++] =
				(struct procevent){ .what = PROCEVENT_LOST };
			continue;
		}
		if (length < 0)
			return count > 0 || errno == EAGAIN ? (int)count
							    : -errno;
		/* Others may send to a group, too. */
		if (from.nl_pid == 0 &&
		    decode(bytes, (size_t)length, &out[count]))
			count++;
	}
	return (int)count;
}
