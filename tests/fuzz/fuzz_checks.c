/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What servers send to health checks, to the parser that the first byte
 * chooses: answers of HTTP, of DNS, replies of SMTP, lines of an agent, frames
 * of HTTP/2, messages of gRPC, echo replies. The
 * second byte says in pieces of what size it comes.
 */
#include "base/must.h"
#include "checker/agent_line.h"
#include "checker/dns_message.h"
#include "checker/grpc_message.h"
#include "checker/hex.h"
#include "checker/http2.h"
#include "checker/http_answer.h"
#include "checker/line.h"
#include "checker/ping_message.h"
#include "checker/smtp_reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *bytes;
	size_t length, piece;
};

/* The next piece, in memory of its own size; free(3) it. NULL: no more. */
static char *next_piece(struct input *in, size_t *length)
{
	char *copy;

	*length = in->length < in->piece ? in->length : in->piece;
	if (*length == 0)
		return NULL;
	copy = malloc(*length);
	MUST(copy);
	memcpy(copy, in->bytes, *length);
	in->bytes += *length;
	in->length -= *length;
	return copy;
}

static void count(void *context, const char *bytes, size_t length)
{
	uint64_t *seen = context;

	for (size_t n = 0; n < length; n++)
		*seen += bytes[n] == 'x' ? 2u : 1u; /* it can be read */
}

static void take_http(struct input *in, bool raw, bool head_only)
{
	struct http_answer a;
	uint64_t seen = 0;
	int went = 0;
	size_t length;
	char *piece;

	http_answer_begin(&a, raw, head_only, count, &seen);
	while (went == 0 && (piece = next_piece(in, &length))) {
		went = http_answer_take(&a, piece, length);
		free(piece);
		MUST(went == 0 || went == 1 || went == -EPROTO ||
		     went == -EFBIG);
		MUST(went != -EPROTO || a.why);
		MUST(went != 1 || a.complete);
		MUST(a.body <= seen);
	}
	if (went == 0)
		went = http_answer_end(&a);
	if (went == 1) {
		MUST(a.headed && http_answer_status(&a) < 1000);
		(void)http_answer_keeps(&a);
	}
}

static void see_line(void *context, const char *name, const char *value,
		     size_t length)
{
	count(context, name, strlen(name));
	count(context, value, length);
}

static void take_http2(struct input *in)
{
	static const struct http2_line lines[] = {
		{ ":method", "POST" },
		{ ":scheme", "http" },
		{ ":path", "/" },
		{ ":authority", "x" },
	};
	uint64_t seen = 0;
	const struct http2_sees sees = { see_line, count, &seen };
	struct http2 *h = http2_open();
	const char *bytes;
	int went = 0;
	size_t length;
	char *piece;

	MUST(h && http2_ask(h, lines, 4, "body", 4, &sees));
	while ((length = http2_pending(h, &bytes)) > 0)
		count(&seen, bytes, length);
	while (went == 0 && (piece = next_piece(in, &length))) {
		went = http2_take(h, piece, length);
		free(piece);
		MUST(went == 0 || went == 1 || went == -EPROTO);
		/* It is kept, and asked again, at once. */
		if (went == 1 && http2_can_ask(h))
			went = http2_ask(h, lines, 4, "body", 4, &sees) ? 0 : 1;
		while ((length = http2_pending(h, &bytes)) > 0)
			count(&seen, bytes, length);
		(void)http2_is_over(h);
	}
	MUST(http2_why(h)[0] != '\0');
	http2_close(h);
}

static void take_grpc(struct input *in)
{
	uint8_t *copy = malloc(in->length + 1);

	MUST(copy);
	memcpy(copy, in->bytes, in->length);
	MUST(grpc_serving_name(grpc_answer(copy, in->length))[0] != '\0');
	free(copy);
}

