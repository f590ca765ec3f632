/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts in arrays, with and without more room, and where they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#include <string.h>

static void puts_pieces_together(void **state)
{
	char array[32];
	struct text t = text_over(array, sizeof(array));

	(void)state;
	assert_string_equal(t.bytes, "");
	text_put(&t, "one");
	text_add(&t, ", twofold", 5);
	text_format(&t, " and %d", 3);
	text_put(&t, "");
	assert_string_equal(t.bytes, "one, two and 3");
	assert_int_equal(t.length, strlen(t.bytes));
	assert_false(t.cut);
	text_clear(&t);
	assert_string_equal(t.bytes, "");
	assert_int_equal(t.length, 0);
}

/* Up to the last byte before the zero, whichever function puts it there. */
static void fills_its_room(void **state)
{
	char array[8];
	struct text t = text_over(array, sizeof(array));

	(void)state;
	text_put(&t, "1234567");
	assert_string_equal(t.bytes, "1234567");
	assert_false(t.cut);
	text_clear(&t);
	text_format(&t, "%d", 1234567);
	assert_string_equal(t.bytes, "1234567");
	assert_false(t.cut);
}

static void shows_that_it_was_cut(void **state)
{
	char array[8 + 1];
	struct text t = text_over(array, 8);

	(void)state;
	array[8] = '#';
	text_put(&t, "12345678");
	assert_string_equal(t.bytes, "1234...");
	assert_int_equal(t.length, 7);
	assert_true(t.cut);
	text_put(&t, "9");
	text_format(&t, "%d", 9);
	assert_string_equal(t.bytes, "1234...");
	text_clear(&t);
	assert_false(t.cut);
	text_put(&t, "123456");
	text_format(&t, "%d", 78);
	assert_string_equal(t.bytes, "1234...");
	assert_true(t.cut);
	assert_int_equal(array[8], '#');
}

/* A euro sign has three bytes; half of one is no text. */
static void cuts_no_character_in_two(void **state)
{
	char array[9];
	struct text t = text_over(array, sizeof(array));

	(void)state;
	text_put(&t, "abc\xe2\x82\xac"
		     "defg");
	assert_string_equal(t.bytes, "abc...");
	text_clear(&t);
	text_put(&t, "ab\xe2\x82\xac"
		     "defg");
	assert_string_equal(t.bytes, "ab\xe2\x82\xac...");
}

/* Too small even for the ellipsis: `cut` says it all the same. */
static void lives_in_the_smallest_array(void **state)
{
	char array[2] = "#";
	struct text t = text_over(array, 1);

	(void)state;
	text_put(&t, "a");
	assert_string_equal(t.bytes, "");
	assert_true(t.cut);
	assert_int_equal(array[1], '\0');
}

/* Passes on what is full, as a writer into a file does. */
static char passed_on[256];

static bool pass_on(struct text *t, size_t size)
{
	(void)size;
	strcat(passed_on, t->bytes);
	t->length = 0;
	return true;
}

static void may_be_passed_on(void **state)
{
	char array[8];
	struct text t = text_over(array, sizeof(array));

	(void)state;
	passed_on[0] = '\0';
	t.more = pass_on;
	text_put(&t, "the quick ");
	text_format(&t, "%s ", "brown");
	text_put(&t, "fox jumps over");
	assert_false(t.cut);
	pass_on(&t, 0);
	assert_string_equal(passed_on, "the quick brown fox jumps over");
}

/* One piece of a format has to fit as a whole. */
static void a_format_is_bounded(void **state)
{
	char array[8];
	struct text t = text_over(array, sizeof(array));

	(void)state;
	passed_on[0] = '\0';
	t.more = pass_on;
	text_put(&t, "123");
	text_format(&t, "%s", "a long word");
	assert_true(t.cut);
	assert_string_equal(passed_on, "123");
	assert_string_equal(t.bytes, "a lo...");
}

static char larger[64];

static bool enlarge(struct text *t, size_t size)
{
	if (size > sizeof(larger))
		return false;
	memcpy(larger, t->bytes, t->length + 1);
	t->bytes = larger;
	t->capacity = sizeof(larger);
	return true;
}

static void may_grow(void **state)
{
	char array[4];
	struct text t = text_over(array, sizeof(array));

	(void)state;
	t.more = enlarge;
	text_put(&t, "abc");
	assert_ptr_equal(t.bytes, array);
	text_put(&t, "def");
	assert_ptr_equal(t.bytes, larger);
	text_format(&t, "%d", 123);
	assert_string_equal(t.bytes, "abcdef123");
	for (unsigned i = 0; i < 20; i++)
		text_put(&t, "0123456789");
	assert_true(t.cut);
	assert_int_equal(t.length, sizeof(larger) - 1);
	assert_string_equal(t.bytes + t.length - 5, "90...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_pieces_together),
		cmocka_unit_test(fills_its_room),
		cmocka_unit_test(shows_that_it_was_cut),
		cmocka_unit_test(cuts_no_character_in_two),
		cmocka_unit_test(lives_in_the_smallest_array),
		cmocka_unit_test(may_be_passed_on),
		cmocka_unit_test(a_format_is_bounded),
		cmocka_unit_test(may_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
