/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is tracked, summed up. */
#include "vrrp/track.h"

/* The highest that is not an owner's. */
#define PRIORITY_MOST (VRRP_PRIORITY_OWNER - 1)

void vrrp_track_add(struct vrrp_track *sum, const struct vrrp_tracked *one)
{
	bool counts = one->weight > 0 ? one->good : !one->good;

	if (one->weight == 0) {
		if (one->good == one->reverse)
			sum->faults |= (uint16_t)(1u << one->fault);
	} else if (counts) {
		sum->weight += one->reverse ? -one->weight : one->weight;
	}
}

uint8_t vrrp_effective_priority(uint8_t configured, int32_t weight)
{
	int32_t sum = configured + weight;

	if (configured == VRRP_PRIORITY_OWNER)
		return configured;
	if (sum < 1)
		return 1;
	return sum > PRIORITY_MOST ? PRIORITY_MOST : (uint8_t)sum;
}
