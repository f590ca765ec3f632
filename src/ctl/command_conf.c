/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about the language and a configuration's canonical form. */
#include "ctl/command.h"

#include "ctl/command_reading.h"

#include <stdio.h>

int command_explain(const struct command *c)
{
	const char *near;

	if (!c->argument)
		return command_words(c);
	if (conf_explain(c->argument, command_to_stream, stdout, &near))
		return command_flush();
	fprintf(stderr, "baton: there is no word %s in the language%s%s%s\n",
		c->argument, near ? "; did you mean " : "", near ? near : "",
		near ? "?" : "");
	return COMMAND_FAILED;
}

int command_words(const struct command *c)
{
	(void)c;
	conf_words(command_to_stream, stdout);
	return command_flush();
}

int command_print(const struct command *c)
{
	struct command_reading *r = command_read(c->argument);
	int result;

	if (!r)
		return COMMAND_FAILED;
	result = r->model ? conf_verdict(&r->diagnostics) : COMMAND_UNUSABLE;
	if (result == COMMAND_UNUSABLE)
		command_read_report(r);
	else
		conf_print(r->model, command_to_stream, stdout);
	/* Warnings are check's to tell: this is a filter. */
	if (result != COMMAND_UNUSABLE)
		result = command_flush();
	command_read_free(r);
	return result;
}
