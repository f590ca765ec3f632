/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only a look at a configuration: `batond -t`, and `keepalived -t`. */
#pragma once

#include "batond/options.h"

/* The exit status; what is wrong is told on standard error. */
int check_file(const struct options *options, const char *file);

/*
 * The same, with the exit statuses of keepalived's program (those of its
 * manual are others).
 */
int check_file_keepalived(const struct options *options, const char *file);
