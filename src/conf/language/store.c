/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing arrays, and a hash index that grows over base/map.h. Nothing here is
 * part of the model; all of it is given back when conf_load() returns.
 */
#include "conf/language/store.h"
#include "base/must.h"

#include <string.h>

void *conf_array_room(struct conf_array *array, struct conf_memory *memory,
		      size_t item_size, size_t more)
{
	size_t needed = array->count + more;

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
	array->count = needed;
	return (char *)array->items + (needed - more) * item_size;
}

void *conf_array_add(struct conf_array *array, struct conf_memory *memory,
		     size_t item_size, size_t more)
{
	void *first = conf_array_room(array, memory, item_size, more);

	return first ? memset(first, 0, more * item_size) : NULL;
}

void conf_array_free(struct conf_array *array, struct conf_memory *memory)
{
	if (array->items)
		memory->give_back(array->items);
	*array = (struct conf_array){ 0 };
}

static bool same(const void *context, uint32_t number, const void *key)
{
	const struct conf_index *index = context;

	return index->same(index->context, number, *(const uint32_t *)key);
}

/* Twice the room; false when there is no memory. */
static bool grow(struct conf_index *index, struct conf_memory *memory)
{
	struct map *map = &index->map;
	uint32_t capacity = map->slots ? map->capacity * 2 : 64;
	void *room = memory->obtain(map_memory(capacity));

	if (!room) {
		memory->failed = true;
		return false;
	}
	if (map->slots)
		memory->give_back(map_move(map, room, capacity));
	else
		map_init(map, room, capacity, same, index);
	return true;
}

uint32_t conf_index_put(struct conf_index *index, struct conf_memory *memory,
			uint32_t hash, uint32_t item)
{
	struct map *map = &index->map;
	uint32_t found;

	MUST(item != CONF_INDEX_NONE);
	if ((!map->slots || map->count == map->capacity) &&
	    !grow(index, memory))
		return CONF_INDEX_NONE;
	found = map_find(map, hash, &item);
	if (found != MAP_NONE)
		return found;
	MUST(map_put(map, hash, item) == 0);
	return CONF_INDEX_NONE;
}

void conf_index_free(struct conf_index *index, struct conf_memory *memory)
{
	if (index->map.slots)
		memory->give_back(index->map.slots);
	index->map = (struct map){ 0 };
}
