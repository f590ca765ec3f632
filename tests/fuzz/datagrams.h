/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that a fuzz target fills. The linker puts these in the place of
 * socket(2), setsockopt(2) and the calls that receive (--wrap, meson.build), so
 * what reads is the code of the daemon, and the bytes, the sender and the
 * ancillary data are the target's. There is one queue, whatever the descriptor.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define DATAGRAMS_MAX     256
#define DATAGRAM_MAX      2048 /* bytes of one */
#define DATAGRAM_TOLD_MAX 512  /* of ancillary data */
#define DATAGRAM_NAME_MAX 64

struct datagram {
	uint8_t bytes[DATAGRAM_MAX];
	size_t length;
	uint8_t name[DATAGRAM_NAME_MAX];
	socklen_t name_length;
	uint8_t told[DATAGRAM_TOLD_MAX];
	size_t told_length;
};

/* Called before each attempt to receive, or NULL: it may add some. */
extern void (*datagrams_wanted)(void);

/* An errno that the next attempt ends with, whatever waits; or 0. */
extern int datagrams_error;

void datagrams_clear(void);
unsigned datagrams_count(void);

/* Behind all others; NULL: there is no room. `name` may be NULL. */
struct datagram *datagrams_add(const void *bytes, size_t length,
			       const void *name, socklen_t name_length);

/* Ancillary data, as the kernel writes it: cmsg(3). */
void datagram_tell(struct datagram *d, int level, int type, const void *data,
		   size_t size);
