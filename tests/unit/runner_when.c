/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A moment as reload_time_file has it. */
#include "base/must.h"
#include "runner/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* 2026-11-30 12:00:00 UTC. */
#define NOON 1796040000

static void moments_are_read(void **state)
{
	static const struct {
		const char *text;
		time_t at;
	} cases[] = {
		{ "12:00:01Z", NOON + 1 },
		{ "13:00:00Z\nrest", NOON + 3600 },
		{ "12:00:00Z", NOON + 86400 }, /* it has just been */
		{ "11:59:59Z\n", NOON + 86400 - 1 },
		{ "26-11-30 12:00:05Z", NOON + 5 },
		{ "2026-11-30 12:00:05Z", NOON + 5 },
		{ "2026-11-30 11:00:00Z", NOON - 3600 }, /* it has passed */
		{ "2026-12-01 00:00:00Z", NOON + 43200 },
		/* Two hours before UTC, as TZ says. */
		{ "14:00:01", NOON + 1 },
		{ "2026-11-30 14:00:05", NOON + 5 },
		{ "13:59:59", NOON + 86400 - 1 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		time_t at = 0;

		assert_true(when_read(cases[n].text, NOON, &at));
		assert_int_equal(at, cases[n].at);
	}
}

static void others_are_none(void **state)
{
	static const char *const cases[] = {
		"",
		"\n12:00:00",
		"12:00",
		" 12:00:00",
		"12:00:00 ",
		"12:00:00ZZ",
		"24:00:00",
		"12:60:00",
		"12:00:60",
		"26-13-01 12:00:00",
		"26-00-01 12:00:00",
		"26-01-00 12:00:00",
		"26-01-32 12:00:00",
		"026-01-01 12:00:00",
		"2026-01-01  12:00:00",
		"2026/01/01 12:00:00",
		"2026-01-01T12:00:00",
		"2026-01-01 12:00:00 and more words",
		"x2:00:00",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		time_t at = 4711;

		assert_false(when_read(cases[n], NOON, &at));
		assert_int_equal(at, 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(others_are_none),
	};

	setenv("TZ", "EET-2", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
