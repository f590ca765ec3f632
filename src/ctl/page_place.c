/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a reader of /events begins, in both of the rings. */
#include "ctl/page.h"

#include "ledger/news.h"

struct page_place page_place_newest(const struct ledger *l)
{
	return (struct page_place){ ledger_newest(l), ledger_news_newest(l) };
}

/* Of what cannot be read any more nobody knows; it is the oldest. */
static tick_t time_of_event(struct ledger *l, uint64_t number)
{
	struct ledger_event event;

	return number && ledger_read_event(l, number, &event) ? event.time_real
							      : INT64_MIN;
}

static tick_t time_of_news(struct ledger *l, uint64_t order)
{
	struct ledger_news news;

	return ledger_news_read(l, order, &news) ? news.time_real : INT64_MIN;
}

struct page_place page_place_last(struct ledger *l, uint64_t count)
{
	struct page_place at = page_place_newest(l);

	if (count >= LEDGER_EVENTS + (uint64_t)ledger_news_kept(l))
		return (struct page_place){ 0 };
	for (; count > 0 && (at.event > 0 || at.news > 0); count--)
		if (at.event == 0 ||
		    (at.news > 0 &&
		     time_of_event(l, at.event) <= time_of_news(l, at.news)))
			at.news--;
		else
			at.event--;
	return at;
}

struct page_place page_place_at(struct ledger *l, uint64_t event)
{
	struct page_place at = page_place_newest(l);
	uint64_t oldest = at.news > ledger_news_kept(l)
				  ? at.news - ledger_news_kept(l)
				  : 0;
	tick_t time;

	if (event > at.event)
		return at;
	time = time_of_event(l, event);
	while (at.news > oldest && time_of_news(l, at.news) > time)
		at.news--;
	at.event = event;
	return at;
}
