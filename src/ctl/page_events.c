/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /events: what happened, as JSON, once or as it goes on: events, and between
 * them by their time the news of virtual and real servers.
 *
 * The rings of the ledger are the only queues. A reader that is slower than the
 * writer finds its place overwritten and is told how many events it missed.
 */
#include "ctl/page.h"

#include "ledger/news.h"
#include "ledger/trouble.h"
#include "ledger/words.h"
#include "sys/clock.h"

#include <stdio.h>
#include <string.h>

/* What an event of type `note` carries as its value. */
static void note_value(struct json *j, const struct ledger_event *e)
{
	char mac[WORDS_MAC];

	switch (words_value_of((enum vrrp_note)e->code)) {
	case WORDS_VALUE_INTERVAL:
		json_ms(j, "interval_ms", e->value);
		return;
	case WORDS_VALUE_CHECKSUM:
		json_string_of(
			j, "checksum",
			vrrp_checksum_name((enum vrrp_checksum)e->value));
		return;
	case WORDS_VALUE_MAC:
		words_mac((uint64_t)e->value, mac);
		json_string_of(j, "mac", mac);
		return;
	case WORDS_VALUE_NONE:
		return;
	}
}

static void state_event(struct json *j, const struct ledger_event *e)
{
	enum vrrp_cause cause = (enum vrrp_cause)e->code;

	json_string_of(j, "from", vrrp_state_name((enum vrrp_state)e->from));
	json_string_of(j, "to", vrrp_state_name((enum vrrp_state)e->to));
	json_string_of(j, "cause", vrrp_cause_name(cause));
	json_string_of(j, "text", vrrp_cause_text(cause));
	json_ip(j, "peer", &e->peer);
	if (e->peer.family != IP_NONE)
		json_signed(j, "peer_priority", e->value);
}

static void process_event(struct json *j, const struct ledger_event *e,
			  const char *message)
{
	static const char *const value_keys[] = {
		[LEDGER_PROCESS_STARTED] = "pid",
		[LEDGER_PROCESS_EXITED] = "status",
		[LEDGER_PROCESS_KILLED] = "signal",
		[LEDGER_PROCESS_GAVE_UP] = "times",
		[LEDGER_PROCESS_QUARANTINED] = "times",
		[LEDGER_PROCESS_HUNG] = "ms",
		[LEDGER_PROCESS_REPLACED] = "ms",
		[LEDGER_PROCESS_REFUSED] = "errno",
		[LEDGER_PROCESS_RAISED] = "rt_priority",
		[LEDGER_PROCESS_ENDED] = "pid",
	};

	json_string_of(j, "process", e->name);
	json_string_of(
		j, "event",
		ledger_process_event_name((enum ledger_process_event)e->code));
	if (e->code < LEDGER_PROCESS_EVENTS)
		json_signed(j, value_keys[e->code], e->value);
	if (e->code == LEDGER_PROCESS_REFUSED) {
		json_string_of(j, "keyword", ledger_refused_keyword(e->from));
		json_string_of(j, "error", strerror((int)e->value));
		json_string_of(j, "text",
			       ledger_refused_remedy(e->from, e->value));
	} else {
		json_string_of(j, "text", message);
	}
}

static void holding_event(struct json *j, struct ledger *l,
			  const struct ledger_event *e)
{
	int error = ledger_value_error(e->value);

	if (e->code == 0)
		json_ip(j, "address", &e->peer);
	else
		page_holding_key(j, l, e->code, &e->peer, e->prefix,
				 ledger_value_number(e->value));
	json_string_of(
		j, "state",
		ledger_holding_state_name((enum ledger_holding_state)e->to));
	json_string_of(
		j, "state_before",
		ledger_holding_state_name((enum ledger_holding_state)e->from));
	if (error)
		json_string_of(j, "error", strerror(error));
	else
		json_no_value(j, "error");
}

/* What became of a target; `key`: of which kind. */
static void target_event(struct json *j, const char *key,
			 const struct ledger_event *e, const char *message)
{
	json_string_of(j, key, e->name);
	json_string_of(j, "verdict",
		       ledger_verdict_name((enum ledger_verdict)e->to));
	json_string_of(j, "how", ledger_how_name((enum ledger_how)e->code));
	json_signed(j, "value", e->value);
	json_string_of(j, "text", message);
}

