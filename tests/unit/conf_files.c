/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations in real files: globs, what cannot be read, the examples. */
#include "files/conf_files.h"
#include "base/must.h"
#include "files/opener.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/baton-conf-XXXXXX";
static struct conf_files files;
static struct conf_diagnostics diagnostics;
static struct arena arena;

static struct conf_model *load(const char *path)
{
	struct conf_source source;

	memset(&files, 0, sizeof(files));
	memset(&diagnostics, 0, sizeof(diagnostics));
	arena = arena_over(malloc, free);
	diagnostics.arena = &arena;
	source = conf_files_source(&files, NULL);
	return conf_load(&source, path, malloc, free, &diagnostics);
}

static void unload(struct conf_model *model)
{
	conf_free(model);
	conf_files_close(&files);
	arena_free(&arena);
}

static const char *path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void globs_are_read_in_order(void **state)
{
	struct conf_model *model;

	(void)state;
	assert_int_equal(mkdir(path_of("conf.d"), 0700), 0);
	write_file("main", "include conf.d/*.conf\n");
	write_file("conf.d/2.conf", "global_defs { router_id $N }\n");
	write_file("conf.d/1.conf", "$N=one\n");
	write_file("conf.d/3.txt", "zzz\n");
	model = load(path_of("main"));
	assert_non_null(model);
	assert_int_equal(diagnostics.count, 0);
	assert_string_equal(model->global.router_id, "one");
	unload(model);
}

/* The one error of a file that cannot be read. */
static void assert_refused(const char *path, const char *cause)
{
	assert_null(load(path));
	assert_int_equal(diagnostics.errors, 1);
	assert_string_equal(diagnostics.list[0].span.file, path);
	assert_non_null(strstr(diagnostics.list[0].message, cause));
	assert_non_null(diagnostics.list[0].hint);
	unload(NULL);
}

static void what_cannot_be_read_is_told(void **state)
{
	(void)state;
	assert_refused(path_of("none"), "does not exist");
	assert_refused(folder, "is a folder");
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	write_file("large", "#");
	assert_int_equal(truncate(path_of("large"), (33 << 20)), 0);
	assert_refused(path_of("large"), "is too large");
	write_file("main", "\n include none\n include large\n");
	/* What is too large is never left out; what does not exist is. */
	unload(load(path_of("main")));
	assert_int_equal(diagnostics.errors, 1);
	assert_int_equal(diagnostics.count, 2);
	assert_int_equal(diagnostics.list[0].severity, CONF_WARNING);
	assert_int_equal(diagnostics.list[1].span.line, 3);
}

/* Nobody waits for the writer of a FIFO. */
static void a_fifo_without_a_writer_is_refused(void **state)
{
	(void)state;
	assert_refused(path_of("pipe"), "nobody writes to");
}

static void nothing(void *to, const char *path)
{
	(void)to;
	(void)path;
}

/* A folder that cannot be looked into is not one without files. */
static void folders_that_fail(void **state)
{
	struct conf_model *model;
	char pattern[200];

	(void)state;
	assert_int_equal(symlink("loop", path_of("loop")), 0);
	snprintf(pattern, sizeof(pattern), "%s/loop/*.conf", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), -ELOOP);
	snprintf(pattern, sizeof(pattern), "%s/nowhere/*.conf", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), -ENOENT);
	/* A file in its place, or in the place of one above it. */
	write_file("file", "");
	snprintf(pattern, sizeof(pattern), "%s/file/*.conf", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), -ENOTDIR);
	snprintf(pattern, sizeof(pattern), "%s/file/x/*.conf", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), -ENOTDIR);
	snprintf(pattern, sizeof(pattern), "%s/conf.*/*.none", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), 0);
	snprintf(pattern, sizeof(pattern), "%s/conf.d/*.none", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), 0);
	snprintf(pattern, sizeof(pattern), "%s/conf.d/*.conf", folder);
	assert_int_equal(opener_list(pattern, nothing, NULL), 0);
	write_file("main", "include loop/*\n");
	model = load(path_of("main"));
	assert_int_equal(diagnostics.warnings, 1);
	assert_non_null(strstr(diagnostics.list[0].message,
			       "loop/* is a link to itself; it is left out"));
	unload(model);
}

static void what_a_path_stands_for(void **state)
{
	static const struct {
		const char *path;
		int fd;
	} list[] = {
		{ "-", 0 },
		{ "/dev/stdin", 0 },
		{ "/dev/fd/63", 63 },
		{ "/proc/self/fd/7", 7 },
		{ "/dev/fd/", -1 },
		{ "/dev/fd/x", -1 },
		{ "/dev/fd/3x", -1 },
		{ "/dev/fd/-1", -1 },
		{ "/dev/fd/1/../2", -1 },
		{ "/dev/fd/99999999999", -1 },
		{ "./-", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(list); n++)
		assert_int_equal(conf_files_given(list[n].path), list[n].fd);
}

static void the_examples_are_good(void **state)
{
	static const char *const names[] = { "router-a.conf", "router-b.conf",
					     "vrrp2.conf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		struct conf_model *model;
		char path[200];

		snprintf(path, sizeof(path), "examples/%s", names[i]);
		if (access(path, R_OK) < 0)
			snprintf(path, sizeof(path), "../../examples/%s",
				 names[i]);
		model = load(path);
		assert_non_null(model);
		/* Notes: this machine may have no such interfaces. */
		assert_int_equal(diagnostics.errors + diagnostics.warnings, 0);
		assert_in_range(model->instance_count, 1, 2);
		unload(model);
	}
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {
		"conf.d/1.conf", "conf.d/2.conf", "conf.d/3.txt",
		"conf.d",        "main",          "large",
		"pipe",          "loop",          "file",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		remove(path_of(names[i]));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_are_read_in_order),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(a_fifo_without_a_writer_is_refused),
		cmocka_unit_test(folders_that_fail),
		cmocka_unit_test(what_a_path_stands_for),
		cmocka_unit_test(the_examples_are_good),
	};

	return cmocka_run_group_tests_name("conf_files", tests, make_folder,
					   remove_folder);
}
