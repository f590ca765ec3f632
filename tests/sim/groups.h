/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routers with a sync group each, a link a member (groups.c), and who forges
 * on these links (groups_forger.c).
 */
#pragma once

#include "prng.h"

#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>

#define ROUTERS_MAX  3
#define MEMBERS_MAX  3
#define PACKETS_MAX  512
#define PACKET_BYTES 40
#define ORDERS_MAX   64 /* that one event may ask for */

#define INTERVAL  TICK_SECOND
#define TROUBLE   (30 * INTERVAL)
#define HEALING   (40 * INTERVAL) /* to agree in */
#define STEADY    (30 * INTERVAL) /* in which nothing may change */
#define LATE_MOST (3 * TICK_MILLISECOND)

struct side {
	struct vrrp_config config[MEMBERS_MAX];
	struct ip address[MEMBERS_MAX];
	struct vrrp core[MEMBERS_MAX];
	bool in_fault[MEMBERS_MAX], contested[MEMBERS_MAX], cut[MEMBERS_MAX];
	uint32_t decider;
	tick_t away_until; /* its process does not run; 0: it does */
};

struct packet {
	tick_t due;
	uint32_t from, member;
	struct ip source;
	uint32_t to; /* a bit each; who sent it does not hear it */
	size_t length;
	uint8_t bytes[PACKET_BYTES];
};

struct world {
	struct prng random;
	tick_t now, last_change;
	uint32_t routers, members;
	unsigned loss; /* per mille */
	bool verbose;
	const char *wrong;
	uint64_t changes;
	/* Since when nobody serves on a link, or TICK_NEVER; and the longest.
	 */
	tick_t none_since[MEMBERS_MAX], none_most;
	struct side side[ROUTERS_MAX];
	struct packet packets[PACKETS_MAX];
	uint32_t packet_count;
};

struct ip groups_source(uint32_t router, uint32_t member);

/* Lets time pass; ends early when something is wrong. */
void groups_run(struct world *w, tick_t end);

/*
 * Two forged packets a minute, for three, on groups that are at rest. For how
 * long nobody serves on a link is judged.
 */
void groups_forge(struct world *w);
