/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of HTTP/2 (RFC 9113) and their answers, one after another on a
 * connection, over memory, by nghttp2: bytes go in and out by calls, as with
 * tls.h. It is the only file that knows this library.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of names and values of all headers and trailers of an answer. */
#define HTTP2_HEAD_MOST 65536
/* Bytes of its body. */
#define HTTP2_BODY_MOST (16u << 20)
/* Header lines of a request, with the four that HTTP/2 begins with. */
#define HTTP2_LINES_MOST 40

struct http2;

/* The library, before anything else: 0 or -errno. */
int http2_load(void);

struct http2_line {
	const char *name, *value;
};

/* What comes of an answer. */
struct http2_sees {
	/* Also of trailers; ":status" is the first. */
	void (*line)(void *context, const char *name, const char *value,
		     size_t length);
	void (*piece)(void *context, const char *bytes, size_t length);
	void *context;
};

/* A connection that is new. NULL: no memory. */
struct http2 *http2_open(void);
/*
 * A request: these lines, ":method" and the like first, and a body of so many
 * bytes, which must stay where it is until the answer is complete, as must
 * the context of `sees`. False: no memory, or the connection has ended.
 */
bool http2_ask(struct http2 *h, const struct http2_line *lines, unsigned count,
	       const void *body, size_t length, const struct http2_sees *sees);
/* Whether another request can be made, as far as the server has said. */
bool http2_can_ask(const struct http2 *h);
/* Whether anything of the last answer has come. */
bool http2_has_heard(const struct http2 *h);
void http2_close(struct http2 *h);

/* What is to be sent, until the next call: how long it is. 0: nothing. */
size_t http2_pending(struct http2 *h, const char **bytes);

/*
 * What was received. 0: more has to come. 1: the answer is complete. -EPROTO:
 * it is no answer, and http2_why() says why.
 */
int http2_take(struct http2 *h, const char *bytes, size_t length);
/*
 * Whether, after all was sent that was to be, nothing more can come: it has
 * said that it gives up the connection, or we had to say that.
 */
bool http2_is_over(struct http2 *h);
const char *http2_why(const struct http2 *h);
