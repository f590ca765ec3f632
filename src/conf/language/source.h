/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the text of a configuration comes from: the caller's functions. */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may keep virtual routers on an interface from working. */
enum conf_obstacle {
	CONF_OBSTACLE_NO_IPV6 = 1,   /* disable_ipv6 */
	CONF_OBSTACLE_NO_ARP = 2,    /* on a link that needs it */
	CONF_OBSTACLE_RP_FILTER = 4, /* strict, and no route that way */
};

/* How text comes in. `context` is handed to each function. */
struct conf_source {
	void *context;
	/*
	 * The whole text of a file, valid until conf_load() returns; 0 or a
	 * negative errno. CONF_SOURCE_WRITTEN: it was read, but somebody had it
	 * open for writing, so that it may be half of what it is to be.
	 */
#define CONF_SOURCE_WRITTEN 1
	int (*read)(void *context, const char *path, const char **text,
		    size_t *length);
	/*
	 * Calls `found` for each file that a pattern of glob(7) names, in
	 * order; 0, or a negative errno of a folder that could not be looked
	 * into, -ENOENT if it is not there. NULL: includes are refused.
	 */
	int (*list)(void *context, const char *pattern,
		    void (*found)(void *to, const char *path), void *to);
	/* The value of an environment variable, or NULL. May be NULL. */
	const char *(*environment)(void *context, const char *name);
	/* True if the machine has this interface now. NULL: not known. */
	bool (*has_interface)(void *context, const char *name);
	/* True if that interface has this address now. NULL: not known. */
	bool (*has_address)(void *context, const char *interface,
			    const struct ip *address);
	/*
	 * True if it is the IPv4 address that this interface had first, the one
	 * that is its own. NULL: not known.
	 */
	bool (*is_first_address)(void *context, const char *interface,
				 const struct ip *address);
	/*
	 * Flags of enum conf_obstacle: how that interface is now. NULL: not
	 * known.
	 */
	unsigned (*obstacles)(void *context, const char *interface);
	/* The first file is in no folder: what it includes is looked for here.
	 */
	bool no_folder;
	/*
	 * What of virtual servers is not done yet is read all the same: for
	 * tests.
	 */
	bool virtual_servers;
	bool all_files;        /* as include_check before the first line */
	const char *config_id; /* for @id lines; NULL: the host's name */
	const char *host;      /* NULL: unknown */
	const char *directory; /* what ${_PWD} of a relative path starts with */
	uint64_t seed;         /* of ${_RANDOM} */
};
