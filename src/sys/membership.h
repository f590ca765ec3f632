/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memberships of multicast groups on any number of interfaces, for
 * sys/receive.h, which says what they mean.
 *
 * The kernel allows few memberships a socket (igmp_max_memberships, 20 for
 * IPv4; option memory for IPv6), and a raw socket receives what any socket of
 * its host has joined. So the memberships lie on helper sockets, which are
 * UDP sockets without a port: nothing is ever queued on them.
 */
#pragma once

#include "base/ip.h"
#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>

/* Memberships of one helper socket, by family. */
#define MEMBERSHIPS_PER_SOCKET_V4 20
#define MEMBERSHIPS_PER_SOCKET_V6 100

/* Helper sockets: enough for 16,000 interfaces and both families. */
#define MEMBERSHIP_SOCKETS_MAX 1024

struct membership_socket {
	int fd;
	uint8_t family; /* enum ip_family */
	unsigned used;
	bool full; /* the kernel refused one more */
};

struct membership {
	uint32_t ifindex;
	struct ip group;  /* IP_NONE: this place is free */
	uint16_t socket;  /* index of its helper socket */
	uint32_t holders; /* joins not yet undone */
};

struct memberships {
	struct membership *list;
	uint32_t capacity; /* of `list`, grows by doubling */
	uint32_t count;
	struct map map; /* of (ifindex, group) to an index of `list` */
	struct membership_socket *sockets;
	unsigned socket_count;
};

void memberships_init(struct memberships *m);
void memberships_close(struct memberships *m);
int memberships_join(struct memberships *m, uint32_t ifindex,
		     const struct ip *group);
void memberships_leave(struct memberships *m, uint32_t ifindex,
		       const struct ip *group);
