/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and finds the files of a configuration, and reads none of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct opened {
	int fd;
	bool regular; /* then it has a size */
	bool fifo;
	bool written; /* somebody has it open for writing: opener_wait() */
	uint64_t size;
};

/* Opens a file that can be read, without waiting for anybody. 0 or -errno. */
int opener_open(const char *path, struct opened *out);

/*
 * As this, but of a file that somebody writes it waits for a moment until that
 * is done. Whether somebody does can be seen of our own files (fcntl(2),
 * F_SETLEASE), where the filesystem can tell. SIGIO must be ignored.
 */
int opener_open_whole(const char *path, struct opened *out);

/*
 * Calls `found` for each file that a pattern of glob(7) names, in order. 0, or
 * -errno of a folder that could not be looked into; -ENOENT: it is not there,
 * and so nothing is.
 */
int opener_list(const char *pattern, void (*found)(void *to, const char *path),
		void *to);
