/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages with descriptors between two processes: unix(7), SCM_RIGHTS. */
#pragma once

#include <stddef.h>

#define PASS_MAX 16 /* descriptors of one message */

/*
 * Sends `length` bytes, and `count` descriptors with them, by a socket that
 * keeps messages whole; `flags` of send(2), never SIGPIPE. 0 or -errno.
 */
int pass_send(int socket, const void *bytes, size_t length, const int *fds,
	      unsigned count, int flags);

/*
 * Receives one message of at most `size` bytes: its length, 0 when the other
 * end is closed, or -errno. `count` says how many descriptors there is room
 * for, and then how many came, which are the caller's; they are closed on
 * exec. Those for which there is no room are closed.
 */
int pass_receive(int socket, void *bytes, size_t size, int *fds,
		 unsigned *count, int flags);
