/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP_GET and SSL_GET with `http_protocol 2`: as http.c, by HTTP/2 (RFC 9113),
 * over TLS where the server chooses it (ALPN), else as both ends know it
 * before. The connection is kept (talk.h).
 */
#include "checker/checker_state.h"
#include "checker/http2.h"
#include "checker/http_page.h"
#include "checker/http_request.h"
#include "checker/talk.h"
#include "checker/trust.h"

#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of headers, and the name of the server. */
#define NAMES_ROOM 4096

struct round {
	unsigned status; /* or 0 */
	struct http_page page;
};

static void take_line(void *context, const char *name, const char *value,
		      size_t length)
{
	struct round *r = context;

	(void)length;
	/* An interim answer (1xx) has one too; the last one counts. */
	if (strcmp(name, ":status") == 0)
		r->status = (unsigned)strtoul(value, NULL, 10);
}

static void take_piece(void *context, const char *bytes, size_t length)
{
	http_page_add(&((struct round *)context)->page, bytes, length);
}

/* A header "Name: value" as its two parts; HTTP/2 has small letters only. */
static bool split(const char *text, char **room, const char *end,
		  struct http2_line *line)
{
	size_t length = strcspn(text, ":");

	if (text[length] != ':' || length + 1 > (size_t)(end - *room))
		return false;
	line->name = *room;
	for (size_t n = 0; n < length; n++) {
		char c = text[n];

		(*room)[n] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	(*room)[length] = '\0';
	*room += length + 1;
	line->value = text + length + 1 + strspn(text + length + 1, " \t");
	return true;
}

static bool ask(struct check *c, struct http2 *h)
{
	const struct conf_http *http = &c->conf->http;
	struct round *r = c->round;
	const struct http2_sees sees = { take_line, take_piece, r };
	char *names = round_scratch(c), host[300];
	const char *end = names + NAMES_ROOM;
	struct text t = text_over(host, sizeof(host));
	struct http2_line lines[HTTP2_LINES_MOST] = {
		{ ":method", http_method(http->method) },
		{ ":scheme",
		  c->conf->kind == CONF_CHECK_SSL ? "https" : "http" },
		{ ":path", r->page.url->path ? r->page.url->path : "/" },
		{ ":authority", host },
		{ "user-agent", HTTP_AGENT },
	};
	unsigned count = 5;

	http_put_host(&t, c, r->page.url);
	for (uint32_t n = 0; n < http->header_count && count < HTTP2_LINES_MOST;
	     n++)
		count += split(http->headers[n].text, &names, end,
			       &lines[count]);
	return http2_ask(h, lines, count, NULL, 0, &sees);
}

static struct tls *tls_of(const struct check *c, bool *missing)
{
	const struct round *r = c->round;
	struct tls *tls;

	if (c->conf->kind != CONF_CHECK_SSL)
		return NULL;
	tls = trust_tls(c->of->trust, &c->conf->http.tls, true,
			http_sni(c, r->page.url), "h2");
	*missing = !tls;
	return tls;
}

static void judge(struct check *c, tick_t now)
{
	struct round *r = c->round;

	http_page_judge(c, &r->page, r->status, now);
}

static const struct talks talks = {
	.tls = tls_of,
	.must_choose = true,
	.ask = ask,
	.judge = judge,
};

static void start(struct check *c, tick_t now)
{
	struct round *r = c->round;

	*r = (struct round){ 0 };
	if (http_page_begin(&r->page, c))
		talk_start(c, &talks, now);
	else
		round_local(c, ENOMEM, "no memory", now);
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	talk_ready(c, &talks, events, now);
}

static void done(struct check *c, struct verdict *v)
{
	struct round *r = c->round;

	talk_done(c, v, http_page_may_share(c));
	http_page_done(c, r ? &r->page : NULL, v);
}

const struct kind kind_http2 = {
	.name = "HTTP/2",
	.round = sizeof(struct round),
	.phases = 3,
	.start = start,
	.ready = ready,
	.expired = talk_expired,
	.done = done,
};