static void trouble_event(struct json *j, const struct ledger_event *e,
			  const char *message)
{
	enum ledger_trouble trouble = (enum ledger_trouble)e->code;
	int error = ledger_value_error(e->value);

	json_string_of(j, "trouble", trouble_name(trouble));
	if (e->instance == LEDGER_NO_INSTANCE && e->name[0])
		json_string_of(j, "of", e->name);
	json_bool(j, "over", !e->to);
	if (error && (trouble == LEDGER_TROUBLE_SENDING ||
		      trouble == LEDGER_TROUBLE_MEMBERSHIP))
		json_string_of(j, "error", strerror(error));
	else
		json_no_value(j, "error");
	json_string_of(j, "text", message);
}

static void others_event(struct json *j, const struct ledger_event *e,
			 const char *message)
{
	json_ip(j, "address", &e->peer);
	json_string_of(j, "what",
		       ledger_others_name((enum ledger_others)e->code));
	json_string_of(j, "text", message);
}

static void details(struct json *j, struct ledger *l,
		    const struct ledger_event *e, const char *message)
{
	switch ((enum ledger_event_type)e->type) {
	case LEDGER_EVENT_STATE:
		state_event(j, e);
		return;
	case LEDGER_EVENT_DROP:
		json_string_of(j, "reason",
			       vrrp_drop_name((enum vrrp_drop)e->code));
		json_string_of(j, "text",
			       vrrp_drop_text((enum vrrp_drop)e->code));
		json_ip(j, "peer", &e->peer);
		if (e->code == VRRP_DROP_VRID && e->value > 0)
			json_number(j, "vrid", (uint64_t)e->value);
		return;
	case LEDGER_EVENT_NOTE:
		json_string_of(j, "note",
			       vrrp_note_name((enum vrrp_note)e->code));
		json_string_of(j, "text",
			       vrrp_note_text((enum vrrp_note)e->code));
		json_ip(j, "peer", &e->peer);
		note_value(j, e);
		return;
	case LEDGER_EVENT_HOLDING:
		holding_event(j, l, e);
		return;
	case LEDGER_EVENT_OTHERS:
		others_event(j, e, message);
		return;
	case LEDGER_EVENT_PROCESS:
		process_event(j, e, message);
		return;
	case LEDGER_EVENT_PRIORITY:
		json_number(j, "from", e->from);
		json_number(j, "to", e->to);
		json_string_of(j, "text", message);
		return;
	case LEDGER_EVENT_TRACKED:
		json_string_of(j, "interface", e->name);
		json_string_of(j, "interface_status",
			       vrrp_interface_name((enum vrrp_interface)e->to));
		json_number(j, "tracked_by", (uint64_t)e->value);
		json_string_of(j, "text", message);
		return;
	case LEDGER_EVENT_SCRIPT:
		target_event(j, "script", e, message);
		return;
	case LEDGER_EVENT_FILE:
		target_event(j, "file", e, message);
		return;
	case LEDGER_EVENT_TRACKED_PROCESS:
		target_event(j, "tracked_process", e, message);
		return;
	case LEDGER_EVENT_SYNC_WAIT:
		json_bool(j, "waits", e->to);
		json_bool(j, "steady", e->code);
		json_signed(j, "connections", e->value);
		json_string_of(j, "text", message);
		return;
	case LEDGER_EVENT_TRACKED_SERVER:
		json_string_of(j, "virtual_server", e->name);
		json_string_of(j, "verdict",
			       ledger_verdict_name((enum ledger_verdict)e->to));
		json_string_of(j, "text", message);
		return;
	case LEDGER_EVENT_GROUP:
		json_string_of(j, "group", e->name);
		json_string_of(j, "from",
			       vrrp_state_name((enum vrrp_state)e->from));
		json_string_of(j, "to",
			       vrrp_state_name((enum vrrp_state)e->to));
		json_string_of(j, "text", message);
		return;
	case LEDGER_EVENT_TROUBLE:
		trouble_event(j, e, message);
		return;
	}
}

static const char *type_of(const struct ledger_event *e,
			   const struct ledger_kind *kind)
{
	return e->type == LEDGER_EVENT_HOLDING
		       ? kind->name
		       : ledger_event_type_name(
				 (enum ledger_event_type)e->type);
}

void page_event(struct json *j, const char *key, struct ledger *l,
		const struct ledger_event *event)
{
	char message[WORDS_MAX];
	struct text words = text_over(message, sizeof(message));
	const char *rule = words_rule(event);
	struct ledger_kind kind = ledger_kind(l, event->code);

	words_event(l, event, &words);
	json_open_object(j, key);
	json_number(j, "number", event->number);
	json_time(j, "time", event->time_real);
	json_string_of(j, "type", type_of(event, &kind));
	if (event->instance != LEDGER_NO_INSTANCE)
		json_string_of(j, "instance", event->name);
	else
		json_no_value(j, "instance");
	json_string_of(j, "message", message);
	if (*rule)
		json_string_of(j, "rule", rule);
	details(j, l, event, message);
	json_close(j);
}

