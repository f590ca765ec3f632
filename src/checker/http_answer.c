/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/http_answer.h"

#include "checker/library.h"

#include <errno.h>
#include <string.h>

#define FUNCTIONS(X)                                                           \
	X(http_errno_description)                                              \
	X(http_parser_execute)                                                 \
	X(http_parser_init)                                                    \
	X(http_parser_pause)                                                   \
	X(http_should_keep_alive)

static struct {
	FUNCTIONS(LIBRARY_FIELD)
} lib;

LIBRARY_LOADS(load, "libhttp_parser.so.2.9", lib, FUNCTIONS)

int http_answer_load(void)
{
	return load();
}

/* In callbacks of http-parser: what it does with the headers. */
#define NO_BODY 1

static int headers_complete(http_parser *p)
{
	struct http_answer *a = p->data;

	if (p->status_code >= 100 && p->status_code < 200 &&
	    p->status_code != 101)
		return 0;
	a->headed = true;
	lib.http_parser_pause(p, 1);
	return a->head_only ? NO_BODY : 0;
}

static int body(http_parser *p, const char *at, size_t length)
{
	struct http_answer *a = p->data;

	a->body += a->raw ? 0 : length;
	if (!a->raw)
		a->piece(a->context, at, length);
	return 0;
}

static int message_complete(http_parser *p)
{
	struct http_answer *a = p->data;

	if (!a->headed)
		return ++a->interim > HTTP_INTERIM_MOST;
	a->complete = true;
	lib.http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_headers_complete = headers_complete,
	.on_body = body,
	.on_message_complete = message_complete,
};

void http_answer_begin(struct http_answer *a, bool raw, bool head_only,
		       void (*piece)(void *context, const char *bytes,
				     size_t length),
		       void *context)
{
	*a = (struct http_answer){ .raw = raw,
				   .head_only = head_only,
				   .piece = piece,
				   .context = context };
	lib.http_parser_init(&a->parser, HTTP_RESPONSE);
	a->parser.data = a;
}

static int refuse(struct http_answer *a, const char *why)
{
	a->why = why;
	return -EPROTO;
}

/* The parser has stopped: at an end that was asked for, or an error. */
static int stopped(struct http_answer *a)
{
	enum http_errno error = HTTP_PARSER_ERRNO(&a->parser);

	if (error != HPE_OK && error != HPE_PAUSED)
		return refuse(a, error == HPE_CB_message_complete
					 ? "too many interim answers"
					 : lib.http_errno_description(error));
	lib.http_parser_pause(&a->parser, 0);
	return 0;
}

/*
 * The headers, up to the last byte of the empty line behind them, which the
 * parser keeps for the body. How many bytes that were.
 */
static size_t take_head(struct http_answer *a, const char *bytes, size_t length,
			int *error)
{
	size_t taken =
		lib.http_parser_execute(&a->parser, &settings, bytes, length);

	a->head += (uint32_t)taken;
	*error = stopped(a);
	if (!*error && a->head > HTTP_HEAD_MOST)
		*error = refuse(a, "its headers are too long");
	return taken;
}

int http_answer_take(struct http_answer *a, const char *bytes, size_t length)
{
	size_t taken;
	int error;

	if (!a->headed) {
		taken = take_head(a, bytes, length, &error);
		if (error || !a->headed)
			return error;
		bytes += taken;
		length -= taken;
		/* The last byte of the headers. */
		if (length == 0)
			return 0;
		taken = lib.http_parser_execute(&a->parser, &settings, bytes,
						1);
		error = stopped(a);
		if (error || a->complete)
			return error ? error : 1;
		bytes += taken;
		length -= taken;
	}
	if (length == 0)
		return 0;
	taken = lib.http_parser_execute(&a->parser, &settings, bytes, length);
	error = stopped(a);
	if (a->raw && taken > 0) {
		a->body += taken;
		a->piece(a->context, bytes, taken);
	}
	if (error || a->complete)
		return error ? error : 1;
	return a->body > HTTP_BODY_MOST ? -EFBIG : 0;
}

int http_answer_end(struct http_answer *a)
{
	if (a->complete)
		return 1;
	/* A body that is shorter than was said: keepalived takes it. */
	return a->headed ? 1 : refuse(a, "the connection was closed");
}

bool http_answer_keeps(const struct http_answer *a)
{
	return a->complete && lib.http_should_keep_alive(&a->parser);
}
