/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of the keyword tables, one by one: every good example is accepted
 * where it may stand, every bad one is told, and what is not done is told as
 * its row says.
 */
#include "base/must.h"
#include "conf/model/rows.h"
#include "conf/schema/schema.h"
#include "conf_example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(const struct conf_path *path, const struct conf_loaded *l,
		  bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "# %s in %s, %s:\n%s", path->row->word,
		path->blocks[path->depth - 1]->name, what, l->printed);
	assert_true(condition);
}
#define CHECK(path, l, condition) check(path, l, condition, #condition)

static void check_good(const struct conf_path *path,
		       const struct conf_loaded *empty)
{
	const struct conf_row *row = path->row;
	struct conf_loaded *l = conf_load_example(path, row->good);
	const struct conf_diagnostics *d = &l->diagnostics;
	const struct conf_diagnostics *before = &empty->diagnostics;
	bool told = conf_is_looked_at(path);
	bool needed = told && row->standing == CONF_NEEDED;

	CHECK(path, l, !strstr(l->printed, "unknown word"));
	CHECK(path, l, d->errors <= before->errors + (needed ? 1 : 0));
	if (needed)
		CHECK(path, l, strstr(l->printed, "baton does not do"));
	if (told && row->standing == CONF_LATER)
		CHECK(path, l,
		      strstr(l->printed, "is accepted, but not done yet") &&
			      d->ignored > before->ignored);
	/* The language does this one; its row is only for who asks. */
	if (told && row->standing == CONF_INERT &&
	    strcmp(row->word, "include_check") != 0)
		CHECK(path, l,
		      strstr(l->printed, "is accepted and has no effect"));
	if (told && row->standing == CONF_DONE)
		CHECK(path, l,
		      l->model && (d->warnings <= before->warnings ||
				   strstr(l->printed, "has no effect") ||
				   strstr(l->printed, "no track_group G") ||
				   strstr(l->printed, "no vrrp_instance A") ||
				   strstr(l->printed, "no such vrrp_ins") ||
				   strstr(l->printed, "has two forms") ||
				   strstr(l->printed, "has no lvs_method") ||
				   strstr(l->printed, "in FAULT until")));
	conf_unload(l);
}

static void check_bad(const struct conf_path *path,
		      const struct conf_loaded *empty)
{
	struct conf_loaded *l = conf_load_example(path, path->row->bad);

	CHECK(path, l,
	      l->diagnostics.count > 0 &&
		      strcmp(l->printed, empty->printed) != 0);
	conf_unload(l);
}

static bool examples_of(void *to, const struct conf_path *path)
{
	unsigned *rows = to;
	struct conf_loaded *empty = conf_load_example(path, "");

	++*rows;
	CHECK(path, empty, path->row->help && path->row->good);
	check_good(path, empty);
	if (path->row->bad && conf_is_looked_at(path))
		check_bad(path, empty);
	/* What is done has values that can be wrong. */
	CHECK(path, empty,
	      path->row->bad || path->row->standing != CONF_DONE ||
		      path->row->type == &conf_type_words);
	conf_unload(empty);
	return true;
}

static void examples_do_what_they_say(void **state)
{
	unsigned rows = 0;

	(void)state;
	conf_rows_each(conf_schema.top, examples_of, &rows);
	assert_in_range(rows, 400, 2000);
}

#define GLOBAL(inside) "global_defs {\n" inside "\n}\n"
#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress { 192.0.2.1/24 }\n" inside "\n}\n"

/* Without these, the wire, the election or a service would be another. */
static void half_of_a_configuration_never_runs(void **state)
{
	static const char *const cases[] = {
		"vrrp_sync_group G {\n group { A }\n track_bfd {\n b\n }\n}",
		INSTANCE("authentication {\n auth_type AH\n}"),
		INSTANCE("use_vmac"),
		INSTANCE("no_accept"),
		INSTANCE("track_bfd {\n a\n}"),
		INSTANCE("auth_hmac {\n active_key k\n}"),
		INSTANCE("virtual_ipaddress_excluded {\n"
			 " 192.0.2.77/24 use_vmac\n}"),
	};
	/* What baton does anyway may be said. */
	static const char *const same[] = {
		INSTANCE("down_timer_adverts 3"),
		INSTANCE("lower_prio_no_advert no"),
		INSTANCE("mcast_dst_ip 224.0.0.18"),
		INSTANCE("accept"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_loaded *l = conf_load_as_released(cases[i]);

		assert_null(l->model);
		assert_int_equal(l->diagnostics.errors, 1);
		assert_says(l, "baton does not do");
		conf_unload(l);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(same); i++) {
		struct conf_loaded *l = conf_load_text(same[i]);

		assert_silent(l);
		conf_unload(l);
	}
}

static bool stands_once(void *to, const struct conf_path *path)
{
	const struct conf_block *block = path->blocks[path->depth - 1];

	(void)to;
	if (conf_row_find(block, path->row->word) != path->row)
		fprintf(stderr, "# %s twice in %s\n", path->row->word,
			block->name);
	assert_ptr_equal(conf_row_find(block, path->row->word), path->row);
	return true;
}

static void a_word_stands_once_in_a_block(void **state)
{
	(void)state;
	conf_rows_each(conf_schema.top, stands_once, NULL);
}

static bool found_without_a_letter(void *to, const struct conf_path *path)
{
	size_t length = strlen(path->row->word);
	char word[64];

	(void)to;
	if (length < 5)
		return true;
	memcpy(word, path->row->word, length + 1);
	memmove(word + length / 2, word + length / 2 + 1, length - length / 2);
	assert_non_null(conf_row_nearest(path->blocks[path->depth - 1], word));
	return true;
}

static void a_letter_less_is_found(void **state)
{
	(void)state;
	conf_rows_each(conf_schema.top, found_without_a_letter, NULL);
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
			conf_row_nearest(&conf_block_instance, pairs[i][0]),
			pairs[i][1]);
	assert_null(conf_row_nearest(&conf_block_instance, "zzzzzzzz"));
	assert_null(conf_row_nearest(&conf_block_global, "priority_of_it"));
}

