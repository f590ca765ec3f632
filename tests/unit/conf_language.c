/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language of keepalived.conf(5): comments, quotes, blocks, conditions,
 * definitions, sequences, includes, and the bounds of all of these.
 */
#include "base/must.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An instance whose priority, or more, is written by a test. */
#define WITH(lines)                                                            \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" lines     \
	"\n virtual_ipaddress { 192.0.2.1/24 }\n}\n"

static const struct conf_instance *only(const struct conf_loaded *loaded)
{
	assert_silent(loaded);
	assert_int_equal(loaded->model->instance_count, 1);
	return &loaded->model->instances[0];
}

/* The priority of the one instance of a text. */
static void assert_priority(const char *text, int priority)
{
	struct conf_loaded *l = conf_load_text(text);

	assert_int_equal(only(l)->vrrp.priority, priority);
	conf_unload(l);
}

/* The name of the one router of a text. */
static void assert_router_id(const char *text, const char *name)
{
	struct conf_loaded *l = conf_load_text(text);

	assert_silent(l);
	assert_string_equal(l->model->global.router_id, name);
	conf_unload(l);
}

static void comments_end_lines(void **state)
{
	(void)state;
	assert_priority("# a\n! b\n" WITH("priority 9 # 10\n") "#", 9);
	assert_priority(WITH("priority 9! 10\n"), 9);
	assert_priority("\xef\xbb\xbf" WITH("\t priority\t9 \r\n"), 9);
	assert_router_id("global_defs { router_id \"a # b\" # c\n}", "a # b");
	/* An apostrophe is a letter there, as to keepalived. */
	assert_router_id("global_defs { router_id Bob's # don't\n}", "Bob's");
	assert_router_id("global_defs { router_id \"a'b # c\" # d\n}",
			 "a'b # c");
}

static void quotes_and_escapes(void **state)
{
	(void)state;
	assert_router_id("global_defs { router_id ab\" c d\"e }", "ab c de");
	assert_router_id("global_defs { router_id 'a\"b' }", "a\"b");
	assert_router_id("global_defs { router_id \"a\\\"b\\ c\" }", "a\"b c");
	assert_router_id("global_defs { router_id \"a\\\"{ @b\" }", "a\"{ @b");
	assert_router_id("global_defs { router_id \"\\x41\\102\\\\\" }",
			 "AB\\");
	assert_priority(WITH("priority \"9\""), 9);
	assert_priority(WITH("\"priority\" 9"), 9);
	/* Outside of quotes a backslash is a letter. */
	assert_router_id("global_defs { router_id a\\b }", "a\\b");
	assert_router_id("global_defs { router_id DOM\\x41 }", "DOM\\x41");
	assert_router_id("global_defs { router_id a\\#b }", "a#b");
	/* An apostrophe that nothing closes, too. */
	assert_router_id("global_defs { router_id it's }", "it's");
	assert_router_id("global_defs { router_id it's'so }", "it's'so");
}

static void broken_quotes_are_told(void **state)
{
	struct conf_loaded *l =
		conf_load_text("global_defs {\n router_id \"a }\n}\n");

	(void)state;
	assert_non_null(l->model);
	assert_says(l, "test.conf:2:12: warning: the quote that opens here is "
		       "not closed; it ends with the line");
	assert_int_equal(conf_verdict(&l->diagnostics), 4);
	assert_string_equal(l->model->global.router_id, "a }");
	conf_unload(l);
	l = conf_load_text("global_defs { router_id \"a\\0b\" }");
	assert_null(l->model);
	assert_says(l, "stands for no byte");
	conf_unload(l);
	l = conf_load_text("global_defs { router_id \"a\\nb\" }");
	assert_null(l->model->global.router_id);
	assert_says(l, "without control characters");
	assert_int_equal(conf_verdict(&l->diagnostics), 4);
	conf_unload(l);
}

/* Blanks that are none to a reader, and one that looks like one. */
static void blanks_of_all_sorts(void **state)
{
	struct conf_loaded *l;

	(void)state;
	assert_priority(WITH("\fpriority\f9\v"), 9);
	l = conf_load_text(WITH("priority\xc2\xa0"
				"9"));
	assert_says(l, "no-break space");
	conf_unload(l);
}

