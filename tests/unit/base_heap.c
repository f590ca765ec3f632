/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/heap.h against a search through a plain array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heap.h"

#include <stdlib.h>

#define IDS 97

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

/* The earliest of the array, the lowest id of several, or HEAP_NONE. */
static uint32_t earliest(const tick_t *keys)
{
	uint32_t best = HEAP_NONE;

	for (uint32_t id = 0; id < IDS; id++) {
		if (keys[id] != TICK_NEVER &&
		    (best == HEAP_NONE || keys[id] < keys[best]))
			best = id;
	}
	return best;
}

static void play(uint64_t seed)
{
	tick_t keys[IDS];
	struct heap h;
	void *memory = malloc(heap_memory(IDS));

	heap_init(&h, memory, IDS);
	for (uint32_t id = 0; id < IDS; id++)
		keys[id] = TICK_NEVER;
	for (unsigned step = 0; step < 5000; step++) {
		uint32_t id = next_random(&seed) % IDS;
		uint32_t first;

		/* Few different keys, so that many are equal. */
		keys[id] = next_random(&seed) % 4 == 0
				   ? TICK_NEVER
				   : (tick_t)(next_random(&seed) % 50);
		heap_set(&h, id, keys[id]);
		first = earliest(keys);
		assert_int_equal(heap_first(&h), first);
		assert_int_equal(heap_next(&h),
				 first == HEAP_NONE ? TICK_NEVER : keys[first]);
		assert_int_equal(heap_get(&h, id), keys[id]);
		if (first != HEAP_NONE) {
			tick_t key = keys[first];

			keys[first] = TICK_NEVER;
			assert_int_equal(heap_second(&h), earliest(keys));
			keys[first] = key;
		} else {
			assert_int_equal(heap_second(&h), HEAP_NONE);
		}
	}
	free(memory);
}

static void agrees_with_a_search(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		play(seed);
}

static void empties_in_order(void **state)
{
	struct heap h;
	void *memory = malloc(heap_memory(IDS));
	tick_t last = -1;

	(void)state;
	heap_init(&h, memory, IDS);
	assert_int_equal(heap_first(&h), HEAP_NONE);
	assert_int_equal(heap_next(&h), TICK_NEVER);
	for (uint32_t id = 0; id < IDS; id++)
		heap_set(&h, id, (tick_t)(id * 31 % IDS));
	for (uint32_t i = 0; i < IDS; i++) {
		assert_int_equal(heap_next(&h), last + 1);
		last = heap_next(&h);
		heap_set(&h, heap_first(&h), TICK_NEVER);
	}
	assert_int_equal(h.count, 0);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_search),
		cmocka_unit_test(empties_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
