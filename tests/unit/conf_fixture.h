/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations that stand in a test: files that are only in memory. */
#pragma once

#include "conf/model/conf.h"

#include <stdbool.h>
#include <stddef.h>

/* What was loaded, with all that it needs. */
struct conf_loaded {
	struct conf_model *model; /* NULL when there were errors */
	struct conf_diagnostics diagnostics;
	struct arena arena;
	char *printed; /* the diagnostics as a user sees them */
	long pieces;   /* of memory that the model holds */
};

/* A file of a test; a list of them ends with a NULL path. */
struct conf_fixture_file {
	const char *path;
	const char *text;
};

/* Loads "test.conf" with this text. */
struct conf_loaded *conf_load_text(const char *text);

/* Loads the first of the files; `config_id` may be NULL. */
struct conf_loaded *conf_load_files(const struct conf_fixture_file *files,
				    const char *config_id);

/* The same, when the memory ends after `grants` pieces. */
struct conf_loaded *
conf_load_short_of_memory(const struct conf_fixture_file *files, long grants);

/* Where these interfaces are: "eth0 eth1 ", with a blank behind each. */
struct conf_loaded *conf_load_where(const char *names, const char *text);

/* With virtual servers only if this release serves them. */
struct conf_loaded *conf_load_as_released(const char *text);

void conf_unload(struct conf_loaded *loaded);

/* The canonical form; free(3) it. */
char *conf_printed(const struct conf_model *model);

/* Fails the test unless some diagnostic has these words. */
#define assert_says(loaded, words) conf_assert_says(loaded, words, __LINE__)
void conf_assert_says(const struct conf_loaded *loaded, const char *words,
		      int line);

/* Fails the test unless there are no errors and no warnings. */
#define assert_silent(loaded) conf_assert_silent(loaded, __LINE__)
void conf_assert_silent(const struct conf_loaded *loaded, int line);
