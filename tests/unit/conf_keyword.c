/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keyword table, row by row: every good example is accepted where it may
 * stand, every bad one is an error, and what is not done is told as its row
 * says.
 */
#include "base/must.h"
#include "conf/model/keyword.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress { 192.0.2.1/24 }\n" inside "\n}\n"

/* A file with room for one example, and whether baton does its block. */
static const struct {
	const char *text;
	bool done;
} contexts[] = {
	[CONF_IN_TOP] = { "%s\n", true },
	[CONF_IN_GLOBAL] = { "global_defs {\n%s\n}\n", true },
	[CONF_IN_INSTANCE] = { INSTANCE("%s"), true },
	[CONF_IN_ADDRESS] = { INSTANCE("virtual_ipaddress_excluded {\n"
				       " 192.0.2.77/24 %s\n}"),
			      true },
	[CONF_IN_AUTHENTICATION] = { INSTANCE("authentication {\n%s\n}"),
				     false },
	[CONF_IN_GROUP] = { "vrrp_sync_group G {\n%s\n}\n", false },
	[CONF_IN_SCRIPT] = { "vrrp_script S {\n%s\n}\n", false },
	[CONF_IN_TRACK_FILE] = { "track_file F {\n%s\n}\n", false },
	[CONF_IN_TRACK_PROCESS] = { "vrrp_track_process P {\n%s\n}\n", false },
	[CONF_IN_BFD] = { "bfd_instance B {\n%s\n}\n", false },
	[CONF_IN_GARP_GROUP] = { "garp_group {\n%s\n}\n", false },
	[CONF_IN_TRACK_GROUP] = { "track_group T {\n%s\n}\n", false },
	[CONF_IN_VIRTUAL_SERVER] = { "virtual_server 192.0.2.1 80 {\n%s\n}\n",
				     false },
	[CONF_IN_REAL_SERVER] = { "virtual_server fwmark 7 {\n"
				  " real_server 192.0.2.2 80 {\n%s\n}\n}\n",
				  false },
	[CONF_IN_CHECK] = { "virtual_server group G {\n"
			    " real_server 192.0.2.2 80 {\n TCP_CHECK {\n%s\n"
			    "}\n}\n}\n",
			    false },
	[CONF_IN_URL] = { "virtual_server fwmark 7 {\n"
			  " real_server 192.0.2.2 80 {\n HTTP_GET {\n url {\n"
			  "%s\n}\n}\n}\n}\n",
			  false },
	[CONF_IN_SSL] = { "SSL {\n%s\n}\n", false },
};

_Static_assert(ARRAY_LENGTH(contexts) == CONF_IN_LIST, "a context a block");

static struct conf_loaded *load_in(enum conf_block block, const char *example)
{
	char text[2048];
	int length;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	length = snprintf(text, sizeof(text), contexts[block].text, example);
#pragma GCC diagnostic pop
	assert_in_range(length, 1, sizeof(text) - 1);
	return conf_load_text(text);
}

/* The row that is looked at, for who reads of a failure. */
static void name_row(const struct conf_keyword *row, enum conf_block block,
		     const struct conf_loaded *loaded)
{
	fprintf(stderr, "# %s in %s:\n%s", row->word, conf_block_name(block),
		loaded->printed);
}

#define CHECK(row, block, loaded, condition)                                   \
	do {                                                                   \
		if (!(condition)) {                                            \
			name_row(row, block, loaded);                          \
			assert_true(condition);                                \
		}                                                              \
	} while (0)

