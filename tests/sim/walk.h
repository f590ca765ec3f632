/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a step did, for the files that judge single steps: check.c (events,
 * actions, deadlines), check_active.c and check_backup.c.
 */
#pragma once

#include "arithmetic.h"
#include "check.h"

/* The actions that touch the world, in their order. */
struct walk {
	enum vrrp_state state;
	enum vrrp_cause cause; /* of the change of state */
	bool holds;
	bool claims;
	bool claims_first; /* before it has advertised */
	unsigned sends;
	unsigned announces;
	unsigned probes;
	unsigned drops;
	unsigned moves;
};

static inline bool is_leaving(const struct vrrp *v)
{
	return v->leave_timer != TICK_NEVER;
}

/* NULL, or what is wrong with what an Active did. */
const char *check_active(tick_t now, const struct vrrp_event *event,
			 const struct vrrp *before, const struct vrrp *after,
			 const struct walk *w);

/* The same of what a Backup did. */
const char *check_backup(tick_t now, const struct vrrp_event *event,
			 const struct vrrp *before, const struct vrrp *after,
			 const struct walk *w);
