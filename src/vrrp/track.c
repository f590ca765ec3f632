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

void vrrp_track_add_number(struct vrrp_track *sum,
			   const struct vrrp_tracked *one, int32_t number)
{
	int64_t product = (int64_t)number * one->weight;

	product = one->reverse ? -product : product;
	if (one->weight == 0) {
		if ((number == 0) == one->reverse)
			sum->faults |= (uint16_t)(1u << one->fault);
	} else if (product <= VRRP_NUMBER_FAULT) {
		sum->faults |= (uint16_t)(1u << one->fault);
	} else {
		sum->weight += product > VRRP_WEIGHT_MAX ? VRRP_WEIGHT_MAX
							 : (int32_t)product;
	}
}

bool vrrp_target_may_fault(enum vrrp_target target, int16_t weight)
{
	return weight == 0 || target == VRRP_TARGET_FILE;
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
