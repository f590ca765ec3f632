/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runner/number.h: the number that a file begins with. */
#include "base/must.h"
#include "runner/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void what_a_file_says(void **state)
{
	static const struct {
		const char *text;
		int32_t number;
	} rows[] = {
		{ "", 0 },
		{ "7", 7 },
		{ "-7\n", -7 },
		{ "+7", 7 },
		{ " \t\n 12 13", 12 },
		{ "12apples", 12 },
		{ "apples 12", 0 },
		{ "0x10", 16 },
		{ "-0x10", -16 },
		{ "0x", 0 },
		{ "010", 8 },
		{ "08", 0 },
		{ "1.9", 1 },
		{ "2147483647", INT32_MAX },
		{ "-2147483648", INT32_MIN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int32_t number = 99;

		assert_true(number_read(rows[i].text, &number));
		assert_int_equal(number, rows[i].number);
	}
}

/* keepalived then keeps the one before. */
static void what_does_not_fit(void **state)
{
	static const char *const rows[] = {
		"2147483648",
		"-2147483649",
		"0xffffffff",
		"99999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		int32_t number = 99;

		assert_false(number_read(rows[i], &number));
		assert_int_equal(number, 99);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_file_says),
		cmocka_unit_test(what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
