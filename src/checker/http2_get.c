/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP_GET and SSL_GET with `http_protocol 2`: as http.c, by HTTP/2 (RFC 9113),
 * over TLS where the server chooses it (ALPN), else as both ends know it
 * before. Each round has a connection of its own.
 */
#include "checker/checker_state.h"
#include "checker/http2.h"
#include "checker/http_page.h"
#include "checker/http_request.h"
#include "checker/stream.h"
#include "checker/trust.h"

#include "base/must.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READS_A_TURN 4
/* Names of headers, and the name of the server. */
#define NAMES_ROOM 4096

struct round {
	struct stream stream;
	struct http2 *http;
	unsigned status; /* or 0 */
	struct http_page page;
};

static void done(struct check *c, struct verdict *v)
{
	struct round *r = c->round;

	http_page_done(c, r ? &r->page : NULL, v);
	if (!r)
		return;
	stream_drop(&r->stream);
	http2_close(r->http);
}

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

static void start(struct check *c, tick_t now)
{
	struct round *r = c->round;
	struct tls *tls = NULL;

	*r = (struct round){ 0 };
	if (!http_page_begin(&r->page, c)) {
		round_local(c, ENOMEM, "no memory", now);
		return;
	}
	if (c->conf->kind == CONF_CHECK_SSL) {
		tls = trust_tls(c->of->trust, &c->conf->http.tls, true,
				http_sni(c, r->page.url), "h2");
		if (!tls) {
			round_local(c, ENOKEY, TRUST_MISSING, now);
			return;
		}
	}
	(void)stream_open(c, &r->stream, tls, now);
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

static bool ask(struct check *c)
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
	r->http = http2_open(lines, count, NULL, 0, &sees);
	return r->http;
}

static bool say(struct check *c, tick_t now)
{
	struct round *r = c->round;
	const char *bytes;
	size_t length;

	while ((length = http2_pending(r->http, &bytes)) > 0)
		if (!stream_send(c, &r->stream, bytes, length, now))
			return false;
	return true;
}

static void fail(struct check *c, tick_t now)
{
	const struct round *r = c->round;
	char words[LEDGER_CHECK_WORDS];

	snprintf(words, sizeof(words), "HTTP/2: %.50s", http2_why(r->http));
	round_bad(c, LEDGER_CHECK_L7RSP, 0, words, now);
}

static void take(struct check *c, tick_t now)
{
	struct round *r = c->round;

	for (unsigned n = 0; n < READS_A_TURN; n++) {
		ssize_t length = stream_read(c, &r->stream, now);
		int went;

		if (length == -EAGAIN || length == -1)
			return;
		went = length > 0 ? http2_take(r->http, round_scratch(c),
					       (size_t)length)
				  : -EPROTO;
		if (went == 1)
			http_page_judge(c, &r->page, r->status, now);
		else if (went < 0)
			fail(c, now);
		if (went || !say(c, now))
			return;
		if (http2_is_over(r->http)) {
			fail(c, now);
			return;
		}
	}
	stream_later(c);
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	struct round *r = c->round;
	bool open = r->stream.state == STREAM_OPEN;

	if (stream_go(c, &r->stream, events, now) != STREAM_READY)
		return;
	if (!open && r->stream.tls && !tls_chose(r->stream.tls, "h2")) {
		round_bad(c, LEDGER_CHECK_L6RSP, 0, "TLS: no HTTP/2", now);
		return;
	}
	if (!open && !ask(c)) {
		round_local(c, ENOMEM, "no memory", now);
		return;
	}
	if (!open)
		round_phase(c, now);
	if (say(c, now))
		take(c, now);
}

static void expired(struct check *c, tick_t now)
{
	const struct round *r = c->round;

	stream_expired(c, &r->stream, now);
}

const struct kind kind_http2 = {
	.name = "HTTP/2",
	.round = sizeof(struct round),
	.phases = 3,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
};
