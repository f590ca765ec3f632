/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the core tells of virtual and real servers becomes news in the ledger
 * (ledger/news.h), for those who pass it on: users' scripts, FIFOs, mail, the
 * log. Others may read it at the end of the turn, when the kernel's table was
 * changed; then the records of servers are written, which say that it was told.
 */
#include "director/director_state.h"

#include "base/must.h"
#include "conf/model/tracked_servers.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t what_of(enum lvs_told_what what)
{
	switch (what) {
	case LVS_TOLD_SERVER_UP:
		return LEDGER_NEWS_SERVER_UP;
	case LVS_TOLD_SERVER_DOWN:
		return LEDGER_NEWS_SERVER_DOWN;
	case LVS_TOLD_QUORUM_UP:
		return LEDGER_NEWS_QUORUM_UP;
	case LVS_TOLD_QUORUM_DOWN:
		return LEDGER_NEWS_QUORUM_DOWN;
	case LVS_TOLD_PANIC:
		return LEDGER_NEWS_PANIC;
	case LVS_TOLD_PANIC_OVER:
		return LEDGER_NEWS_PANIC_OVER;
	case LVS_TOLD_DRAINED:
		return LEDGER_NEWS_DRAINED;
	case LVS_TOLD_DRAIN_LATE:
		return LEDGER_NEWS_DRAIN_LATE;
	case LVS_TOLD_WHATS:
		break;
	}
	UNREACHABLE();
}

/* A check of the server that has failed, or LVS_NONE. */
static uint32_t failed_check(const struct director *d, uint32_t server)
{
	const struct lvs_server_config *s = &d->servers[server];
	struct ledger_check is;

	for (uint32_t n = 0; n < s->follow_count; n++) {
		uint32_t check = s->follows[n].check;

		if (check < ledger_checks(d->ledger) &&
		    ledger_read_check(d->ledger, check, &is) &&
		    is.state == LEDGER_CHECK_FAILED)
			return check;
	}
	return LVS_NONE;
}

/* The words of the check by which it has changed. */
static void add_cause(const struct director *d, const struct lvs_told *told,
		      struct ledger_news *news)
{
	uint32_t check = d->judged;
	struct ledger_checked checked;
	struct ledger_check is;

	if (told->server == LVS_NONE || !ledger_news_is_of_server(news) ||
	    news->flags & LEDGER_NEWS_STOP)
		return;
	if (check == LVS_NONE && !ledger_news_is_up(news))
		check = failed_check(d, told->server);
	if (check >= ledger_checks(d->ledger) ||
	    !ledger_read_check(d->ledger, check, &is))
		return;
	ledger_copy_checked(d->ledger, check, &checked);
	news->kind = (uint8_t)(checked.kind + 1);
	memcpy(news->words, is.words, sizeof(news->words));
}

static void name_one(const struct director *d, uint32_t number)
{
	const struct conf_virtual_server *vs =
		&d->model->virtual_servers[number];
	char *name = d->names[number], text[CONF_SERVER_NAME_SIZE];

	if (vs->id.by == CONF_BY_GROUP)
		snprintf(name, LEDGER_NEWS_NAME, "[%.64s]:%u", vs->id.group,
			 conf_server_ordinal(d->model, number));
	else
		snprintf(name, LEDGER_NEWS_NAME, "%.79s",
			 conf_server_name(vs, text));
}

uint8_t told_protocol(const struct director *d, uint32_t number)
{
	const struct conf_virtual_server *vs =
		&d->model->virtual_servers[number];

	return vs->id.by == CONF_BY_MARK ? 0 : vs->protocol;
}

static void add(struct director *d, struct ledger_news *news)
{
	news->time_real = clock_real_now();
	ledger_news_add(d->ledger, news);
	d->told = true;
}

void told_add(struct director *d, const struct lvs_told *told)
{
	const struct lvs_service_config *v = &d->services[told->service];
	struct ledger_news news = {
		.key = d->keys[told->service],
		.weight = told->weight,
		.address = told->address,
		.port = told->port,
		.what = what_of(told->what),
		.flags = (uint8_t)((d->beginning ? LEDGER_NEWS_START : 0) |
				   (told->removed ? LEDGER_NEWS_REMOVED : 0) |
				   (d->stopping ? LEDGER_NEWS_STOP : 0)),
	};

	if (ledger_news_is_of_quorum(&news) && v->sorry.family != IP_NONE)
		news.flags |= LEDGER_NEWS_SORRY;
	news.protocol = told_protocol(d, told->service);
	memcpy(news.name, d->names[told->service], sizeof(news.name));
	add_cause(d, told, &news);
	memcpy(d->cause, news.words, sizeof(d->cause));
	add(d, &news);
}

