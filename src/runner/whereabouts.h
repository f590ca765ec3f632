/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the file of a command is, and whether root may trust it.
 * keepalived.conf(5), enable_script_security and use_symlink_paths.
 */
#pragma once

#include <stdbool.h>

#define WHEREABOUTS_WHY 200

struct whereabouts_wanted {
	const char *name; /* a path, or what is looked for along PATH */
	bool trusted;     /* nobody but root may be able to change it */
	bool keep_links;  /* the path as it is written */
};

struct whereabouts {
	char path[4096];           /* to execute */
	char why[WHEREABOUTS_WHY]; /* it cannot be, or "" */
};

/* For bounded(), since file systems may hang: struct whereabouts_wanted to
 * struct whereabouts. */
void whereabouts_find(const void *wanted, void *out);
