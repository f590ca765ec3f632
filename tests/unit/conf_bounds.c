/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a small file may ask for is bounded in bytes and in work: what ~SEQ
 * repeats, what definitions move, what is included.
 */
#include "base/must.h"
#include "conf/language/lines.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MIB ((size_t)1 << 20)

/* A word of 1 KiB: statements have no more than 256 words. */
#define X16  "xxxxxxxxxxxxxxxx"
#define X128 X16 X16 X16 X16 X16 X16 X16 X16
#define WORD X128 X128 X128 X128 X128 X128 X128 X128 " "

/* `before`, then `count` times `unit`, then `behind`. */
static char *repeated(const char *before, const char *unit, size_t count,
		      const char *behind)
{
	size_t size = strlen(unit);
	char *text = malloc(strlen(before) + count * size + strlen(behind) + 1);
	char *at;

	assert_non_null(text);
	at = stpcpy(text, before);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, unit);
	strcpy(at, behind);
	return text;
}

static double seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Loads and frees the text; NULL: no error of any bound. */
static void expect(char *text, const char *said)
{
	double start = seconds();
	struct conf_loaded *l = conf_load_text(text);
	bool bounded;

	if (said)
		assert_says(l, said);
	bounded = strstr(l->printed, "nothing behind this line was read");
	assert_int_equal(bounded, said != NULL);
	/* Many times what it takes; without the bound it is hours. */
	assert_true(seconds() - start < 30);
	conf_unload(l);
	free(text);
}

static void what_a_sequence_repeats_is_counted_in_bytes(void **state)
{
	(void)state;
	expect(repeated("~SEQ(i, 1, 20) ", WORD, 128, "\n"), NULL);
	expect(repeated("~SEQ(i, 1, 500) ", WORD, 128, "\n"),
	       "nothing behind this line was read");
	expect(repeated("~SEQ(i, 1, 65536) ", WORD, 1000, "\n"),
	       "nothing behind this line was read");
	/* Few bytes, many times. */
	expect(repeated("~SEQ(i, 1, 60000) ", "a", 1, "\n"), NULL);
	expect(repeated("~SEQ(i,1,60000) ~SEQ(j,1,60000) ", "a", 1, "\n"),
	       "nothing behind this line was read");
}

/* A use of an empty definition adds nothing and moves a whole line. */
static void what_is_moved_is_counted(void **state)
{
	char *line = repeated("", "x ${E} ", 990, "");
	char *ends = repeated(line, "y", MIB / 2, "\n");

	(void)state;
	expect(repeated("$E=\n", "x ${E} ", 990, "\n"), NULL);
	expect(repeated("$E=\n", ends, 1, ""),
	       "nothing behind this line was read");
	expect(repeated("$E=\n~SEQ(i, 1, 65536) ", ends, 1, ""),
	       "nothing behind this line was read");
	free(ends);
	free(line);
}

/* It moves nothing at the end of a line: all is looked through again. */
static void what_is_looked_through_is_counted(void **state)
{
	char *uses = repeated("", " ${E}", 900, "\n");
	char *line = repeated("$E=\n", "y", MIB / 2, uses);

	(void)state;
	expect(repeated(line, "", 0, ""), "nothing behind this line was read");
	free(line);
	free(uses);
}

/* As of a large file that a program has made: it asks for nothing more. */
static void a_large_file_of_short_lines_is_read(void **state)
{
	(void)state;
	expect(repeated("$NET=198.51.100\n$P=80\n",
			"some statement of a server with an address ${NET}.1 "
			"$P\n",
			180000, ""),
	       NULL);
}

static void definitions_of_definitions_are_bounded(void **state)
{
	char *line = repeated("$L= \\\n ", WORD, 256, "\n");

	(void)state;
	expect(repeated(line, "$L\n", 4, ""), NULL);
	expect(repeated(line, "$L\n", 110, ""),
	       "nothing behind this line was read");
	free(line);
}

static void expect_files(const struct conf_fixture_file *files,
			 const char *said)
{
	struct conf_loaded *l = conf_load_files(files, NULL);

	if (said) {
		assert_null(l->model);
		assert_says(l, said);
	} else {
		assert_silent(l);
	}
	/* It is said once, not of every include. */
	assert_int_equal(l->diagnostics.errors, said ? 1 : 0);
	conf_unload(l);
}

static void included_bytes_are_counted_together(void **state)
{
	char *large = repeated("", "# a comment of some bytes\n", MIB / 26, "");
	char *few = repeated("", "include large\n", 20, "");
	char *many = repeated("", "include large\n", 40, "");
	struct conf_fixture_file files[] = {
		{ "main", few },
		{ "large", large },
		{ 0 },
	};

	(void)state;
	expect_files(files, NULL);
	files[0].text = many;
	expect_files(files, "main:33:");
	free(large);
	free(few);
	free(many);
}

/* Patterns that match nothing cost a search each. */
static void includes_are_counted(void **state)
{
	char *few = repeated("", "include none*\n", CONF_PATTERNS_MAX, "");
	char *many = repeated("", "include none*\n", 100000, "");
	struct conf_fixture_file files[] = { { "main", few }, { 0 } };

	(void)state;
	expect_files(files, NULL);
	files[0].text = many;
	expect_files(files, "main:4097:9: error: there are more than 4096 "
			    "includes");
	free(few);
	free(many);
}

static void a_word_and_a_line_have_an_end(void **state)
{
	struct conf_loaded *l;
	char *text = repeated("", "x", 5000, "\n");

	(void)state;
	l = conf_load_text(text);
	assert_null(l->model);
	assert_says(l, "the word is longer than 4096 bytes");
	conf_unload(l);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_sequence_repeats_is_counted_in_bytes),
		cmocka_unit_test(what_is_moved_is_counted),
		cmocka_unit_test(what_is_looked_through_is_counted),
		cmocka_unit_test(a_large_file_of_short_lines_is_read),
		cmocka_unit_test(definitions_of_definitions_are_bounded),
		cmocka_unit_test(included_bytes_are_counted_together),
		cmocka_unit_test(includes_are_counted),
		cmocka_unit_test(a_word_and_a_line_have_an_end),
	};

	return cmocka_run_group_tests_name("conf_bounds", tests, NULL, NULL);
}
