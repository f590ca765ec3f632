/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has become of virtual and real servers: a ring that the process `lvs`
 * writes, in the order in which things happen. Who tells of it (scripts, FIFOs,
 * mail, the log) follows at its own pace, and keeps in a book of its own how
 * far it came, so nothing is told twice or forgotten when one of them dies.
 *
 * An entry says itself whom it is of, so it outlives a reload: the virtual
 * server by conf_server_key(), the real server by its address and port.
 */
#pragma once

#include "ledger/news_entry.h"
#include "ledger/sections.h"

#include <stdbool.h>
#include <stdint.h>

/* How many are kept of a configuration with so many servers of both kinds. */
uint32_t ledger_news_room(uint64_t servers);

/* How many this ledger keeps; 0: none. */
uint32_t ledger_news_kept(const struct ledger *l);

/* For `lvs`: the next one, and that all that were added may be read. */
void ledger_news_add(struct ledger *l, const struct ledger_news *news);
void ledger_news_publish(struct ledger *l);

/* The order of the newest that may be read; 0: there is none. */
uint64_t ledger_news_newest(const struct ledger *l);

/*
 * The next one after `*seen`, which is moved on to it. False: there is none.
 * Those that are no longer kept, or say what cannot be, are added to `lost`.
 */
bool ledger_news_next(const struct ledger *l, uint64_t *seen,
		      struct ledger_news *copy, uint64_t *lost);

/* The one of that order; false: it is not kept, or says what cannot be. */
bool ledger_news_read(const struct ledger *l, uint64_t order,
		      struct ledger_news *copy);

/* For the keeper (ledger_inherit_lvs()): those of another ledger. */
void ledger_news_inherit(struct ledger *l, const struct ledger *before);

static inline bool ledger_news_is_of_quorum(const struct ledger_news *n)
{
	return n->what == LEDGER_NEWS_QUORUM_UP ||
	       n->what == LEDGER_NEWS_QUORUM_DOWN;
}

static inline bool ledger_news_is_of_server(const struct ledger_news *n)
{
	return n->what == LEDGER_NEWS_SERVER_UP ||
	       n->what == LEDGER_NEWS_SERVER_DOWN;
}

/* What users' scripts, FIFOs and mails are told. */
static inline bool ledger_news_is_told(const struct ledger_news *n)
{
	return ledger_news_is_of_quorum(n) || ledger_news_is_of_server(n);
}

static inline bool ledger_news_is_up(const struct ledger_news *n)
{
	return n->what == LEDGER_NEWS_SERVER_UP ||
	       n->what == LEDGER_NEWS_QUORUM_UP;
}

/* The real server as keepalived calls it: "[192.0.2.1]:tcp:80". */
#define LEDGER_NEWS_SERVER 64
const char *ledger_news_server(const struct ledger_news *n,
			       char text[LEDGER_NEWS_SERVER]);
