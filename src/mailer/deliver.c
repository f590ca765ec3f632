/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail that waits is sent, and what comes of that is noted at once: a mail that
 * a server has taken is not sent again but by a process that died before its
 * note of that, or for a server that never said so. What was not sent is said.
 */
#include "mailer/mailer_state.h"

#include "ledger/copy.h"
#include "mailer/queue.h"
#include "sys/clock.h"

#include <stdio.h>
#include <string.h>

/*
 * For status: the last failure, or that the last try succeeded. For the next
 * process: when the server is asked again.
 */
static void set_error(struct mailer *m, const char *text)
{
	struct ledger_mailer *r = ledger_mailer(m->ledger);
	const struct retry *retry = &m->retry;

	ledger_begin(&r->sequence);
	snprintf(r->error, sizeof(r->error), "%s", text);
	if (text[0])
		r->error_real = clock_real_now();
	r->next_real = retry->pause > 0
			       ? clock_real_now() +
					 tick_until(retry->until, clock_now())
			       : 0;
	r->retry_of = m->server;
	r->retry_pause = retry->pause;
	r->retry_until = retry->until;
	ledger_end(&r->sequence);
}

/* Once for each cause in a row. */
static void say(struct mailer *m, const struct post_outcome *outcome)
{
	if (m->said == outcome->cause)
		return;
	m->said = outcome->cause;
	fprintf(stderr, "batond: mail: %s %u does not take it: %s\n",
		m->model->global.mail.server.host,
		m->model->global.mail.server.port, outcome->why);
}

/* `to`: the bits of those who do not get it. */
static void say_never(const struct mailer *m, const struct ledger_mail *mail,
		      uint64_t to, const char *why)
{
	const struct conf_mail *conf = &m->model->global.mail;
	char bytes[1024];
	struct text names = text_over(bytes, sizeof(bytes));

	for (uint32_t n = 0; n < conf->to_count; n++)
		if (to >> n & 1)
			text_format(&names, "%s%s", names.length ? ", " : "",
				    conf->to[n].is.address);
	fprintf(stderr,
		"batond: mail: that %s entered %s is not sent to %s: "
		"%s\n",
		mail->name, message_state((enum ledger_mail_what)mail->what),
		bytes, why);
}

/* Those that a mail has yet to reach. */
static uint64_t left_of(const struct mailer *m, const struct ledger_mail *mail)
{
	uint64_t all = POST_ALL >> (64 - m->model->global.mail.to_count);

	return mail->reached_of == m->recipients ? all & ~mail->reached : all;
}

bool deliver_is_busy(void *context, uint32_t place)
{
	const struct mailer *m = context;

	return post_has(m->post, place);
}

void deliver_lost(struct mailer *m, const struct ledger_mail *mail)
{
	say_never(m, mail, left_of(m, mail), "too many wait");
}

/* It is not sent to these, and never will be. */
static void give_up(struct mailer *m, const struct ledger_mail *mail,
		    uint64_t to, const struct post_outcome *outcome)
{
	char why[400];
	bool refused = outcome->for_good || to & outcome->never;

	snprintf(why, sizeof(why), "%s: %s",
		 refused ? "it is refused" : "it was tried for six hours",
		 outcome->why);
	say_never(m, mail, to, why);
	queue_count_dropped(m->ledger, 1);
}

/* Some of the recipients may be left. */
static void done_for_some(struct mailer *m, uint32_t place,
			  const struct ledger_mail *mail, uint64_t left,
			  const struct post_outcome *outcome)
{
	uint64_t never = left & outcome->never, later = left & outcome->later;

	if (outcome->taken)
		left = later;
	left &= ~never;
	if (never)
		give_up(m, mail, never, outcome);
	if (left && queue_is_over(mail, clock_real_now())) {
		give_up(m, mail, left, outcome);
		left = 0;
	}
	if (left)
		queue_keep(m->ledger, place, ~left, m->recipients,
			   outcome->taken
				   ? clock_now() + retry_pause(mail->tries)
				   : 0);
	else
		queue_end(m->ledger, place, outcome->taken);
}

static void taken(struct mailer *m, const struct post_outcome *outcome)
{
	retry_succeeded(&m->retry);
	if (m->said)
		fprintf(stderr, "batond: mail: it is taken again\n");
	m->said = 0;
	set_error(m, outcome->later || outcome->never ? outcome->why : "");
}

static void not_taken(struct mailer *m, const struct post_outcome *outcome)
{
	if (!outcome->for_good)
		retry_failed(&m->retry, clock_now());
	say(m, outcome);
	set_error(m, outcome->why);
}

void deliver_done(void *context, uint32_t place,
		  const struct post_outcome *outcome)
{
	struct mailer *m = context;
	struct ledger_mail mail;

	if (outcome->taken)
		taken(m, outcome);
	else
		not_taken(m, outcome);
	if (!ledger_read_mail(m->ledger, place, &mail))
		return;
	if (outcome->for_good) {
		give_up(m, &mail, left_of(m, &mail), outcome);
		queue_end(m->ledger, place, false);
		return;
	}
	done_for_some(m, place, &mail, left_of(m, &mail), outcome);
}

static void write_message(void *context, uint32_t place, struct text *out)
{
	struct mailer *m = context;
	struct ledger_mail mail;

	if (ledger_read_mail(m->ledger, place, &mail))
		message_write(&m->sender, &mail, out);
}

tick_t deliver_turn(struct mailer *m, tick_t now)
{
	tick_t next = TICK_NEVER;

	while (retry_may_send(&m->retry, now, post_busy(m->post))) {
		uint32_t place =
			queue_next(m->ledger, now, deliver_is_busy, m, &next);
		struct ledger_mail mail;

		if (place == QUEUE_NONE)
			return next;
		queue_tried(m->ledger, place);
		(void)ledger_read_mail(m->ledger, place, &mail);
		post_send(m->post, place, left_of(m, &mail), write_message);
	}
	/* Else there is room when one of them has ended. */
	return m->retry.pause > 0 && post_busy(m->post) == 0 ? m->retry.until
							     : TICK_NEVER;
}