/* Events that were overwritten before this reader came to them. */
static void gap(struct json *j, uint64_t lost)
{
	json_open_object(j, NULL);
	json_string_of(j, "type", "gap");
	json_number(j, "lost", lost);
	json_close(j);
}

/* Reads what does not wait yet; of news none that came after `news_until`. */
static enum page_progress read_both(struct page *page, uint64_t *lost)
{
	enum page_progress progress = PAGE_MORE;
	struct ledger_news *news = &page->news;

	*lost = 0;
	if (page->event.number == 0)
		progress = page_next_event(page, &page->event, lost);
	if (news->order == 0 && page->news_seen < page->news_until &&
	    (!ledger_news_next(page->ledger, &page->news_seen, news, lost) ||
	     news->order > page->news_until))
		news->order = 0;
	return news->order || *lost ? PAGE_MORE : progress;
}

static bool is_news_first(const struct page *page)
{
	return page->news.order &&
	       (page->event.number == 0 ||
		page->news.time_real < page->event.time_real);
}

/* The earlier one of the two that were read. */
static void put_first(struct page *page)
{
	struct ledger_event *event = &page->event;

	if (is_news_first(page)) {
		page_news(&page->json, &page->news,
			  (event->number ? event->number : page->number) - 1);
		page->news.order = 0;
	} else {
		page_event(&page->json, NULL, page->ledger, event);
		event->number = 0;
	}
}

static bool has_one(const struct page *page)
{
	return page->news.order || page->event.number;
}

enum {
	EVENTS_HEAD,
	EVENTS_ROWS,
	EVENTS_TAIL
};

static enum page_progress array_piece(struct page *page)
{
	uint64_t lost;

	switch (page->part) {
	case EVENTS_HEAD:
		json_open_array(&page->json, NULL);
		page->part = EVENTS_ROWS;
		return PAGE_MORE;
	case EVENTS_ROWS:
		if (read_both(page, &lost) == PAGE_END) {
			page->part = EVENTS_TAIL;
		} else if (has_one(page)) {
			json_line(&page->json);
			put_first(page);
		}
		return PAGE_MORE;
	default:
		json_close(&page->json);
		text_put(&page->text, "\n");
		return PAGE_END;
	}
}

static enum page_progress beat(struct page *page)
{
	tick_t now = clock_now();

	if (!page->beats || now < page->beat_at)
		return PAGE_WAIT;
	page->beat_at = now + PAGE_BEAT;
	text_put(&page->text, "\n");
	return PAGE_MORE;
}

static enum page_progress line_piece(struct page *page)
{
	uint64_t lost;

	if (read_both(page, &lost) != PAGE_MORE)
		return beat(page);
	json_begin(&page->json, &page->text);
	if (lost) {
		gap(&page->json, lost);
		text_put(&page->text, "\n");
	}
	if (has_one(page)) {
		json_begin(&page->json, &page->text);
		put_first(page);
		text_put(&page->text, "\n");
	}
	return PAGE_MORE;
}

static struct page *events_after(struct ledger *ledger, struct page_place since,
				 enum page_progress (*piece)(struct page *))
{
	struct page_place newest = page_place_newest(ledger);
	uint64_t kept = ledger_news_kept(ledger);
	struct page *page = page_new(ledger, piece);

	if (!page)
		return NULL;
	page->number =
		since.event < newest.event ? since.event + 1 : newest.event + 1;
	page->news_seen = since.news < newest.news ? since.news : newest.news;
	/* From the start: what is gone by now is no gap. */
	if (since.event == 0 && newest.event > LEDGER_EVENTS)
		page->number = newest.event - LEDGER_EVENTS + 1;
	if (since.news == 0 && newest.news > kept)
		page->news_seen = newest.news - kept;
	page->until = newest.event;
	page->news_until = newest.news;
	return page;
}

struct page *page_events(struct ledger *ledger, struct page_place since)
{
	return events_after(ledger, since, array_piece);
}

struct page *page_follow(struct ledger *ledger, struct page_place since,
			 bool beats)
{
	struct page *page = events_after(ledger, since, line_piece);

	if (!page)
		return NULL;
	page->until = UINT64_MAX;
	page->news_until = UINT64_MAX;
	page->beats = beats;
	return page;
}
