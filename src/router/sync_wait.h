/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A router that returns knows few of the connections of IPVS yet. If it took
 * over at once, the rest would break. So the virtual router to which the sync
 * daemon is bound (lvs_sync_daemon IF inst NAME) preempts nobody until the
 * process `lvs` says that the number of connections has been steady, at most
 * for lvs_sync_wait. Where nobody serves it takes over as always.
 */
#pragma once

#include "base/tick.h"

struct router;

/* Which virtual router that is. */
void sync_wait_setup(struct router *r);

/* Each turn, and before it starts: it is told when it is to wait, and when no
 * more (vrrp_track.waits). */
void sync_wait_run(struct router *r);
tick_t sync_wait_deadline(const struct router *r);
