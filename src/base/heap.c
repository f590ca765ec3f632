/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The deadline heap of base/heap.h, with the position of every id beside it,
 * so that a deadline can be moved where it lies. An entry has four children:
 * they lie in one line of the cache, and the heap is half as deep as one of
 * two. Most moves are from the top to the bottom.
 */
#include "base/heap.h"
#include "base/must.h"

#include <stdbool.h>

size_t heap_memory(uint32_t capacity)
{
	return (size_t)capacity *
	       (sizeof(struct heap_entry) + sizeof(uint32_t));
}

void heap_init(struct heap *h, void *memory, uint32_t capacity)
{
	h->entries = memory;
	h->position = (uint32_t *)(void *)(h->entries + capacity);
	h->count = 0;
	h->capacity = capacity;
	for (uint32_t i = 0; i < capacity; i++)
		h->position[i] = HEAP_NONE;
}

#define CHILDREN 4

static bool earlier(const struct heap_entry *a, const struct heap_entry *b)
{
	return a->key != b->key ? a->key < b->key : a->id < b->id;
}

static void place(struct heap *h, uint32_t at, struct heap_entry entry)
{
	h->entries[at] = entry;
	h->position[entry.id] = at;
}

/* Puts an entry at the free place `at` or above it. */
static void rise(struct heap *h, uint32_t at, struct heap_entry entry)
{
	while (at > 0) {
		uint32_t parent = (at - 1) / CHILDREN;

		if (!earlier(&entry, &h->entries[parent]))
			break;
		place(h, at, h->entries[parent]);
		at = parent;
	}
	place(h, at, entry);
}

/* Puts an entry at the free place `at` or below it. */
static void sink(struct heap *h, uint32_t at, struct heap_entry entry)
{
	for (;;) {
		uint32_t first = CHILDREN * at + 1;
		uint32_t end = first + CHILDREN;
		uint32_t least = first;

		if (first >= h->count)
			break;
		if (end > h->count)
			end = h->count;
		for (uint32_t child = first + 1; child < end; child++)
			if (earlier(&h->entries[child], &h->entries[least]))
				least = child;
		if (!earlier(&h->entries[least], &entry))
			break;
		place(h, at, h->entries[least]);
		at = least;
	}
	place(h, at, entry);
}

static void settle(struct heap *h, uint32_t at, struct heap_entry entry)
{
	if (at > 0 && earlier(&entry, &h->entries[(at - 1) / CHILDREN]))
		rise(h, at, entry);
	else
		sink(h, at, entry);
}

void heap_set(struct heap *h, uint32_t id, tick_t key)
{
	struct heap_entry entry = { key, id };
	uint32_t at;

	MUST(id < h->capacity);
	at = h->position[id];
	if (key != TICK_NEVER) {
		if (at == HEAP_NONE)
			rise(h, h->count++, entry);
		else
			settle(h, at, entry);
	} else if (at != HEAP_NONE) {
		h->position[id] = HEAP_NONE;
		h->count--;
		if (at < h->count)
			settle(h, at, h->entries[h->count]);
	}
}

tick_t heap_get(const struct heap *h, uint32_t id)
{
	MUST(id < h->capacity);
	if (h->position[id] == HEAP_NONE)
		return TICK_NEVER;
	return h->entries[h->position[id]].key;
}

tick_t heap_next(const struct heap *h)
{
	return h->count > 0 ? h->entries[0].key : TICK_NEVER;
}

uint32_t heap_first(const struct heap *h)
{
	return h->count > 0 ? h->entries[0].id : HEAP_NONE;
}

uint32_t heap_second(const struct heap *h)
{
	uint32_t end = h->count < CHILDREN + 1 ? h->count : CHILDREN + 1;
	uint32_t least = 1;

	for (uint32_t at = 2; at < end; at++)
		if (earlier(&h->entries[at], &h->entries[least]))
			least = at;
	return h->count > 1 ? h->entries[least].id : HEAP_NONE;
}
