/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only this machine knows of a configuration: runner/doubts.c and
 * checker/doubts.c. */
#include "checker/needs.h"
#include "runner/runner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct conf_diagnostics found;
static struct arena texts;

static struct conf_url url = { .path = "/" };
static struct conf_notify on[CONF_NOTIFIES];
static struct conf_check checks[3];
static struct conf_real_server servers[2] = {
	{ .span = { .file = "f", .line = 7 }, .checks = checks },
	{ .checks = checks },
};
static struct conf_virtual_server vs = { .servers = servers };
static struct conf_model model = { .virtual_servers = &vs };

static void look(void)
{
	arena_free(&texts);
	texts = arena_over(malloc, free);
	memset(&found, 0, sizeof(found));
	found.arena = &texts;
	runner_doubts(&model, "given", &found);
	checker_doubts(&model, "given", &found);
}

static int begin(void **state)
{
	(void)state;
	checks[0].kind = checks[1].kind = CONF_CHECK_MISC;
	checks[2].kind = CONF_CHECK_HTTP;
	checks[0].misc.command = "/bin/true x";
	checks[1].misc.command = "/no/such/command x";
	checks[2].http.urls = &url;
	checks[2].http.url_count = 1;
	servers[0].check_count = servers[1].check_count = 3;
	vs.server_count = 2;
	model.virtual_server_count = 1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(&texts);
	return 0;
}

static void a_command_that_is_missing_is_told_once(void **state)
{
	(void)state;
	look();
	assert_int_equal(found.count, 1);
	assert_int_equal(found.warnings, 0);
	assert_string_equal(found.list[0].message,
			    "this machine cannot run \"/no/such/command x\" "
			    "now: /no/such/command: No such file or directory");
	assert_string_equal(found.list[0].span.file, "f");
	assert_int_equal(found.list[0].span.line, 7);
}

static void so_is_one_of_notify(void **state)
{
	(void)state;
	on[CONF_NOTIFY_BACKUP].command = "/etc/passwd down";
	vs.notifies.on = on;
	look();
	vs.notifies.on = NULL;
	assert_int_equal(found.count, 2);
	assert_string_equal(found.list[0].message,
			    "this machine cannot run \"/etc/passwd down\" "
			    "now: /etc/passwd is not executable");
	/* Its place is not known. */
	assert_string_equal(found.list[0].span.file, "given");
	assert_int_equal(found.list[0].span.line, 0);
}

static void an_expression_that_is_none_is_a_warning(void **state)
{
	(void)state;
	servers[1].check_count = 0;
	url.regex = "(";
	look();
	assert_int_equal(found.warnings, 1);
	assert_int_equal(found.ignored, 1);
	assert_string_equal(found.list[1].message,
			    "the regex \"(\" is none: missing closing "
			    "parenthesis");
	assert_string_equal(found.list[1].hint,
			    "until that is mended the check says nothing of "
			    "its server");
	url.regex = "(a)";
	look();
	assert_int_equal(found.warnings, 0);
}

/* Lists that are the same are one. */
static void what_many_have_is_told_once(void **state)
{
	(void)state;
	url.regex = "(";
	look();
	url.regex = NULL;
	assert_int_equal(found.warnings, 1);
	assert_string_equal(found.list[1].hint,
			    "until that is mended 2 checks say nothing of "
			    "their servers");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_that_is_missing_is_told_once),
		cmocka_unit_test(so_is_one_of_notify),
		cmocka_unit_test(an_expression_that_is_none_is_a_warning),
		cmocka_unit_test_setup(what_many_have_is_told_once, begin),
	};

	return cmocka_run_group_tests_name("checker_doubts", tests, begin, end);
}
