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
#include "sys/clock.h"

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
	tick_t earliest; /* of `by` */
	tick_t by[TRANSMIT_BATCH];
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
	t->earliest = TICK_NEVER;
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

void transmit_queue(struct transmit *t, const struct transmit_frame *frame)
{
	tick_t by = frame->by > 0 ? frame->by : TICK_NEVER;

	if (t->count == TRANSMIT_BATCH)
		transmit_flush(t);
	t->to[t->count].sll_ifindex = (int)frame->ifindex;
	/* The kernel only reads from it. */
	t->vectors[t->count] = (struct iovec){ (void *)(uintptr_t)frame->bytes,
					       frame->length };
	t->cookies[t->count] = frame->cookie;
	t->by[t->count] = by;
	t->earliest = tick_min(t->earliest, by);
	t->count++;
}

static void report(struct transmit *t, unsigned at, int error)
{
	t->counters.failed++;
	if (t->config.failed)
		t->config.failed(t->config.context, t->cookies[at],
				 (uint32_t)t->to[at].sll_ifindex, error);
}

/* How many from `at` on may still leave. */
static unsigned in_time(const struct transmit *t, unsigned at, tick_t now)
{
	unsigned end = at;

	if (now <= t->earliest)
		return t->count - at;
	while (end < t->count && now <= t->by[end])
		end++;
	return end - at;
}

void transmit_flush(struct transmit *t)
{
	unsigned at = 0;

	while (at < t->count) {
		unsigned count = in_time(t, at, clock_now());
		int sent;

		if (count == 0) {
			report(t, at++, ETIME);
			continue;
		}
		sent = sendmmsg(t->fd, t->messages + at, count, MSG_DONTWAIT);
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
	t->earliest = TICK_NEVER;
}

struct transmit_counters transmit_counters(const struct transmit *t)
{
	return t->counters;
}
