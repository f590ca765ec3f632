/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a virtual router tracks, and what that comes to: reasons to be in FAULT
 * and a sum of weights. keepalived.conf(5), track_interface and its like.
 *
 * Something tracked is good or bad. Without a weight it is a fault while it is
 * bad, or with `reverse` while it is good. With one it never is a fault:
 *
 *                  good    bad
 *     w > 0         +w      0
 *     w < 0          0      w
 *     w > 0 rev.    -w      0
 *     w < 0 rev.     0     |w|
 */
#pragma once

#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>

/* The fault that is not of a virtual router itself, but of its sync group. */
#define VRRP_FAULT_GROUP_BIT (1u << VRRP_FAULT_GROUP)

/* The bounds of one weight, so that a sum of many fits an int32_t. */
#define VRRP_WEIGHT_MAX 253

/*
 * What may be tracked besides interfaces. The process `run` finds out what
 * becomes of it, and of virtual servers the process `lvs`. The numbers are for
 * ever: they stand in ledgers.
 */
enum vrrp_target {
	VRRP_TARGET_SCRIPT,
	VRRP_TARGET_FILE,    /* that has a number in it */
	VRRP_TARGET_PROCESS, /* of others, on this machine */
	VRRP_TARGET_VIRTUAL, /* the quorum of a virtual server */
	VRRP_TARGETS
};

struct vrrp_tracked {
	int16_t weight;
	bool reverse;
	uint8_t fault; /* enum vrrp_fault: what it is where it is one */
	bool good;
};

/* Adds what one of them contributes. */
void vrrp_track_add(struct vrrp_track *sum, const struct vrrp_tracked *one);

/*
 * The same of a number: it is multiplied by the weight, and is a fault from
 * VRRP_NUMBER_FAULT downwards. Without a weight it is one unless it is 0, or
 * with `reverse` while it is 0. `good` says nothing.
 */
#define VRRP_NUMBER_FAULT (-254)
void vrrp_track_add_number(struct vrrp_track *sum,
			   const struct vrrp_tracked *one, int32_t number);

/* Whether such a thing, with this weight, may be a reason to be in FAULT. */
bool vrrp_target_may_fault(enum vrrp_target target, int16_t weight);

/*
 * The priority that a configured one comes to: 1 to 254. An owner's is not
 * changed (RFC 9568 5.2.4: 255 is for nobody else, 0 for who resigns).
 */
uint8_t vrrp_effective_priority(uint8_t configured, int32_t weight);
