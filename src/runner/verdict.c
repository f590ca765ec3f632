/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/verdict.h"

uint32_t verdict_begin(const struct verdict_rule *rule)
{
	return rule->rise - 1;
}

bool verdict_is_good(const struct verdict_rule *rule, uint32_t level)
{
	return level >= rule->rise;
}

uint32_t verdict_after(const struct verdict_rule *rule, uint32_t level,
		       bool success)
{
	const uint32_t most = rule->rise + rule->fall - 1;

	if (!success)
		return level > rule->rise ? level - 1 : 0;
	if (level >= rule->rise || level + 1 == rule->rise)
		return most;
	return level + 1;
}

uint32_t verdict_moved(const struct verdict_rule *rule, uint32_t level,
		       bool good)
{
	const uint32_t most = rule->rise + rule->fall - 1;

	if (good)
		return level < rule->rise ? rule->rise
		       : level > most     ? most
					  : level;
	return level >= rule->rise ? rule->rise - 1 : level;
}
