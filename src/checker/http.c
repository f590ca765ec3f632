/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP_GET and SSL_GET: a page is fetched, and its status, digest and text are
 * as they should be.
 *
 * A check with several urls fetches one of them a round, in turn, as keepalived
 * does: the next one after a success, the same one after a failure. Once it has
 * failed it comes back when that one and then all of them have passed
 * (roster.c counts that as so many good rounds in a row).
 *
 * Each round has a connection of its own, but with `http_protocol 1.1K`: there
 * it is kept, up to KEPT_ROUNDS, and any error ends it. Whether the server has
 * closed it just then cannot be known before the request is sent, so a round
 * that finds it closed tries once more with a new one.
 */
#include "checker/checker_state.h"
#include "checker/http_answer.h"
#include "checker/http_page.h"
#include "checker/http_request.h"
#include "checker/stream.h"
#include "checker/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A kept connection does not see that a server accepts no more: now and then
 * it is made anew. */
#define KEPT_ROUNDS 64
/* Pieces of STREAM_READ bytes that are read before others have their turn. */
#define READS_A_TURN 4

/* A connection that outlives its rounds. */
struct kept {
	struct stream stream;
	unsigned rounds;
};

struct round {
	struct stream own; /* where none is kept */
	struct http_answer answer;
	struct http_page page;
	bool reused; /* it began on a connection that was kept */
	bool whole;  /* the answer is, and the connection has to end */
};

static bool keeps(const struct check *c)
{
	return c->conf->http.protocol == CONF_HTTP_11K;
}

static struct stream *stream_of(const struct check *c)
{
	struct kept *kept = c->kept;
	struct round *r = c->round;

	return kept ? &kept->stream : &r->own;
}

static void drop_connection(struct check *c)
{
	stream_drop(stream_of(c));
	round_close(c);
}

/* Whether one may go on on the connection that there is. */
static bool can_keep(const struct check *c)
{
	const struct round *r = c->round;
	const struct kept *kept = c->kept;

	return kept && kept->rounds < KEPT_ROUNDS && http_page_may_share(c) &&
	       kept->stream.state == STREAM_OPEN &&
	       http_answer_keeps(&r->answer) && rounds_may_keep(c->of);
}

static void done(struct check *c, struct verdict *v)
{
	struct round *r = c->round;

	http_page_done(c, r ? &r->page : NULL, v);
	if (!r)
		return;
	c->kept_open = v->result == LVS_RESULT_GOOD && can_keep(c);
	if (!c->kept_open)
		stream_drop(stream_of(c));
}

static void judge(struct check *c, tick_t now)
{
	struct round *r = c->round;

	http_page_judge(c, &r->page, http_answer_status(&r->answer), now);
}

/* Sends the request: the answer has its own time. */
static bool ask(struct check *c, tick_t now)
{
	struct round *r = c->round;
	size_t length =
		http_request(c, r->page.url, round_scratch(c), ROUND_SCRATCH);

	round_phase(c, now);
	return stream_send(c, stream_of(c), round_scratch(c), length, now);
}

static bool begin_connection(struct check *c, tick_t now)
{
	struct tls *tls = NULL;

	if (c->conf->kind == CONF_CHECK_SSL) {
		tls = trust_tls(
			c->of->trust, &c->conf->http.tls, true,
			http_sni(c, ((struct round *)c->round)->page.url),
			NULL);
		if (!tls) {
			round_local(c, ENOKEY, TRUST_MISSING, now);
			return false;
		}
	}
	return stream_open(c, stream_of(c), tls, now);
}

/* The part of a round that is the same for each connection. */
static bool prepare(struct check *c)
{
	struct round *r = c->round;
	const struct conf_http *http = &c->conf->http;

	*r = (struct round){ 0 };
	if (!http_page_begin(&r->page, c))
		return false;
	http_answer_begin(&r->answer, http->protocol <= CONF_HTTP_11,
			  http->method == CONF_HTTP_HEAD, http_page_add,
			  &r->page);
	if (keeps(c) && !c->kept)
		c->kept = calloc(1, sizeof(struct kept));
	return !keeps(c) || c->kept;
}

