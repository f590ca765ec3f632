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
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* In the order in which they are flushed. */
enum way {
	FRAMES,
	PACKETS_V4,
	PACKETS_V6,
	WAYS
};

union target {
	struct sockaddr_ll frame;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* One socket, and what waits for it. */
struct batch {
	int fd;
	unsigned count;
	tick_t earliest; /* of `by` */
	tick_t by[TRANSMIT_BATCH];
	uint64_t cookies[TRANSMIT_BATCH];
	uint32_t ifindexes[TRANSMIT_BATCH];
	union target to[TRANSMIT_BATCH];
	struct iovec vectors[TRANSMIT_BATCH];
	struct mmsghdr messages[TRANSMIT_BATCH];
};

struct transmit {
	struct transmit_config config;
	struct transmit_counters counters;
	struct batch *batches[WAYS]; /* NULL: nothing goes that way */
};

static int open_socket(enum way way)
{
	const int flags = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;

	/* By none of these anything is ever received. */
	switch (way) {
	case FRAMES:
		return socket(AF_PACKET, flags, 0);
	case PACKETS_V4:
		return socket(AF_INET, flags, IPPROTO_RAW);
	case PACKETS_V6:
		return socket(AF_INET6, flags, IPPROTO_RAW);
	case WAYS:
		break;
	}
	UNREACHABLE();
}

static int set_options(int fd, uint32_t neighbours, bool bypass)
{
	uint64_t wanted = (uint64_t)neighbours * TRANSMIT_BUFFER_NEIGHBOUR;
	int priority = TC_PRIO_CONTROL, size = TRANSMIT_BUFFER, on = 1;

	if (wanted > TRANSMIT_BUFFER_MAX)
		wanted = TRANSMIT_BUFFER_MAX;
	if (wanted > TRANSMIT_BUFFER)
		size = (int)wanted;
	if (setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &priority,
		       sizeof(priority)))
		return -errno;
	/* Beyond wmem_max only with CAP_NET_ADMIN; without, as it goes. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (bypass &&
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		return -errno;
	return 0;
}

static void prepare(struct batch *b, enum way way)
{
	static const socklen_t lengths[WAYS] = {
		[FRAMES] = sizeof(struct sockaddr_ll),
		[PACKETS_V4] = sizeof(struct sockaddr_in),
		[PACKETS_V6] = sizeof(struct sockaddr_in6),
	};

	b->earliest = TICK_NEVER;
	for (unsigned i = 0; i < TRANSMIT_BATCH; i++)
		b->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &b->to[i],
			.msg_namelen = lengths[way],
			.msg_iov = &b->vectors[i],
			.msg_iovlen = 1,
		};
}

static int open_batch(struct transmit *t, enum way way, uint32_t neighbours)
{
	struct batch *b = calloc(1, sizeof(*b));
	int error;

	if (!b)
		return -ENOMEM;
	t->batches[way] = b;
	b->fd = open_socket(way);
	if (b->fd < 0)
		return -errno;
	error = set_options(b->fd, neighbours,
			    way == FRAMES && t->config.bypass);
	if (!error)
		prepare(b, way);
	return error;
}

static void close_batch(struct transmit *t, enum way way)
{
	struct batch *b = t->batches[way];

	if (b && b->fd >= 0)
		close(b->fd);
	free(b);
	t->batches[way] = NULL;
}

int transmit_open(struct transmit **out, const struct transmit_config *config)
{
	struct transmit *t = calloc(1, sizeof(*t));
	int error;

	if (!t)
		return -ENOMEM;
	t->config = *config;
	error = open_batch(t, FRAMES, 0);
	if (!error && config->neighbours_v4 > 0)
		error = open_batch(t, PACKETS_V4, config->neighbours_v4);
	if (!error && config->neighbours_v6 > 0)
		error = open_batch(t, PACKETS_V6, config->neighbours_v6);
	if (error == -EAFNOSUPPORT && t->batches[PACKETS_V6]) {
		close_batch(t, PACKETS_V6);
		error = 0;
	}
	if (error) {
		transmit_close(t);
		return error;
	}
	*out = t;
	return 0;
}

void transmit_close(struct transmit *t)
{
	if (!t)
		return;
	for (int way = 0; way < WAYS; way++)
		close_batch(t, (enum way)way);
	free(t);
}

static void report(struct transmit *t, uint64_t cookie, uint32_t ifindex,
		   int error)
{
	if (error)
		t->counters.failed++;
	else
		t->counters.frames++;
	if (t->config.done)
		t->config.done(t->config.context, cookie, ifindex, error);
}

static enum way way_of(const struct transmit_frame *frame)
{
	switch (frame->to.family) {
	case IP_V4:
		return PACKETS_V4;
	case IP_V6:
		return PACKETS_V6;
	default:
		return FRAMES;
	}
}

static void address(union target *to, const struct transmit_frame *frame,
		    enum way way)
{
	switch (way) {
	case FRAMES:
		to->frame.sll_family = AF_PACKET;
		to->frame.sll_ifindex = (int)frame->ifindex;
		to->frame.sll_protocol = htons(frame->protocol);
		break;
	case PACKETS_V4:
		to->v4.sin_family = AF_INET;
		memcpy(&to->v4.sin_addr, frame->to.bytes,
		       sizeof(to->v4.sin_addr));
		break;
	case PACKETS_V6:
		to->v6.sin6_family = AF_INET6;
		memcpy(&to->v6.sin6_addr, frame->to.bytes,
		       sizeof(to->v6.sin6_addr));
		to->v6.sin6_scope_id =
			ip_is_link_local(&frame->to) ? frame->ifindex : 0;
		break;
	case WAYS:
		break;
	}
}

void transmit_queue(struct transmit *t, const struct transmit_frame *frame)
{
	tick_t by = frame->by > 0 ? frame->by : TICK_NEVER;
	enum way way = way_of(frame);
	struct batch *b = t->batches[way];

	if (!b) {
		report(t, frame->cookie, frame->ifindex, EAFNOSUPPORT);
		return;
	}
	/* All of them: what was queued before it leaves before it. */
	if (b->count == TRANSMIT_BATCH)
		transmit_flush(t);
	address(&b->to[b->count], frame, way);
	/* The kernel only reads from it. */
	b->vectors[b->count] = (struct iovec){ (void *)(uintptr_t)frame->bytes,
					       frame->length };
	b->cookies[b->count] = frame->cookie;
	b->ifindexes[b->count] = frame->ifindex;
	b->by[b->count] = by;
	b->earliest = tick_min(b->earliest, by);
	b->count++;
}

/* How many from `at` on may still leave. */
static unsigned in_time(const struct batch *b, unsigned at, tick_t now)
{
	unsigned end = at;

	if (now <= b->earliest)
		return b->count - at;
	while (end < b->count && now <= b->by[end])
		end++;
	return end - at;
}

static void flush(struct transmit *t, struct batch *b)
{
	unsigned at = 0;

	while (at < b->count) {
		unsigned count = in_time(b, at, clock_now());
		int error = ETIME, sent = 0;

		if (count > 0) {
			sent = sendmmsg(b->fd, b->messages + at, count,
					MSG_DONTWAIT);
			error = sent == 0 ? EIO : errno;
			t->counters.calls++;
		}
		if (sent > 0)
			error = 0;
		else if (error != EINTR)
			sent = 1; /* of the first one it is known why */
		for (; sent > 0; sent--, at++)
			report(t, b->cookies[at], b->ifindexes[at], error);
	}
	b->count = 0;
	b->earliest = TICK_NEVER;
}

void transmit_flush(struct transmit *t)
{
	for (int way = 0; way < WAYS; way++)
		if (t->batches[way])
			flush(t, t->batches[way]);
}

struct transmit_counters transmit_counters(const struct transmit *t)
{
	return t->counters;
}
