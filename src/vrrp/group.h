/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sync group: virtual routers that are Active together, or none of them.
 * keepalived.conf(5), vrrp_sync_group.
 *
 * What one of them does asks something of the others: vrrp_group_next() says
 * what comes next, by what all of them are now. The caller does it, looks
 * again, and so on until there is nothing; never in the middle of another step.
 * Nothing is remembered, so it does not matter where a process died.
 *
 *   - To be Active takes the wish of all: the slowest decides, goes first, and
 *     the others follow in their order.
 *   - One that yields, or has a fault, takes the others along. One that is new
 *     and has heard nobody yet does not.
 *   - Where two groups serve, one member decides: the same on both sides.
 */
#pragma once

#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>

/* What the others need to know of a member. */
struct vrrp_member {
	enum vrrp_state state;
	bool wishes;    /* struct vrrp */
	bool follows;   /* Backup of one that it knows */
	bool leaving;   /* vrrp_leaving() */
	bool faulty;    /* by itself, or it may not be started at all */
	bool in_fault;  /* it was told of a fault of its group */
	bool contested; /* it asks that another one asserts itself; once */
};

enum vrrp_group_ask {
	VRRP_GROUP_REST,    /* there is nothing to do */
	VRRP_GROUP_PROMOTE, /* VRRP_EVENT_PROMOTE */
	VRRP_GROUP_YIELD,   /* VRRP_EVENT_YIELD */
	VRRP_GROUP_ASSERT,  /* VRRP_EVENT_ASSERT */
	VRRP_GROUP_FAULT,   /* its faults have VRRP_FAULT_GROUP from now on */
	VRRP_GROUP_NO_FAULT,
};

struct vrrp_group_work {
	enum vrrp_group_ask ask;
	uint32_t member;
	uint32_t faulty; /* how many are */
};

/* Of at least one member. `trigger` is the one that moved last. */
struct vrrp_group_work vrrp_group_next(const struct vrrp_member *members,
				       uint32_t count, uint32_t trigger,
				       uint32_t decider);

/*
 * Whether the same is asked of another member, too, when it was done: so a
 * large group is looked at as a whole once for each kind of order.
 */
bool vrrp_group_asks(const struct vrrp_group_work *work,
		     const struct vrrp_member *member);

/*
 * What the group is, for users, when nothing is to be done: as all members, or
 * FAULT. As `before` while they differ: one is new, or leaves a moment later.
 */
enum vrrp_state vrrp_group_state(const struct vrrp_member *members,
				 uint32_t count, enum vrrp_state before);

/*
 * Whether `a` decides rather than `b`. By what the routers of both have in
 * common: family, VRID and first address.
 */
bool vrrp_group_decides(const struct vrrp_config *a,
			const struct vrrp_config *b);
