/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that many checks share: one for each source that a configuration
 * names (family, bindto, bind_port, bind_if, fwmark), for each kind that asks
 * by single datagrams. What is to be sent waits for the end of the turn, and
 * goes and comes 64 at a time. Whose an answer is, its kind must tell: a socket
 * that is not connected hears everybody.
 *
 * They are opened at the set-up. What cannot be opened, or is beyond
 * DATAGRAM_SOURCES_MOST, is told by the checks that have no socket.
 */
#pragma once

#include "checker/kind.h"

#include <sys/socket.h>

struct datagrams;

#define DATAGRAM_SOURCES_MOST 64
#define DATAGRAM_BYTES_MOST   1024 /* of what is sent */

/* What came. */
struct datagram {
	const uint8_t *bytes;
	size_t length; /* of `bytes`: what is longer is cut */
	size_t whole;  /* as long as it was */
	/* Who sent it; of one that is an error: to whom ours went. */
	const struct sockaddr_storage *peer;
	unsigned source;
	bool six;
};

/* How a kind uses them. */
struct datagram_way {
	int type, protocol_4, protocol_6; /* of socket(2) */
	bool errors;                      /* it is told of them (ip(7)) */
	/* More options, or NULL. */
	void (*open)(int fd, bool six);
	void (*take)(struct checker *k, const struct datagram *d, tick_t now);
	/* What ours has come to by ICMP: errno. `bytes` are ours. */
	void (*failed)(struct checker *k, const struct datagram *d, int error,
		       tick_t now);
};

/*
 * At the set-up: the number of the source of a check, or -errno; -ENOSPC: there
 * are too many.
 */
int16_t datagrams_join(struct check *c, const struct datagram_way *way);

/* How many there are, and the socket of each, or -errno. */
unsigned datagrams_count(const struct datagrams *all);
int datagrams_socket(const struct datagrams *all, unsigned n);

/* Sends it to the target of the check, by `c->source`; the check fails if that
 * is refused. */
void datagrams_send(struct check *c, const void *bytes, size_t length);
/* At the end of a turn: what waits is sent. */
void datagrams_flush(struct checker *k);

/* The n-th one is ready. */
void datagrams_take(struct checker *k, unsigned n);

/* Whether it is the target of the check. */
bool datagram_is_from(const struct check *c, const struct sockaddr_storage *);
