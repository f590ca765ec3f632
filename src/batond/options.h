/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line says. There are two of them, by the name that the
 * program was called by: batond's own (batond(8)), and keepalived's, for those
 * who start it as they started that.
 */
#pragma once

#include "files/simple.h"

#include <stdbool.h>

/* Whose place it takes: programs look for that in what -v says. */
#define OPTIONS_KEEPALIVED "2.4.3"

/* The program found no sense in its command line. */
#define EXIT_USAGE 2

/* keepalived's, where they have an effect here. */
struct options_keepalived {
	const char *log_test; /* of -t: a file for what it says */
	const char *pid_file, *vrrp_pid_file; /* NULL: the usual ones */
	const char *net_namespace;            /* NULL: that of the file */
	bool console;                         /* log to standard error */
	bool no_syslog;
	int facility;      /* of syslog(3) */
	bool dump;         /* the configuration goes to the console, too */
	bool leaves_table; /* of virtual servers, at the stop */
	bool cores;        /* a process that crashes may leave a core */
};

/* Texts are in the arguments of the program, or never freed. */
struct options {
	bool as_keepalived;
	bool foreground;
	bool test;             /* only read the configuration */
	const char *file;      /* NULL: the usual one */
	bool all_files;        /* one of it that is missing is an error */
	const char *config_id; /* of @ID lines; NULL: the host's name */
	const char *run_dir;   /* NULL: the usual one */
	const char *join;      /* be that process of a keeper that runs */
	const char *outside;   /* who joins, instead of being started */
	struct simple simple;  /* what stands for a file */
	struct options_keepalived keepalived;
};

/*
 * Both: -1, or the exit status if there is nothing more to be done; then all
 * has been said.
 */
int options_read(int argc, char **argv, struct options *o);
int options_read_keepalived(int argc, char **argv, struct options *o);

/* Whether the program was called by keepalived's name. */
bool options_are_keepalived(const char *called);
