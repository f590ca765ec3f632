/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens on a simulated LAN, as lines that a person reads. */
#pragma once

#include "lan.h"

#include <stdio.h>

struct timeline {
	FILE *out;
	bool packets; /* also what happens to each packet on its way */
};

/* The observer that writes to `t`, which must outlive it. */
struct lan_observer timeline_observer(struct timeline *t);

/* "[    3.609375]"; nine digits when microseconds do not suffice. */
void timeline_time(FILE *out, tick_t at);

/* "backup -> active silence", "sends 100", "drops ttl". */
void timeline_action(FILE *out, const struct lan *lan,
		     const struct vrrp_action *action);
