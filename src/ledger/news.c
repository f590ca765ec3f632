/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/news.h"

#include "base/must.h"
#include "base/text.h"
#include "conf/model/check_kinds.h"
#include "ledger/copy.h"
#include "ledger/server_name.h"
#include "ledger/table.h"

#include <stdio.h>
#include <string.h>

/* Each server may change twice before the first change is overwritten. */
#define EACH 2
#define MORE 256
#define MOST (1u << 18)

/* A number that counting has brought about. */
#define BELIEVED (UINT64_C(1) << 62)

uint32_t ledger_news_room(uint64_t servers)
{
	uint64_t room = servers > 0 ? EACH * servers + MORE : 0;

	return room < MOST ? (uint32_t)room : MOST;
}

static struct ledger_lvs *book_of(const struct ledger *l)
{
	return section_record(l, LEDGER_LVS, 0);
}

static uint32_t room_of(const struct ledger *l)
{
	return section_of(l, LEDGER_NEWS)->count;
}

uint32_t ledger_news_kept(const struct ledger *l)
{
	return room_of(l);
}

static struct ledger_news *slot_of(const struct ledger *l, uint64_t order)
{
	return section_record(l, LEDGER_NEWS, (uint32_t)(order % room_of(l)));
}

static void put(struct ledger *l, const struct ledger_news *news)
{
	struct ledger_news *to = slot_of(l, news->order);

	MUST(section_of(l, LEDGER_NEWS)->stride >= sizeof(*to));
	/* Who reads the one before sees that it goes. */
	__atomic_store_n(&to->order, 0, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy((char *)to + sizeof(to->order),
	       (const char *)news + sizeof(news->order),
	       sizeof(*news) - sizeof(news->order));
	__atomic_store_n(&to->order, news->order, __ATOMIC_RELEASE);
}

void ledger_news_add(struct ledger *l, const struct ledger_news *news)
{
	struct ledger_news filled = *news;

	if (room_of(l) == 0)
		return;
	filled.order = ++book_of(l)->news_added;
	put(l, &filled);
}

void ledger_news_publish(struct ledger *l)
{
	__atomic_store_n(&book_of(l)->news, book_of(l)->news_added,
			 __ATOMIC_RELEASE);
}

uint64_t ledger_news_newest(const struct ledger *l)
{
	uint64_t newest;

	if (section_of(l, LEDGER_LVS)->count == 0 || room_of(l) == 0)
		return 0;
	newest = __atomic_load_n(&book_of(l)->news, __ATOMIC_ACQUIRE);
	return newest <= BELIEVED ? newest : 0;
}

/* Names may have any letters, but a line of a log or FIFO is one line. */
static void make_one_line(char *name, size_t size)
{
	name[size - 1] = '\0';
	for (char *at = name; *at; at++)
		*at = (unsigned char)*at < ' ' ? '?' : *at;
}

bool ledger_news_read(const struct ledger *l, uint64_t order,
		      struct ledger_news *copy)
{
	const struct ledger_news *slot;
	struct part part;

	if (order == 0 || order > ledger_news_newest(l))
		return false;
	slot = slot_of(l, order);
	if (__atomic_load_n(&slot->order, __ATOMIC_ACQUIRE) != order)
		return false;
	part = part_of(l, LEDGER_NEWS, (uint32_t)(order % room_of(l)), copy,
		       sizeof(*copy));
	part_copy(&part);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (__atomic_load_n(&slot->order, __ATOMIC_RELAXED) != order ||
	    copy->what == LEDGER_NEWS_NONE || copy->what >= LEDGER_NEWS_WHATS)
		return false;
	copy->order = order;
	if (ip_size(copy->address.family) == 0)
		copy->address = (struct ip){ .family = IP_NONE };
	if (copy->kind > CONF_CHECK_KINDS)
		copy->kind = 0;
	make_one_line(copy->name, sizeof(copy->name));
	text_make_printable(copy->words, sizeof(copy->words));
	/* A server is one, and a quorum has none. */
	return ledger_news_is_of_quorum(copy) ||
	       !ledger_news_is_of_server(copy) ||
	       copy->address.family != IP_NONE;
}

bool ledger_news_next(const struct ledger *l, uint64_t *seen,
		      struct ledger_news *copy, uint64_t *lost)
{
	uint64_t newest = ledger_news_newest(l);

	if (newest > *seen && newest - *seen > room_of(l)) {
		*lost += newest - *seen - room_of(l);
		*seen = newest - room_of(l);
	}
	while (*seen < newest) {
		++*seen;
		if (ledger_news_read(l, *seen, copy))
			return true;
		++*lost;
	}
	return false;
}

void ledger_news_inherit(struct ledger *l, const struct ledger *before)
{
	uint64_t newest = ledger_news_newest(before);
	uint64_t kept =
		room_of(before) < room_of(l) ? room_of(before) : room_of(l);
	struct ledger_news copy;

	for (uint64_t n = newest > kept ? newest - kept + 1 : 1; n <= newest;
	     n++)
		if (ledger_news_read(before, n, &copy))
			put(l, &copy);
	book_of(l)->news_added = newest;
	ledger_news_publish(l);
}

static const char *protocol_name(uint8_t protocol)
{
	const char *name = server_protocol(protocol);

	return name[0] ? name : "none"; /* of a mark */
}

const char *ledger_news_server(const struct ledger_news *n,
			       char text[LEDGER_NEWS_SERVER])
{
	char ip[IP_TEXT_MAX] = "";

	if (n->address.family != IP_NONE)
		ip_format(&n->address, ip);
	snprintf(text, LEDGER_NEWS_SERVER, "[%s]:%s:%u", ip,
		 protocol_name(n->protocol), n->port);
	return text;
}