static void blocks_may_be_laid_out_freely(void **state)
{
	(void)state;
	assert_priority("vrrp_instance A\n{\ninterface eth0\n"
			"virtual_router_id 7\npriority 9\n"
			"virtual_ipaddress\n{ 192.0.2.1/24 }}",
			9);
	assert_priority("vrrp_instance A{\ninterface eth0\n"
			"virtual_router_id 7\npriority \\\n 9\n"
			"virtual_ipaddress{192.0.2.1/24\n}\n} global_defs {}",
			9);
}

static void braces_that_do_not_match(void **state)
{
	struct conf_loaded *l =
		conf_load_text(WITH("priority 9") "}\nglobal_defs { zzz 1 }\n");

	(void)state;
	assert_null(l->model);
	assert_says(l, "test.conf:7:1: error: a } too many");
	/* It is not the end of the file. */
	assert_says(l, "unknown word \"zzz\"");
	conf_unload(l);
	l = conf_load_text("global_defs {\n vrrp_version 3\n" WITH(""));
	assert_null(l->model);
	assert_says(l, "vrrp_instance cannot stand in global_defs");
	assert_says(l, "is a } missing before this line?");
	assert_says(l, "test.conf:1:1: error: the block of global_defs is "
		       "never closed");
	conf_unload(l);
	l = conf_load_text("{ a }\n");
	assert_null(l->model);
	assert_says(l, "there is no word before this {");
	conf_unload(l);
	l = conf_load_text("a{b{c{d{e{f{g{h{i{j{k{l{m{n}}}}}}}}}}}}}}");
	assert_null(l->model);
	assert_says(l, "blocks stand more than 12 deep");
	conf_unload(l);
	l = conf_load_text("a{b{c{d{e{f{g{h{i{j{k{l{m}}}}}}}}}}}}");
	assert_int_equal(l->diagnostics.errors, 0);
	conf_unload(l);
}

static void lines_with_a_condition(void **state)
{
	static const struct conf_fixture_file files[] = {
		{ "c.conf", WITH("@one priority 1\n@two priority 2\n"
				 "@^one advert_int 3\n@host-a priority 4") },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(files, "two");

	(void)state;
	assert_int_equal(only(l)->vrrp.priority, 2);
	assert_int_equal(only(l)->vrrp.interval, 3 * TICK_SECOND);
	conf_unload(l);
	l = conf_load_files(files, "one");
	assert_int_equal(only(l)->vrrp.priority, 1);
	assert_int_equal(only(l)->vrrp.interval, TICK_SECOND);
	conf_unload(l);
	/* Without -i, the first part of the host's name. */
	l = conf_load_files(files, NULL);
	assert_int_equal(only(l)->vrrp.priority, 4);
	conf_unload(l);
}

static void definitions_are_put_in(void **state)
{
	struct conf_loaded *l;

	(void)state;
	assert_priority("$P=9\n" WITH("priority $P"), 9);
	assert_priority("$P=9\n" WITH("priority 1${P}0"), 190);
	assert_priority("$P=${Q}0\n$Q=9\n" WITH("priority $P"), 90);
	assert_priority("$P=\n" WITH("priority 9 $P"), 9);
	assert_priority("@host-a $P=9\n@b $P=8\n" WITH("priority $P"), 9);
	assert_priority("$IF=@host-a\n" WITH("$IF priority 9"), 9);
	assert_priority("$IF=@other\n" WITH("priority 9\n$IF priority 8"), 9);
	assert_router_id("$X=b\nglobal_defs { router_id \"a $X ${X}\" }",
			 "a b b");
	/* What nobody defined stays, and that is told. */
	l = conf_load_text("global_defs { router_id a${X}$Y.$Z }");
	assert_string_equal(l->model->global.router_id, "a${X}$Y.$Z");
	assert_says(l, "test.conf:1:25: warning: ${X} is not defined; it is "
		       "taken as a text");
	assert_says(l, "write $NAME=VALUE before this line");
	conf_unload(l);
	assert_router_id("$Y=1\nglobal_defs { router_id $Y.z }", "$Y.z");
}

static void definitions_of_several_lines(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"$A= \\\n 192.0.2.${N}/24 \\\n192.0.2.10${N} dev $D\n"
		"$I= \\\nvrrp_instance V${N} { \\\n interface eth${N} \\\n"
		" # as in keepalived, also behind a comment: \\\n"
		" virtual_router_id ${N} # like this \\\n $D=eth9 \\\n"
		" virtual_ipaddress { \\\n $A \\\n } \\\n }\n"
		"$N=1\n$I\n$N=2\n$I\n");
	assert_silent(l);
	assert_int_equal(l->model->instance_count, 2);
	assert_string_equal(l->model->instances[1].name, "V2");
	assert_int_equal(l->model->instances[1].vrrp.vrid, 2);
	assert_int_equal(l->model->instances[1].address_count, 2);
	assert_string_equal(l->model->instances[1].addresses[1].dev, "eth9");
	conf_unload(l);
}

