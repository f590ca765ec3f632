/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of every single step, whatever came before it. The
 * simulator and the explorer both ask this.
 */
#pragma once

#include "vrrp/vrrp.h"

/*
 * A lesser one speaks while the Active of this Backup may well live: it is not
 * the Active, and one that preempts it does not hear it.
 */
bool judge_outranked(const struct vrrp *before, const struct vrrp *after,
		     const struct vrrp_event *event, uint8_t priority);

/* The step in one line for a person, or NULL if all is well. */
const char *check_step(tick_t now, const struct vrrp_event *event,
		       const struct vrrp *before, const struct vrrp *after,
		       const struct vrrp_actions *actions);
