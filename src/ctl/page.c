/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How pages are handed out in pieces, and how they walk the ring. */
#include "ctl/page.h"

#include "ctl/growing.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

/* Pieces are gathered until there are so many bytes. */
#define PAGE_GATHER 4096

/*
 * An event has its number before it is written. A writer that takes longer
 * than this has died, and the event is lost.
 */
#define PAGE_STUCK_MAX (200 * TICK_MILLISECOND)

struct page *page_new(struct ledger *ledger,
		      enum page_progress (*piece)(struct page *))
{
	struct page *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->ledger = ledger;
	page->text = growing_text();
	page->piece = piece;
	page->only = LEDGER_NO_INSTANCE;
	json_begin(&page->json, &page->text);
	return page;
}

void page_free(struct page *page)
{
	if (!page)
		return;
	growing_free(&page->text);
	free(page);
}

static enum page_progress gather(struct page *page)
{
	enum page_progress progress = PAGE_MORE;

	text_clear(&page->text);
	page->taken = 0;
	while (progress == PAGE_MORE && page->text.length < PAGE_GATHER)
		progress = page->piece(page);
	return progress;
}

ssize_t page_fill(struct page *page, char *bytes, size_t room)
{
	size_t left = page->text.length - page->taken;

	if (left == 0 && !page->ended) {
		page->ended = gather(page) == PAGE_END;
		left = page->text.length;
	}
	if (page->text.cut)
		return PAGE_FILL_FAILED;
	if (left == 0)
		return page->ended ? PAGE_FILL_END : 0;
	if (left > room)
		left = room;
	memcpy(bytes, page->text.bytes + page->taken, left);
	page->taken += left;
	return (ssize_t)left;
}

/* Whether an event that cannot be read is still being written. */
static bool is_coming(struct page *page)
{
	tick_t time = clock_now();

	if (page->stuck == 0)
		page->stuck = time;
	return time - page->stuck < PAGE_STUCK_MAX;
}

enum page_progress page_next_event(struct page *page,
				   struct ledger_event *event, uint64_t *lost)
{
	uint64_t newest = ledger_newest(page->ledger);
	uint64_t oldest =
		newest >= LEDGER_EVENTS ? newest - LEDGER_EVENTS + 1 : 1;

	*lost = 0;
	event->number = 0;
	if (page->number > page->until)
		return PAGE_END;
	if (page->number > newest)
		return PAGE_WAIT;
	if (page->number < oldest) {
		*lost = oldest - page->number;
		page->number = oldest;
		return PAGE_MORE;
	}
	if (!ledger_read_event(page->ledger, page->number, event)) {
		event->number = 0;
		if (page->until == UINT64_MAX && is_coming(page))
			return PAGE_WAIT;
		*lost = 1;
	}
	page->stuck = 0;
	page->number++;
	return PAGE_MORE;
}

void page_beat(struct json *j, const struct ledger *l, enum ledger_book book)
{
	uint64_t beat = ledger_beat(l, book);

	if (beat > LEDGER_YIELDED)
		json_ms(j, "heartbeat_age_ms",
			tick_since((tick_t)beat, clock_now()));
	else
		json_no_value(j, "heartbeat_age_ms");
}
