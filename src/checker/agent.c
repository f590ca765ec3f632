/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AGENT_CHECK: an agent on the server says in a line what it thinks of it, and
 * closes the connection (agent_line.h). What it asks for stays until it says
 * otherwise, also while it cannot be reached: then the check has failed.
 */
#include "checker/agent_line.h"
#include "checker/checker_state.h"
#include "checker/kind.h"
#include "checker/line.h"
#include "checker/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct round {
	struct stream stream;
	struct line line;
};

static void done(struct check *c, struct verdict *v)
{
	const struct ledger_check *before =
		ledger_check_at(c->of->ledger, c->number);
	struct round *r = c->round;

	if (r)
		stream_drop(&r->stream);
	if (v->wish == LEDGER_WISH_NONE)
		v->wish = before->wish;
	if (v->weighs == LEDGER_WEIGHS_NOTHING) {
		v->weighs = before->weighs;
		v->weight = before->weight;
	}
}

static void start(struct check *c, tick_t now)
{
	struct round *r = c->round;

	r->line.length = 0;
	(void)stream_open(c, &r->stream, NULL, now);
}

static void judge(struct check *c, tick_t now)
{
	const struct round *r = c->round;
	char words[LEDGER_CHECK_WORDS];
	struct agent_says says;

	agent_line(r->line.text, &says);
	if (!says.any)
		snprintf(words, sizeof(words), "it says nothing that is known");
	else if (says.down)
		snprintf(words, sizeof(words), "it is down%s%s",
			 says.why[0] ? ": " : "", says.why);
	else
		snprintf(words, sizeof(words), "%.*s", (int)sizeof(words) - 1,
			 r->line.text);
	round_end(c,
		  &(struct verdict){
			  .result = !says.any || says.down ? LVS_RESULT_BAD
							   : LVS_RESULT_GOOD,
			  .code = says.any && !says.down ? LEDGER_CHECK_L7OK
				  : says.any             ? LEDGER_CHECK_L7STS
							 : LEDGER_CHECK_L7RSP,
			  .words = words,
			  .weighs = says.weighs,
			  .weight = says.weight,
			  .wish = says.wish,
		  },
		  now);
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	struct round *r = c->round;
	const char *send = c->conf->agent.send;
	bool connecting = r->stream.state == STREAM_CONNECTING;
	const char *bytes = round_scratch(c);
	ssize_t came;
	size_t length;

	if (stream_go(c, &r->stream, events, now) != STREAM_READY)
		return;
	if (connecting && send &&
	    !stream_send(c, &r->stream, send, strlen(send), now))
		return;
	came = stream_read(c, &r->stream, now);
	if (came < 0)
		return;
	length = (size_t)came;
	switch (line_take(&r->line, &bytes, &length)) {
	case LINE_COMPLETE:
		judge(c, now);
		return;
	case LINE_TOO_LONG:
		round_bad(c, LEDGER_CHECK_L7RSP, 0, "its line is too long",
			  now);
		return;
	case LINE_MORE:
		break;
	}
	if (came > 0) {
		stream_later(c);
		return;
	}
	/* The end of what it says is as good as that of its line. */
	r->line.text[r->line.length] = '\0';
	judge(c, now);
}

static void expired(struct check *c, tick_t now)
{
	const struct round *r = c->round;

	stream_expired(c, &r->stream, now);
}

const struct kind kind_agent = {
	.name = "AGENT_CHECK",
	.round = sizeof(struct round),
	.phases = 2,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
};
