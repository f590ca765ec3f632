/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The body of the process `conf` (reading.h). */
#pragma once

#include <stdbool.h>

/* What it is given. */
struct conf_parser {
	const char *file;
	const char *config_id; /* or NULL: the host's name */
	bool all_files;        /* none may be missing */
	bool colour;
	int broker; /* who opens files */
	int given;  /* conf_files.given */
	int model;  /* where to write the packed model */
	int said;   /* where to write the diagnostics */
};

/* Exit statuses, besides 0: the model is there. */
#define PARSER_REFUSED 3 /* the diagnostics say why */
#define PARSER_BROKEN  4 /* nobody opens files any more */
#define PARSER_FAILED  5 /* it cannot be confined, or there is no memory */

/* Confines itself, reads, and returns its exit status. */
int conf_parser_main(const struct conf_parser *parser);
