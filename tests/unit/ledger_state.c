/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slots of the state file: whatever is torn, the other one counts. */
#include "ledger/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct state some(uint64_t number)
{
	return (struct state){
		.number = number,
		.server = { 4711, 123456789, 5, 6, -1, INT64_MAX },
		.heir = { INT32_MAX, UINT64_MAX, INT32_MIN, INT32_MIN,
			  INT32_MIN, INT64_MIN },
		.answers = 4712,
		.answers_started = UINT64_MAX,
	};
}

/* A file in which these two were written, 0: never. */
static void make(char file[STATE_SIZE], uint64_t first, uint64_t second)
{
	const uint64_t numbers[] = { first, second };

	memset(file, 0, STATE_SIZE);
	for (unsigned n = 0; n < 2; n++) {
		struct state s = some(numbers[n]);

		s.server.pid = (int32_t)numbers[n];
		if (numbers[n])
			state_encode(&s, file + state_offset(numbers[n]));
	}
}

static uint64_t number_of(const char *file)
{
	struct state s;

	if (!state_decode(file, STATE_SIZE, &s))
		return 0;
	assert_int_equal(s.server.pid, s.number);
	return s.number;
}

static void assert_same(const struct state_process *a,
			const struct state_process *b)
{
	assert_int_equal(a->pid, b->pid);
	assert_true(a->started == b->started);
	assert_int_equal(a->ledger, b->ledger);
	assert_int_equal(a->packed, b->packed);
	assert_int_equal(a->fallback, b->fallback);
	assert_true(a->return_at == b->return_at);
}

static void all_of_it_comes_back(void **state)
{
	struct state in = some(UINT64_MAX), out;
	char file[STATE_SIZE] = { 0 };

	(void)state;
	state_encode(&in, file);
	assert_true(state_decode(file, STATE_SIZE, &out));
	assert_same(&in.server, &out.server);
	assert_same(&in.heir, &out.heir);
	assert_int_equal(out.number, in.number);
	assert_int_equal(out.answers, in.answers);
	assert_int_equal(out.answers_started, in.answers_started);
	/* A person can read it, and an older program stops at once. */
	assert_memory_equal(file, "batond 18446744073709551615\nserver 4711 ",
			    40);
	assert_true(state_decode(file, STATE_SLOT, &out));
	assert_false(state_decode(file, STATE_SLOT - 1, &out));
	assert_false(state_decode(file, 0, &out));
}

static void the_newer_one_counts(void **state)
{
	char file[STATE_SIZE];

	(void)state;
	make(file, 0, 0);
	assert_int_equal(number_of(file), 0);
	make(file, 1, 0);
	assert_int_equal(number_of(file), 1);
	make(file, 1, 2);
	assert_int_equal(number_of(file), 2);
	make(file, 3, 2);
	assert_int_equal(number_of(file), 3);
	make(file, 9, 10);
	assert_int_equal(number_of(file), 10);
}

/* Torn at each byte, by one that was written over it. */
static void a_torn_slot_does_not_count(void **state)
{
	char file[STATE_SIZE], newer[STATE_SIZE];

	(void)state;
	make(newer, 3, 2);
	for (size_t n = 0; n < STATE_SLOT; n++) {
		bool whole;

		make(file, 1, 2);
		memcpy(file + STATE_SLOT, newer + STATE_SLOT, n);
		whole = memcmp(file, newer, STATE_SIZE) == 0;
		assert_int_equal(number_of(file), whole ? 3 : 2);
	}
	/* And any byte that is another. */
	for (size_t n = 0; n < STATE_SLOT; n++) {
		make(file, 3, 2);
		file[STATE_SLOT + n] ^= 1;
		assert_int_equal(number_of(file), 2);
	}
}

static void what_is_whole_may_still_say_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"1000 5000 1002 5010 3\nruns 4 -1 9223372036854775807\n",
		"batond 1\nserver 1 2 3 4 5 6\n",
		"batond 1\nserver 1 2 3 4 5 6\nheir 1 2 3 4 5 6\nanswers 7\n",
		"batond x\nserver 1 2 3 4 5 6\nheir 1 2 3 4 5 6\nanswers 7 8\n",
	};
	struct state s;

	(void)state;
	for (size_t n = 0; n < sizeof(texts) / sizeof(*texts); n++) {
		char file[STATE_SIZE] = { 0 };

		memcpy(file, texts[n], strlen(texts[n]));
		state_seal(file);
		assert_false(state_decode(file, STATE_SIZE, &s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_comes_back),
		cmocka_unit_test(the_newer_one_counts),
		cmocka_unit_test(a_torn_slot_does_not_count),
		cmocka_unit_test(what_is_whole_may_still_say_nothing),
	};

	return cmocka_run_group_tests_name("ledger_state", tests, NULL, NULL);
}
