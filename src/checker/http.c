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
#include "checker/digest.h"
#include "checker/http_answer.h"
#include "checker/http_request.h"
#include "checker/regex.h"
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
	const struct conf_url *url;
	struct digest *digest; /* or NULL */
	char *body;            /* for a regular expression, or NULL */
	size_t body_length;
	bool reused; /* it began on a connection that was kept */
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

	return kept && kept->rounds < KEPT_ROUNDS &&
	       kept->stream.state == STREAM_OPEN &&
	       http_answer_keeps(&r->answer) && rounds_may_keep(c->of);
}

/* Which url is next. */
static void follow(struct check *c, enum lvs_check_result result)
{
	if (result == LVS_RESULT_BAD) {
		c->failing = true;
	} else if (result == LVS_RESULT_GOOD && c->failing) {
		c->failing = false;
		c->step = 0;
	} else if (result == LVS_RESULT_GOOD) {
		c->step = (c->step + 1) % c->conf->http.url_count;
	}
}

static void done(struct check *c, struct verdict *v)
{
	const struct conf_http *http = &c->conf->http;
	struct round *r = c->round;
	bool good = v->result == LVS_RESULT_GOOD;

	v->again = good && http->fast_recovery && http->url_count > 1 &&
		   c->when.state == LVS_CHECK_FAILED;
	follow(c, v->result);
	if (!r)
		return; /* there was no memory for it */
	c->kept_open = good && can_keep(c);
	if (!c->kept_open)
		stream_drop(stream_of(c));
	digest_close(r->digest);
	free(r->body);
}

static bool is_wanted(const struct conf_url *url, unsigned status)
{
	if (url->statuses.count == 0)
		return status >= 200 && status <= 299;
	for (uint32_t n = 0; n < url->statuses.count; n++)
		if (status >= url->statuses.list[n].low &&
		    status <= url->statuses.list[n].high)
			return true;
	return false;
}

/* "": it is found where it should be. */
static void look(struct check *c, struct round *r, char words[REGEX_WORDS])
{
	switch (regex_look(c->of->regexes, r->url, r->body ? r->body : "",
			   r->body_length, words)) {
	case REGEX_MATCHES:
		snprintf(words, REGEX_WORDS, "%s",
			 r->url->regex_no_match ? "it matches" : "");
		break;
	case REGEX_DIFFERS:
		snprintf(words, REGEX_WORDS, "%s",
			 r->url->regex_no_match ? "" : "no match");
		break;
	case REGEX_UNKNOWN:
		break;
	}
}

static void judge(struct check *c, tick_t now)
{
	struct round *r = c->round;
	unsigned status = http_answer_status(&r->answer);
	char words[LEDGER_CHECK_WORDS], found[REGEX_WORDS] = "";

	if (!is_wanted(r->url, status)) {
		http_words_wanted(r->url, status, words);
		round_bad(c, LEDGER_CHECK_L7STS, (int32_t)status, words, now);
		return;
	}
	if (r->digest && !digest_is(r->digest, r->url->digest)) {
		round_bad(c, LEDGER_CHECK_L7RSP, (int32_t)status,
			  "another digest", now);
		return;
	}
	if (r->url->regex)
		look(c, r, found);
	if (found[0]) {
		snprintf(words, sizeof(words), "regex: %s", found);
		round_bad(c, LEDGER_CHECK_L7RSP, (int32_t)status, words, now);
		return;
	}
	snprintf(words, sizeof(words), "status %u", status);
	round_good(c, LEDGER_CHECK_L7OK, (int32_t)status, words, now);
}

static void take_piece(void *context, const char *bytes, size_t length)
{
	struct round *r = context;

	if (r->digest)
		digest_add(r->digest, bytes, length);
	if (!r->body)
		return;
	if (length > REGEX_BODY_MOST - r->body_length)
		length = REGEX_BODY_MOST - r->body_length;
	memcpy(r->body + r->body_length, bytes, length);
	r->body_length += length;
}

/* Sends the request: the answer has its own time. */
static bool ask(struct check *c, tick_t now)
{
	struct round *r = c->round;
	size_t length =
		http_request(c, r->url, round_scratch(c), ROUND_SCRATCH);

	round_phase(c, now);
	return stream_send(c, stream_of(c), round_scratch(c), length, now);
}

static bool begin_connection(struct check *c, tick_t now)
{
	struct tls *tls = NULL;

	if (c->conf->kind == CONF_CHECK_SSL) {
		tls = trust_tls(c->of->trust, &c->conf->http.tls,
				http_sni(c, ((struct round *)c->round)->url),
				NULL);
		if (!tls) {
			round_local(c, ENOMEM, "TLS: not set up", now);
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

	*r = (struct round){ .url = &http->urls[c->step % http->url_count] };
	http_answer_begin(&r->answer, http->protocol <= CONF_HTTP_11,
			  http->method == CONF_HTTP_HEAD, take_piece, r);
	if (r->url->digest) {
		r->digest = digest_open();
		if (!r->digest)
			return false;
	}
	if (r->url->regex) {
		r->body = malloc(REGEX_BODY_MOST);
		if (!r->body)
			return false;
	}
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

	if (r->digest || r->body)
		fail(c, "its body is too long", now);
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
		if (length == 0 && again(c, now))
			return;
		went = length == 0
			       ? http_answer_end(&r->answer)
			       : http_answer_take(&r->answer, round_scratch(c),
						  (size_t)length);
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
	const char *words;
	enum ledger_check_code code = stream_late(stream_of(c), &words);

	round_bad(c, code, 0, words, now);
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
