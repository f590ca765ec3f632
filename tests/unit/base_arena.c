/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas: what they give, what they ask for, and what is left at the end. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t obtained, given_back, last_size, refuse_after;

/* Malloc that counts, fills with rubbish, and may refuse. */
static void *counting(size_t size)
{
	void *memory;

	if (obtained >= refuse_after)
		return NULL;
	memory = malloc(size);
	if (memory) {
		memset(memory, 0xa5, size);
		obtained++;
		last_size = size;
	}
	return memory;
}

static void counting_back(void *memory)
{
	given_back++;
	free(memory);
}

static struct arena fresh(void)
{
	obtained = given_back = last_size = 0;
	refuse_after = SIZE_MAX;
	return arena_over(counting, counting_back);
}

static void all_is_zero_and_aligned(void **state)
{
	struct arena a = fresh();

	for (size_t size = 0; size < 300; size++) {
		char *memory = arena_alloc(&a, size);

		assert_non_null(memory);
		assert_int_equal((uintptr_t)memory % alignof(uint64_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size);
	}
	arena_free(&a);
}

/* Nothing that was given overlaps with anything else. */
static void neighbours_do_not_touch(void **state)
{
	struct arena a = fresh();
	unsigned char *pieces[500];

	for (size_t i = 0; i < 500; i++) {
		pieces[i] = arena_alloc(&a, i + 1);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)(i & 0xff), i + 1);
	}
	for (size_t i = 0; i < 500; i++)
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(pieces[i][k], i & 0xff);
	assert_in_range(obtained, 2, 20);
	arena_free(&a);
	assert_int_equal(obtained, given_back);
}

static void small_ones_share_a_chunk(void **state)
{
	struct arena a = fresh();

	for (int i = 0; i < 100; i++)
		assert_non_null(arena_alloc(&a, 16));
	assert_int_equal(obtained, 1);
	arena_free(&a);
}

static void a_large_one_has_its_own(void **state)
{
	struct arena a = fresh();
	char *large = arena_alloc(&a, 1000000);

	assert_non_null(large);
	assert_in_range(last_size, 1000000, 1000000 + 256);
	large[0] = large[999999] = 1;
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
	assert_int_equal(given_back, 2);
}

static void a_refusal_is_survived(void **state)
{
	struct arena a = fresh();
	char *first = arena_alloc(&a, 100);

	refuse_after = 1;
	memset(first, 7, 100);
	assert_null(arena_alloc(&a, 100000));
	assert_null(arena_text(&a, "x", 100000));
	/* What is left of the chunk still serves. */
	assert_non_null(arena_alloc(&a, 100));
	for (int i = 0; i < 100; i++)
		assert_int_equal(first[i], 7);
	refuse_after = SIZE_MAX;
	assert_non_null(arena_alloc(&a, 100000));
	arena_free(&a);
	assert_int_equal(obtained, given_back);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct arena a = fresh();

	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 7));
	assert_null(arena_alloc(&a, SIZE_MAX / 2 + 1));
	assert_null(arena_text(&a, "x", SIZE_MAX));
	assert_null(arena_text(&a, "x", SIZE_MAX - 1));
	assert_int_equal(obtained, 0);
	arena_free(&a);
}

static void text_ends_with_a_zero(void **state)
{
	struct arena a = fresh();
	const char *word = arena_text(&a, "word and more", 4);
	const char *nothing = arena_text(&a, NULL, 0);
	const char *inner = arena_text(&a, "a\0b", 3);

	assert_string_equal(word, "word");
	assert_string_equal(nothing, "");
	assert_memory_equal(inner, "a\0b", 4);
	arena_free(&a);
}

static void an_arena_may_be_used_again(void **state)
{
	struct arena a = fresh();

	arena_free(&a);
	assert_int_equal(given_back, 0);
	assert_non_null(arena_alloc(&a, 10));
	arena_free(&a);
	assert_int_equal(given_back, 1);
	assert_string_equal(arena_text(&a, "again", 5), "again");
	assert_int_equal(obtained, 2);
	arena_free(&a);
	arena_free(&a);
	assert_int_equal(given_back, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_zero_and_aligned),
		cmocka_unit_test(neighbours_do_not_touch),
		cmocka_unit_test(small_ones_share_a_chunk),
		cmocka_unit_test(a_large_one_has_its_own),
		cmocka_unit_test(a_refusal_is_survived),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(text_ends_with_a_zero),
		cmocka_unit_test(an_arena_may_be_used_again),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
