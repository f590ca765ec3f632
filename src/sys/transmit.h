/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending whole Ethernet frames of all interfaces by one packet socket
 * (packet(7)) in batches (sendmmsg(2)).
 *
 * Frames are queued by reference and leave with transmit_flush(). A frame
 * that the kernel refuses (the interface is down or gone, its queue is full)
 * is reported and does not hold up the others; so is one whose time has passed
 * when it should leave. The socket receives nothing.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames by one system call, and frames that wait for one. */
#define TRANSMIT_BATCH 256

/* The socket's send buffer, in bytes. */
#define TRANSMIT_BUFFER (8 << 20)

struct transmit;

struct transmit_config {
	/*
	 * Called for each frame that was not sent; `error` is a positive errno:
	 * ENETDOWN, ENXIO (no such interface), ENOBUFS, EAGAIN, EMSGSIZE, and
	 * ETIME: it was too late.
	 */
	void (*failed)(void *context, uint64_t cookie, uint32_t ifindex,
		       int error);
	void *context;
	/*
	 * PACKET_QDISC_BYPASS: past the queueing discipline. Not the default:
	 * such frames are dropped when the device's ring is full, and local
	 * captures do not see them.
	 */
	bool bypass;
};

struct transmit_counters {
	uint64_t frames; /* accepted by the kernel */
	uint64_t failed;
	uint64_t calls; /* of sendmmsg */
};

/*
 * Opens the socket with SO_PRIORITY 7 (TC_PRIO_CONTROL, what pfifo_fast and
 * its like serve first). 0 or -errno.
 */
int transmit_open(struct transmit **out, const struct transmit_config *config);
void transmit_close(struct transmit *t);

struct transmit_frame {
	uint32_t ifindex;
	const uint8_t *bytes; /* Ethernet header included */
	size_t length;
	uint64_t cookie; /* for `failed` */
	/*
	 * Not sent later than this: what a process that was stopped just then
	 * had to say may be true no more. 0: at any time.
	 */
	tick_t by;
};

/*
 * Queues a frame. Its bytes must stay unchanged until transmit_flush()
 * returns. When TRANSMIT_BATCH frames wait, they are flushed first, so this
 * never fails; `failed` may be called from here.
 */
void transmit_queue(struct transmit *t, const struct transmit_frame *frame);

/* Sends all that is queued, without waiting; the queue is empty after it. */
void transmit_flush(struct transmit *t);

struct transmit_counters transmit_counters(const struct transmit *t);
