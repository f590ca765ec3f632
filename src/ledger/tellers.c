/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/tellers.h"

#include "base/must.h"
#include "ledger/ledger.h"
#include "ledger/news.h"

#include <string.h>

static uint32_t room_of(const struct ledger *l)
{
	return section_of(l, LEDGER_NEWS_TOLD)->count;
}

static struct ledger_news_told *slot_of(const struct ledger *l, uint64_t order)
{
	return section_record(l, LEDGER_NEWS_TOLD,
			      (uint32_t)(order % room_of(l)));
}

struct ledger_news_told ledger_news_told(const struct ledger *l, uint64_t order)
{
	struct ledger_news_told none = { .order = order }, is;

	if (room_of(l) == 0 || section_of(l, LEDGER_NEWS_TOLD)->stride <
				       sizeof(struct ledger_news_told))
		return none;
	is = *slot_of(l, order);
	return is.order == order && is.state <= LEDGER_NEWS_STARTED ? is : none;
}

void ledger_news_note(struct ledger *l, uint64_t order,
		      enum ledger_news_state state, int32_t pid)
{
	struct ledger_news_told *to = slot_of(l, order);

	MUST(section_of(l, LEDGER_NEWS_TOLD)->stride >= sizeof(*to));
	if (to->order > order && state == LEDGER_NEWS_SETTLED)
		return; /* of a newer one, by now */
	to->state = LEDGER_NEWS_SETTLED;
	to->order = order;
	to->pid = pid;
	__atomic_store_n(&to->state, state, __ATOMIC_RELEASE);
}

/* One that did not write there before begins with what comes from now on. */
static void inherit_fifos(struct ledger *l, const struct ledger *before,
			  uint64_t newest)
{
	for (uint32_t n = 0; n < ledger_fifos(l); n++) {
		struct ledger_fifo *to = ledger_fifo_at(l, n), copy;

		to->servers = newest;
		if (n >= ledger_fifos(before) ||
		    strcmp(ledger_fifo_path(l, n),
			   ledger_fifo_path(before, n)) != 0)
			continue;
		(void)ledger_read_fifo(before, n, &copy);
		if (ledger_runner(before)->tells_servers)
			to->servers = copy.servers;
	}
}

/* The news before this is not kept here. */
static uint64_t begin_of(const struct ledger *l, uint64_t newest)
{
	return newest > room_of(l) ? newest - room_of(l) + 1 : 1;
}

/* What waits in the other ledger, and has no place in this one. */
static uint64_t count_dropped(const struct ledger *l,
			      const struct ledger *before, uint64_t newest)
{
	uint64_t count = 0;

	for (uint64_t n = begin_of(before, newest);
	     room_of(l) > 0 && n < begin_of(l, newest); n++)
		count += ledger_news_told(before, n).state == LEDGER_NEWS_WAITS;
	return count;
}

void ledger_inherit_tellers(struct ledger *l, const struct ledger *before)
{
	uint64_t newest = ledger_news_newest(before);
	struct ledger_runner *to;
	const struct ledger_runner *from;

	if (!ledger_has_runner(l) || !ledger_has_runner(before) ||
	    ledger_runner(l)->tellers_begun)
		return;
	to = ledger_runner(l);
	from = ledger_runner(before);
	to->servers = from->tells_servers ? from->servers : newest;
	to->servers_lost =
		from->servers_lost + count_dropped(l, before, newest);
	to->servers_failed = from->servers_failed;
	inherit_fifos(l, before, newest);
	for (uint64_t n = begin_of(l, newest); room_of(l) > 0 && n <= newest;
	     n++) {
		struct ledger_news_told is = ledger_news_told(before, n);

		if (is.state != LEDGER_NEWS_SETTLED)
			ledger_news_note(l, n, (enum ledger_news_state)is.state,
					 is.pid);
	}
}

void ledger_begin_tellers(struct ledger *l)
{
	if (ledger_has_runner(l))
		ledger_runner(l)->tellers_begun = 1;
}
