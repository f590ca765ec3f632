/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of sys/mirror_store.h: an array of pointers and a map. */
#include "sys/mirror_store.h"
#include "base/must.h"

#include <errno.h>
#include <stdlib.h>

#define PLACES_FIRST 64

static bool same_record(const void *context, uint32_t number, const void *key)
{
	const struct mirror_store *s = context;

	return s->same(s->places[number].record, key);
}

void mirror_store_init(struct mirror_store *s,
		       bool (*same)(const void *record, const void *key))
{
	*s = (struct mirror_store){ .free = MAP_NONE, .same = same };
	s->map.same = same_record;
	s->map.context = s;
}

void mirror_store_free(struct mirror_store *s)
{
	for (uint32_t i = 0; i < s->capacity; i++)
		free(s->places[i].record);
	free(s->places);
	free(s->map.slots);
	*s = (struct mirror_store){ .free = MAP_NONE };
}

static int grow(struct mirror_store *s)
{
	uint32_t capacity = s->capacity ? 2 * s->capacity : PLACES_FIRST;
	struct mirror_place *places;

	if (capacity > MIRROR_STORE_MAX)
		return -ENOSPC;
	places = realloc(s->places, capacity * sizeof(*places));
	if (!places)
		return -ENOMEM;
	for (uint32_t i = capacity; i-- > s->capacity;) {
		places[i] = (struct mirror_place){ .next = s->free };
		s->free = i;
	}
	s->places = places;
	s->capacity = capacity;
	return 0;
}

uint32_t mirror_store_find(const struct mirror_store *s, uint32_t hash,
			   const void *key)
{
	return s->count > 0 ? map_find(&s->map, hash, key) : MAP_NONE;
}

int mirror_store_add(struct mirror_store *s, uint32_t hash, void *record)
{
	uint32_t at;
	int error;

	if (s->free == MAP_NONE) {
		error = grow(s);
		if (error)
			return error;
	}
	if (!map_reserve(&s->map, malloc, free))
		return -ENOMEM;
	at = s->free;
	s->free = s->places[at].next;
	s->places[at].record = record;
	MUST(map_put(&s->map, hash, at) == 0);
	s->count++;
	return 0;
}

void *mirror_store_take(struct mirror_store *s, uint32_t hash, uint32_t at)
{
	void *record = s->places[at].record;

	MUST(map_remove(&s->map, hash, at));
	s->places[at] = (struct mirror_place){ .next = s->free };
	s->free = at;
	s->count--;
	return record;
}

uint32_t mirror_store_next(const struct mirror_store *s, uint32_t at)
{
	while (at < s->capacity && !s->places[at].record)
		at++;
	return at < s->capacity ? at : MAP_NONE;
}
