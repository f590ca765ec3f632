/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SMTP_CHECK: a mail server greets, takes HELO, and is told QUIT (RFC 5321).
 * With STARTTLS (RFC 3207) it must have that, and say HELO again within TLS.
 *
 * DEVIATION: a greeting or reply of several lines is taken; keepalived takes a
 * single line only, and fails servers that keep to the RFC.
 */
#include "checker/checker_state.h"
#include "checker/kind.h"
#include "checker/line.h"
#include "checker/smtp_reply.h"
#include "checker/stream.h"
#include "checker/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HELO "smtpchecker.keepalived.org"

/* Lines of all replies of a round. */
#define LINES_MOST 100

/* What the server has to say next. */
enum awaits {
	AWAITS_GREETING,
	AWAITS_HELO,
	AWAITS_STARTTLS,
	AWAITS_HELO_TLS,
};

struct round {
	struct stream stream;
	struct line line;
	unsigned lines;
	uint8_t awaits; /* enum awaits */
	char command[300];
};

static const char *const names[] = {
	[AWAITS_GREETING] = "greeting",
	[AWAITS_HELO] = "HELO",
	[AWAITS_STARTTLS] = "STARTTLS",
	[AWAITS_HELO_TLS] = "HELO",
};

static const int wanted[] = {
	[AWAITS_GREETING] = 220,
	[AWAITS_HELO] = 250,
	[AWAITS_STARTTLS] = 220,
	[AWAITS_HELO_TLS] = 250,
};

static void done(struct check *c, struct verdict *v)
{
	struct round *r = c->round;

	(void)v;
	if (r)
		stream_drop(&r->stream);
}

static void start(struct check *c, tick_t now)
{
	struct round *r = c->round;

	r->line.length = 0;
	r->lines = 0;
	r->awaits = AWAITS_GREETING;
	(void)stream_open(c, &r->stream, NULL, now);
}

/* A command; the reply to it has its own time. */
static bool say(struct check *c, enum awaits awaits, tick_t now)
{
	const char *helo = c->conf->smtp.helo ? c->conf->smtp.helo : HELO;
	struct round *r = c->round;

	r->awaits = (uint8_t)awaits;
	round_phase(c, now);
	snprintf(r->command, sizeof(r->command),
		 awaits == AWAITS_HELO || awaits == AWAITS_HELO_TLS
			 ? "HELO %.255s\r\n"
			 : "%s\r\n",
		 awaits == AWAITS_HELO || awaits == AWAITS_HELO_TLS
			 ? helo
			 : names[awaits]);
	return stream_send(c, &r->stream, r->command, strlen(r->command), now);
}

/* Within TLS nothing counts that was said before (RFC 3207 4.2). */
static void secure(struct check *c, tick_t now)
{
	struct round *r = c->round;
	const struct conf_tls none = { 0 };
	struct tls *tls = trust_tls(c->of->trust, &none, false, NULL, NULL);

	line_next(&r->line);
	if (!tls)
		round_local(c, ENOKEY, TRUST_MISSING, now);
	else if (stream_secure(c, &r->stream, tls, now) &&
		 r->stream.state == STREAM_OPEN)
		(void)say(c, AWAITS_HELO_TLS, now);
}

/* The reply that was awaited has come. False: the round may be over. */
static bool go_on(struct check *c, tick_t now)
{
	struct round *r = c->round;

	switch ((enum awaits)r->awaits) {
	case AWAITS_GREETING:
		return say(c, AWAITS_HELO, now);
	case AWAITS_HELO:
		if (c->conf->smtp.starttls)
			return say(c, AWAITS_STARTTLS, now);
		break;
	case AWAITS_STARTTLS:
		secure(c, now);
		return false;
	case AWAITS_HELO_TLS:
		break;
	}
	/* What is said to that says nothing more of the server. */
	if (stream_send(c, &r->stream, "QUIT\r\n", 6, now))
		round_good(c, LEDGER_CHECK_L7OK, 250, "250 to HELO", now);
	return false;
}

static bool take_line(struct check *c, tick_t now)
{
	struct round *r = c->round;
	char words[LEDGER_CHECK_WORDS];
	bool more = false;
	int code = smtp_reply_code(r->line.text, &more);

	if (code < 0 || ++r->lines > LINES_MOST) {
		snprintf(words, sizeof(words), "%s: no reply of SMTP",
			 names[r->awaits]);
		round_bad(c, LEDGER_CHECK_L7RSP, 0, words, now);
		return false;
	}
	if (more)
		return true;
	if (code == wanted[r->awaits])
		return go_on(c, now);
	snprintf(words, sizeof(words), "%s: reply %d, wanted %d",
		 names[r->awaits], code, wanted[r->awaits]);
	round_bad(c, LEDGER_CHECK_L7STS, code, words, now);
	return false;
}

/* False: the round is over, or nothing more of these bytes counts. */
static bool take(struct check *c, const char *bytes, size_t length, tick_t now)
{
	struct round *r = c->round;

	for (;;) {
		switch (line_take(&r->line, &bytes, &length)) {
		case LINE_MORE:
			return true;
		case LINE_TOO_LONG:
			round_bad(c, LEDGER_CHECK_L7RSP, 0,
				  "a line is too long", now);
			return false;
		case LINE_COMPLETE:
			if (!take_line(c, now))
				return false;
			line_next(&r->line);
			break;
		}
	}
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	struct round *r = c->round;
	bool shaking = r->stream.state == STREAM_HANDSHAKE;
	ssize_t length;

	if (stream_go(c, &r->stream, events, now) != STREAM_READY)
		return;
	if (shaking && !say(c, AWAITS_HELO_TLS, now))
		return;
	length = stream_read(c, &r->stream, now);
	if (length == 0)
		round_bad(c, LEDGER_CHECK_L7RSP, 0, "it closes the connection",
			  now);
	if (length > 0 && take(c, round_scratch(c), (size_t)length, now))
		stream_later(c);
}

static void expired(struct check *c, tick_t now)
{
	struct round *r = c->round;
	char words[LEDGER_CHECK_WORDS];
	const char *late;
	enum ledger_check_code code = stream_late(&r->stream, &late);

	if (code != LEDGER_CHECK_L7TOUT)
		snprintf(words, sizeof(words), "%s", late);
	else
		snprintf(words, sizeof(words), "%s: %s", names[r->awaits],
			 late);
	round_bad(c, code, 0, words, now);
}

const struct kind kind_smtp = {
	.name = "SMTP_CHECK",
	.round = sizeof(struct round),
	.phases = 6,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
};
