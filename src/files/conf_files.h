/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the text of a configuration comes from: real files, glob(3), the
 * environment and the host's name. src/conf is pure and asks this.
 */
#pragma once

#include "conf/model/conf.h"

#include <limits.h>

/* Where a configuration is looked for when none is named. */
#define CONF_FILES_OURS   "/etc/baton/baton.conf"
#define CONF_FILES_THEIRS "/etc/keepalived/keepalived.conf"

/* The first of them that exists, or the first. */
const char *conf_files_default(void);

struct conf_files_text;

/* Zeroed before use. */
struct conf_files {
	struct conf_files_text *texts;
	int broker; /* who opens the files (broker.h), or 0: this process */
	int given;  /* ... what a path of conf_files_given() stands for, or 0 */
	bool broken; /* it could not go on: what was read is not whole */
	size_t read; /* bytes, also of what was then refused */
	char directory[PATH_MAX];
	char host[256];
};

/*
 * A source for conf_load(). `config_id` may be NULL. The texts of its files
 * live until conf_files_close().
 */
struct conf_source conf_files_source(struct conf_files *files,
				     const char *config_id);

/*
 * The descriptor that a path stands for: "-" and /dev/stdin, /dev/fd/N (the
 * shell's <(...)) and /proc/self/fd/N; or -1. A process that has it open
 * reads it, and waits for its end.
 */
int conf_files_given(const char *path);

/*
 * All that can be read from a descriptor, to its end, in memory of a new
 * descriptor; -errno, -EFBIG if it is more than any configuration.
 */
int conf_files_copy(int fd);

/* For source.has_interface: is there such an interface now, here? */
bool conf_files_has_interface(void *context, const char *name);

/* For source.obstacles: see files/machine.h. */
unsigned conf_files_obstacles(void *context, const char *interface);

/* For source.has_address: does that interface have it now, here? */
bool conf_files_has_address(void *context, const char *interface,
			    const struct ip *address);

/* For source.is_first_address. */
bool conf_files_is_first_address(void *context, const char *interface,
				 const struct ip *address);

void conf_files_close(struct conf_files *files);