static void check_good(const struct conf_keyword *row, enum conf_block block,
		       const struct conf_loaded *empty)
{
	struct conf_loaded *l = load_in(block, row->good);
	const struct conf_diagnostics *d = &l->diagnostics;
	const struct conf_diagnostics *before = &empty->diagnostics;
	bool told = contexts[block].done;

	CHECK(row, block, l, !strstr(l->printed, "unknown word"));
	CHECK(row, block, l,
	      d->errors ==
		      before->errors +
			      (told && row->standing == CONF_NEEDED ? 1 : 0));
	if (told && row->standing == CONF_NEEDED)
		assert_says(l, "baton does not do");
	if (told && row->standing == CONF_LATER) {
		assert_says(l, "is accepted, but not done yet");
		CHECK(row, block, l, d->ignored > before->ignored);
	}
	if (told && row->standing == CONF_INERT)
		assert_says(l, "is accepted and has no effect");
	if (told && row->standing == CONF_DONE)
		CHECK(row, block, l, l->model);
	conf_unload(l);
}

static void examples_do_what_they_say(void **state)
{
	const struct conf_keyword *row;

	(void)state;
	for (size_t i = 0; (row = conf_keyword_at(i)) != NULL; i++) {
		assert_non_null(row->help);
		assert_non_null(row->good);
		for (unsigned block = 0; block < CONF_IN_LIST; block++) {
			struct conf_loaded *empty;

			if (!(row->where & CONF_AT(block)))
				continue;
			empty = load_in(block, "");
			check_good(row, block, empty);
			if (row->bad) {
				struct conf_loaded *l =
					load_in(block, row->bad);

				CHECK(row, block, l,
				      l->diagnostics.errors >
					      empty->diagnostics.errors);
				conf_unload(l);
			}
			conf_unload(empty);
		}
	}
}

/* Without these, the wire, the election or a service would be another. */
static void half_of_a_configuration_never_runs(void **state)
{
	static const struct {
		enum conf_block block;
		const char *text;
	} cases[] = {
		{ CONF_IN_TOP, "virtual_server 192.0.2.1 80 {\n}" },
		{ CONF_IN_TOP, "vrrp_sync_group G {\n group { A }\n}" },
		{ CONF_IN_TOP, "static_routes {\n 10.0.0.0/8 dev eth0\n}" },
		{ CONF_IN_TOP, "net_namespace blue" },
		{ CONF_IN_GLOBAL, "vrrp_mcast_group4 224.0.0.99" },
		{ CONF_IN_GLOBAL, "vrrp_startup_delay 5" },
		{ CONF_IN_GLOBAL, "notify_fifo /run/f" },
		{ CONF_IN_INSTANCE, "authentication {\n auth_type AH\n}" },
		{ CONF_IN_INSTANCE, "unicast_peer {\n 192.0.2.2\n}" },
		{ CONF_IN_INSTANCE, "unicast_src_ip 192.0.2.2" },
		{ CONF_IN_INSTANCE, "mcast_src_ip 192.0.2.2" },
		{ CONF_IN_INSTANCE, "use_vmac" },
		{ CONF_IN_INSTANCE, "no_accept" },
		{ CONF_IN_INSTANCE, "down_timer_adverts 4" },
		{ CONF_IN_INSTANCE, "lower_prio_no_advert" },
		{ CONF_IN_INSTANCE, "track_interface {\n eth1\n}" },
		{ CONF_IN_INSTANCE, "track_script {\n a\n}" },
		{ CONF_IN_INSTANCE, "dont_track_primary" },
		{ CONF_IN_INSTANCE, "virtual_routes {\n 10.0.0.0/8\n}" },
		{ CONF_IN_INSTANCE, "notify /bin/n.sh" },
		{ CONF_IN_ADDRESS, "peer 192.0.2.1" },
	};
	static const char *const same[] = {
		"down_timer_adverts 3",
		"lower_prio_no_advert no",
		"mcast_dst_ip 224.0.0.18",
		"accept",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_loaded *l = load_in(cases[i].block, cases[i].text);

		assert_null(l->model);
		assert_int_equal(l->diagnostics.errors, 1);
		assert_says(l, "baton does not do");
		conf_unload(l);
	}
	/* What baton does anyway may be said. */
	for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
		struct conf_loaded *l = load_in(CONF_IN_INSTANCE, same[i]);

		assert_silent(l);
		conf_unload(l);
	}
}

