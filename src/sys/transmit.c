/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The send path of sys/transmit.h.
 *
 * sendmmsg(2) stops at the first frame that fails and, when it has sent some
 * before, returns only their number. So the rest is tried again, and a call
 * that sends nothing names the error of its first frame, which is reported
 * and left out.
 */
#include "sys/transmit.h"
#include "base/must.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct transmit {
	struct transmit_config config;
	struct transmit_counters counters;
	int fd;
	unsigned count;
	uint64_t cookies[TRANSMIT_BATCH];
	struct sockaddr_ll to[TRANSMIT_BATCH];
	struct iovec vectors[TRANSMIT_BATCH];
	struct mmsghdr messages[TRANSMIT_BATCH];
};

static int set_options(struct transmit *t)
{
	int priority = TC_PRIO_CONTROL, size = TRANSMIT_BUFFER, on = 1;

	if (setsockopt(t->fd, SOL_SOCKET, SO_PRIORITY, &priority,
		       sizeof(priority)))
		return -errno;
	/* Beyond wmem_max only with CAP_NET_ADMIN; without, as it goes. */
	if (setsockopt(t->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(t->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (t->config.bypass &&
	    setsockopt(t->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		return -errno;
	return 0;
}

static void prepare(struct transmit *t)
{
	for (unsigned i = 0; i < TRANSMIT_BATCH; i++) {
		t->to[i].sll_family = AF_PACKET;
		t->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &t->to[i],
			.msg_namelen = sizeof(t->to[i]),
			.msg_iov = &t->vectors[i],
			.msg_iovlen = 1,
		};
	}
}

int transmit_open(struct transmit **out, const struct transmit_config *config)
{
	struct transmit *t = calloc(1, sizeof(*t));
	int error;

	if (!t)
		return -ENOMEM;
	t->config = *config;
	/* Protocol 0: no frame is ever received on it. */
	t->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = t->fd < 0 ? -errno : set_options(t);
	if (error) {
		transmit_close(t);
		return error;
	}
	prepare(t);
	*out = t;
	return 0;
}

void transmit_close(struct transmit *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

void transmit_queue(struct transmit *t, uint32_t ifindex, const uint8_t *bytes,
		    size_t length, uint64_t cookie)
{
	if (t->count == TRANSMIT_BATCH)
		transmit_flush(t);
	t->to[t->count].sll_ifindex = (int)ifindex;
	/* The kernel only reads from it. */
	t->vectors[t->count] =
		(struct iovec){ (void *)(uintptr_t)bytes, length };
	t->cookies[t->count] = cookie;
	t->count++;
}

static void report(struct transmit *t, unsigned at, int error)
{
	t->counters.failed++;
	if (t->config.failed)
		t->config.failed(t->config.context, t->cookies[at],
				 (uint32_t)t->to[at].sll_ifindex, error);
}

void transmit_flush(struct transmit *t)
{
	unsigned at = 0;

	while (at < t->count) {
		int sent = sendmmsg(t->fd, t->messages + at, t->count - at,
				    MSG_DONTWAIT);

		t->counters.calls++;
		if (sent > 0) {
			t->counters.frames += (unsigned)sent;
			at += (unsigned)sent;
		} else if (sent == 0 || errno != EINTR) {
			report(t, at, sent == 0 ? EIO : errno);
			at++;
		}
	}
	t->count = 0;
}

struct transmit_counters transmit_counters(const struct transmit *t)
{
	return t->counters;
}
