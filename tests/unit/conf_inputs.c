/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf/model/inputs.h: which files a reload lacks that the configuration in
 * force has, and which are only not wanted any more.
 */
#include "base/must.h"
#include "conf/model/inputs.h"
#include "conf_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUTER(name, vrid)                                                     \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid  \
	"\n virtual_ipaddress { 192.0.2." vrid " }\n}\n"

struct bytes {
	unsigned char *list;
	size_t length;
};

static void add(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	b->list = realloc(b->list, b->length + length + 1);
	assert_non_null(b->list);
	memcpy(b->list + b->length, bytes, length);
	b->length += length;
}

/* The model as a process that comes later has it. */
static struct conf_model *later(const struct conf_model *model)
{
	struct bytes packed = { 0 };
	struct conf_model *copy;

	conf_pack(model, true, add, &packed);
	copy = conf_unpack(packed.list, packed.length, malloc, free);
	/* Cut off anywhere it is none. */
	for (size_t cut = 1; cut < 16; cut++)
		assert_null(conf_unpack(packed.list, packed.length - cut,
					malloc, free));
	free(packed.list);
	assert_non_null(copy);
	return copy;
}

/* What is lost from one state of the file x to another; NULL: nothing. */
static void expect(const char *lines, const char *old, bool old_named,
		   const char *next, bool next_named, const char *lost)
{
	char text[512];
	struct conf_fixture_file before[] = {
		{ "main", text }, { old_named ? "x.conf" : NULL, old }, { 0 }
	};
	struct conf_fixture_file after[] = {
		{ "main", text }, { next_named ? "x.conf" : NULL, next }, { 0 }
	};
	struct conf_loaded *a, *b;
	const struct conf_input *found;
	struct conf_model *kept;

	snprintf(text, sizeof(text), "%s" ROUTER("V", "1"), lines);
	a = conf_load_files(before, NULL);
	b = conf_load_files(after, NULL);
	if (!a->model || !b->model)
		fail_msg("%s%s", a->printed, b->printed);
	kept = later(a->model);
	found = conf_inputs_lost(kept, b->model);
	if (lost && !found)
		fail_msg("%s: %s is not lost", lines, lost);
	if (lost && strcmp(conf_input_wrong(found), lost) != 0)
		fail_msg("%s: %s", lines, conf_input_wrong(found));
	if (!lost && found)
		fail_msg("%s: %s %s", lines, found->name,
			 conf_input_wrong(found));
	conf_free(kept);
	conf_unload(a);
	conf_unload(b);
}

#define TEXT  "# text\n", true
#define EMPTY "", true
#define BAD   NULL, true /* found, and cannot be read */
#define GONE  NULL, false

static void a_file_that_is_named(void **state)
{
	static const char line[] = "include x.conf\n";

	(void)state;
	expect(line, TEXT, TEXT, NULL);
	expect(line, TEXT, EMPTY, "is empty");
	expect(line, TEXT, BAD, "cannot be read");
	expect(line, TEXT, GONE, "is not there");
	expect(line, EMPTY, EMPTY, NULL);
	expect(line, EMPTY, GONE, NULL);
	expect(line, EMPTY, BAD, "cannot be read");
	expect(line, BAD, BAD, NULL);
	expect(line, BAD, GONE, NULL);
	expect(line, GONE, GONE, NULL);
	expect(line, GONE, EMPTY, NULL);
	expect(line, GONE, BAD, "cannot be read");
	expect(line, GONE, TEXT, NULL);
}

/* What no pattern names any more was removed by somebody. */
static void a_file_of_a_pattern(void **state)
{
	static const char line[] = "include *.conf\n";

	(void)state;
	expect(line, TEXT, GONE, NULL);
	expect(line, TEXT, EMPTY, "is empty");
	expect(line, TEXT, BAD, "cannot be read");
	expect(line, GONE, BAD, "cannot be read");
	expect(line, BAD, BAD, NULL);
	expect(line, GONE, TEXT, NULL);
}

static void an_include_that_is_removed_is_a_wish(void **state)
{
	struct conf_fixture_file before[] = {
		{ "main", "include x.conf\n" ROUTER("V", "1") },
		{ "x.conf", ROUTER("W", "2") },
		{ 0 }
	};
	struct conf_fixture_file after[] = { { "main", ROUTER("V", "1") },
					     { 0 } };
	struct conf_loaded *a = conf_load_files(before, NULL);
	struct conf_loaded *b = conf_load_files(after, NULL);

	(void)state;
	assert_null(conf_inputs_lost(a->model, b->model));
	conf_unload(a);
	conf_unload(b);
}

