/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the results of a script to what it counts as: `fall` failures in a row
 * make it bad, `rise` successes in a row make it good, one contrary result
 * begins the count again. keepalived.conf(5), vrrp_script.
 *
 * A level says it all: below `rise` it is bad. The first result of all counts
 * at once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct verdict_rule {
	uint32_t rise, fall; /* at least 1 each */
};

/* That of a script without a result yet. */
uint32_t verdict_begin(const struct verdict_rule *rule);

/* The level after one more result. */
uint32_t verdict_after(const struct verdict_rule *rule, uint32_t level,
		       bool success);

bool verdict_is_good(const struct verdict_rule *rule, uint32_t level);

/* A level of another rule, as good or bad as it was. */
uint32_t verdict_moved(const struct verdict_rule *rule, uint32_t level,
		       bool good);
