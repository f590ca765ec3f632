/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending in batches (sendmmsg(2)): whole Ethernet frames of all interfaces by
 * one packet socket (packet(7)), and IP packets, which the kernel routes, by a
 * raw socket a family (raw(7), IP_HDRINCL).
 *
 * They are queued by reference and leave with transmit_flush(), frames first,
 * each kind in its order. What the kernel refuses (the interface is down or
 * gone, its queue is full, there is no route) is reported and does not hold up
 * the others; so is one whose time has passed when it should leave. The
 * sockets receive nothing.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Frames by one system call, and frames that wait for one. */
#define TRANSMIT_BATCH 256

/* A socket's send buffer, in bytes. */
#define TRANSMIT_BUFFER (8 << 20)

/*
 * What waits for a neighbour that does not answer (unres_qlen_bytes of arp(7))
 * counts as in the buffer: a few dead ones must leave room for the living.
 */
#define TRANSMIT_BUFFER_NEIGHBOUR (256 << 10)
#define TRANSMIT_BUFFER_MAX       (1 << 30)

struct transmit;

struct transmit_config {
	/*
	 * Called for each frame when it has left, with 0, or could not leave,
	 * with a positive errno: ENETDOWN, ENXIO (no such interface), ENOBUFS,
	 * EAGAIN, EMSGSIZE, EPERM (a firewall), ENETUNREACH and its like, and
	 * ETIME: it was too late.
	 */
	void (*done)(void *context, uint64_t cookie, uint32_t ifindex,
		     int error);
	void *context;
	/*
	 * PACKET_QDISC_BYPASS: past the queueing discipline. Not the default:
	 * such frames are dropped when the device's ring is full, and local
	 * captures do not see them.
	 */
	bool bypass;
	/* To how many neighbours packets may go; 0: none of this family. */
	uint32_t neighbours_v4, neighbours_v6;
};

struct transmit_counters {
	uint64_t frames; /* accepted by the kernel */
	uint64_t failed;
	uint64_t calls; /* of sendmmsg */
};

/*
 * Opens the sockets with SO_PRIORITY 7 (TC_PRIO_CONTROL, what pfifo_fast and
 * its like serve first). A host without IPv6 has none for that. 0 or -errno.
 */
int transmit_open(struct transmit **out, const struct transmit_config *config);
void transmit_close(struct transmit *t);

struct transmit_frame {
	/* Where a frame leaves; of a packet, where a link-local `to` is. */
	uint32_t ifindex;
	/* IP_NONE: `bytes` begin with an Ethernet header; else with IP's. */
	struct ip to;
	const uint8_t *bytes;
	size_t length;
	uint64_t cookie; /* for `done` */
	/*
	 * On a link without a header of its own (a tunnel) `bytes` begin with
	 * an IP header, and this is its Ethernet type; else 0.
	 */
	uint16_t protocol;
	/*
	 * Not sent later than this: what a process that was stopped just then
	 * had to say may be true no more. 0: at any time.
	 */
	tick_t by;
};

/*
 * Queues a frame. Its bytes must stay unchanged until transmit_flush()
 * returns. When TRANSMIT_BATCH frames wait, they are flushed first, so this
 * never fails; `done` may be called from here.
 */
void transmit_queue(struct transmit *t, const struct transmit_frame *frame);

/* Sends all that is queued, without waiting; the queue is empty after it. */
void transmit_flush(struct transmit *t);

struct transmit_counters transmit_counters(const struct transmit *t);