/* The path of a file that stands for a state. */
static int read_state(void *context, const char *path, const char **text,
		      size_t *length)
{
	int *result = context;

	*text = strcmp(path, "main") == 0 ? "include x*\n" ROUTER("V", "1")
					  : "# x\n";
	*length = strlen(*text);
	return strcmp(path, "main") == 0 ? 0 : *result;
}

static int listed; /* what list() answers; 0: there is one */

static int list_state(void *context, const char *pattern,
		      void (*found)(void *to, const char *path), void *to)
{
	(void)context;
	(void)pattern;
	if (listed == 0)
		found(to, "x1");
	return listed;
}

static struct conf_model *load_state(int result, int list, struct arena *texts)
{
	static struct conf_diagnostics found;
	struct conf_source source = { .context = &result,
				      .read = read_state,
				      .list = list_state };
	struct conf_model *model;

	found = (struct conf_diagnostics){ .arena = texts };
	listed = list;
	model = conf_load(&source, "main", malloc, free, &found);
	assert_non_null(model);
	return model;
}

static void what_the_files_are_in(void **state)
{
	static const struct {
		int result, list;
		const char *name, *wrong;
	} list[] = {
		{ 0, 0, NULL, NULL },
		{ CONF_SOURCE_WRITTEN, 0, "x1", "is open for writing" },
		{ -EISDIR, 0, "x1", "is a folder" },
		{ -EMFILE, 0, "x1", "cannot be read" },
		{ 0, -EACCES, "x*", "cannot be read" },
		{ 0, -ESTALE, "x*", "cannot be read" },
		{ 0, -ENOENT, "x*", "is not there" },
	};
	struct arena texts = arena_over(malloc, free);
	struct conf_model *old = load_state(0, 0, &texts);

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(list); n++) {
		struct conf_model *next =
			load_state(list[n].result, list[n].list, &texts);
		const struct conf_input *lost = conf_inputs_lost(old, next);

		assert_int_equal(lost != NULL, list[n].name != NULL);
		if (lost) {
			assert_string_equal(lost->name, list[n].name);
			assert_string_equal(conf_input_wrong(lost),
					    list[n].wrong);
		}
		conf_free(next);
	}
	conf_free(old);
	/* A folder that was never there is none that is lost. */
	old = load_state(0, -ENOENT, &texts);
	assert_null(conf_inputs_lost(old, old));
	conf_free(old);
	arena_free(&texts);
}

#define NAMED                                                                  \
	"vrrp_instance V {\n interface eth0\n virtual_router_id 1\n"           \
	" virtual_ipaddress { 192.0.2.1 }\n virtual_routes {\n"                \
	" 10.0.0.0/8 via 192.0.2.9 table blue\n}\n}\n"
#define TABLES "/etc/iproute2/rt_tables"

/* What a name means is in a file, too: without it the route is left out. */
static void a_file_of_names(void **state)
{
	static const struct {
		const char *text;
		bool there;
		const char *lost;
	} list[] = {
		{ "7 blue\n", true, NULL },
		{ "8 blue\n", true, NULL },
		{ "7 red\n", true, NULL }, /* somebody's wish */
		{ "", true, "is empty" },
		{ NULL, true, "cannot be read" },
		{ NULL, false, "is not there" },
	};
	struct conf_fixture_file before[] = { { "main", NAMED },
					      { TABLES, "7 blue\n" },
					      { 0 } };
	struct conf_loaded *old = conf_load_files(before, NULL);

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(list); n++) {
		struct conf_fixture_file after[] = {
			{ "main", NAMED },
			{ list[n].there ? TABLES : NULL, list[n].text },
			{ 0 }
		};
		struct conf_loaded *next = conf_load_files(after, NULL);
		const struct conf_input *lost =
			conf_inputs_lost(old->model, next->model);

		assert_int_equal(lost != NULL, list[n].lost != NULL);
		if (lost) {
			assert_string_equal(lost->name, TABLES);
			assert_string_equal(conf_input_wrong(lost),
					    list[n].lost);
		}
		conf_unload(next);
	}
	conf_unload(old);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_is_named),
		cmocka_unit_test(a_file_of_a_pattern),
		cmocka_unit_test(an_include_that_is_removed_is_a_wish),
		cmocka_unit_test(what_the_files_are_in),
		cmocka_unit_test(a_file_of_names),
	};

	return cmocka_run_group_tests_name("conf_inputs", tests, NULL, NULL);
}
