/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual router without a file: `batond --interface eth0 --vrid 51
 * 10.0.0.1/24`. The options become a name that stands for a file, and the name
 * becomes the text of a configuration wherever it is read. So there is one way
 * for both: a reload, an upgrade and `baton print` know nothing of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Longer than any command line that a person writes. */
#define SIMPLE_NAME_MAX 2047

/* What was said by options; NULL: nothing. All are the caller's, for free(). */
struct simple {
	char *interface, *vrid, *priority, *interval, *version;
	char **peers; /* of unicast; a NULL ends them */
};

/* Rows of a popt(3) table; `value` is what poptGetNextOpt() returns. */
#define SIMPLE_OPTIONS(s, value)                                                \
	{ "interface",                                                          \
	  '\0',                                                                 \
	  POPT_ARG_STRING,                                                      \
	  &(s)->interface,                                                      \
	  value,                                                                \
	  "Without a file: one virtual router, on this interface",              \
	  "NAME" },                                                             \
		{ "vrid",     '\0',  POPT_ARG_STRING,                           \
		  &(s)->vrid, value, "Its virtual_router_id",                   \
		  "N" },                                                        \
		{ "priority",     '\0', POPT_ARG_STRING, &(s)->priority, value, \
		  "Its priority", "N" },                                        \
		{ "interval",     '\0',  POPT_ARG_STRING,                       \
		  &(s)->interval, value, "Its advert_int",                      \
		  "SECONDS" },                                                  \
		{ "vrrp-version", '\0', POPT_ARG_STRING, &(s)->version, value,  \
		  "2 or 3",       "N" },                                        \
	{                                                                       \
		"unicast-peer", '\0', POPT_ARG_ARGV, &(s)->peers, value,        \
			"Another router, in place of multicast; again for "     \
			"more",                                                 \
			"ADDRESS"                                               \
	}

/* Whether any of them was said. */
bool simple_given(const struct simple *s);

/*
 * The name of it with these addresses (NULL, or a NULL ends them), for free();
 * NULL: `error` says what is wrong.
 */
char *simple_name(const struct simple *s, const char *const *addresses,
		  char error[128]);

bool simple_is_name(const char *path);

/* The configuration that a name stands for, for free(), or NULL: no memory. */
char *simple_text(const char *name, size_t *length);

void simple_free(struct simple *s);
