/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses get which firewall mark (lvs/fwmark.h), against a list of all
 * addresses that is filled claim by claim.
 */
#include "lvs/fwmark.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLAIMS 12
#define PLACE  64 /* addresses of one family, protocol and port */
#define PLACES 8

static unsigned long seed;

static unsigned pick(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* The last addresses that there are, so that none is behind them. */
static struct ip address(unsigned family, unsigned n)
{
	uint8_t bytes[16];

	memset(bytes, 0xff, sizeof(bytes));
	bytes[ip_size((uint8_t)family) - 1] = (uint8_t)(256 - PLACE + n);
	return ip_from_bytes((uint8_t)family, bytes);
}

static struct fwmark_claim claim(unsigned place, unsigned first, unsigned last,
				 uint32_t mark)
{
	unsigned family = place & 1 ? IP_V6 : IP_V4;

	return (struct fwmark_claim){
		.first = address(family, first),
		.last = address(family, last),
		.protocol = place & 2 ? 17 : 6,
		.port = place & 4 ? 80 : 0,
		.mark = mark,
	};
}

static void check_ranges(const struct fwmark_range *ranges, uint32_t count,
			 const uint32_t marks[PLACES][PLACE])
{
	unsigned found = 0, marked = 0;

	for (uint32_t n = 1; n < count; n++)
		assert_true(fwmark_compare(&ranges[n - 1], &ranges[n]) < 0);
	for (unsigned p = 0; p < PLACES; p++)
		for (unsigned a = 0; a < PLACE; a++) {
			const struct fwmark_claim one = claim(p, a, a, 0);
			const struct fwmark_range *r =
				fwmark_find(ranges, count, &one);

			assert_int_equal(r ? r->mark : 0, marks[p][a]);
			marked += marks[p][a] != 0;
		}
	for (uint32_t n = 0; n < count; n++) {
		size_t end = ip_size(ranges[n].family) - 1;

		assert_true(ranges[n].first[end] <= ranges[n].last[end]);
		found += ranges[n].last[end] - ranges[n].first[end] + 1u;
	}
	assert_int_equal(found, marked);
}

static void play(unsigned count)
{
	struct fwmark_claim claims[CLAIMS];
	struct fwmark_range ranges[2 * CLAIMS];
	uint32_t marks[PLACES][PLACE] = { 0 };
	bool had[PLACES][PLACE] = { 0 };
	void *memory = malloc(fwmark_memory(CLAIMS));

	for (unsigned n = 0; n < count; n++) {
		unsigned p = pick(PLACES), first = pick(PLACE);
		unsigned last = first + pick(PLACE - first);

		claims[n] = claim(p, first, last, pick(4) ? 1000 + n : 0);
		for (unsigned a = first; a <= last; a++) {
			if (!had[p][a])
				marks[p][a] = claims[n].mark;
			had[p][a] = true;
		}
	}
	check_ranges(ranges,
		     fwmark_ranges(claims, count, ranges, 2 * CLAIMS, memory),
		     (const uint32_t(*)[PLACE])marks);
	free(memory);
}

static void test_the_first_claim_has_an_address(void **state)
{
	(void)state;
	for (seed = 1; seed < 40000; seed++) {
		unsigned long was = seed;

		play(pick(CLAIMS) + 1);
		seed = was;
	}
}

static void test_there_is_a_bound(void **state)
{
	struct fwmark_claim claims[3] = { claim(0, 1, 2, 7), claim(0, 4, 5, 7),
					  claim(0, 7, 8, 7) };
	struct fwmark_range ranges[2];
	void *memory = malloc(fwmark_memory(3));

	(void)state;
	assert_int_equal(fwmark_ranges(claims, 3, ranges, 2, memory), 2);
	assert_int_equal(fwmark_ranges(claims, 0, ranges, 2, memory), 0);
	free(memory);
}

/* Steps from one list to another make that of it. */
/* More than all files together may have. */
static void test_of_claims_too(void **state)
{
	uint32_t count = FWMARK_CLAIMS_MAX + 1;
	struct fwmark_claim *claims = calloc(count, sizeof(*claims));
	void *memory = malloc(fwmark_memory(count));
	struct fwmark_range out[2];

	(void)state;
	assert_non_null(claims);
	for (uint32_t n = 0; n < count; n++)
		claims[n] = claim(n + 1 == count, 3, 5, 1);
	assert_int_equal(fwmark_ranges(claims, count, out, 2, memory), 1);
	assert_int_equal(out[0].family, IP_V4);
	free(claims);
	free(memory);
}

static void test_only_what_changes_is_sent(void **state)
{
	struct fwmark_range have[3] = { 0 }, want[3], removed[3], added[3];
	struct fwmark_steps steps = { removed, added, 0, 0 };

	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		have[n].family = IP_V4;
		have[n].first[3] = have[n].last[3] = (uint8_t)n;
		have[n].mark = 1000;
	}
	memcpy(want, have, sizeof(want));
	fwmark_differ(have, 3, want, 3, &steps);
	assert_int_equal(steps.removed_count + steps.added_count, 0);

	want[1].mark = 1001;
	want[2].first[3] = want[2].last[3] = 9;
	fwmark_differ(have, 3, want, 3, &steps);
	assert_int_equal(steps.removed_count, 2);
	assert_int_equal(steps.added_count, 2);
	assert_memory_equal(&removed[0], &have[1], sizeof(have[1]));
	assert_memory_equal(&added[0], &want[1], sizeof(want[1]));
	assert_memory_equal(&removed[1], &have[2], sizeof(have[2]));
	assert_memory_equal(&added[1], &want[2], sizeof(want[2]));

	fwmark_differ(have, 0, want, 3, &steps);
	assert_int_equal(steps.added_count, 3);
	fwmark_differ(have, 3, want, 0, &steps);
	assert_int_equal(steps.removed_count, 3);
	assert_int_equal(steps.added_count, 0);
}

static void test_numbers_stay(void **state)
{
	uint32_t marks[6] = { 0, 1001, 0, 5, 1001, 2000 };
	const uint32_t taken[] = { 1002, 2000, 1000, 1002 };
	const uint32_t wanted[6] = { 1003, 1001, 1004, 5, 1005, 1006 };
	void *memory = malloc(fwmark_number_memory(6, 4));

	(void)state;
	fwmark_number(marks, 6, taken, 4, 1000, memory);
	assert_memory_equal(marks, wanted, sizeof(marks));
	fwmark_number(marks, 6, NULL, 0, 1, memory);
	assert_memory_equal(marks, wanted, sizeof(marks));
	free(memory);
}

static void test_sorted_as_the_kernel_does_not(void **state)
{
	struct fwmark_range ranges[50] = { 0 }, spare[50];

	(void)state;
	seed = 4711;
	for (unsigned n = 0; n < 50; n++) {
		ranges[n].family = pick(2) ? IP_V4 : IP_V6;
		ranges[n].port = pick(2) ? 80 : 0;
		ranges[n].first[3] = (uint8_t)pick(256);
	}
	fwmark_sort(ranges, spare, 50);
	for (unsigned n = 1; n < 50; n++)
		assert_true(fwmark_compare(&ranges[n - 1], &ranges[n]) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_claim_has_an_address),
		cmocka_unit_test(test_there_is_a_bound),
		cmocka_unit_test(test_of_claims_too),
		cmocka_unit_test(test_only_what_changes_is_sent),
		cmocka_unit_test(test_numbers_stay),
		cmocka_unit_test(test_sorted_as_the_kernel_does_not),
	};

	return cmocka_run_group_tests_name("lvs_fwmark", tests, NULL, NULL);
}
