/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to the target of a check, with or without TLS, for kinds that
 * talk to servers. What goes wrong ends the round with its verdict; then a call
 * returns false or STREAM_ENDED, and nothing of the round may be used any more.
 */
#pragma once

#include "checker/kind.h"
#include "checker/tls.h"

enum stream_state {
	STREAM_CLOSED,
	STREAM_CONNECTING,
	STREAM_HANDSHAKE,
	STREAM_OPEN,
};

struct stream {
	struct tls *tls;  /* or NULL */
	const char *rest; /* what is not sent yet */
	size_t rest_length;
	char *copy;    /* ... where the caller's memory is gone, or NULL */
	uint8_t state; /* enum stream_state */
	/*
	 * Of one that was kept: an error does not end the round, it is as if
	 * the other end had closed it.
	 */
	bool quiet;
	bool broken; /* ... which is so */
	bool cut;    /* it ended, and TLS had not said that before */
};

/* Of one call of stream_read(). */
#define STREAM_READ 16384

enum stream_went {
	STREAM_WAITS, /* call stream_go() when it is ready */
	STREAM_READY, /* it is open */
	STREAM_ENDED, /* the round is over */
};

/* Begins to connect. `tls` is the stream's from here on, or NULL. */
bool stream_open(struct check *c, struct stream *s, struct tls *tls,
		 tick_t now);

/* It is ready: connects, shakes hands, sends what is left. */
enum stream_went stream_go(struct check *c, struct stream *s, uint32_t events,
			   tick_t now);

/* TLS begins on a stream that is open (STARTTLS). */
bool stream_secure(struct check *c, struct stream *s, struct tls *tls,
		   tick_t now);

/* Sends; what does not go at once is kept. */
bool stream_send(struct check *c, struct stream *s, const char *bytes,
		 size_t length, tick_t now);

/*
 * Reads at most STREAM_READ bytes into round_scratch(): how many; 0: the other
 * end has closed it. -EAGAIN: no more just now. -1: the round is over.
 */
ssize_t stream_read(struct check *c, struct stream *s, tick_t now);

/* There may be more to read, and others have their turn first. */
void stream_later(struct check *c);

/* The words of a phase that took too long, and its code. */
enum ledger_check_code stream_late(const struct stream *s, const char **words);

/* A phase took too long: the round is over, with these words. */
void stream_expired(struct check *c, const struct stream *s, tick_t now);

/* Forgets what it holds; the descriptor is the round's. */
void stream_drop(struct stream *s);
