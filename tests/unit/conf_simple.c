/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual router without a file: options, their name, and its text. */
#include "base/must.h"
#include "files/conf_files.h"
#include "files/simple.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "10.0.0.1/24"

static char interface[] = "eth0.5", vrid[] = "51", priority[] = "120",
	    interval[] = "0.5", version[] = "3", one[] = "192.0.2.2",
	    other[] = "192.0.2.3";

static void options_become_a_configuration(void **state)
{
	char *peers[] = { one, other, NULL };
	const struct simple all = { interface, vrid,    priority,
				    interval,  version, peers };
	const char *const addresses[] = { A, "10.0.0.2/24", NULL };
	char error[128];
	char *name = simple_name(&all, addresses, error), *text;
	size_t length;

	(void)state;
	assert_string_equal(name,
			    "--interface eth0.5 --vrid 51 --priority 120 "
			    "--interval 0.5 --vrrp-version 3 --unicast-peer "
			    "192.0.2.2 --unicast-peer 192.0.2.3 10.0.0.1/24 "
			    "10.0.0.2/24");
	assert_true(simple_is_name(name));
	text = simple_text(name, &length);
	assert_string_equal(text, "vrrp_instance eth0.5-51 {\n"
				  "\tinterface eth0.5\n"
				  "\tvirtual_router_id 51\n"
				  "\tpriority 120\n"
				  "\tadvert_int 0.5\n"
				  "\tversion 3\n"
				  "\tunicast_peer {\n"
				  "\t\t192.0.2.2\n"
				  "\t\t192.0.2.3\n"
				  "\t}\n"
				  "\tvirtual_ipaddress {\n"
				  "\t\t10.0.0.1/24\n"
				  "\t\t10.0.0.2/24\n"
				  "\t}\n"
				  "}\n");
	assert_int_equal(length, strlen(text));
	free(text);
	free(name);
}

/* By the way of all files, and only by that. */
static void a_name_is_read_as_a_file_is(void **state)
{
	struct conf_files files = { 0 };
	struct conf_diagnostics *told = calloc(1, sizeof(*told));
	struct arena texts = arena_over(malloc, free);
	struct conf_source source = conf_files_source(&files, NULL);
	struct conf_model *model;

	(void)state;
	told->arena = &texts;
	model = conf_load(&source, "--interface eth7 --vrid 9 " A, malloc, free,
			  told);
	assert_non_null(model);
	assert_int_equal(told->count, 0);
	assert_int_equal(model->instance_count, 1);
	assert_string_equal(model->instances[0].name, "eth7-9");
	assert_int_equal(model->instances[0].vrrp.vrid, 9);
	assert_int_equal(model->instances[0].vrrp.priority, 100);
	assert_int_equal(model->instances[0].address_count, 1);
	conf_free(model);
	/* What is wrong is told as of a file. */
	model = conf_load(&source, "--interface eth7 --vrid 900 " A, malloc,
			  free, told);
	assert_null(model);
	assert_non_null(strstr(told->list[0].message, "virtual_router_id"));
	conf_files_close(&files);
	arena_free(&texts);
	free(told);
}

static void refused(struct simple s, const char *address, const char *why)
{
	const char *const addresses[] = { address, NULL };
	char error[128];

	assert_true(simple_given(&s));
	assert_null(simple_name(&s, addresses, error));
	assert_non_null(strstr(error, why));
}

static void what_is_missing_or_no_word_is_told(void **state)
{
	static const char *const spoiled[] = { "a b",  "a\nb", "{",     "}",
					       "#",    "!",    "\"x\"", "$X",
					       "~SEQ", "",     "-1",    "'x'" };
	char longest[SIMPLE_NAME_MAX + 1];

	(void)state;
	assert_false(simple_given(&(struct simple){ 0 }));
	refused((struct simple){ .vrid = vrid }, A, "--interface");
	refused((struct simple){ .interface = interface }, A, "--vrid");
	refused((struct simple){ interface, vrid, .peers = NULL }, NULL,
		"addresses");
	for (size_t n = 0; n < ARRAY_LENGTH(spoiled); n++) {
		char copy[16];

		strcpy(copy, spoiled[n]);
		refused((struct simple){ copy, vrid, .peers = NULL }, A,
			"is no value");
		refused((struct simple){ interface, vrid, .peers = NULL }, copy,
			"is no value");
	}
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	refused((struct simple){ interface, vrid, .peers = NULL }, longest,
		"too long");
	assert_false(simple_is_name("/etc/baton/baton.conf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_become_a_configuration),
		cmocka_unit_test(a_name_is_read_as_a_file_is),
		cmocka_unit_test(what_is_missing_or_no_word_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
