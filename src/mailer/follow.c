/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From changes to mail that waits. First the mail is put into the queue, then
 * it is noted that this change has been looked at; whoever begins after a death
 * in between sees in the queue that it has.
 */
#include "mailer/mailer_state.h"

#include "mailer/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct mailer *m, struct followed *f, uint64_t number)
{
	const struct ledger_told told = { .states = number };

	f->told = number;
	ledger_note_told(m->ledger, LEDGER_TELLS_MAIL, f->follower, &told);
}

/* One mail a state; another one in between counts as a state too. */
static bool is_news(struct mailer *m, const struct followed *f,
		    const struct ledger_change *change)
{
	struct ledger_mailed *mailed = ledger_mailed_at(m->ledger, f->follower);
	uint32_t state = (uint32_t)change->to + 1;

	if (change->kind == LEDGER_CHANGE_STATE &&
	    (change->to == VRRP_INIT || mailed->last == state))
		return false;
	mailed->last = state;
	return true;
}

static void look_at(struct mailer *m, struct followed *f,
		    const struct ledger_change *change)
{
	enum ledger_mail_what what =
		message_what(change, m->model->global.mail.no_faults);
	struct ledger_mail mail = {
		.number = change->number,
		.time_real = change->time_real,
		.what = (uint8_t)what,
	};
	struct ledger_mail lost;

	if (is_news(m, f, change) && what != LEDGER_MAIL_NONE) {
		snprintf(mail.name, sizeof(mail.name), "%s", f->name);
		if (queue_add(m->ledger, &mail, deliver_is_busy, m, &lost))
			deliver_lost(m, &lost);
	}
	note(m, f, change->number);
}

static void look(struct mailer *m, struct followed *f)
{
	struct ledger_changes c;

	if (!ledger_read_changes(m->ledger, f->follower, &c)) {
		m->look_again = true;
		return;
	}
	if (f->told < c.told[LEDGER_TELLS_MAIL].states)
		f->told = c.told[LEDGER_TELLS_MAIL].states;
	/* Those that are no longer kept are lost. */
	if (c.ready > f->told && c.ready - f->told > LEDGER_CHANGES_KEPT)
		f->told = c.ready - LEDGER_CHANGES_KEPT;
	while (f->told < c.ready) {
		const struct ledger_change *change =
			&c.last[(f->told + 1) % LEDGER_CHANGES_KEPT];

		if (change->number == f->told + 1)
			look_at(m, f, change);
		else
			f->told++;
	}
}

void follow_look(struct mailer *m)
{
	/* Until then nothing that was known before is in this ledger. */
	m->look_again = !ledger_server(m->ledger)->adopted;
	for (uint32_t n = 0; n < m->followed_count && !m->look_again; n++)
		look(m, &m->followed[n]);
}

/* The process before may have died between the two steps of look_at(). */
static void recover(struct mailer *m)
{
	uint32_t newest = queue_newest(m->ledger);
	struct ledger_mail mail;

	if (newest == QUEUE_NONE || !ledger_read_mail(m->ledger, newest, &mail))
		return;
	for (uint32_t n = 0; n < m->followed_count; n++) {
		struct followed *f = &m->followed[n];

		if (!mail.of_group && f->told < mail.number &&
		    strcmp(f->name, mail.name) == 0)
			note(m, f, mail.number);
	}
}

int follow_setup(struct mailer *m)
{
	uint32_t count = ledger_followers(m->ledger);

	m->followed = calloc(count + 1, sizeof(*m->followed));
	if (!m->followed)
		return -ENOMEM;
	for (uint32_t n = 0; n < m->model->instance_count; n++) {
		const struct conf_instance *i = &m->model->instances[n];
		struct ledger_configured is;

		ledger_copy_configured(m->ledger, n, &is);
		if (!conf_is_mailed(m->model, i) || is.follower == 0 ||
		    is.follower > count || m->followed_count == count)
			continue;
		m->followed[m->followed_count++] = (struct followed){
			.name = i->name,
			.follower = is.follower - 1,
			.told = ledger_told(m->ledger, LEDGER_TELLS_MAIL,
					    is.follower - 1)
					.states,
		};
	}
	recover(m);
	return 0;
}
