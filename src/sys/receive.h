/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Receiving VRRP: one raw IP socket a family for protocol 112 (raw(7), RFC
 * 9568 5.1), and memberships of the groups that are advertised to: 224.0.0.18
 * and ff02::12, or others.
 *
 * Each packet comes with its interface, addresses, TTL and the time at which
 * the kernel got it. Nothing is judged here; only what has no complete IPv4
 * header is not handed on. The kernel has already put fragments together and
 * verified the IPv4 header's checksum, and has not looked at VRRP's.
 *
 * A packet socket would tax every packet that a busy router forwards; a raw
 * socket sees only protocol 112.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "vrrp/wire.h"

#include <stdint.h>

/* Packets by one system call. */
#define RECEIVE_BATCH 64

/*
 * Packets by one receive_drain() and family: more than two routers of 4000
 * instances each send at once. What is left over comes in the next turn.
 */
#define RECEIVE_TURN_MAX 16384

/* A longer packet is cut off; no VRRP packet is longer (VRRP_MESSAGE_MAX). */
#define RECEIVE_PACKET_MAX 4352

/* The socket buffer unless told otherwise: 10,000 small packets. */
#define RECEIVE_BUFFER (16 << 20)

struct receive;

struct received {
	struct vrrp_datagram datagram; /* its bytes: gone after the callback */
	uint32_t ifindex;              /* where it came in */
};

struct receive_config {
	/* Called by receive_drain() with 1 to RECEIVE_BATCH packets, in order.
	 */
	void (*packets)(void *context, const struct received *list,
			unsigned count);
	void *context;
	uint32_t buffer; /* bytes a socket, 0: RECEIVE_BUFFER */
};

struct receive_counters {
	uint64_t packets;
	uint64_t malformed; /* IPv4 header wrong; not handed on */
	uint64_t overflow;  /* the kernel dropped: the buffer was full */
};

/* Opens both sockets; a host without IPv6 has only the other. */
int receive_open(struct receive **out, const struct receive_config *config);
void receive_close(struct receive *r);

/* The socket of a family for the loop (LOOP_RECEIVE), or -1 if none. */
int receive_fd(const struct receive *r, uint8_t family);

/*
 * Hands on all packets of a family that wait, up to RECEIVE_TURN_MAX. `now`
 * is the loop's; no packet is dated later, or before the last moment at which
 * none waited. Returns their number or -errno.
 */
int receive_drain(struct receive *r, uint8_t family, tick_t now);

/*
 * Joins a multicast group on an interface. Counted: as many receive_leave()
 * undo it. 0 or -errno (-ENODEV, -ENOBUFS, -EAFNOSUPPORT); then nothing is
 * counted. What any socket of this host has joined on an interface is
 * received: `destination` says which group a packet was sent to.
 */
int receive_join(struct receive *r, uint32_t ifindex, const struct ip *group);

/* Also right for an interface that is gone. Unknown ones are ignored. */
void receive_leave(struct receive *r, uint32_t ifindex, const struct ip *group);

/* Memberships held now: groups on interfaces. */
unsigned receive_memberships(const struct receive *r);

struct receive_counters receive_counters(const struct receive *r);
