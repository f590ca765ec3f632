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

/* For status: the last failure, or that the last try succeeded. */
static void set_error(struct mailer *m, const char *text, tick_t next_real)
{
	struct ledger_mailer *r = ledger_mailer(m->ledger);

	ledger_begin(&r->sequence);
	snprintf(r->error, sizeof(r->error), "%s", text);
	if (text[0])
		r->error_real = clock_real_now();
	r->next_real = next_real;
	ledger_end(&r->sequence);
}

/* Once for each cause in a row. */
static void say(struct mailer *m, const char *text)
{
	if (strncmp(m->said, text, sizeof(m->said) - 1) == 0)
		return;
	snprintf(m->said, sizeof(m->said), "%s", text);
	fprintf(stderr, "batond: mail: %s %u does not take it: %s\n",
		m->model->global.mail.server.host,
		m->model->global.mail.server.port, text);
}

static void say_never(const struct ledger_mail *mail, const char *why)
{
	fprintf(stderr, "batond: mail: that %s entered %s is not sent: %s\n",
		mail->name, message_state((enum ledger_mail_what)mail->what),
		why);
}

bool deliver_is_busy(void *context, uint32_t place)
{
	const struct mailer *m = context;

	return post_has(m->post, place);
}

void deliver_sent(void *context, uint32_t place)
{
	struct mailer *m = context;

	queue_sent(m->ledger, place);
	retry_succeeded(&m->retry);
	if (m->said[0])
		fprintf(stderr, "batond: mail: it is taken again\n");
	m->said[0] = '\0';
	set_error(m, "", 0);
}

void deliver_lost(struct mailer *m, const struct ledger_mail *mail)
{
	(void)m;
	say_never(mail, "too many wait");
}

void deliver_failed(void *context, uint32_t place, bool for_good,
		    const char *why)
{
	struct mailer *m = context;
	struct ledger_mail mail;
	tick_t now = clock_now();

	if (!ledger_read_mail(m->ledger, place, &mail))
		return;
	if (!for_good)
		retry_failed(&m->retry, now);
	say(m, why);
	set_error(m, why,
		  for_good
			  ? 0
			  : clock_real_now() + tick_until(m->retry.until, now));
	if (!for_good && !queue_is_over(&mail, clock_real_now()))
		return;
	say_never(&mail, for_good ? "it is refused" : "it was tried too often");
	queue_given_up(m->ledger, place);
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
	while (retry_may_send(&m->retry, now, post_busy(m->post))) {
		uint32_t place = queue_next(m->ledger, deliver_is_busy, m);

		if (place == QUEUE_NONE)
			return TICK_NEVER;
		queue_tried(m->ledger, place);
		post_send(m->post, place, write_message);
	}
	/* Else there is room when one of them has ended. */
	return m->retry.pause > 0 && post_busy(m->post) == 0 ? m->retry.until
							     : TICK_NEVER;
}
