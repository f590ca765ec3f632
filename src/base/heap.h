/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A heap of deadlines: at most one for each id from 0 to capacity - 1. Setting,
 * moving and removing one cost O(log n), looking at the earliest O(1). Equal
 * deadlines come out in the order of their ids, so that a run repeats exactly.
 * The memory is handed in.
 */
#pragma once

#include "base/tick.h"

#include <stddef.h>
#include <stdint.h>

#define HEAP_NONE UINT32_MAX

struct heap_entry {
	tick_t key;
	uint32_t id;
};

struct heap {
	struct heap_entry *entries;
	uint32_t *position; /* of an id in `entries`, or HEAP_NONE */
	uint32_t count;
	uint32_t capacity;
};

/* The memory for ids below `capacity`, in bytes. */
size_t heap_memory(uint32_t capacity);

/* An empty heap; `memory` is aligned like malloc's. */
void heap_init(struct heap *h, void *memory, uint32_t capacity);

/* Sets or moves the deadline of `id`; TICK_NEVER removes it. */
void heap_set(struct heap *h, uint32_t id, tick_t key);

/* The deadline of `id`, or TICK_NEVER. */
tick_t heap_get(const struct heap *h, uint32_t id);

/* The earliest deadline, or TICK_NEVER. */
tick_t heap_next(const struct heap *h);

/* The id of the earliest deadline, or HEAP_NONE. It stays in the heap. */
uint32_t heap_first(const struct heap *h);

/* Whose deadline is the earliest but for that one, or HEAP_NONE. */
uint32_t heap_second(const struct heap *h);
