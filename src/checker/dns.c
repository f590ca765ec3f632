/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DNS_CHECK: a name server answers a question, without an error. Whether there
 * are records in the answer does not count, as with keepalived.
 */
#include "checker/dns_message.h"
#include "checker/kind.h"
#include "checker/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>

/* Other answers that are passed over in one round: late ones, or forged. */
#define OTHERS_MOST 16

struct round {
	size_t length;
	unsigned others;
	uint8_t question[DNS_QUESTION_MOST];
};

static void start(struct check *c, tick_t now)
{
	const struct conf_dns *dns = &c->conf->dns;
	struct round *r = c->round;
	uint16_t id = 0;
	int fd, error;

	r->others = 0;
	r->length = dns_question(dns->name ? dns->name : ".", dns->type,
				 r->question);
	if (r->length == 0) {
		round_error(c, LEDGER_CHECK_LOCAL, "name", EINVAL, now);
		return;
	}
	/* Nobody else can know it. */
	if (getrandom(&id, sizeof(id), 0) == sizeof(id))
		dns_set_id(r->question, id);
	error = target_datagrams(&c->to, &fd);
	if (!error)
		error = round_watch(c, fd, EPOLLIN);
	if (!error && send(c->fd, r->question, r->length, MSG_NOSIGNAL) < 0)
		error = -errno;
	if (error)
		round_error(c, LEDGER_CHECK_L4CON, "send", -error, now);
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

static void ready(struct check *c, uint32_t events, tick_t now)
{
	uint8_t *bytes = (uint8_t *)round_scratch(c);
	ssize_t length = recv(c->fd, bytes, ROUND_SCRATCH, MSG_DONTWAIT);

	(void)events;
	if (length >= 0)
		judge(c, bytes, (size_t)length, now);
	else if (errno != EAGAIN)
		round_error(c, LEDGER_CHECK_L4CON, "answer", errno, now);
}

static void expired(struct check *c, tick_t now)
{
	round_bad(c, LEDGER_CHECK_L7TOUT, 0, "no answer in time", now);
}

const struct kind kind_dns = {
	.name = "DNS_CHECK",
	.round = sizeof(struct round),
	.phases = 1,
	.start = start,
	.ready = ready,
	.expired = expired,
};
