/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS_CHECK: a name server answers a question, without an error. Whether there
 * are records in the answer does not count, as with keepalived.
 *
 * All ask by a few sockets, so the id of a question says whose an answer is:
 * no two that are under way have the same.
 */
#include "checker/checker_state.h"
#include "checker/datagrams.h"
#include "checker/dns_message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

/* Other answers that are passed over in one round: late ones, or forged. */
#define OTHERS_MOST 16

/* Ids that are tried until one is free. */
#define IDS_MOST 64
#define IDS      65536

struct round {
	size_t length;
	unsigned others;
	uint16_t id;
	bool has_id;
	uint8_t question[DNS_QUESTION_MOST];
};

/* Nobody else can know it. False: too many are under way. */
static bool take_id(struct check *c)
{
	struct round *r = c->round;
	uint32_t *ids = c->of->dns_ids;

	for (unsigned n = 0; n < IDS_MOST; n++) {
		if (getrandom(&r->id, sizeof(r->id), 0) != sizeof(r->id))
			return false;
		if (ids[r->id])
			continue;
		ids[r->id] = c->number + 1;
		r->has_id = true;
		return true;
	}
	return false;
}

static void start(struct check *c, tick_t now)
{
	const struct conf_dns *dns = &c->conf->dns;
	struct round *r = c->round;

	r->others = 0;
	r->has_id = false;
	r->length = dns_question(dns->name ? dns->name : ".", dns->type,
				 r->question);
	if (r->length == 0)
		round_error(c, LEDGER_CHECK_LOCAL, "name", EINVAL, now);
	else if (!datagrams_can_send(c, now))
		return;
	else if (!take_id(c))
		round_local(c, EAGAIN, "too many questions at once", now);
	else {
		dns_set_id(r->question, r->id);
		datagrams_send(c, r->question, r->length);
	}
}

static void done(struct check *c, struct verdict *v)
{
	struct round *r = c->round;

	(void)v;
	if (r && r->has_id)
		c->of->dns_ids[r->id] = 0;
}

static void judge(struct check *c, const uint8_t *bytes, size_t length,
		  tick_t now)
{
	struct round *r = c->round;
	unsigned rcode = 0;
	char words[LEDGER_CHECK_WORDS];

	switch (dns_answer(bytes, length, r->question, r->length, &rcode)) {
	case DNS_ANSWERS:
		round_good(c, LEDGER_CHECK_L7OK, 0, "answered", now);
		break;
	case DNS_REFUSES:
		snprintf(words, sizeof(words), "answer: %s",
			 dns_rcode_name(rcode));
		round_bad(c, LEDGER_CHECK_L7STS, (int32_t)rcode, words, now);
		break;
	case DNS_MALFORMED:
		round_bad(c, LEDGER_CHECK_L7RSP, 0, "answer: malformed", now);
		break;
	case DNS_OTHER:
		if (++r->others > OTHERS_MOST)
			round_bad(c, LEDGER_CHECK_L7RSP, 0,
				  "answers to other questions", now);
		break;
	}
}

static struct check *owner(struct checker *k, const struct datagram *d)
{
	uint32_t number;
	struct check *c;

	if (d->length < 2)
		return NULL;
	number = k->dns_ids[d->bytes[0] << 8 | d->bytes[1]];
	c = number > 0 ? &k->checks[number - 1] : NULL;
	return c && datagram_is_for(c, d) ? c : NULL;
}

static void take(struct check *c, const struct datagram *d, tick_t now)
{
	judge(c, d->bytes, d->length, now);
}

static const struct datagram_way way = {
	.socket = { .type = SOCK_DGRAM, .errors = true },
	.answer = "answer",
	.numbers = true,
	.owner = owner,
	.take = take,
};

static void join(struct check *c)
{
	struct checker *k = c->of;

	if (!k->dns_ids)
		k->dns_ids = calloc(IDS, sizeof(*k->dns_ids));
	c->source = k->dns_ids ? datagrams_join(c, &way) : -ENOMEM;
}

/* It has no descriptor of its own. */
static void ready(struct check *c, uint32_t events, tick_t now)
{
	(void)c;
	(void)events;
	(void)now;
}

static void expired(struct check *c, tick_t now)
{
	round_bad(c, LEDGER_CHECK_L7TOUT, 0, "no answer in time", now);
}

const struct kind kind_dns = {
	.name = "DNS_CHECK",
	.round = sizeof(struct round),
	.phases = 1,
	.join = join,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
};
