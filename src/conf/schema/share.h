/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists that are the same are one: of a row with CONF_SHARES a list that says
 * what one before has said is not kept, packed and unpacked once more. Many
 * virtual servers of the same real servers have one list of these, and real
 * servers one of the same checks.
 */
#pragma once

#include "conf/schema/row.h"

/* A list of a row. */
struct conf_shared {
	const struct conf_row *row;
	const void *items; /* NULL: there was none yet */
	uint32_t count;
	uint64_t whole; /* items in it and below, of one that is unpacked */
};

#define CONF_SHARED_MAX 8 /* rows that share: as many as there are, or more */

/* The last one of a row with CONF_SHARES, which may have no items yet. */
struct conf_shared *conf_shared_last(struct conf_shared all[CONF_SHARED_MAX],
				     const struct conf_row *row);

/*
 * Whether two lists of one row are the same but for where they were written.
 * Not all that are the same are found.
 */
bool conf_shared_same(const struct conf_shared *a, const struct conf_shared *b);

/* Of what is then the same, for base/map.h. */
uint32_t conf_shared_hash(const struct conf_shared *list);
