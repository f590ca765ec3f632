/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How words are read by their rows (src/conf/schema/read.c): what is no value,
 * what stays as it was, what is told once; and how words are written.
 */
#include "conf/schema/out.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GLOBAL(inside) "global_defs {\n" inside "\n}\n"
#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress { 192.0.2.1/24 }\n" inside "\n}\n"

/* A name may be =, but not in front of another word. */
static void equals_is_no_value(void **state)
{
	struct conf_loaded *l = conf_load_text(GLOBAL("router_id = x"));

	(void)state;
	assert_int_equal(l->diagnostics.count, 1);
	assert_true(!l->model || !l->model->global.router_id);
	conf_unload(l);
	l = conf_load_text(GLOBAL("router_id \"=\" x"));
	assert_non_null(l->model);
	assert_string_equal(l->model->global.router_id, "=");
	assert_int_equal(l->diagnostics.count, 1); /* x has no place */
	conf_unload(l);
}

/* The default of the file holds where the value is wrong. */
static void a_wrong_value_is_none(void **state)
{
	struct conf_loaded *l = conf_load_text(GLOBAL(
		"vrrp_garp_master_repeat 9") INSTANCE("garp_master_repeat 0"));

	(void)state;
	assert_non_null(l->model);
	assert_int_equal(l->model->instances[0].vrrp.announce.repeat, 9);
	assert_int_equal(l->diagnostics.count, 1);
	conf_unload(l);
}

/* As keepalived: other words behind it do not count, no and off do. */
static void some_switches_are_on_by_their_presence(void **state)
{
	struct conf_loaded *l =
		conf_load_text(GLOBAL("vrrp_skip_check_adv_addr sometimes"));

	(void)state;
	assert_non_null(l->model);
	assert_true(l->model->global.common.skip_check_adv_addr);
	conf_unload(l);
}

/* 2^64 nanoseconds, and some more. */
static void a_time_does_not_wrap_around(void **state)
{
	struct conf_loaded *l = conf_load_text(
		GLOBAL("min_auto_priority_delay 18446744073709553"));

	(void)state;
	assert_int_equal(l->diagnostics.count, 1);
	if (l->model)
		assert_int_equal(l->model->global.vrrp.auto_delay, 0);
	conf_unload(l);
}

/* The word behind one that is unknown may be its value. */
static void an_unknown_option_is_told_once(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" virtual_ipaddress {\n 192.0.2.1/24 colour blue label eth0:1"
		" shape\n}\n}\n");

	(void)state;
	assert_int_equal(l->diagnostics.errors + l->diagnostics.warnings, 2);
	assert_says(l, "colour");
	assert_says(l, "shape");
	conf_unload(l);
}

/* Of a block that is not done one thing is told; what follows is others'. */
static void behind_what_is_not_done_all_is_told(void **state)
{
	struct conf_loaded *l = conf_load_as_released(
		"bfd_instance b {\n neighbor_ip 192.0.2.2\n}\n"
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" use_vmac\n virtual_ipaddress {\n 192.0.2.1\n}\n}\n");

	(void)state;
	assert_int_equal(l->diagnostics.errors, 2);
	assert_says(l, "use_vmac");
	conf_unload(l);
}

static void a_full_list_is_told_once(void **state)
{
	static char text[64 << 10];
	struct conf_loaded *l;
	size_t length;

	(void)state;
	length = (size_t)sprintf(text, "vrrp_instance A {\n interface eth0\n"
				       " virtual_router_id 7\n"
				       " track_interface {\n");
	for (unsigned n = 0; n < CONF_TRACKED_MAX + 3; n++)
		length += (size_t)sprintf(text + length, "  eth%u\n", n);
	sprintf(text + length, " }\n}\n");
	l = conf_load_text(text);
	assert_null(l->model);
	assert_int_equal(l->diagnostics.errors, 1);
	assert_says(l, "has more than");
	conf_unload(l);
}

static void write_text(void *to, const char *text, size_t length)
{
	strncat(to, text, length);
}

/* What could be read as something else stands in quotes. */
static void words_are_written_as_they_are_read(void **state)
{
	static const char *const words[][2] = {
		{ "plain", "plain" },      { "", "\"\"" },
		{ "a b", "\"a b\"" },      { "a#b", "\"a#b\"" },
		{ "a!b", "\"a!b\"" },      { "{", "\"{\"" },
		{ "a\"b", "\"a\\042b\"" }, { "a\tb", "\"a\\011b\"" },
		{ "a\\b", "\"a\\134b\"" },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
		char text[40] = "";
		struct conf_out out = { write_text, text };

		conf_put_word(&out, words[n][0]);
		assert_string_equal(text, words[n][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_is_no_value),
		cmocka_unit_test(a_wrong_value_is_none),
		cmocka_unit_test(some_switches_are_on_by_their_presence),
		cmocka_unit_test(a_time_does_not_wrap_around),
		cmocka_unit_test(an_unknown_option_is_told_once),
		cmocka_unit_test(behind_what_is_not_done_all_is_told),
		cmocka_unit_test(a_full_list_is_told_once),
		cmocka_unit_test(words_are_written_as_they_are_read),
	};

	return cmocka_run_group_tests_name("conf_reader", tests, NULL, NULL);
}
