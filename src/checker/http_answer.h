/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer of HTTP/1, as it comes in: its status, its body, its end. The
 * parser is http-parser; what a server may send is bounded here.
 *
 * The body is handed on as it is sent, in pieces; where `raw` is set with the
 * frames of its chunks: keepalived's digests are of that.
 */
#pragma once

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the status line and the headers, of all answers of a round. */
#define HTTP_HEAD_MOST 65536
/* Bytes of a body that are read at all. */
#define HTTP_BODY_MOST (16u << 20)
/* Interim answers (1xx) before the one that counts. */
#define HTTP_INTERIM_MOST 8

struct http_answer {
	http_parser parser;
	uint32_t head;
	uint64_t body; /* bytes of it so far, as handed on */
	bool raw, head_only;
	bool headed;   /* all headers are there */
	bool complete; /* the end has come, as the answer says itself */
	uint8_t interim;
	void (*piece)(void *context, const char *bytes, size_t length);
	void *context;
	const char *why; /* -EPROTO: in words */
};

/* The library, before anything else: 0 or -errno. */
int http_answer_load(void);

/* `head_only`: it is that of a HEAD. */
void http_answer_begin(struct http_answer *a, bool raw, bool head_only,
		       void (*piece)(void *context, const char *bytes,
				     size_t length),
		       void *context);

/*
 * 0: more has to come. 1: it is complete. -EPROTO: it is no answer of HTTP.
 * -EFBIG: its body is longer than HTTP_BODY_MOST.
 */
int http_answer_take(struct http_answer *a, const char *bytes, size_t length);

/* The server has closed the connection: 1 or -EPROTO. */
int http_answer_end(struct http_answer *a);

/* Another request may follow on this connection. */
bool http_answer_keeps(const struct http_answer *a);

static inline unsigned http_answer_status(const struct http_answer *a)
{
	return a->parser.status_code;
}
