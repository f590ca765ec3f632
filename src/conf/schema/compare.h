/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two structs of one block, in words. */
#pragma once

#include "base/arena.h"
#include "conf/schema/out.h"
#include "conf/schema/row.h"

/* Items of one list that are named of each sort; more are counted. */
#define CONF_NAMED_MAX 8

#define CONF_DIFFERENCE_MAX 16384 /* bytes of one; longer ones are cut */

/* A text in the making; as a sink for a conf_out. All 0 before the first one;
 * it is of two models that do not change. */
struct conf_difference {
	size_t length;
	bool any; /* something differs */
	/* Two lists that were found equal: many objects may share them. */
	const void *equal[2];
	size_t equal_count;
	char text[CONF_DIFFERENCE_MAX];
};

void conf_difference_write(void *difference, const char *text, size_t length);

/*
 * Writes ": WORD OLD -> NEW, ..." behind what is there. False, and nothing
 * written, when there is no difference. `scratch` is for the time of the call;
 * `failed` is set when it has no memory.
 */
bool conf_compare_object(const struct conf_block *block, const void *old,
			 const void *new, struct arena *scratch,
			 struct conf_difference *out, bool *failed);
