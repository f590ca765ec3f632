/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash map from keys that the caller keeps to 32-bit numbers, which are the
 * indexes of the caller's records. Open addressing, linear probing, removal
 * without tombstones: look-ups never get slower with age.
 *
 * The map holds no keys. It asks `same` whether the record of a number has
 * the key that is looked for, and only when their hashes are equal. Its
 * memory is handed in and may be exchanged for more (map_move).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No record; never a valid number. */
#define MAP_NONE UINT32_MAX

struct map_slot {
	uint32_t hash;
	uint32_t number; /* MAP_NONE: the slot is free */
};

struct map {
	struct map_slot *slots;
	uint32_t mask; /* slots - 1 */
	uint32_t count;
	uint32_t capacity; /* the most numbers that may be in it */
	bool (*same)(const void *context, uint32_t number, const void *key);
	const void *context;
};

/* A hash of `length` bytes; well mixed in all bits. */
uint32_t map_hash(const void *bytes, size_t length);

/* The memory for `capacity` numbers, in bytes. 0 < capacity <= 2^30. */
size_t map_memory(uint32_t capacity);

/* An empty map in memory of at least map_memory(capacity) bytes. */
void map_init(struct map *m, void *memory, uint32_t capacity,
	      bool (*same)(const void *context, uint32_t number,
			   const void *key),
	      const void *context);

/*
 * Moves everything into other memory, for another capacity of at least the
 * present count. The old memory is the caller's again: it is returned.
 */
void *map_move(struct map *m, void *memory, uint32_t capacity);

/*
 * Makes room for one more number: if the capacity is used up, twice as much
 * memory comes from `obtain` and the old one goes to `give_back`. False, and
 * nothing changes, if there is none. A map that is all zero but for `same` and
 * `context` is empty and may be used with this and map_find().
 */
bool map_reserve(struct map *m, void *(*obtain)(size_t size),
		 void (*give_back)(void *memory));

/* The number of the record with that key, or MAP_NONE. */
uint32_t map_find(const struct map *m, uint32_t hash, const void *key);

/*
 * All of them, where several may have one key: one after another, then
 * MAP_NONE. `at` begins with 0; nothing may be put in or taken out meanwhile.
 */
uint32_t map_next(const struct map *m, uint32_t hash, const void *key,
		  uint32_t *at);

/*
 * Puts in a number under its hash. The caller knows that it is not in it
 * (asserted only by the count). -1 if the capacity is used up.
 */
int map_put(struct map *m, uint32_t hash, uint32_t number);

/* Takes out a number that was put in under that hash; false if it was not. */
bool map_remove(struct map *m, uint32_t hash, uint32_t number);