static void predefined_definitions(void **state)
{
	static const struct conf_fixture_file files[] = {
		{ "/etc/x/a.conf", "global_defs { router_id ${_PWD} }" },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(files, NULL);
	int priority;

	(void)state;
	assert_string_equal(l->model->global.router_id, "/etc/x");
	conf_unload(l);
	assert_router_id("global_defs { router_id ${_PWD} }", "/etc/baton");
	assert_router_id("global_defs { router_id ${_INSTANCE} }",
			 "host-a.example");
	assert_router_id("global_defs { router_id a${_HASH}b${_BANG}c }",
			 "a#b!c");
	assert_router_id("global_defs { router_id ${_ENV HOME_LAN} }", "eth7");
	l = conf_load_text("global_defs { router_id a${_ENV NONE} }");
	assert_null(l->model);
	assert_says(l, "test.conf:1:26: error: ${_ENV NONE} has no value here");
	conf_unload(l);
	for (int i = 0; i < 20; i++) {
		l = conf_load_text(WITH("priority ${_RANDOM 7 9}"));
		priority = only(l)->vrrp.priority;
		assert_in_range(priority, 7, 9);
		conf_unload(l);
	}
	/* The same seed, the same numbers. */
	l = conf_load_text("global_defs { random_seed 3\n"
			   "router_id ${_RANDOM}-${_RANDOM} }");
	assert_silent(l);
	assert_router_id("global_defs { random_seed 3\n"
			 "router_id ${_RANDOM}-${_RANDOM} }",
			 l->model->global.router_id);
	conf_unload(l);
}

/* The second parts of the addresses of a block made by some lines. */
static void assert_addresses(const char *lines, const char *expected)
{
	char text[1024];
	char found[1024] = "";
	struct conf_loaded *l;
	const struct conf_instance *a;

	snprintf(text, sizeof(text),
		 "vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		 "virtual_ipaddress {\n%s\n}\n}\n",
		 lines);
	l = conf_load_text(text);
	a = only(l);
	for (size_t i = 0; i < a->address_count; i++) {
		char one[IP_TEXT_MAX];

		snprintf(found + strlen(found), sizeof(found) - strlen(found),
			 "%s%s", i ? " " : "",
			 ip_format(&a->addresses[i].address, one));
	}
	assert_string_equal(found, expected);
	conf_unload(l);
}

static void sequences_and_lists(void **state)
{
	(void)state;
	assert_addresses("~SEQ(N, 3) 10.0.0.${N}",
			 "10.0.0.1 10.0.0.2 10.0.0.3");
	assert_addresses("~SEQ(N, 5, 6) 10.0.0.${N}", "10.0.0.5 10.0.0.6");
	assert_addresses("~SEQ(N, 9, -4, 1) 10.0.0.${N}",
			 "10.0.0.9 10.0.0.5 10.0.0.1");
	assert_addresses("~SEQx(N, 0x90, 0x10, 0xb0) fe80::${N}",
			 "fe80::90 fe80::a0 fe80::b0");
	assert_addresses("~LST(N, 4, 2,8) 10.0.0.${N}",
			 "10.0.0.4 10.0.0.2 10.0.0.8");
	assert_addresses("~LST({A, B}, {10,1},{20,4}) 10.0.${A}.${B}",
			 "10.0.10.1 10.0.20.4");
	assert_addresses("~LST(A, 1, 2) ~SEQ(B, 2) 10.0.${A}.${B}",
			 "10.0.1.1 10.0.1.2 10.0.2.1 10.0.2.2");
	assert_addresses("$M=2\n~SEQ(A, 1, ${M}) 10.0.0.${A}",
			 "10.0.0.1 10.0.0.2");
	/* An empty line ends it, though the one before had a backslash. */
	assert_addresses("$A= \\\n 10.0.0.1 \\\n 10.0.0.2 \\\n\n10.0.0.3\n$A",
			 "10.0.0.3 10.0.0.1 10.0.0.2");
	assert_addresses("$L= \\\n10.0.0.${A} \\\n10.0.1.${A}\n~SEQ(A, 2) $L",
			 "10.0.0.1 10.0.1.1 10.0.0.2 10.0.1.2");
}

