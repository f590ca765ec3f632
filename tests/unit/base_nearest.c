/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words nearest to a mistyped one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

#include <string.h>

static const char *nearest_of(const char *wrong)
{
	static const char *const words[] = { "status", "why", "events",
					     "metrics", "stats" };
	struct nearest n;

	nearest_begin(&n, wrong);
	for (unsigned i = 0; i < 5; i++)
		nearest_offer(&n, words[i]);
	return n.count ? n.words[0] : "";
}

static void finds_the_nearest(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("stauts"), "status"); /* swapped */
	assert_string_equal(nearest_of("statu"), "status");
	assert_string_equal(nearest_of("event"), "events");
	assert_string_equal(nearest_of("hwy"), "why");
	assert_string_equal(nearest_of("metricks"), "metrics");
	assert_string_equal(nearest_of("STATS"), "stats");
	assert_string_equal(nearest_of("me"), "metrics"); /* not to its end */
	assert_string_equal(nearest_of("xyzzy"), "");
	assert_string_equal(nearest_of(""), "");
}

static void the_nearest_come_first(void **state)
{
	struct nearest n;

	(void)state;
	nearest_begin(&n, "web12");
	nearest_offer(&n, "web1234");
	nearest_offer(&n, "web1");
	nearest_offer(&n, "web12x");
	nearest_offer(&n, "web1122");
	nearest_offer(&n, "mail");
	assert_int_equal(n.count, NEAREST_MAX);
	assert_string_equal(n.words[0], "web1");
	assert_string_equal(n.words[1], "web12x");
}

/* Longer than any word it knows how to compare. */
static void long_words_do_no_harm(void **state)
{
	char a[500], b[500];
	struct nearest n;

	(void)state;
	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = 0;
	nearest_begin(&n, a);
	nearest_offer(&n, b);
	nearest_offer(&n, a);
	assert_true(n.count >= 1);
	/* What cannot be compared is not near, though it begins the same. */
	a[100] = 0;
	nearest_begin(&n, a);
	nearest_offer(&n, "aaaaaa");
	assert_int_equal(n.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_nearest),
		cmocka_unit_test(the_nearest_come_first),
		cmocka_unit_test(long_words_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
