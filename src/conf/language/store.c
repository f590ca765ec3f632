/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing arrays and a hash index with open addressing. Nothing here is part
 * of the model; all of it is given back when conf_load() returns.
 */
#include "conf/language/store.h"
#include "base/must.h"

#include <string.h>

struct conf_index_slot {
	uint32_t hash;
	uint32_t item; /* CONF_INDEX_NONE: free */
};

void *conf_array_add(struct conf_array *array, struct conf_memory *memory,
		     size_t item_size, size_t more)
{
	size_t needed = array->count + more;
	void *first;

	if (needed > array->capacity) {
		size_t capacity = array->capacity ? array->capacity * 2 : 16;
		void *items;

		while (capacity < needed)
			capacity *= 2;
		items = memory->obtain(capacity * item_size);
		if (!items) {
			memory->failed = true;
			return NULL;
		}
		if (array->count > 0)
			memcpy(items, array->items, array->count * item_size);
		if (array->items)
			memory->give_back(array->items);
		array->items = items;
		array->capacity = capacity;
	}
	first = (char *)array->items + array->count * item_size;
	array->count = needed;
	return memset(first, 0, more * item_size);
}

void conf_array_free(struct conf_array *array, struct conf_memory *memory)
{
	if (array->items)
		memory->give_back(array->items);
	*array = (struct conf_array){ 0 };
}

/* The slot where an item with this hash is or would be. */
static struct conf_index_slot *find(const struct conf_index *index,
				    uint32_t hash, uint32_t item)
{
	size_t mask = index->capacity - 1;
	size_t at = (hash * UINT32_C(2654435769) >> 7) & mask;

	for (;;) {
		struct conf_index_slot *slot = &index->slots[at];

		if (slot->item == CONF_INDEX_NONE)
			return slot;
		if (slot->hash == hash &&
		    index->same(index->context, slot->item, item))
			return slot;
		at = (at + 1) & mask;
	}
}

/* Puts a slot that is known to be new into a table with room. */
static void move(struct conf_index *index, struct conf_index_slot moved)
{
	size_t mask = index->capacity - 1;
	size_t at = (moved.hash * UINT32_C(2654435769) >> 7) & mask;

	while (index->slots[at].item != CONF_INDEX_NONE)
		at = (at + 1) & mask;
	index->slots[at] = moved;
}

static bool grow(struct conf_index *index, struct conf_memory *memory)
{
	struct conf_index old = *index;
	size_t size;

	index->capacity = old.capacity ? old.capacity * 2 : 64;
	size = index->capacity * sizeof(*index->slots);
	index->slots = memory->obtain(size);
	if (!index->slots) {
		*index = old;
		memory->failed = true;
		return false;
	}
	memset(index->slots, 0xff, size);
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.slots[i].item != CONF_INDEX_NONE)
			move(index, old.slots[i]);
	}
	if (old.slots)
		memory->give_back(old.slots);
	return true;
}

uint32_t conf_index_put(struct conf_index *index, struct conf_memory *memory,
			uint32_t hash, uint32_t item)
{
	struct conf_index_slot *slot;

	MUST(item != CONF_INDEX_NONE);
	if (index->count * 2 >= index->capacity && !grow(index, memory))
		return CONF_INDEX_NONE;
	slot = find(index, hash, item);
	if (slot->item != CONF_INDEX_NONE)
		return slot->item;
	*slot = (struct conf_index_slot){ hash, item };
	index->count++;
	return CONF_INDEX_NONE;
}

void conf_index_free(struct conf_index *index, struct conf_memory *memory)
{
	if (index->slots)
		memory->give_back(index->slots);
	index->slots = NULL;
	index->capacity = index->count = 0;
}

uint32_t conf_hash(uint32_t hash, const void *bytes, size_t length)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ b[i]) * UINT32_C(16777619);
	return hash;
}