static void take_dns(struct input *in)
{
	uint8_t question[DNS_QUESTION_MOST], *answer;
	size_t asked = dns_question("www.example.com", 1, question);
	unsigned rcode = 0;
	enum dns_says says;

	dns_set_id(question, 0x1234);
	answer = malloc(in->length + 1);
	MUST(asked > 0 && answer);
	memcpy(answer, in->bytes, in->length);
	says = dns_answer(answer, in->length, question, asked, &rcode);
	MUST(says != DNS_ANSWERS || (rcode == 0 && in->length >= asked));
	MUST(says != DNS_REFUSES || rcode != 0);
	MUST(dns_rcode_name(rcode)[0] != '\0');
	free(answer);
}

static void take_lines(struct input *in, void (*take)(const char *line))
{
	struct line line = { 0 };
	size_t length;
	char *piece;

	while ((piece = next_piece(in, &length))) {
		const char *at = piece;
		enum line_went went;

		while ((went = line_take(&line, &at, &length)) ==
		       LINE_COMPLETE) {
			MUST(strlen(line.text) == line.length);
			take(line.text);
			line_next(&line);
		}
		free(piece);
		if (went == LINE_TOO_LONG)
			return;
	}
}

static void take_reply(const char *line)
{
	bool more = false;
	int code = smtp_reply_code(line, &more);

	MUST(code == -1 || (code >= 200 && code <= 599));
}

static void take_agent(const char *line)
{
	struct agent_says says;

	agent_line(line, &says);
	MUST(says.weight >= 0 && says.weight <= AGENT_PERCENT_MOST);
	MUST(strlen(says.why) < sizeof(says.why));
	for (const char *at = says.why; *at; at++)
		MUST(*at >= ' ' && *at <= '~');
}

/* As a raw socket has them, and one of our own requests turned into a reply. */
static void take_ping(struct input *in, bool six)
{
	const struct ping_of asked = { .secret = UINT64_C(0x7365637265742121),
				       .number = 7,
				       .generation = 9 };
	const size_t header = six ? 0 : 20;
	uint8_t *bytes = malloc(header + PING_LENGTH + in->length);
	struct ping_of is = { 0 };
	bool ours = in->length <= PING_LENGTH;

	MUST(bytes);
	if (ours) { /* the input changes it */
		memset(bytes, 0, header);
		bytes[0] = 0x45;
		ping_request(six, 0x1234, &asked, bytes + header);
		bytes[header] = six ? 129 : 0;
		for (size_t n = 0; n < in->length; n++)
			bytes[header + n] ^= in->bytes[n];
	} else {
		memcpy(bytes, in->bytes, in->length);
	}
	if (!ping_reply(six, 0x1234, bytes,
			ours ? header + PING_LENGTH : in->length, &is))
		MUST(is.secret == 0 && !(ours && in->length == 0));
	else if (ours && in->length == 0)
		MUST(memcmp(&is, &asked, sizeof(is)) == 0);
	free(bytes);
}

/* Names of a configuration, and digits of it, may be long too. */
static void take_words(struct input *in)
{
	uint8_t question[DNS_QUESTION_MOST], bytes[16];
	char *text = malloc(in->length + 1);
	size_t length;

	MUST(text);
	memcpy(text, in->bytes, in->length);
	text[in->length] = '\0';
	length = dns_question(text, 1, question);
	MUST(length <= sizeof(question));
	length = hex_bytes(text, bytes, sizeof(bytes));
	MUST(length <= sizeof(bytes));
	MUST(hex_matches(text, bytes, length) || strlen(text) / 2 > length);
	free(text);
}

#define PINGS 254

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	if (size < 2 || http_answer_load() || http2_load())
		return 0;
	in = (struct input){ data + 2, size - 2, data[1] ? data[1] : 65536 };
	/* Later ones have numbers of their own: the corpus stays. */
	if (data[0] >= PINGS) {
		take_ping(&in, data[0] & 1);
		return 0;
	}
	switch (data[0] % 9) {
	case 0:
		take_http(&in, false, false);
		break;
	case 1:
		take_http(&in, true, false);
		break;
	case 2:
		take_http(&in, false, true);
		break;
	case 3:
		take_dns(&in);
		break;
	case 4:
		take_lines(&in, take_reply);
		break;
	case 5:
		take_lines(&in, take_agent);
		break;
	case 7:
		take_http2(&in);
		break;
	case 8:
		take_grpc(&in);
		break;
	default:
		take_words(&in);
	}
	return 0;
}
