/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers that wait for something, each once, in the order in which they came.
 * So a turn looks at those that wait, and not at all that there are.
 */
#pragma once

#include <stdint.h>

struct waiting {
	uint32_t *list; /* with room for all numbers (setup.c) */
	uint32_t count;
};

static inline void waiting_add(struct waiting *w, uint32_t number)
{
	w->list[w->count++] = number;
}
