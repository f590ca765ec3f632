/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands about a configuration: no daemon is asked, and none is
 * disturbed. Exit statuses are those of `keepalived -t`.
 */
#include "ctl/command.h"

#include "conf/language/diagnostic.h"
#include "conf/model/conf.h"
#include "ctl/view.h"
#include "files/conf_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A configuration as it was read, with all that is wrong with it. */
struct reading {
	const char *path;
	struct conf_files files;
	struct arena texts;
	struct conf_diagnostics diagnostics;
	struct conf_model *model;
};

static void to_stream(void *to, const char *text, size_t length)
{
	/* A stream that is closed early is looked at when it is flushed. */
	(void)!fwrite(text, 1, length, to);
}

static void read_it(struct reading *r, const struct command *c)
{
	struct conf_source source;

	memset(r, 0, sizeof(*r));
	r->path = c->argument ? c->argument : conf_files_default();
	r->texts = arena_over(malloc, free);
	r->diagnostics.arena = &r->texts;
	source = conf_files_source(&r->files, NULL);
	source.has_interface = conf_files_has_interface;
	r->model = conf_load(&source, r->path, malloc, free, &r->diagnostics);
}

static void forget(struct reading *r)
{
	if (r->model)
		conf_free(r->model);
	conf_files_close(&r->files);
	arena_free(&r->texts);
}

static void report(const struct reading *r)
{
	const struct conf_diagnostics *d = &r->diagnostics;
	bool colour = command_colour(STDERR_FILENO);

	for (size_t i = 0; i < d->count; i++)
		conf_diagnostic_print(&d->list[i], colour, to_stream, stderr);
	if (d->left_out)
		fprintf(stderr, "... and %zu more\n", d->left_out);
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

int command_check(const struct command *c)
{
	struct reading *r = malloc(sizeof(*r));
	size_t addresses = 0;
	int result;

	if (!r)
		return COMMAND_FAILED;
	read_it(r, c);
	report(r);
	result = r->model ? conf_verdict(&r->diagnostics) : COMMAND_UNUSABLE;
	if (c->strict && r->diagnostics.warnings > 0)
		result = COMMAND_UNUSABLE;
	if (result == COMMAND_UNUSABLE) {
		fprintf(stderr, "%s: unusable: %zu error%s, %zu warning%s\n",
			r->path, r->diagnostics.errors,
			plural(r->diagnostics.errors), r->diagnostics.warnings,
			plural(r->diagnostics.warnings));
	} else {
		for (size_t i = 0; i < r->model->instance_count; i++)
			addresses += r->model->instances[i].address_count;
		if (r->model->instance_count == 0)
			result = COMMAND_DOUBTFUL;
		if (r->model->instance_count == 0)
			printf("%s: there is no virtual router in it\n",
			       r->path);
		printf("%s: %s: %u virtual router%s, %zu address%s\n", r->path,
		       result == COMMAND_DOUBTFUL
			       ? "would run, but not as meant"
		       : r->diagnostics.warnings > 0
			       ? "good, but for what is told above"
			       : "good",
		       r->model->instance_count,
		       plural(r->model->instance_count), addresses,
		       addresses == 1 ? "" : "es");
	}
	forget(r);
	free(r);
	return result;
}

int command_explain(const struct command *c)
{
	const char *near;

	if (!c->argument)
		return command_words(c);
	if (conf_explain(c->argument, to_stream, stdout, &near))
		return command_flush();
	fprintf(stderr, "baton: there is no word %s in the language%s%s%s\n",
		c->argument, near ? "; did you mean " : "", near ? near : "",
		near ? "?" : "");
	return COMMAND_FAILED;
}

int command_words(const struct command *c)
{
	conf_words(to_stream, stdout);
	return command_flush();
}

int command_print(const struct command *c)
{
	struct reading *r = malloc(sizeof(*r));
	int result;

	if (!r)
		return COMMAND_FAILED;
	read_it(r, c);
	result = r->model ? conf_verdict(&r->diagnostics) : COMMAND_UNUSABLE;
	if (result == COMMAND_UNUSABLE)
		report(r);
	else
		conf_print(r->model, to_stream, stdout);
	/* Warnings are check's to tell: this is a filter. */
	if (result != COMMAND_UNUSABLE)
		result = command_flush();
	forget(r);
	free(r);
	return result;
}