/* A line of the list of words: where it should be, and was it found. */
struct listed {
	const char *block; /* the last part of it, or "-" */
	const char *word;
	unsigned found, missing; /* blocks of that name */
};

static bool is_check(const struct conf_path *path)
{
	const char *opener = path->row->word;

	return path->depth == 3 && path->row->block &&
	       strcmp(path->openers[2]->word, "real_server") == 0 &&
	       (strstr(opener, "_CHECK") || strstr(opener, "_GET"));
}

static bool look_into(void *to, const struct conf_path *path)
{
	struct listed *l = to;
	const struct conf_block *block = path->row->block;

	if (!block || !(strcmp(path->row->word, l->block) == 0 ||
			(strcmp(l->block, "check") == 0 && is_check(path))))
		return true;
	if (conf_row_find(block, l->word))
		l->found++;
	else
		l->missing++;
	return true;
}

/* One line: BLOCK, or BLOCK/BLOCK inside it, and a tab, and the word. */
static bool is_in_the_tables(char *line)
{
	struct listed l = { .block = line };
	char *tab = strchr(line, '\t');
	char *slash;

	assert_non_null(tab);
	*tab = '\0';
	l.word = tab + 1;
	slash = strrchr(line, '/');
	if (slash)
		l.block = slash + 1;
	if (strcmp(l.block, "-") == 0)
		return conf_row_find(conf_schema.top, l.word);
	if (strcmp(l.block, "check") == 0 && strstr(l.word, "_CHECK"))
		l.block = "real_server";
	conf_rows_each(conf_schema.top, look_into, &l);
	if (strcmp(l.block, "check") == 0)
		return l.found > 0 && l.missing == 0;
	return l.found > 0;
}

/* All that keepalived 2.4.3 registers. */
static void every_word_is_known(void **state)
{
	const char *path = getenv("KEYWORDS");
	FILE *file;
	char line[200];
	unsigned lines = 0, missing = 0;

	(void)state;
	assert_non_null(path);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		lines++;
		if (!is_in_the_tables(line)) {
			fprintf(stderr, "# %s: %s is not known\n", line,
				line + strlen(line) + 1);
			missing++;
		}
	}
	fclose(file);
	assert_int_equal(missing, 0);
	assert_int_equal(lines, 415);
}

/* troff(7) has a backslash before a hyphen. */
static void plain(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++)
		if (at[0] != '\\' || at[1] != '-')
			*to++ = *at;
	*to = '\0';
}

/* The manual, which the tree has beside tests. */
static char *manual(void)
{
	static const char *const paths[] = {
		"man/baton.conf.5",
		"../../man/baton.conf.5",
	};
	char *text = calloc(1, 300000);
	FILE *file = NULL;

	assert_non_null(text);
	for (size_t i = 0; !file && i < ARRAY_LENGTH(paths); i++)
		file = fopen(paths[i], "r");
	assert_non_null(file);
	assert_in_range(fread(text, 1, 299999, file), 1000, 299998);
	fclose(file);
	plain(text);
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

static bool is_in_the_manual(void *to, const struct conf_path *path)
{
	if (path->row->standing == CONF_DONE && !names(to, path->row->word)) {
		fprintf(stderr, "# %s is not in the manual\n", path->row->word);
		fail();
	}
	return true;
}

static void the_manual_names_what_is_done(void **state)
{
	char *text = manual();

	(void)state;
	conf_rows_each(conf_schema.top, is_in_the_manual, text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_do_what_they_say),
		cmocka_unit_test(half_of_a_configuration_never_runs),
		cmocka_unit_test(a_word_stands_once_in_a_block),
		cmocka_unit_test(a_letter_less_is_found),
		cmocka_unit_test(the_nearest_word_is_meant),
		cmocka_unit_test(every_word_is_known),
		cmocka_unit_test(the_manual_names_what_is_done),
	};

	return cmocka_run_group_tests_name("conf_keyword", tests, NULL, NULL);
}
