/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads configurations out of a test's own text. Every piece of memory is
 * counted, so that what is not given back is found.
 */
#include "conf_fixture.h"

#include <errno.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static long pieces;           /* that are not given back */
static long grants_left = -1; /* before obtain() fails; negative: never */

static void *obtain(size_t size)
{
	if (grants_left == 0)
		return NULL;
	if (grants_left > 0)
		grants_left--;
	pieces++;
	return malloc(size);
}

static void give_back(void *memory)
{
	pieces--;
	free(memory);
}

static int read_file(void *context, const char *path, const char **text,
		     size_t *length)
{
	const struct conf_fixture_file *file = context;

	for (; file->path; file++) {
		if (strcmp(file->path, path) == 0 && file->text) {
			*text = file->text;
			*length = strlen(file->text);
			return 0;
		}
		if (strcmp(file->path, path) == 0)
			return -EACCES;
	}
	return -ENOENT;
}

static int list_files(void *context, const char *pattern,
		      void (*found)(void *to, const char *path), void *to)
{
	const struct conf_fixture_file *file = context;

	for (; file->path; file++) {
		if (fnmatch(pattern, file->path, FNM_PATHNAME) == 0)
			found(to, file->path);
	}
	return 0;
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "HOME_LAN") == 0 ? "eth7" : NULL;
}

/* As a release without the process that serves virtual servers. */
static bool serves_nothing;

/* The interfaces of the machine, each with a blank behind it; NULL: unknown. */
static const char *interfaces;

static bool has_interface(void *context, const char *name)
{
	char text[32];

	(void)context;
	snprintf(text, sizeof(text), "%s ", name);
	return strstr(interfaces, text);
}

static void append(void *to, const char *text, size_t length)
{
	char **all = to;
	size_t before = *all ? strlen(*all) : 0;

	*all = realloc(*all, before + length + 1);
	assert_non_null(*all);
	memcpy(*all + before, text, length);
	(*all)[before + length] = '\0';
}

struct conf_loaded *conf_load_files(const struct conf_fixture_file *files,
				    const char *config_id)
{
	struct conf_loaded *loaded = calloc(1, sizeof(*loaded));
	struct conf_source source = {
		.context = (void *)files,
		.read = read_file,
		.list = list_files,
		.environment = environment,
		.has_interface = interfaces ? has_interface : NULL,
		.config_id = config_id,
		.host = "host-a.example",
		.directory = "/etc/baton",
		.virtual_servers = !serves_nothing,
		.seed = 7,
	};
	long before = pieces;

	assert_non_null(loaded);
	loaded->arena = arena_over(malloc, free);
	loaded->diagnostics.arena = &loaded->arena;
	loaded->model = conf_load(&source, files[0].path, obtain, give_back,
				  &loaded->diagnostics);
	loaded->pieces = pieces - before;
	if (!loaded->model)
		assert_int_equal(loaded->pieces, 0);
	append(&loaded->printed, "", 0);
	for (size_t i = 0; i < loaded->diagnostics.count; i++)
		conf_diagnostic_print(&loaded->diagnostics.list[i], false,
				      append, &loaded->printed);
	return loaded;
}

struct conf_loaded *
conf_load_short_of_memory(const struct conf_fixture_file *files, long grants)
{
	struct conf_loaded *loaded;

	grants_left = grants;
	loaded = conf_load_files(files, NULL);
	grants_left = -1;
	return loaded;
}

struct conf_loaded *conf_load_text(const char *text)
{
	struct conf_fixture_file files[] = { { "test.conf", text }, { 0 } };

	grants_left = -1;
	return conf_load_files(files, NULL);
}

struct conf_loaded *conf_load_where(const char *names, const char *text)
{
	struct conf_loaded *loaded;

	interfaces = names;
	loaded = conf_load_text(text);
	interfaces = NULL;
	return loaded;
}

struct conf_loaded *conf_load_as_released(const char *text)
{
	struct conf_loaded *loaded;

	serves_nothing = true;
	loaded = conf_load_text(text);
	serves_nothing = false;
	return loaded;
}

void conf_unload(struct conf_loaded *loaded)
{
	long before = pieces;

	conf_free(loaded->model);
	assert_int_equal(pieces, before - loaded->pieces);
	arena_free(&loaded->arena);
	free(loaded->printed);
	free(loaded);
}

char *conf_printed(const struct conf_model *model)
{
	char *text = NULL;

	append(&text, "", 0);
	conf_print(model, append, &text);
	return text;
}

void conf_assert_says(const struct conf_loaded *loaded, const char *words,
		      int line)
{
	if (strstr(loaded->printed, words))
		return;
	fprintf(stderr, "# line %d: \"%s\" is not said in:\n%s", line, words,
		loaded->printed);
	fail();
}

void conf_assert_silent(const struct conf_loaded *loaded, int line)
{
	if (loaded->model && loaded->diagnostics.warnings == 0)
		return;
	fprintf(stderr, "# line %d: this is said:\n%s", line, loaded->printed);
	fail();
}
