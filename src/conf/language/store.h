/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept only while a configuration is read: arrays that grow, and an
 * index that finds equal things without comparing each with each.
 */
#pragma once

#include "base/map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_memory {
	void *(*obtain)(size_t);
	void (*give_back)(void *);
	bool failed; /* there was none; what is read must not be used */
};

/* Of items of one size, which every call says again. All zero: empty. */
struct conf_array {
	void *items;
	size_t count;
	size_t capacity;
};

/*
 * Room for `more` items behind the last one; the first of them, zeroed, and
 * counted. NULL when there is no memory, and then `failed` is set.
 */
void *conf_array_add(struct conf_array *array, struct conf_memory *memory,
		     size_t item_size, size_t more);
/* The same, but nothing is set in it. */
void *conf_array_room(struct conf_array *array, struct conf_memory *memory,
		      size_t item_size, size_t more);
void conf_array_free(struct conf_array *array, struct conf_memory *memory);

/* Items are numbers that the caller gives a meaning. All zero: empty. */
struct conf_index {
	struct map map;
	bool (*same)(const void *context, uint32_t a, uint32_t b);
	const void *context;
};

#define CONF_INDEX_NONE UINT32_MAX

/*
 * Adds an item under a hash of map_hash(), unless one that is the same is
 * there: then that one is returned, else CONF_INDEX_NONE.
 */
uint32_t conf_index_put(struct conf_index *index, struct conf_memory *memory,
			uint32_t hash, uint32_t item);
void conf_index_free(struct conf_index *index, struct conf_memory *memory);
