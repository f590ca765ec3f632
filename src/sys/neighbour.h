/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hearing who says to have which address: ARP (RFC 826) by a packet socket
 * for that protocol alone, and neighbour advertisements (RFC 4861 4.4) by a
 * raw ICMPv6 socket, both with a filter. Sending goes by sys/transmit.h.
 */
#pragma once

#include "base/ip.h"

#include <stddef.h>
#include <stdint.h>

/* Packets of one family by one neighbour_read(); the rest comes next turn. */
#define NEIGHBOUR_READ_MAX 256

struct neighbour;

/* Somebody says: I have this address, and this is my MAC. */
struct neighbour_claim {
	uint32_t ifindex;
	struct ip address;
	uint8_t mac[6];
};

/*
 * Claims of other addresses are not read, but for some that are near (sys/
 * neighbour_filter.h).
 */
struct neighbour_config {
	const struct ip *addresses; /* ours; needed only to open */
	size_t address_count;
	void (*claimed)(void *context, const struct neighbour_claim *claim);
	void *context;
};

/* Opens both sockets; a host without IPv6 has only the other. 0 or -errno. */
int neighbour_open(struct neighbour **out,
		   const struct neighbour_config *config);
void neighbour_close(struct neighbour *n);

/* For the loop (LOOP_OTHER), or -1 if there is none. */
int neighbour_fd(const struct neighbour *n, uint8_t family);

/* Reads what waits, up to the bound; what is malformed is left out. */
void neighbour_read(struct neighbour *n, uint8_t family);
