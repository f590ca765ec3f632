/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runner/verdict.h: how many results in a row it takes. */
#include "base/must.h"
#include "runner/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Results as + and -, what it then counts as below: G and B. */
static void results_in_a_row(void **state)
{
	static const struct {
		struct verdict_rule rule;
		const char *results, *verdicts;
	} cases[] = {
		{ { 1, 1 }, "+-+-", "GBGB" },
		{ { 1, 1 }, "-+", "BG" },
		/* The first result of all counts at once. */
		{ { 3, 3 }, "+--+---", "GGGGGGB" },
		{ { 3, 3 }, "-++-+++", "BBBBBBG" },
		{ { 2, 1 }, "+-+-++-", "GBBBBGB" },
		{ { 1, 2 }, "+-+--+", "GGGGBG" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		uint32_t level = verdict_begin(&cases[i].rule);

		for (size_t n = 0; cases[i].results[n]; n++) {
			bool good = cases[i].verdicts[n] == 'G';

			level = verdict_after(&cases[i].rule, level,
					      cases[i].results[n] == '+');
			if (verdict_is_good(&cases[i].rule, level) != good)
				fprintf(stderr, "# case %zu, result %zu\n", i,
					n);
			assert_int_equal(verdict_is_good(&cases[i].rule, level),
					 good);
		}
	}
}

/* A reload with other numbers turns no verdict around. */
static void a_level_keeps_its_verdict(void **state)
{
	(void)state;
	for (uint32_t rise = 1; rise < 5; rise++)
		for (uint32_t fall = 1; fall < 5; fall++)
			for (uint32_t level = 0; level < 12; level++)
				for (int good = 0; good < 2; good++) {
					struct verdict_rule rule = { rise,
								     fall };
					uint32_t moved = verdict_moved(
						&rule, level, good);

					assert_int_equal(
						verdict_is_good(&rule, moved),
						good);
					assert_true(moved < rise + fall);
				}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_in_a_row),
		cmocka_unit_test(a_level_keeps_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
