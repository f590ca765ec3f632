/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/map.h against a plain array, over many seeded operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS 500

/* The records: number i has key keys[i]; present[i] says if it is in. */
struct table {
	uint32_t keys[RECORDS];
	bool present[RECORDS];
};

static bool same(const void *context, uint32_t number, const void *key)
{
	const struct table *t = context;

	return t->keys[number] == *(const uint32_t *)key;
}

/* So bad a hash that every look-up meets others' entries. */
static uint32_t poor_hash(uint32_t key)
{
	return key % 7;
}

static uint32_t good_hash(uint32_t key)
{
	return map_hash(&key, sizeof(key));
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void check_all(const struct map *m, const struct table *t,
		      uint32_t (*hash)(uint32_t))
{
	unsigned count = 0;

	for (uint32_t i = 0; i < RECORDS; i++) {
		uint32_t found = map_find(m, hash(t->keys[i]), &t->keys[i]);

		assert_int_equal(found, t->present[i] ? i : MAP_NONE);
		count += t->present[i];
	}
	assert_int_equal(m->count, count);
}

static void play(uint32_t (*hash)(uint32_t), uint64_t seed)
{
	struct table t = { 0 };
	uint32_t capacity = RECORDS / 4, count = 0;
	struct map m;

	for (uint32_t i = 0; i < RECORDS; i++)
		t.keys[i] = i * 2654435761u;
	map_init(&m, malloc(map_memory(capacity)), capacity, same, &t);
	for (unsigned step = 0; step < 4000; step++) {
		uint32_t i = next_random(&seed) % RECORDS;
		uint32_t h = hash(t.keys[i]);

		if (t.present[i]) {
			assert_true(map_remove(&m, h, i));
			assert_false(map_remove(&m, h, i));
			t.present[i] = false;
			count--;
		} else if (map_put(&m, h, i) == 0) {
			t.present[i] = true;
			count++;
		} else {
			assert_int_equal(count, capacity);
			capacity *= 2;
			free(map_move(&m, malloc(map_memory(capacity)),
				      capacity));
		}
		if (step % 64 == 0)
			check_all(&m, &t, hash);
	}
	check_all(&m, &t, hash);
	free(m.slots);
}

static void finds_what_is_in_it(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		play(good_hash, seed);
}

static void survives_collisions(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++)
		play(poor_hash, seed);
}

static void says_when_it_is_full(void **state)
{
	struct table t = { .keys = { 1, 2, 3, 4 } };
	struct map m;

	(void)state;
	map_init(&m, malloc(map_memory(3)), 3, same, &t);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(map_put(&m, good_hash(t.keys[i]), i), 0);
	assert_int_equal(map_put(&m, good_hash(t.keys[3]), 3), -1);
	assert_int_equal(m.count, 3);
	free(m.slots);
}

static size_t blocks, refused_from;

static void *obtain(size_t size)
{
	if (size >= refused_from)
		return NULL;
	blocks++;
	return malloc(size);
}

static void give_back(void *memory)
{
	blocks--;
	free(memory);
}

/* From nothing, and as far as there is memory. */
static void grows_by_itself(void **state)
{
	struct table t = { 0 };
	struct map m = { .same = same, .context = &t };
	uint32_t i = 0;

	(void)state;
	for (uint32_t n = 0; n < RECORDS; n++)
		t.keys[n] = n * 2654435761u;
	blocks = 0;
	refused_from = map_memory(256);
	check_all(&m, &t, good_hash);
	for (; map_reserve(&m, obtain, give_back); i++) {
		t.present[i] = true;
		assert_int_equal(map_put(&m, good_hash(t.keys[i]), i), 0);
		assert_int_equal(blocks, 1);
	}
	assert_int_equal(i, 128);
	check_all(&m, &t, good_hash);
	give_back(m.slots);
}

/* Addresses of one subnet must not fall into one corner of the table. */
static void finds_all_of_one_key(void **state)
{
	struct table t = { .keys = { 5, 12, 5, 19, 5 } };
	struct map m;
	void *memory = malloc(map_memory(5));
	uint32_t five = 5, six = 6, at = 0, seen = 0, found;

	(void)state;
	map_init(&m, memory, 5, same, &t);
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(map_put(&m, poor_hash(t.keys[i]), i), 0);
	while ((found = map_next(&m, poor_hash(5), &five, &at)) != MAP_NONE)
		seen |= 1u << found;
	assert_int_equal(seen, 1 << 0 | 1 << 2 | 1 << 4);
	at = 0;
	assert_int_equal(map_next(&m, poor_hash(6), &six, &at), MAP_NONE);
	free(memory);
}

static void hash_spreads_neighbours(void **state)
{
	unsigned buckets[256] = { 0 };
	uint8_t bytes[20] = { 7, 0, 0, 0, 0xfe, 0x80 };

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		bytes[18] = (uint8_t)(i >> 8);
		bytes[19] = (uint8_t)i;
		buckets[map_hash(bytes, sizeof(bytes)) & 255]++;
	}
	for (unsigned i = 0; i < 256; i++)
		assert_in_range(buckets[i], 128, 384);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_in_it),
		cmocka_unit_test(survives_collisions),
		cmocka_unit_test(says_when_it_is_full),
		cmocka_unit_test(grows_by_itself),
		cmocka_unit_test(finds_all_of_one_key),
		cmocka_unit_test(hash_spreads_neighbours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
