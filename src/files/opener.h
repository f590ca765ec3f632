/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and finds the files of a configuration, and reads none of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct opened {
	int fd;
	bool regular; /* then it has a size */
	bool fifo;
	uint64_t size;
};

/* Opens a file that can be read, without waiting for anybody. 0 or -errno. */
int opener_open(const char *path, struct opened *out);

/*
 * Calls `found` for each file that a pattern of glob(7) names, in order. 0 or
 * -errno.
 */
int opener_list(const char *pattern, void (*found)(void *to, const char *path),
		void *to);
