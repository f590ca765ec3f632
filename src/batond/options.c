/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batond's own command line: batond(8). */
#include "batond/options.h"

#include "ctl/ctl.h"
#include "files/conf_files.h"

#include <popt.h>
#include <stdio.h>

/* The file that options and addresses stand for; false: they are wrong. */
static bool read_simple(struct options *o, const char *const *addresses)
{
	char error[128] = "both a file and options that stand for one";

	if (!o->file)
		o->file = simple_name(&o->simple, addresses, error);
	else
		addresses = NULL;
	if (o->file && addresses)
		return true;
	fprintf(stderr, "batond: %s; see batond --help\n", error);
	return false;
}

int options_read(int argc, char **argv, struct options *o)
{
	int version = 0, help = 0, foreground = 0, test = 0;
	const struct poptOption table[] = {
		{ "foreground", 'n', POPT_ARG_NONE, &foreground, 0,
		  "Stay in the foreground and log to standard error", NULL },
		{ "file", 'f', POPT_ARG_STRING, &o->file, 0,
		  "The configuration; by default " CONF_FILES_OURS
		  ", and when that does not exist " CONF_FILES_THEIRS,
		  "FILE" },
		{ "config-id", 'i', POPT_ARG_STRING, &o->config_id, 0,
		  "Read the lines that begin with @ID; by default @ and the "
		  "name of the host",
		  "ID" },
		{ "config-test", 't', POPT_ARG_NONE, &test, 0,
		  "Only read the configuration and tell its errors", NULL },
		{ "run-dir", '\0', POPT_ARG_STRING, &o->run_dir, 0,
		  "Where the control socket and the lock are; by default " CTL_RUN_DIR,
		  "DIR" },
		{ "join", '\0', POPT_ARG_STRING, &o->join, 0,
		  "Be that process of a batond that runs; for units", "NAME" },
		{ "outside", '\0', POPT_ARG_STRING, &o->outside, 0,
		  "Do not start that process: it will join", "NAME" },
		SIMPLE_OPTIONS(&o->simple, 0),
		{ "version", 'V', POPT_ARG_NONE, &version, 0,
		  "Print the version", NULL },
		{ "help", 'h', POPT_ARG_NONE, &help, 0, "Print this", NULL },
		POPT_TABLEEND
	};
	poptContext context =
		poptGetContext("batond", argc, (const char **)argv, table, 0);
	int result = poptGetNextOpt(context);
	bool simple = simple_given(&o->simple);
	const char *extra = simple ? NULL : poptPeekArg(context);

	o->foreground = foreground;
	o->test = test;
	if (result < -1)
		fprintf(stderr, "batond: %s: %s; see batond --help\n",
			poptBadOption(context, 0), poptStrerror(result));
	else if (extra)
		fprintf(stderr,
			"batond: %s: no arguments are expected; see "
			"batond --help\n",
			extra);
	else if (help)
		poptPrintHelp(context, stdout, 0);
	else if (version)
		printf("batond %s\n", BATON_VERSION);
	result = result < -1 || extra ? EXIT_USAGE : help || version ? 0 : -1;
	if (result < 0 && simple && !read_simple(o, poptGetArgs(context)))
		result = EXIT_USAGE;
	poptFreeContext(context);
	return result;
}