/* Of a virtual server; LVS_NONE: of several, or none. */
static struct ledger_news news_of(const struct director *d, uint32_t number,
				  enum ledger_news_what what, int64_t weight)
{
	struct ledger_news news = { .what = (uint8_t)what, .weight = weight };

	if (number == LVS_NONE)
		return news;
	news.key = d->keys[number];
	news.protocol = told_protocol(d, number);
	memcpy(news.name, d->names[number], sizeof(news.name));
	return news;
}

void told_repaired(struct director *d, uint32_t virtual, uint64_t count)
{
	struct ledger_news news =
		news_of(d, virtual, LEDGER_NEWS_REPAIRED, (int64_t)count);

	add(d, &news);
}

void told_departed(struct director *d, const struct ipvs_key *key,
		   const char *name, enum ledger_news_what what)
{
	struct ledger_news news = news_of(d, LVS_NONE, what, 0);

	news.protocol = key->protocol;
	memcpy(news.name, name, strnlen(name, sizeof(news.name) - 1));
	add(d, &news);
}

void told_of_server(struct director *d, uint32_t server,
		    enum ledger_news_what what, int64_t weight)
{
	const struct lvs_server *s = &d->core.servers[server];
	struct ledger_news news = news_of(d, s->service, what, weight);

	news.address = s->config->address;
	news.port = s->config->port;
	add(d, &news);
}

void told_removed(struct director *d, const struct ledger_lvs_virtual *of,
		  const struct ip *address, uint16_t port)
{
	struct ledger_news news = {
		.key = of->key,
		.what = address ? LEDGER_NEWS_SERVER_DOWN
				: LEDGER_NEWS_QUORUM_DOWN,
		.port = port,
		.flags = LEDGER_NEWS_REMOVED,
		.protocol = (uint8_t)of->protocol,
	};

	if (address)
		news.address = *address;
	memcpy(news.name, of->name, sizeof(news.name));
	add(d, &news);
}

void told_publish(struct director *d)
{
	if (!d->told)
		return;
	d->told = false;
	ledger_news_publish(d->ledger);
	wake_send(d->wake);
}

void told_end(struct director *d)
{
	uint32_t *over = &ledger_lvs(d->ledger)->over;

	told_publish(d);
	if (*over)
		return;
	__atomic_store_n(over, 1, __ATOMIC_RELEASE);
	wake_send(d->wake);
}

void told_noted(struct director *d)
{
	ledger_lvs(d->ledger)->news_noted = ledger_news_newest(d->ledger);
}

/* The process before has died between telling it and its note of that. */
uint8_t told_since(const struct director *d, uint64_t key,
		   const struct ip *address, uint16_t port, uint8_t told)
{
	uint64_t seen = ledger_lvs(d->ledger)->news_noted, lost = 0;
	struct ledger_news news;

	while (ledger_news_next(d->ledger, &seen, &news, &lost)) {
		if (news.key != key ||
		    (address ? !ledger_news_is_of_server(&news) ||
				       news.port != port ||
				       !ip_equal(&news.address, address)
			     : !ledger_news_is_of_quorum(&news)))
			continue;
		told = ledger_news_is_up(&news) ? LVS_HEALTH_UP
						: LVS_HEALTH_DOWN;
	}
	return told;
}

int told_setup(struct director *d)
{
	uint32_t count = d->model->virtual_server_count;
	struct ledger_lvs *book = ledger_lvs(d->ledger);

	d->judged = LVS_NONE;
	d->names = calloc(count + 1, sizeof(*d->names));
	if (!d->names)
		return -ENOMEM;
	for (uint32_t n = 0; n < count; n++)
		name_one(d, n);
	/* What was not published was not told, and will be. */
	book->news_added = ledger_news_newest(d->ledger);
	if (book->news_noted > book->news_added)
		book->news_noted = book->news_added;
	return 0;
}
