/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRPC_CHECK: a server of gRPC says by grpc.health.v1.Health/Check that it, or
 * a service of it, is SERVING.
 */
#include "checker/checker_state.h"
#include "checker/grpc_message.h"
#include "checker/http2.h"
#include "checker/talk.h"
#include "checker/trust.h"

#include "base/must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/grpc.health.v1.Health/Check"

struct round {
	unsigned status;      /* of HTTP, or 0 */
	unsigned grpc_status; /* 0: OK */
	bool too_long;
	uint8_t length; /* of `answer` */
	uint8_t answer[GRPC_ANSWER_MOST];
	uint8_t request[GRPC_REQUEST_MOST];
	size_t request_length;
};

static void take_line(void *context, const char *name, const char *value,
		      size_t length)
{
	struct round *r = context;

	(void)length;
	if (strcmp(name, ":status") == 0)
		r->status = (unsigned)strtoul(value, NULL, 10);
	else if (strcmp(name, "grpc-status") == 0)
		r->grpc_status = (unsigned)strtoul(value, NULL, 10);
}

static void take_piece(void *context, const char *bytes, size_t length)
{
	struct round *r = context;

	if (length > sizeof(r->answer) - r->length) {
		r->too_long = true;
		return;
	}
	memcpy(r->answer + r->length, bytes, length);
	r->length = (uint8_t)(r->length + length);
}

static bool ask(struct check *c, struct http2 *h)
{
	const struct conf_grpc *grpc = &c->conf->grpc;
	const struct http2_sees sees = { take_line, take_piece, c->round };
	struct round *r = c->round;
	char address[IP_TEXT_MAX], host[IP_TEXT_MAX + 8];
	const struct http2_line lines[] = {
		{ ":method", "POST" },
		{ ":scheme", grpc->uses_tls ? "https" : "http" },
		{ ":path", PATH },
		{ ":authority", grpc->tls.sni ? grpc->tls.sni : host },
		{ "content-type", "application/grpc" },
		{ "te", "trailers" },
	};

	snprintf(host, sizeof(host),
		 c->to.address.family == IP_V6 ? "[%s]:%u" : "%s:%u",
		 ip_format(&c->to.address, address), c->to.port);
	r->request_length =
		grpc_request(grpc->service ? grpc->service : "", r->request);
	return http2_ask(h, lines, ARRAY_LENGTH(lines), r->request,
			 r->request_length, &sees);
}

static struct tls *tls_of(const struct check *c, bool *missing)
{
	const struct conf_grpc *grpc = &c->conf->grpc;
	struct tls *tls;

	if (!grpc->uses_tls)
		return NULL;
	tls = trust_tls(c->of->trust, &grpc->tls, false, grpc->tls.sni, "h2");
	*missing = !tls;
	return tls;
}

static void judge(struct check *c, tick_t now)
{
	const struct round *r = c->round;
	enum grpc_serving serving = grpc_answer(r->answer, r->length);
	char words[LEDGER_CHECK_WORDS];

	if (r->status != 200) {
		snprintf(words, sizeof(words), "HTTP status %u", r->status);
		round_bad(c, LEDGER_CHECK_L7STS, (int32_t)r->status, words,
			  now);
		return;
	}
	if (r->grpc_status != 0) {
		snprintf(words, sizeof(words), "gRPC status %u",
			 r->grpc_status);
		round_bad(c, LEDGER_CHECK_L7STS, (int32_t)r->grpc_status, words,
			  now);
		return;
	}
	if (serving == GRPC_SERVING && !r->too_long)
		round_good(c, LEDGER_CHECK_L7OK, serving, "SERVING", now);
	else if (serving == GRPC_MALFORMED || r->too_long)
		round_bad(c, LEDGER_CHECK_L7RSP, 0, "gRPC: malformed", now);
	else
		round_bad(c, LEDGER_CHECK_L7STS, (int32_t)serving,
			  grpc_serving_name(serving), now);
}

static const struct talks talks = {
	.tls = tls_of,
	.ask = ask,
	.judge = judge,
};

static void start(struct check *c, tick_t now)
{
	*(struct round *)c->round = (struct round){ 0 };
	talk_start(c, &talks, now);
}

static void ready(struct check *c, uint32_t events, tick_t now)
{
	talk_ready(c, &talks, events, now);
}

static void done(struct check *c, struct verdict *v)
{
	talk_done(c, v, true);
}

const struct kind kind_grpc = {
	.name = "GRPC_CHECK",
	.round = sizeof(struct round),
	.phases = 3,
	.start = start,
	.ready = ready,
	.expired = talk_expired,
	.done = done,
};
