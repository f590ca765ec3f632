/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question over HTTP/2 a round, over a connection that is kept from round
 * to round: up to TALK_ROUNDS, as long as all goes well. Then, and after any
 * error, it is made anew. What the server says between two rounds is heard, so
 * that a connection which it ends is not used.
 */
#pragma once

#include "checker/http2.h"
#include "checker/kind.h"
#include "checker/stream.h"

/* A kept connection does not see that a server accepts no more. */
#define TALK_ROUNDS 64

/* In `kept` of a check. */
struct talk {
	struct stream stream;
	struct http2 *http; /* when it is open, or NULL */
	unsigned rounds;
	size_t idle; /* bytes that came since the last round */
	bool reused; /* this round began on a connection that was kept */
};

/* What is asked, and how the answer is judged: of a kind. */
struct talks {
	/* What TLS is for it; NULL: none is wanted, or `missing`. */
	struct tls *(*tls)(const struct check *c, bool *missing);
	bool must_choose; /* the server must choose HTTP/2 (ALPN) */
	/* Submits the request (http2_ask()), as often as it is told to. */
	bool (*ask)(struct check *c, struct http2 *h);
	void (*judge)(struct check *c, tick_t now);
};

/* As those of a kind (kind.h). */
void talk_start(struct check *c, const struct talks *how, tick_t now);
void talk_ready(struct check *c, const struct talks *how, uint32_t events,
		tick_t now);
void talk_expired(struct check *c, tick_t now);
/* `keep`: nothing of the kind speaks against it. */
void talk_done(struct check *c, const struct verdict *v, bool keep);
