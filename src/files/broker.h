/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the process that may open files and the one that reads them: over a
 * SOCK_SEQPACKET socket pair the one asks for a path or a pattern, and the
 * other answers with a descriptor or with names. Who answers looks into no
 * file; it believes nothing of who asks, and does nothing but open for reading.
 */
#pragma once

#include "files/opener.h"

#include <errno.h>

/* Answers until the other end is closed. 0, or -errno of the socket. */
int broker_serve(int socket);

/*
 * As opener_open() and opener_list(), by the other end. BROKER_GONE: it has
 * ended, or answers nonsense; then nothing that was read is whole.
 */
#define BROKER_GONE (-ECONNRESET)
int broker_open(int socket, const char *path, struct opened *out);
int broker_list(int socket, const char *pattern,
		void (*found)(void *to, const char *path), void *to);
