/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/command_reading.h"

#include "ctl/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void command_to_stream(void *to, const char *text, size_t length)
{
	/* A stream that is closed early is looked at when it is flushed. */
	(void)!fwrite(text, 1, length, to);
}

struct command_reading *command_read(const char *path)
{
	return command_read_as(path, NULL);
}

struct command_reading *command_read_as(const char *path, const char *config_id)
{
	struct command_reading *r = calloc(1, sizeof(*r));
	struct conf_source source;

	if (!r)
		return NULL;
	r->path = path ? path : conf_files_default();
	r->texts = arena_over(malloc, free);
	r->diagnostics.arena = r->survey.arena = &r->texts;
	source = conf_files_source(&r->files, config_id);
	source.has_interface = conf_files_has_interface;
	source.has_address = conf_files_has_address;
	source.obstacles = conf_files_obstacles;
	source.no_folder = conf_files_given(r->path) >= 0;
	source.is_first_address = conf_files_is_first_address;
	r->model = conf_load_surveyed(&source, r->path, malloc, free,
				      &r->diagnostics, &r->survey);
	return r;
}

void command_read_free(struct command_reading *r)
{
	if (!r)
		return;
	if (r->model)
		conf_free(r->model);
	conf_files_close(&r->files);
	arena_free(&r->texts);
	free(r);
}

void command_read_report(const struct command_reading *r)
{
	const struct conf_diagnostics *d = &r->diagnostics;
	bool colour = command_colour(STDERR_FILENO);

	for (size_t i = 0; i < d->count; i++)
		conf_diagnostic_print(&d->list[i], colour, command_to_stream,
				      stderr);
	if (d->left_out)
		fprintf(stderr, "... and %zu more\n", d->left_out);
}
