/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/talk.h"

#include "checker/checker_state.h"
#include "checker/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

/* Pieces of STREAM_READ bytes that are read before others have their turn. */
#define READS_A_TURN 4
/* What a server may say while nobody has asked it anything: it has no time
 * limit then. */
#define IDLE_MOST 65536

static void forget(struct talk *t)
{
	http2_close(t->http);
	t->http = NULL;
	stream_drop(&t->stream);
}

static void connect_anew(struct check *c, const struct talks *how, tick_t now)
{
	struct talk *t = c->kept;
	bool missing = false;
	struct tls *tls = how->tls(c, &missing);

	t->reused = false;
	t->rounds = 0;
	t->idle = 0;
	if (missing)
		round_local(c, ENOKEY, TRUST_MISSING, now);
	else
		(void)stream_open(c, &t->stream, tls, now);
}

/* The server has ended a connection that was kept, before it answered. */
static bool again(struct check *c, const struct talks *how, tick_t now)
{
	struct talk *t = c->kept;

	if (!t->reused || (t->http && http2_has_heard(t->http)))
		return false;
	forget(t);
	round_close(c);
	connect_anew(c, how, now);
	return true;
}

static void fail(struct check *c, const char *why, tick_t now)
{
	char words[LEDGER_CHECK_WORDS];

	snprintf(words, sizeof(words), "HTTP/2: %.50s", why);
	round_bad(c, LEDGER_CHECK_L7RSP, 0, words, now);
}

/* All that the library has to say. False: the connection is gone; where it was
 * not kept, the round is over. */
static bool say(struct check *c, tick_t now)
{
	struct talk *t = c->kept;
	const char *bytes;
	size_t length;

	while ((length = http2_pending(t->http, &bytes)) > 0)
		if (!stream_send(c, &t->stream, bytes, length, now))
			return false;
	return true;
}

/* Where it was kept, that does not end the round yet. */
static void went_away(struct check *c, const struct talks *how, tick_t now)
{
	const struct talk *t = c->kept;

	if (t->stream.broken && !again(c, how, now))
		fail(c, "the connection broke", now);
}

static bool ask(struct check *c, const struct talks *how, tick_t now)
{
	struct talk *t = c->kept;

	round_phase(c, now);
	if (!how->ask(c, t->http)) {
		round_local(c, ENOMEM, "no memory", now);
		return false;
	}
	if (say(c, now))
		return true;
	went_away(c, how, now);
	return false;
}

void talk_start(struct check *c, const struct talks *how, tick_t now)
{
	struct talk *t = c->kept;

	if (!t)
		t = c->kept = calloc(1, sizeof(*t));
	if (!t) {
		round_local(c, ENOMEM, "no memory", now);
		return;
	}
	if (t->http) {
		t->reused = t->stream.quiet = true;
		t->idle = 0;
		t->rounds++;
		(void)ask(c, how, now);
		return;
	}
	connect_anew(c, how, now);
}

static void take(struct check *c, const struct talks *how, tick_t now)
{
	struct talk *t = c->kept;

	for (unsigned n = 0; n < READS_A_TURN; n++) {
		ssize_t length = stream_read(c, &t->stream, now);
		int went;

		if (length == -EAGAIN || length == -1)
			return;
		went = length > 0 ? http2_take(t->http, round_scratch(c),
					       (size_t)length)
				  : -EPROTO;
		if (went == 1) {
			how->judge(c, now);
			return;
		}
		if (went < 0) {
			/* Refused streams too (RFC 9113 8.7). */
			if (!again(c, how, now))
				fail(c, http2_why(t->http), now);
			return;
		}
		if (!say(c, now)) {
			went_away(c, how, now);
			return;
		}
		if (http2_is_over(t->http)) {
			fail(c, http2_why(t->http), now);
			return;
		}
	}
	stream_later(c);
}

/* Between two rounds: what there is to say and to hear, or its end. */
static void idle(struct check *c, tick_t now)
{
	struct talk *t = c->kept;
	bool good = t && t->http && t->idle <= IDLE_MOST;

	if (good)
		t->stream.quiet = true;
	for (unsigned n = 0; good && n < READS_A_TURN; n++) {
		ssize_t length = stream_read(c, &t->stream, now);

		if (length == -EAGAIN)
			return;
		t->idle += length > 0 ? (size_t)length : 0;
		good = length > 0 &&
		       http2_take(t->http, round_scratch(c), (size_t)length) >=
			       0 &&
		       say(c, now) && http2_can_ask(t->http);
	}
	if (good) {
		stream_later(c);
		return;
	}
	if (t)
		forget(t);
	round_close(c);
}

/* It is connected, and TLS is with it: HTTP/2 begins. */
static bool begin(struct check *c, const struct talks *how, tick_t now)
{
	struct talk *t = c->kept;

	if (how->must_choose && t->stream.tls &&
	    !tls_chose(t->stream.tls, "h2")) {
		round_bad(c, LEDGER_CHECK_L6RSP, 0, "TLS: no HTTP/2", now);
		return false;
	}
	t->http = http2_open();
	if (t->http)
		return ask(c, how, now);
	round_local(c, ENOMEM, "no memory", now);
	return false;
}

void talk_ready(struct check *c, const struct talks *how, uint32_t events,
		tick_t now)
{
	struct talk *t = c->kept;

	if (!c->when.running) {
		idle(c, now);
		return;
	}
	if (stream_go(c, &t->stream, events, now) != STREAM_READY) {
		went_away(c, how, now);
		return;
	}
	if (!t->http) {
		if (!begin(c, how, now))
			return;
	} else if (!say(c, now)) {
		went_away(c, how, now);
		return;
	}
	take(c, how, now);
}

void talk_expired(struct check *c, tick_t now)
{
	const struct talk *t = c->kept;

	stream_expired(c, &t->stream, now);
}

void talk_done(struct check *c, const struct verdict *v, bool keep)
{
	struct talk *t = c->kept;

	if (!t)
		return;
	c->kept_open = keep && v->result == LVS_RESULT_GOOD && t->http &&
		       t->rounds < TALK_ROUNDS && http2_can_ask(t->http) &&
		       rounds_may_keep(c->of);
	if (!c->kept_open)
		forget(t);
}
