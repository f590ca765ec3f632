/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload would do to virtual servers. */
#include "conf/model/plan.h"
#include "conf/model/plan_servers.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void append(void *to, const char *text, size_t length)
{
	strncat(to, text, length);
}

static void expect(const char *old, const char *new, const char *text)
{
	struct conf_loaded *before = conf_load_text(old);
	struct conf_loaded *after = conf_load_text(new);
	struct arena arena = arena_over(malloc, free);
	struct conf_plan *plan;
	char printed[10000] = "";

	assert_non_null(before->model);
	assert_non_null(after->model);
	plan = conf_plan(before->model, after->model, &arena);
	assert_non_null(plan);
	conf_plan_print(plan, NULL, append, printed);
	assert_string_equal(printed, text);
	arena_free(&arena);
	conf_unload(before);
	conf_unload(after);
}

#define SERVICE(words, servers)                                                 \
	"virtual_server 192.0.2.80 80 {\n protocol TCP\n lvs_method DR\n" words \
	"\n" servers "\n}\n"
#define SERVER(last, words)                                                    \
	"real_server 198.51.100." last " 80 {\n" words "\n}\n"

static void virtual_servers_have_rows(void **state)
{
	static const char one[] = SERVICE("", SERVER("1", "TCP_CHECK {\n}"));

	(void)state;
	expect("", one,
	       "adds virtual_server 192.0.2.80 80: 1 real server\n"
	       "0 unchanged\n");
	expect(one, "",
	       "removes virtual_server 192.0.2.80 80: 1 real server\n"
	       "0 unchanged\n");
	expect(one, one, "1 unchanged\n");
	expect(one, SERVICE("lvs_sched rr", SERVER("1", "TCP_CHECK {\n}")),
	       "changes virtual_server 192.0.2.80 80: lvs_sched wlc -> rr\n"
	       "0 unchanged\n");
	expect(one,
	       SERVICE("",
		       SERVER("2", "weight 3") SERVER("1", "TCP_CHECK {\n}")),
	       "changes virtual_server 192.0.2.80 80: adds real_server "
	       "198.51.100.2 80 weight 3\n0 unchanged\n");
	expect(one,
	       SERVICE("", SERVER("1", "weight 3\nTCP_CHECK {\n retry 2\n}")),
	       "changes virtual_server 192.0.2.80 80: changes real_server "
	       "198.51.100.1 80: weight default -> 3, changes TCP_CHECK: "
	       "retry default -> 2\n0 unchanged\n");
	expect(one, SERVICE("", SERVER("1", "PING_CHECK {\n}")),
	       "changes virtual_server 192.0.2.80 80: changes real_server "
	       "198.51.100.1 80: adds PING_CHECK, removes TCP_CHECK\n"
	       "0 unchanged\n");
}

/* A header may bring a password: its name is told, and its value is not. */
static void values_of_headers_are_hidden(void **state)
{
#define GET(header)                                                            \
	SERVICE("", SERVER("1",                                                \
			   "HTTP_GET {\n url {\n status_code 200\n}\n"         \
			   "headers {\n \"Authorization: " header "\"\n}\n}"))
	struct conf_loaded *loaded = conf_load_text(GET("Basic geheim"));
	char printed[10000] = "";

	(void)state;
	expect(GET("Basic geheim"), GET("Basic geheim2"),
	       "changes virtual_server 192.0.2.80 80: changes real_server "
	       "198.51.100.1 80: changes HTTP_GET: adds header "
	       "\"Authorization: (hidden)\", removes header "
	       "\"Authorization: (hidden)\"\n0 unchanged\n");
	assert_non_null(loaded->model);
	conf_print(loaded->model, append, printed);
	assert_non_null(strstr(printed, "\t# \"Authorization: (hidden)\"\n"));
	assert_null(strstr(printed, "geheim"));
	conf_unload(loaded);
}

static bool only_weights(const char *old, const char *new)
{
	struct conf_loaded *before = conf_load_text(old);
	struct conf_loaded *after = conf_load_text(new);
	struct arena arena = arena_over(malloc, free);
	bool only;

	assert_non_null(before->model);
	assert_non_null(after->model);
	only = conf_plan_only_weights(before->model->virtual_servers,
				      after->model->virtual_servers, &arena);
	arena_free(&arena);
	conf_unload(before);
	conf_unload(after);
	return only;
}

static void nothing_but_weights_may_differ(void **state)
{
	static const char one[] =
		SERVICE("", SERVER("1", "weight 3\nTCP_CHECK {\n}")
				    SERVER("2", "PING_CHECK {\n}"));

	(void)state;
	assert_true(only_weights(
		one, SERVICE("", SERVER("1", "TCP_CHECK {\n}\nweight 4")
					 SERVER("2", "PING_CHECK {\n}"))));
	assert_true(only_weights(
		one, SERVICE("weight 9", SERVER("1", "TCP_CHECK {\n}") SERVER(
						 "2", "PING_CHECK {\n}"))));
	assert_true(only_weights(one, one));
	/* Another word, server, check, number or order of them. */
	assert_false(only_weights(
		one, SERVICE("quorum 2", SERVER("1", "TCP_CHECK {\n}") SERVER(
						 "2", "PING_CHECK {\n}"))));
	assert_false(only_weights(
		one, SERVICE("", SERVER("3", "weight 4\nTCP_CHECK {\n}")
					 SERVER("2", "PING_CHECK {\n}"))));
	assert_false(only_weights(
		one,
		SERVICE("", SERVER("1", "weight 4\nTCP_CHECK {\n retry 2\n}")
				    SERVER("2", "PING_CHECK {\n}"))));
	assert_false(only_weights(
		one, SERVICE("", SERVER("1", "weight 4\nTCP_CHECK {\n}"))));
	assert_false(only_weights(
		one, SERVICE("", SERVER("2", "PING_CHECK {\n}") SERVER(
					 "1", "weight 4\nTCP_CHECK {\n}"))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtual_servers_have_rows),
		cmocka_unit_test(values_of_headers_are_hidden),
		cmocka_unit_test(nothing_but_weights_may_differ),
	};

	return cmocka_run_group_tests_name("conf_plan_servers", tests, NULL,
					   NULL);
}
