/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A short history of one router, whose steps the referee sees.
 *
 * A history is a word, a letter a step:
 *   i  the interface is up        d  it has no carrier
 *   s  Startup   x  Shutdown      t  the deadline is reached
 *   l  a lower, g a greater, e an equal one from a greater address speaks
 *   k  a lower one speaks, from another address
 *   r  somebody resigns           b  a broken packet
 *   z  it is told that it slept
 *   f  255 speaks, and says that its interval is 40.95 s
 *   o  another owner speaks
 *   a  a greater one speaks, with an address that is not ours
 *   n  a greater one speaks, and names no address
 *   p  the priority becomes 120   q  it becomes 40
 */
#pragma once

#include "invariant.h"

/* What a step did, to be forged before the referee sees it. */
struct forged {
	tick_t now;
	struct vrrp *after;
	struct vrrp_actions *actions;
	struct vrrp_event *event;
};

struct history {
	struct lan *lan;
	struct referee referee;
	struct vrrp_config config;
	struct vrrp vrrp;
	tick_t now;
	uint8_t bytes[64];
};

/* 192.0.2.x; the router itself is 192.0.2.1. */
struct ip router_address(uint8_t last);

/* The next letter; `forge` may be NULL. */
void history_step(struct history *p, char letter,
		  void (*forge)(struct forged *));