/* The server has closed a connection that was kept, before it answered. */
static bool again(struct check *c, tick_t now)
{
	struct round *r = c->round;

	if (!r->reused || r->answer.head > 0)
		return false;
	r->reused = false;
	drop_connection(c);
	((struct kept *)c->kept)->rounds = 0;
	(void)begin_connection(c, now);
	return true;
}

static void start(struct check *c, tick_t now)
{
	struct round *r = c->round;
	struct kept *kept;

	if (!prepare(c)) {
		round_local(c, ENOMEM, "no memory", now);
		return;
	}
	kept = c->kept;
	if (kept && kept->stream.state == STREAM_OPEN) {
		r->reused = kept->stream.quiet = true;
		kept->rounds++;
		if (!ask(c, now))
			(void)again(c, now);
		return;
	}
	if (kept)
		kept->rounds = 0;
	(void)begin_connection(c, now);
}

static void fail(struct check *c, const char *why, tick_t now)
{
	char words[LEDGER_CHECK_WORDS];

	snprintf(words, sizeof(words), "HTTP: %s", why);
	round_bad(c, LEDGER_CHECK_L7RSP, 0, words, now);
}

/* All of it is not wanted where only the status counts. */
static void end_long(struct check *c, tick_t now)
{
	const struct round *r = c->round;

	if (http_page_is_read(&r->page))
		fail(c, "its body is too long", now);
	else
		judge(c, now);
}

/* How the connection ends counts too (tls_compliant). */
static bool wants_end(const struct check *c)
{
	const struct conf_http *http = &c->conf->http;
	const struct round *r = c->round;

	return c->conf->kind == CONF_CHECK_SSL &&
	       http->protocol <= CONF_HTTP_11 &&
	       (http->tls_compliant || r->page.url->tls_compliant);
}

/* What the connection has ended with. */
static void end(struct check *c, tick_t now)
{
	struct round *r = c->round;

	if (http_answer_end(&r->answer) != 1)
		fail(c, r->answer.why, now);
	else if (wants_end(c) && stream_of(c)->cut)
		round_bad(c, LEDGER_CHECK_L6RSP, 0,
			  "TLS: it ends without saying so", now);
	else
		judge(c, now);
}

static void take(struct check *c, tick_t now)
{
	struct round *r = c->round;

	for (unsigned n = 0; n < READS_A_TURN; n++) {
		ssize_t length = stream_read(c, stream_of(c), now);
		int went;

		if (length == -EAGAIN || length == -1)
			return;
		if (length == 0) {
			if (!again(c, now))
				end(c, now);
			return;
		}
		if (r->whole)
			continue;
		went = http_answer_take(&r->answer, round_scratch(c),
					(size_t)length);
		r->whole = went == 1 && wants_end(c);
		if (r->whole)
			continue;
		if (went == 1)
			judge(c, now);
		else if (went == -EFBIG)
			end_long(c, now);
		else if (went)
			fail(c, r->answer.why, now);
		if (went)
			return;
	}
	stream_later(c);
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	struct stream *s = c->round || c->kept ? stream_of(c) : NULL;
	enum stream_state before;

	if (!c->when.running) { /* what was kept: whatever it is, it is over */
		if (s && events & ~(uint32_t)EPOLLOUT)
			drop_connection(c);
		return;
	}
	before = s->state;
	if (stream_go(c, s, events, now) != STREAM_READY) {
		if (s->broken && !again(c, now))
			fail(c, "the connection broke", now);
		return;
	}
	if (before != STREAM_OPEN && !ask(c, now))
		return;
	if (events & ~(uint32_t)EPOLLOUT || s->tls)
		take(c, now);
}

static void expired(struct check *c, tick_t now)
{
	stream_expired(c, stream_of(c), now);
}

const struct kind kind_http = {
	.name = "HTTP_GET",
	.round = sizeof(struct round),
	.phases = 2,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
};

const struct kind kind_ssl = {
	.name = "SSL_GET",
	.round = sizeof(struct round),
	.phases = 3,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
};
