/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hash map of base/map.h: linear probing over a table that is at most
 * half full, and Knuth's removal (TAOCP 6.4, algorithm R), which moves later
 * entries of a run back instead of leaving marks.
 */
#include "base/map.h"
#include "base/must.h"

#include <string.h>

#define CAPACITY_MAX   (UINT32_C(1) << 30)
#define CAPACITY_FIRST 64

static uint32_t slots_for(uint32_t capacity)
{
	uint32_t slots = 8;

	MUST(capacity > 0 && capacity <= CAPACITY_MAX);
	while (slots / 2 < capacity)
		slots *= 2;
	return slots;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 32;
}

uint32_t map_hash(const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint64_t h = mix(length + 1);
	uint64_t word;

	for (; length >= sizeof(word); length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		h = mix(h ^ word);
		at += sizeof(word);
	}
	if (length > 0) {
		word = 0;
		memcpy(&word, at, length);
		h = mix(h ^ word);
	}
	return (uint32_t)h;
}

size_t map_memory(uint32_t capacity)
{
	return slots_for(capacity) * sizeof(struct map_slot);
}

static void use_memory(struct map *m, void *memory, uint32_t capacity)
{
	uint32_t slots = slots_for(capacity);

	m->slots = memory;
	m->mask = slots - 1;
	m->count = 0;
	m->capacity = capacity;
	for (uint32_t i = 0; i < slots; i++)
		m->slots[i].number = MAP_NONE;
}

void map_init(struct map *m, void *memory, uint32_t capacity,
	      bool (*same)(const void *context, uint32_t number,
			   const void *key),
	      const void *context)
{
	use_memory(m, memory, capacity);
	m->same = same;
	m->context = context;
}

void *map_move(struct map *m, void *memory, uint32_t capacity)
{
	struct map old = *m;

	MUST(capacity >= m->count);
	use_memory(m, memory, capacity);
	for (uint32_t i = 0; old.slots && i <= old.mask; i++) {
		if (old.slots[i].number != MAP_NONE)
			MUST(map_put(m, old.slots[i].hash,
				     old.slots[i].number) == 0);
	}
	return old.slots;
}

bool map_reserve(struct map *m, void *(*obtain)(size_t size),
		 void (*give_back)(void *memory))
{
	uint32_t capacity = m->capacity ? 2 * m->capacity : CAPACITY_FIRST;
	void *memory;

	if (m->count < m->capacity)
		return true;
	memory = capacity <= CAPACITY_MAX ? obtain(map_memory(capacity)) : NULL;
	if (!memory)
		return false;
	memory = map_move(m, memory, capacity);
	if (memory)
		give_back(memory);
	return true;
}

uint32_t map_next(const struct map *m, uint32_t hash, const void *key,
		  uint32_t *at)
{
	const struct map_slot *slot;

	if (m->count == 0)
		return MAP_NONE;
	/* A run ends: the table is at most half full. */
	for (;;) {
		slot = &m->slots[(hash + *at) & m->mask];
		if (slot->number == MAP_NONE)
			return MAP_NONE;
		(*at)++;
		if (slot->hash == hash &&
		    m->same(m->context, slot->number, key))
			return slot->number;
	}
}

uint32_t map_find(const struct map *m, uint32_t hash, const void *key)
{
	uint32_t at = 0;

	return map_next(m, hash, key, &at);
}

int map_put(struct map *m, uint32_t hash, uint32_t number)
{
	uint32_t at = hash & m->mask;

	MUST(number != MAP_NONE);
	if (m->count == m->capacity)
		return -1;
	while (m->slots[at].number != MAP_NONE)
		at = (at + 1) & m->mask;
	m->slots[at] = (struct map_slot){ hash, number };
	m->count++;
	return 0;
}

/*
 * Frees the slot `hole`. An entry after it moves into it unless that would
 * put it before its home; then its old slot is the hole.
 */
static void close_hole(struct map *m, uint32_t hole)
{
	uint32_t at = hole;

	for (;;) {
		uint32_t from_home, from_hole;

		at = (at + 1) & m->mask;
		if (m->slots[at].number == MAP_NONE)
			break;
		from_home = (at - m->slots[at].hash) & m->mask;
		from_hole = (at - hole) & m->mask;
		if (from_home >= from_hole) {
			m->slots[hole] = m->slots[at];
			hole = at;
		}
	}
	m->slots[hole].number = MAP_NONE;
}

bool map_remove(struct map *m, uint32_t hash, uint32_t number)
{
	uint32_t at = hash & m->mask;

	while (m->slots[at].number != number) {
		if (m->slots[at].number == MAP_NONE)
			return false;
		at = (at + 1) & m->mask;
	}
	close_hole(m, at);
	m->count--;
	return true;
}
