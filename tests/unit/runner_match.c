/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runner/match.h: which processes are those that are tracked. */
#include "base/must.h"
#include "runner/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
	const char *words[4];
	enum conf_match match;
	bool full;
	const char *name;
	const char *command; /* as in /proc, but | for the zeros */
	bool counts;
} rows[] = {
	{ { "a" }, CONF_MATCH_NONE, false, "a", "/x/a|", true },
	{ { "a" }, CONF_MATCH_NONE, false, "ab", "a|", false },
	{ { "ab" }, CONF_MATCH_NONE, false, "a", "ab|", false },
	/* The kernel keeps 15 bytes. */
	{ { "123456789012345" },
	  CONF_MATCH_NONE,
	  false,
	  "123456789012345",
	  "",
	  true },
	{ { "1234567890123456" },
	  CONF_MATCH_NONE,
	  false,
	  "123456789012345",
	  "",
	  true },
	{ { "12345678901234" },
	  CONF_MATCH_NONE,
	  false,
	  "123456789012345",
	  "",
	  false },
	{ { "a" }, CONF_MATCH_NONE, true, "b", "a|x|", true },
	{ { "a" }, CONF_MATCH_NONE, true, "a", "/x/a|", false },
	{ { "a" }, CONF_MATCH_NONE, true, "a", "", false },
	{ { "a" }, CONF_MATCH_EXACT, false, "b", "a|", true },
	{ { "a" }, CONF_MATCH_EXACT, false, "b", "a|x|", false },
	{ { "a", "x" }, CONF_MATCH_EXACT, false, "b", "a|x|", true },
	{ { "a", "x" }, CONF_MATCH_EXACT, false, "b", "a|x", true },
	{ { "a", "x" }, CONF_MATCH_EXACT, false, "b", "a|", false },
	{ { "a", "x" }, CONF_MATCH_EXACT, false, "b", "a|x|y|", false },
	{ { "a", "x" }, CONF_MATCH_EXACT, false, "b", "a|xy|", false },
	{ { "a", "x" }, CONF_MATCH_PARTIAL, false, "b", "a|x|y|", true },
	{ { "a", "x" }, CONF_MATCH_PARTIAL, false, "b", "a|xy|", false },
	{ { "a", "x" }, CONF_MATCH_PARTIAL, false, "b", "a|y|x|", false },
	{ { "a", "x" }, CONF_MATCH_INITIAL, false, "b", "a|xy|z|", true },
	{ { "a", "6" }, CONF_MATCH_INITIAL, false, "b", "a|60|", true },
	{ { "a", "60" }, CONF_MATCH_INITIAL, false, "b", "a|6|", false },
	{ { "a", "x", "y" }, CONF_MATCH_INITIAL, false, "b", "a|xx|y|", false },
	{ { "a" }, CONF_MATCH_INITIAL, false, "b", "ab|", false },
	{ { "a", "" }, CONF_MATCH_EXACT, false, "b", "a||", true },
	{ { "a", "" }, CONF_MATCH_EXACT, false, "b", "a|", false },
};

static void which_ones_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_track_process of = {
			.process.list = (const char **)(uintptr_t)rows[i].words,
			.match = rows[i].match,
			.full_command = rows[i].full,
		};
		char command[64];
		size_t length = 0;
		bool counts;

		while (rows[i].words[of.process.count])
			of.process.count++;
		for (; rows[i].command[length]; length++)
			command[length] = rows[i].command[length] == '|'
						  ? '\0'
						  : rows[i].command[length];
		counts = match_process(&of, rows[i].name, command, length);
		if (counts != rows[i].counts)
			fprintf(stderr, "# row %zu\n", i);
		assert_int_equal(counts, rows[i].counts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_ones_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
