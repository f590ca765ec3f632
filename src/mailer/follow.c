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
	enum ledger_mail_what what = message_what(
		change, f->deleted, m->model->global.mail.no_faults);
	struct ledger_mail mail = {
		.number = change->number,
		.time_real = change->time_real,
		.what = (uint8_t)what,
		.of_group = f->is_group,
	};
	struct ledger_mail lost;

	if (is_news(m, f, change) && what != LEDGER_MAIL_NONE) {
		snprintf(mail.name, sizeof(mail.name), "%s", f->name);
		if (queue_add(m->ledger, &mail, deliver_is_busy, m, &lost))
			deliver_lost(m, &lost);
	}
	note(m, f, change->number);
}

/* Those that are no longer kept. */
static void lose(struct mailer *m, struct followed *f, uint64_t count)
{
	f->told += count;
	queue_count_dropped(m->ledger, count);
	fprintf(stderr,
		"batond: mail: %llu changes of %s are not sent: they came "
		"while no mail could be written\n",
		(unsigned long long)count, f->name);
}

/*
 * The newest: of which the kernel has done all. At the end one that was removed
 * is told whatever the kernel does.
 */
static uint64_t may_be_told(const struct mailer *m,
			    const struct ledger_changes *c)
{
	const struct ledger_change *newest =
		&c->last[c->count % LEDGER_CHANGES_KEPT];

	return m->stopping && newest->number == c->count &&
			       newest->kind == LEDGER_CHANGE_DELETED
		       ? c->count
		       : c->ready;
}

static void look(struct mailer *m, struct followed *f)
{
	struct ledger_changes c;
	uint64_t until;

	if (!ledger_read_changes(m->ledger, f->follower, &c)) {
		m->look_again = true;
		return;
	}
	if (f->told < c.told[LEDGER_TELLS_MAIL].states)
		f->told = c.told[LEDGER_TELLS_MAIL].states;
	until = may_be_told(m, &c);
	if (until > f->told && until - f->told > LEDGER_CHANGES_KEPT)
		lose(m, f, until - f->told - LEDGER_CHANGES_KEPT);
	while (f->told < until) {
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

		if (mail.of_group == f->is_group && f->told < mail.number &&
		    strcmp(f->name, mail.name) == 0)
			note(m, f, mail.number);
	}
}

/* `follower` as the ledger has it; 0: nobody keeps its changes. */
static void add(struct mailer *m, const char *name, bool is_group,
		const struct conf_notifies *notifies, uint32_t follower)
{
	uint32_t count = ledger_followers(m->ledger);

	if (follower == 0 || follower > count || m->followed_count == count)
		return;
	m->followed[m->followed_count++] = (struct followed){
		.name = name,
		.is_group = is_group,
		.deleted = notifies->on &&
			   notifies->on[CONF_NOTIFY_DELETED].command,
		.follower = follower - 1,
		.told = ledger_told(m->ledger, LEDGER_TELLS_MAIL, follower - 1)
				.states,
	};
}

static void add_instance(struct mailer *m, uint32_t number)
{
	const struct conf_instance *i = &m->model->instances[number];
	struct ledger_configured is;

	ledger_copy_configured(m->ledger, number, &is);
	if (conf_is_mailed(m->model, i->smtp_alert))
		add(m, i->name, false, &i->notifies, is.follower);
}

static void add_group(struct mailer *m, uint32_t number)
{
	const struct conf_sync_group *g = &m->model->groups[number];
	struct ledger_group is;

	ledger_copy_group(m->ledger, number, &is);
	if (conf_is_mailed(m->model, g->smtp_alert))
		add(m, g->name, true, &g->notifies, is.follower);
}

int follow_setup(struct mailer *m)
{
	m->followed =
		calloc(ledger_followers(m->ledger) + 1, sizeof(*m->followed));
	if (!m->followed)
		return -ENOMEM;
	for (uint32_t n = 0; n < m->model->instance_count; n++)
		add_instance(m, n);
	for (uint32_t n = 0;
	     n < m->model->group_count && n < ledger_groups(m->ledger); n++)
		add_group(m, n);
	recover(m);
	return 0;
}
