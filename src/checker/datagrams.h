/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets that many checks share: one for each source that a configuration
 * names (family, bindto, bind_port, bind_if, fwmark), for each kind that asks
 * by single datagrams. What is to be sent waits for the end of the turn, and
 * goes and comes 64 at a time. Whose an answer is, its kind must tell: a socket
 * that is not connected hears everybody.
 *
 * Sources with the same bind_port are one group. The kernel gives an answer to
 * that port to one of their sockets, not always to the one that has asked, so
 * all kinds of a group are asked whose it is.
 *
 * Sockets are opened at the set-up. One that could not be opened, or that means
 * an address or a link that is gone, is opened anew when a check needs it, once
 * in SOURCE_LOOK_EVERY.
 */
#pragma once

#include "checker/source.h"

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
	unsigned source, group; /* of the socket that has heard it */
	bool six;
};

/* How a kind uses them. */
struct datagram_way {
	struct source_kind socket;
	/* What it calls an answer, in words of what ours have come to by
	 * ICMP, or NULL. */
	const char *answer;
	/* An answer says by a number of its own whose it is. */
	bool numbers;
	/* Whose it is, of those that are under way, or NULL. Of an error the
	 * bytes are ours. */
	struct check *(*owner)(struct checker *k, const struct datagram *d);
	void (*take)(struct check *c, const struct datagram *d, tick_t now);
};

/* At the set-up: the number of the source of a check, or -ENOMEM, or -ENOSPC:
 * there are too many. */
int16_t datagrams_join(struct check *c, const struct datagram_way *way);

/* The group of a check that has joined. */
unsigned datagrams_group(const struct check *c);

/* Whether the check can send now. If not, its round has ended with that. */
bool datagrams_can_send(struct check *c, tick_t now);
/* Sends it to the target of the check, by `c->source`; the check fails if that
 * is refused. */
void datagrams_send(struct check *c, const void *bytes, size_t length);
/* At the end of a turn: what waits is sent. */
void datagrams_flush(struct checker *k);

/* Whether it is from the target of the check, and for its group. */
bool datagram_is_for(const struct check *c, const struct datagram *d);