static void a_word_stands_once_in_a_block(void **state)
{
	const struct conf_keyword *row;
	const struct conf_keyword *other;

	(void)state;
	for (size_t i = 0; (row = conf_keyword_at(i)) != NULL; i++) {
		for (size_t j = 0; j < i; j++) {
			other = conf_keyword_at(j);
			if (strcmp(row->word, other->word) != 0)
				continue;
			if (row->where & other->where)
				fprintf(stderr, "# %s twice\n", row->word);
			assert_int_equal(row->where & other->where, 0);
		}
	}
}

/* What is done has values that can be wrong, so there is an example of that. */
static void what_is_done_has_a_bad_example(void **state)
{
	const struct conf_keyword *row;

	(void)state;
	for (size_t i = 0; (row = conf_keyword_at(i)) != NULL; i++) {
		if (row->standing == CONF_DONE && row->kind != CONF_WORDS)
			assert_non_null(row->bad);
	}
}

static void a_letter_less_is_found(void **state)
{
	const struct conf_keyword *row;
	char word[64];

	(void)state;
	for (size_t i = 0; (row = conf_keyword_at(i)) != NULL; i++) {
		size_t length = strlen(row->word);

		if (length < 5)
			continue;
		memcpy(word, row->word, length + 1);
		memmove(word + length / 2, word + length / 2 + 1,
			length - length / 2);
		for (unsigned block = 0; block < CONF_IN_LIST; block++) {
			if (row->where & CONF_AT(block))
				assert_non_null(
					conf_keyword_nearest(block, word));
		}
	}
}

static void the_nearest_word_is_meant(void **state)
{
	static const char *const pairs[][2] = {
		{ "prioritty", "priority" },
		{ "advert_interval", "advert_int" },
		{ "virtual_routerid", "virtual_router_id" },
		{ "virtual_ipadress", "virtual_ipaddress" },
		{ "no_preempt", "nopreempt" },
		{ "intreface", "interface" },
		{ "garp_master_delya", "garp_master_delay" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
		assert_string_equal(
			conf_keyword_nearest(CONF_IN_INSTANCE, pairs[i][0]),
			pairs[i][1]);
	assert_null(conf_keyword_nearest(CONF_IN_INSTANCE, "zzzzzzzz"));
	assert_null(conf_keyword_nearest(CONF_IN_GLOBAL, "priority_of_it"));
}

/* The manual, which the tree has beside tests. */
static char *manual(void)
{
	static const char *const paths[] = {
		"man/baton.conf.5",
		"../../man/baton.conf.5",
	};
	char *text = calloc(1, 100000);
	FILE *file = NULL;

	assert_non_null(text);
	for (size_t i = 0; !file && i < ARRAY_LENGTH(paths); i++)
		file = fopen(paths[i], "r");
	assert_non_null(file);
	assert_in_range(fread(text, 1, 99999, file), 1000, 99998);
	fclose(file);
	return text;
}

/* True if the text has the word, and not only as a part of another. */
static bool names(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++) {
		if ((at == text || strchr(" \n", at[-1])) &&
		    strchr(" \n,", at[length]))
			return true;
	}
	return false;
}

static void the_manual_names_what_is_done(void **state)
{
	char *text = manual();
	const struct conf_keyword *row;

	(void)state;
	for (size_t i = 0; (row = conf_keyword_at(i)) != NULL; i++) {
		if (row->standing != CONF_DONE || names(text, row->word))
			continue;
		fprintf(stderr, "# %s is not in the manual\n", row->word);
		fail();
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_do_what_they_say),
		cmocka_unit_test(half_of_a_configuration_never_runs),
		cmocka_unit_test(a_word_stands_once_in_a_block),
		cmocka_unit_test(what_is_done_has_a_bad_example),
		cmocka_unit_test(a_letter_less_is_found),
		cmocka_unit_test(the_nearest_word_is_meant),
		cmocka_unit_test(the_manual_names_what_is_done),
	};

	return cmocka_run_group_tests_name("conf_keyword", tests, NULL, NULL);
}
