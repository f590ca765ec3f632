/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runner/user.h, with a name service that hangs for one name. */
#include "runner/user.h"
#include "sys/clock.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_gone; /* the service knows nobody any more */

/* In place of that of the system. */
struct passwd *getpwnam(const char *name)
{
	static struct passwd joe = { .pw_uid = 1234, .pw_gid = 4321 };

	if (strcmp(name, "hangs") == 0)
		pause();
	joe.pw_name = (char *)(uintptr_t)name;
	return !is_gone && strcmp(name, "joe") == 0 ? &joe : NULL;
}

static tick_t took(struct user_found *found, const char *name)
{
	tick_t begun = clock_now();

	user_find(found, name, NULL, false);
	return clock_now() - begun;
}

static void what_was_found_is_known(void **state)
{
	struct user_found found;

	(void)state;
	is_gone = true;
	user_find(&found, "joe", NULL, false);
	assert_false(found.is_found);
	assert_string_equal(found.why, "there is no user joe");
	/* It is looked for again, and then known. */
	for (int n = 0; n < 2; n++) {
		is_gone = n > 0;
		user_find(&found, "joe", NULL, false);
		assert_true(found.is_found);
		assert_int_equal(found.uid, 1234);
		assert_int_equal(found.gid, 4321);
		assert_int_equal(found.group_count, 1);
		assert_int_equal(found.groups[0], 4321);
	}
	is_gone = false;
	user_find(&found, "joe", "77", false);
	assert_true(found.is_found);
	assert_int_equal(found.gid, 77);
	user_find(&found, "5", NULL, false);
	assert_true(found.is_found);
	assert_int_equal(found.uid, 5);
}

static void nobody_waits_for_long(void **state)
{
	struct user_found found;
	tick_t first = took(&found, "hangs");

	(void)state;
	assert_false(found.is_found);
	assert_string_equal(found.why,
			    "the user hangs was not found: nobody answers");
	assert_true(first >= TICK_SECOND);
	/* And not again for each script. */
	assert_true(took(&found, "hangs") < TICK_SECOND / 2);
	assert_false(found.is_found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_found_is_known),
		cmocka_unit_test(nobody_waits_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