/* Behind a brace is as good as at the start of a line. */
static void a_line_goes_on_behind_a_brace(void **state)
{
	static const struct conf_fixture_file files[] = {
		{ "/etc/baton/a.conf", "vrrp_instance A { include b.conf\n}" },
		{ "/etc/baton/b.conf",
		  "interface eth0\nvirtual_router_id 7\n"
		  "virtual_ipaddress { ~SEQ(N, 2) 10.0.0.$N\n"
		  "@host-z 10.0.0.3\n }\n"
		  "virtual_ipaddress_excluded { @host-z 10.0.0.4\n"
		  "10.0.0.5 }" },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(files, NULL);

	(void)state;
	assert_non_null(l->model);
	assert_int_equal(only(l)->address_count, 3);
	conf_unload(l);
}

static void broken_sequences_are_told(void **state)
{
	static const struct {
		const char *line;
		const char *said;
	} broken[] = {
		{ "~SEQ(N, 1, 0, 5) a", "never reaches its end" },
		{ "~SEQ(N, 1, -1, 5) a", "never reaches its end" },
		{ "~SEQ(N, x) a", "takes numbers" },
		{ "~SEQ(N) a", "needs a name and an end" },
		{ "~SEQ(1N, 2) a", "name is missing, or no name" },
		{ "~SEQ(N, 1, 2", "closing parenthesis is missing" },
		{ "~SEQ(N, 1, 1000000) a", "more than 65536 values" },
		{ "~SEQ(N, 1, 2, 3, 4) a", "more than a start" },
		{ "~LST({A,B},{1}) a", "fewer values than names" },
		{ "~LST(A) a", "has no value" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(broken); i++) {
		struct conf_loaded *l = conf_load_text(broken[i].line);

		/* As to keepalived the line is nothing. */
		assert_non_null(l->model);
		assert_says(l, broken[i].said);
		assert_says(l, "test.conf:1:1: warning:");
		conf_unload(l);
	}
}

static void what_never_ends_is_stopped(void **state)
{
	static const char *const bombs[] = {
		"$A=$A\n$A\n",
		"$A=x$A\nglobal_defs { router_id $A }\n",
		"$A= \\\n $A \\\n $A\n$A\n",
		"$A=$B $B\n$B=$C $C\n$C=$D $D\n$D=$E $E\n$E=$A $A\n$A\n",
		"~SEQ(A,60000) ~SEQ(B,60000) ~SEQ(C,60000) x\n",
		"~SEQ(A,60000) ~SEQ(B,60000) ~SEQ(C,60000)\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bombs); i++) {
		struct conf_loaded *l = conf_load_text(bombs[i]);

		assert_null(l->model);
		assert_says(l, "nothing behind this line was read");
		conf_unload(l);
	}
}

static void an_error_shows_what_the_line_became(void **state)
{
	struct conf_loaded *l =
		conf_load_text("$P=900\n" WITH("priority $P\nadvert_int $Q"));

	(void)state;
	assert_non_null(l->model);
	assert_says(l, "test.conf:5:10: warning: priority takes a number from "
		       "1 to 255, not \"900\"; it is left out\n"
		       "    5 | priority $P\n"
		       "      |          ^^\n"
		       "      = the line became: priority 900\n");
	assert_says(l, "this name is not defined before this line");
	conf_unload(l);
}

static void includes_are_read(void **state)
{
	static const struct conf_fixture_file files[] = {
		{ "/etc/b/main.conf", "include conf.d/*.conf\n"
				      "include 'sub/one.conf'\n"
				      "include /x/{two,{three,four}}.conf\n"
				      "include none/*.conf\n" },
		{ "/etc/b/conf.d/a.conf", "$P=7\n" },
		{ "/etc/b/conf.d/b.conf", WITH("priority $P") },
		{ "/etc/b/sub/one.conf", "include two.conf\n" },
		{ "/etc/b/sub/two.conf", "global_defs {\n include in\n}\n" },
		{ "/etc/b/sub/in", "router_id ${_PWD}\n" },
		{ "/x/two.conf", "global_defs { vrrp_version 3 }\n" },
		{ "/x/three.conf", "global_defs { vrrp_garp_interval 1 }\n" },
		{ "/x/four.conf", "global_defs { vrrp_gna_interval 2 }\n" },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(files, NULL);

	(void)state;
	assert_int_equal(only(l)->vrrp.priority, 7);
	assert_string_equal(only(l)->span.file, "/etc/b/conf.d/b.conf");
	assert_string_equal(l->model->global.router_id, "/etc/b/sub");
	assert_int_equal(l->model->global.common.version, 3);
	assert_int_equal(l->model->global.garp_interval, TICK_SECOND);
	assert_int_equal(l->model->global.gna_interval, 2 * TICK_SECOND);
	conf_unload(l);
}

static void includes_that_find_nothing(void **state)
{
	static const struct {
		const char *line;
		int verdict;
	} cases[] = {
		{ "include none.conf", 4 },
		{ "include none*.conf", 0 },
		{ "includer none*.conf", 0 },
		{ "includer none.conf", 4 },
		{ "includer secret", 3 },
		{ "include secret", 4 },
		{ "includem none.conf", 3 },
		{ "includem none*.conf", 0 },
		{ "includew none*.conf", 3 },
		{ "includeb {empty,none}", 3 },
		{ "include {empty,none}", 0 },
		{ "includea none", 3 },
		{ "include empty", 0 },
		{ "include_check match\ninclude none.conf", 3 },
		{ "include_check +wildcard_match\ninclude n*", 3 },
		{ "include_check\ninclude_check -match\ninclude_check "
		  "-wildcard_match -brace_match\ninclude none.conf",
		  4 },
		{ "include_check sometimes", 3 },
		{ "include", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_fixture_file files[] = {
			{ "main", cases[i].line },
			{ "empty", "" },
			{ "secret", NULL },
			{ 0 },
		};
		struct conf_loaded *l = conf_load_files(files, NULL);

		if (conf_verdict(&l->diagnostics) != cases[i].verdict)
			fprintf(stderr, "# %s\n%s", cases[i].line, l->printed);
		assert_int_equal(conf_verdict(&l->diagnostics),
				 cases[i].verdict);
		conf_unload(l);
	}
}

static void files_that_include_themselves(void **state)
{
	static const struct conf_fixture_file deep[] = {
		{ "main", "include main\n" },
		{ 0 },
	};
	/* Each pattern of the second stands for six files. */
	static const struct conf_fixture_file wide[] = {
		{ "main", "include second\ninclude second\ninclude second\n" },
		{ "second", "~SEQ(i, 1, 1000) include ?\n" },
		{ "a", "\n" },
		{ "b", "\n" },
		{ "c", "\n" },
		{ "d", "\n" },
		{ "e", "\n" },
		{ "f", "\n" },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(deep, NULL);

	(void)state;
	assert_null(l->model);
	assert_says(l, "main:1:9: error: includes go deeper than 16");
	conf_unload(l);
	l = conf_load_files(wide, NULL);
	assert_null(l->model);
	assert_says(l, "more than 16384 files are included");
	assert_int_equal(l->diagnostics.errors, 1);
	conf_unload(l);
}

static void a_file_that_is_not_there(void **state)
{
	static const struct conf_fixture_file files[] = {
		{ "secret", NULL },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(files, NULL);

	(void)state;
	assert_null(l->model);
	assert_says(l, "secret: error: secret may not be read\n");
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_end_lines),
		cmocka_unit_test(quotes_and_escapes),
		cmocka_unit_test(broken_quotes_are_told),
		cmocka_unit_test(blanks_of_all_sorts),
		cmocka_unit_test(blocks_may_be_laid_out_freely),
		cmocka_unit_test(braces_that_do_not_match),
		cmocka_unit_test(lines_with_a_condition),
		cmocka_unit_test(definitions_are_put_in),
		cmocka_unit_test(definitions_of_several_lines),
		cmocka_unit_test(predefined_definitions),
		cmocka_unit_test(sequences_and_lists),
		cmocka_unit_test(a_line_goes_on_behind_a_brace),
		cmocka_unit_test(broken_sequences_are_told),
		cmocka_unit_test(what_never_ends_is_stopped),
		cmocka_unit_test(an_error_shows_what_the_line_became),
		cmocka_unit_test(includes_are_read),
		cmocka_unit_test(includes_that_find_nothing),
		cmocka_unit_test(files_that_include_themselves),
		cmocka_unit_test(a_file_that_is_not_there),
	};

	return cmocka_run_group_tests_name("conf_language", tests, NULL, NULL);
}
