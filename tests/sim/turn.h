/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One event for a router of the simulated LAN; for the files of the LAN. */
#pragma once

#include "lan.h"

/* Shown to the observers, and its actions done. */
void turn_step(struct lan *lan, unsigned router, unsigned group,
	       const struct vrrp_event *event);

/* The router's interface is as the daemon was told last. */
void turn_interface(struct lan *lan, unsigned router, unsigned group);

/* What an Active should hold and does not, the daemon installs again. */
void turn_converge(struct lan_router *router, unsigned groups);
