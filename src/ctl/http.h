/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP on a listening socket that somebody else made, driven by somebody
 * else's loop. The only door to libmicrohttpd.
 *
 * It answers GET and HEAD. Answers are pages (ctl/page.h), sent as the other
 * side takes them; one that waits for events costs nothing until http_wake().
 */
#pragma once

#include "ctl/page.h"

#include <stdbool.h>

/* More connections wait in the socket's backlog. */
#define HTTP_CONNECTIONS_MAX 64
/*
 * How long a request may take, from its connection or the answer before to its
 * last byte, and how long the answer, unless it follows. So a place is free
 * again soon, however slowly bytes come or are taken.
 */
#define HTTP_REQUEST_TIME (4 * TICK_SECOND)
#define HTTP_ANSWER_TIME  (60 * TICK_SECOND)
/* So many may follow events; more are told to come back (503). */
#define HTTP_FOLLOWERS_MAX 32

struct http;

/* The value of an argument of the request's URL ("" if bare), or NULL. */
typedef const char *http_argument_fn(void *request, const char *name);

struct http_answer {
	unsigned status;   /* 200, 404, ... */
	const char *type;  /* media type; lives as long as the program */
	struct page *page; /* given away; NULL: there was no memory */
	bool follows;
};

struct http_service {
	void *context;
	struct http_answer (*answer)(void *context, const char *path,
				     http_argument_fn *argument, void *request);
};

/*
 * Loads the library and takes the socket over. 0 or -errno; the reason is
 * logged to standard error.
 */
int http_start(int listen_fd, const struct http_service *service,
	       struct http **started);

/* Readable when http_run() has something to do. */
int http_fd(const struct http *http);
/* ... and at the latest after so many milliseconds; -1: whenever. */
int http_timeout(const struct http *http);
void http_run(struct http *http);

/* Events were appended: whoever waits for them looks again. */
void http_wake(struct http *http);

unsigned http_waiting(const struct http *http);
unsigned http_connections(const struct http *http);
void http_stop(struct http *http);
