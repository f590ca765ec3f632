/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/disarm.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/disarm.h"

#include <string.h>

static void becomes(const char *text, bool colours, const char *expected)
{
	char bytes[64];
	size_t length = strlen(text);

	assert_true(length < sizeof(bytes));
	memcpy(bytes, text, length + 1);
	disarm(bytes, length, colours);
	assert_string_equal(bytes, expected);
}

static void text_stays(void **state)
{
	(void)state;
	becomes("", false, "");
	becomes("a line\n\tof text\n", false, "a line\n\tof text\n");
	becomes("gr\xc3\xbc\xc3\x9f \xc2\xa0 \xe2\x82\xac \xf0\x9f\x98\x80",
		false,
		"gr\xc3\xbc\xc3\x9f \xc2\xa0 \xe2\x82\xac \xf0\x9f\x98\x80");
	becomes("\xff\xa0 no UTF-8 \xc2", false, "\xff\xa0 no UTF-8 \xc2");
}

static void what_is_obeyed_goes(void **state)
{
	(void)state;
	becomes("\033]0;title\a", false, "?]0;title?");
	becomes("\033[31mred\033[0m", false, "?[31mred?[0m");
	becomes("a\rb\b\x7f", false, "a?b??");
	/* CSI as one character. */
	becomes("\xc2\x9b"
		"2J",
		false, "??2J");
	becomes("\xc2\x80\xc2\x9f\xc2\xa0", false, "????\xc2\xa0");
	/* The same for a terminal that knows no UTF-8. */
	becomes("\x9b"
		"2J\xe2\x82 \x82\xff\x80",
		false, "?2J\xe2? ?\xff?");
}

static void colours_may_stay(void **state)
{
	(void)state;
	becomes("\033[1;31mred\033[0m\033[m", true,
		"\033[1;31mred\033[0m\033[m");
	becomes("\033[2J\033[6n\033]0;x\a", true, "?[2J?[6n?]0;x?");
	becomes("\033[31", true, "?[31");
	becomes("\033[31\033[0m", true, "?[31\033[0m");
	becomes("\033", true, "?");
	becomes("\xc2\x9b"
		"31m",
		true, "??31m");
}

static void only_what_is_there_is_looked_at(void **state)
{
	char bytes[] = "\xc2\x9b\033[0m";

	(void)state;
	disarm(bytes, 1, true);
	assert_memory_equal(bytes, "\xc2\x9b\033[0m", 6);
	assert_false(disarm_finds(bytes, 1));
	assert_true(disarm_finds(bytes, 2));
	disarm(bytes + 2, 2, true);
	assert_memory_equal(bytes, "\xc2\x9b?[0m", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_stays),
		cmocka_unit_test(what_is_obeyed_goes),
		cmocka_unit_test(colours_may_stay),
		cmocka_unit_test(only_what_is_there_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
