/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail of virtual and real servers, from the news of the process `lvs`
 * (ledger/news.h): of a real server unless smtp_alert says no, of a quorum if
 * it says so. Subjects and bodies are those of keepalived.
 */
#include "mailer/mailer_state.h"

#include "conf/model/tracked_servers.h"
#include "ledger/news.h"
#include "mailer/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is written at the server, else for all, else `otherwise`. */
static bool is_mailed(const struct mailer *m, int8_t alert, bool otherwise)
{
	if (alert == CONF_UNSAID)
		alert = m->model->global.lvs.alert;
	return conf_is_mailed(m->model,
			      alert == CONF_UNSAID ? otherwise : alert == 1);
}

bool servers_are_mailed(const struct conf_model *model)
{
	const struct mailer m = { .model = model };

	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[v];

		if (is_mailed(&m, vs->smtp_alert, false))
			return true;
		for (uint32_t n = 0; n < vs->server_count; n++)
			if (is_mailed(&m, vs->servers[n].smtp_alert, true))
				return true;
	}
	return false;
}

static const struct conf_virtual_server *find(const struct mailer *m,
					      uint64_t key)
{
	for (uint32_t n = 0; n < m->model->virtual_server_count; n++)
		if (m->server_keys[n] == key)
			return &m->model->virtual_servers[n];
	return NULL;
}

/* One that is in no file any more is mailed as if nothing had been said. */
static bool server_is_mailed(const struct mailer *m,
			     const struct conf_virtual_server *vs,
			     const struct ledger_news *n)
{
	int8_t alert = CONF_UNSAID;

	for (uint32_t k = 0; vs && k < vs->server_count; k++)
		if (vs->servers[k].port == n->port &&
		    ip_equal(&vs->servers[k].address, &n->address))
			alert = vs->servers[k].smtp_alert;
	return is_mailed(m, alert, true);
}

static bool wants(const struct mailer *m, const struct conf_virtual_server *vs,
		  const struct ledger_news *n)
{
	if (!ledger_news_is_told(n) || n->flags & LEDGER_NEWS_STOP)
		return false;
	if (ledger_news_is_of_quorum(n))
		return vs && is_mailed(m, vs->smtp_alert, false);
	/* That one is up from the beginning is no news. */
	if (n->flags & LEDGER_NEWS_START && ledger_news_is_up(n))
		return false;
	return server_is_mailed(m, vs, n);
}

/* The sum is that of the bound which was passed: at a loss quorum - hysteresis,
 * with a plus before it as in keepalived's mails. */
static void put_quorum(char text[LEDGER_MAIL_TEXT],
		       const struct conf_virtual_server *vs,
		       const struct ledger_news *n)
{
	bool start = n->flags & LEDGER_NEWS_START, up = ledger_news_is_up(n);
	long long bound = (long long)vs->quorum +
			  (up || start ? 1 : -1) * (long long)vs->hysteresis;

	snprintf(text, LEDGER_MAIL_TEXT, "%s quorum%s %u+%u=%lld <= %lld",
		 start ? "Starting with"
		 : up  ? "Gained"
		       : "Lost",
		 !start ? ""
		 : up   ? " up"
			: " down",
		 vs->quorum, vs->hysteresis, bound, (long long)n->weight);
}

static void put_server(char text[LEDGER_MAIL_TEXT], const struct ledger_news *n)
{
	static const char *const kinds[CONF_CHECK_KINDS] = {
		[CONF_CHECK_TCP] = "TCP ",   [CONF_CHECK_MISC] = "MISC ",
		[CONF_CHECK_PING] = "ICMP ", [CONF_CHECK_UDP] = "UDP ",
		[CONF_CHECK_DNS] = "DNS ",
	};
	const char *kind = n->kind > 0 ? kinds[n->kind - 1] : NULL;
	bool misc = n->kind == CONF_CHECK_MISC + 1;

	if (n->flags & LEDGER_NEWS_REMOVED)
		snprintf(text, LEDGER_MAIL_TEXT, "Removing");
	else if (ledger_news_is_up(n))
		snprintf(text, LEDGER_MAIL_TEXT, "%sCHECK %s on service",
			 kind ? kind : "", misc ? "succeeded" : "succeed");
	else
		snprintf(text, LEDGER_MAIL_TEXT,
			 "%sCHECK failed on service%s%s", kind ? kind : "",
			 kind || !n->words[0] ? "" : " : ",
			 kind ? "" : n->words);
}

static void add(struct mailer *m, const struct conf_virtual_server *vs,
		const struct ledger_news *n)
{
	struct ledger_mail mail = {
		.number = n->order,
		.time_real = n->time_real,
		.what = ledger_news_is_up(n) ? LEDGER_MAIL_UP
					     : LEDGER_MAIL_DOWN,
	}, lost;

	snprintf(mail.name, sizeof(mail.name), "%.*s",
		 (int)sizeof(mail.name) - 1, n->name);
	if (ledger_news_is_of_quorum(n)) {
		put_quorum(mail.text, vs, n);
	} else {
		ledger_news_server(n, mail.server);
		put_server(mail.text, n);
	}
	if (queue_add(m->ledger, &mail, deliver_is_busy, m, &lost))
		deliver_lost(m, &lost);
}

/* The process before may have died between the mail and its note of that. */
static bool is_queued(const struct mailer *m, uint64_t order)
{
	uint32_t newest = queue_newest(m->ledger);
	struct ledger_mail mail;

	return newest != QUEUE_NONE &&
	       ledger_read_mail(m->ledger, newest, &mail) &&
	       mail.what >= LEDGER_MAIL_UP && mail.number == order;
}

/* What is seen is lost once. */
static void note_seen(struct mailer *m, uint64_t seen, uint64_t *lost)
{
	if (*lost > 0)
		queue_count_dropped(m->ledger, *lost);
	*lost = 0;
	__atomic_store_n(&ledger_mailer(m->ledger)->servers, seen,
			 __ATOMIC_RELEASE);
}

void servers_mail(struct mailer *m)
{
	struct ledger_mailer *book = ledger_mailer(m->ledger);
	uint64_t seen = book->servers, lost = 0;
	struct ledger_news n;

	if (!m->server_keys)
		return;
	/* What comes meanwhile comes with a wake. */
	for (uint32_t k = ledger_news_kept(m->ledger);
	     k > 0 && ledger_news_next(m->ledger, &seen, &n, &lost); k--) {
		const struct conf_virtual_server *vs = find(m, n.key);

		if (wants(m, vs, &n) && !is_queued(m, n.order))
			add(m, vs, &n);
		note_seen(m, seen, &lost);
	}
	note_seen(m, seen, &lost); /* also if the last of them were lost */
}

/* Who begins to mail of them does so with what comes from now on. */
int servers_mail_setup(struct mailer *m)
{
	struct ledger_mailer *book = ledger_mailer(m->ledger);
	uint32_t count = m->model->virtual_server_count;

	if (!servers_are_mailed(m->model))
		return 0;
	m->server_keys = calloc(count + 1, sizeof(*m->server_keys));
	if (!m->server_keys)
		return -ENOMEM;
	for (uint32_t n = 0; n < count; n++)
		m->server_keys[n] = conf_server_key(m->model, n);
	if (!book->mails_servers && m->ledger->reloads > 0)
		book->servers = ledger_news_newest(m->ledger);
	book->mails_servers = 1;
	return 0;
}
