/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a keepalived that runs was called: keepalived(8). */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct keepalived_options {
	char file[PATH_MAX]; /* absolute: -f, or the default one */
	char config_id[256]; /* -i, or "" */
	bool no_vrrp;        /* -C without -P: it has no virtual router */
};

/* False: it is not known, since the process is gone, or out of bounds. */
bool keepalived_options_of(pid_t pid, struct keepalived_options *out);

/* The same of a command line: words that end with a zero each. */
bool keepalived_options_read(char *line, size_t length, const char *folder,
			     struct keepalived_options *out);
