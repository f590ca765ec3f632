/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line of keepalived says (src/ctl/keepalived_options.c). */
#include "ctl/keepalived_options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Words that are separated by zeroes, as in /proc/PID/cmdline. */
static bool read_line(const char *words, size_t length,
		      struct keepalived_options *out)
{
	char line[256];

	assert_true(length <= sizeof(line));
	memcpy(line, words, length);
	return keepalived_options_read(line, length, "/home/x", out);
}

#define READ(line, out) read_line(line, sizeof(line), out)

static void the_file_is_found(void **state)
{
	static const char theirs[] = "/etc/keepalived/keepalived.conf";
	struct keepalived_options o;

	(void)state;
	assert_true(READ("keepalived", &o));
	assert_string_equal(o.file, theirs);
	assert_true(READ("keepalived\0-n\0-l\0-D", &o));
	assert_string_equal(o.file, theirs);
	assert_true(READ("keepalived\0-f\0/etc/k.conf", &o));
	assert_string_equal(o.file, "/etc/k.conf");
	assert_true(READ("keepalived\0-nDf/etc/k.conf", &o));
	assert_string_equal(o.file, "/etc/k.conf");
	assert_true(READ("keepalived\0--use-file=/etc/k.conf\0-P", &o));
	assert_string_equal(o.file, "/etc/k.conf");
	assert_true(READ("keepalived\0--use-file\0k.conf", &o));
	assert_string_equal(o.file, "/home/x/k.conf");
	/* The last one counts, and a value is no option. */
	assert_true(READ("keepalived\0-f\0/a\0-p\0-f\0-f\0/b", &o));
	assert_string_equal(o.file, "/b");
	assert_true(
		READ("keepalived\0--vrrp_pid\0-f\0--no-mem-check\0-f/c", &o));
	assert_string_equal(o.file, "/c");
}

static void what_else_matters(void **state)
{
	struct keepalived_options o;

	(void)state;
	assert_true(READ("keepalived\0-i\0left", &o));
	assert_string_equal(o.config_id, "left");
	assert_true(READ("keepalived\0--config-id=right", &o));
	assert_string_equal(o.config_id, "right");
	assert_false(o.no_vrrp);
	assert_true(READ("keepalived\0-C", &o));
	assert_true(o.no_vrrp);
	assert_string_equal(o.config_id, "");
	assert_true(READ("keepalived\0-CP", &o));
	assert_false(o.no_vrrp);
}

static void bounds_are_kept(void **state)
{
	static char many[1024];
	struct keepalived_options o;

	(void)state;
	assert_false(keepalived_options_read(many, 0, "/", &o));
	assert_false(keepalived_options_read((char[]){ 'k' }, 1, "/", &o));
	assert_false(keepalived_options_read(many, sizeof(many), "/", &o));
	memset(many, 'x', sizeof(many) - 1);
	memcpy(many, "k\0-i", 5);
	many[4] = '\0';
	assert_false(keepalived_options_read(many, sizeof(many), "/", &o));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_found),
		cmocka_unit_test(what_else_matters),
		cmocka_unit_test(bounds_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
