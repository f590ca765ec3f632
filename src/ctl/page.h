/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer that is made while it is sent.
 *
 * A page holds a place in the ledger and the piece that is being sent: one
 * virtual router, one event, one metric of one router. Nothing is kept
 * between requests, and a reader that is slow costs only its own piece.
 */
#pragma once

#include "ctl/json.h"
#include "ledger/checked.h"
#include "ledger/ledger.h"
#include "ledger/news_entry.h"

#include <sys/types.h>

enum page_progress {
	PAGE_MORE, /* a piece was appended, or nothing; ask again */
	PAGE_WAIT, /* nothing now; perhaps when events were appended */
	PAGE_END,
};

struct page {
	/* Appends the next piece to `text`. */
	enum page_progress (*piece)(struct page *page);
	struct ledger *ledger;
	struct text text;
	struct json json;
	size_t taken; /* of text */
	bool ended;

	/* The place: which part, which row of it, which line of that. */
	unsigned part;
	uint32_t row;
	unsigned line;

	uint32_t only;          /* one virtual router, or LEDGER_NO_INSTANCE */
	uint64_t number;        /* of the next event */
	uint64_t until;         /* the last event, UINT64_MAX: follow */
	struct vrrp_saved core; /* metrics: of the virtual router */
	tick_t stuck;           /* since when the next event is being written */
	/* The same of news of servers; and what was read of both and waits for
	 * its turn: its number or order is 0 if nothing does. */
	uint64_t news_seen, news_until;
	struct ledger_event event;
	struct ledger_news news;
	char name[320];  /* page_servers(): those that are meant, or "" */
	char real[80];   /* ... of these, their real servers, or "" */
	unsigned family; /* metrics: of servers */
	bool beats;      /* page_follow() */
	tick_t beat_at;  /* ... next */
};

/* What page_fill() returns when it has no bytes. */
#define PAGE_FILL_END    (-1)
#define PAGE_FILL_FAILED (-2)

/* Up to `room` bytes of the answer; 0: wait; or one of the above. */
ssize_t page_fill(struct page *page, char *bytes, size_t room);
void page_free(struct page *page);

/* {"schema":1,...,"instances":[...]}: all, or `only` one. */
struct page *page_status(struct ledger *ledger, uint32_t only);

/* One virtual router with the events that are about it. */
struct page *page_why(struct ledger *ledger, uint32_t only);

/* {"schema":1,"check":{...},"checks":[...]}: of real servers (page_checks.c).
 */
struct page *page_checks(struct ledger *ledger);
/* What a check looks at that is no server: "command" or "track_file". */
void page_put_subject(struct json *j, const struct ledger *l,
		      const struct ledger_checked *checked);

/* {"schema":1,"lvs":{...},"virtual_servers":[...]}: those that are meant by a
 * name (server_name.h), or with NULL all; and of their real servers the same
 * (page_servers.c). */
struct page *page_servers(struct ledger *ledger, const char *name,
			  const char *real);
bool page_has_server(const struct ledger *ledger, const char *name,
		     const char *real);

/* OpenMetrics 1.0. */
struct page *page_metrics(struct ledger *ledger);

/*
 * Whom a reader of events has seen last: an event, and of the news of servers
 * (ledger/news.h), which are shown between them by their time.
 */
struct page_place {
	uint64_t event, news; /* 0: none */
};

/* page_place.c: the newest; before the last so many; and at an event. */
struct page_place page_place_newest(const struct ledger *l);
struct page_place page_place_last(struct ledger *l, uint64_t count);
struct page_place page_place_at(struct ledger *l, uint64_t event);

/* A JSON array of the events after that place. */
struct page *page_events(struct ledger *ledger, struct page_place since);

/*
 * One line of JSON an event, as they happen; it never ends by itself. If it
 * `beats`, an empty line comes at once and then each second, if nothing else
 * does: by that the reader knows that the server lives.
 */
#define PAGE_BEAT TICK_SECOND
struct page *page_follow(struct ledger *ledger, struct page_place since,
			 bool beats);

/* The next line of virtual and real servers (page_metrics_servers.c); false:
 * there are no more. */
bool page_metrics_servers(struct page *page);

/* page_server_news.c: "history" of a real server of that virtual server. */
void page_server_news(struct json *j, const struct ledger *l, uint32_t of,
		      const struct ip *address, uint16_t port);
/* ... and one of these news as an event, which comes after that event. */
void page_news(struct json *j, const struct ledger_news *news, uint64_t after);

/* What several pages write. */
/* "heartbeat_age_ms": how long the process that writes this book stands still,
 * or null. */
void page_beat(struct json *j, const struct ledger *l, enum ledger_book book);
void page_event(struct json *j, const char *key, struct ledger *l,
		const struct ledger_event *event);

/*
 * Reads the event page->number and steps over it; PAGE_WAIT if it is not
 * there yet. Those that are lost for ever are stepped over and counted in
 * `lost`, and then there may be no event: its number is 0.
 */
enum page_progress page_next_event(struct page *page,
				   struct ledger_event *event, uint64_t *lost);

struct page *page_new(struct ledger *ledger,
		      enum page_progress (*piece)(struct page *));

/* page_holdings.c: "addresses", "holdings" and "static" of the status. */
void page_addresses(struct json *j, struct ledger *l,
		    const struct ledger_instance *i, uint32_t index);
/* Those of an instance that are no addresses. */
void page_holdings(struct json *j, struct ledger *l,
		   const struct ledger_instance *i, uint32_t index);
void page_static(struct json *j, struct ledger *l);
/*
 * page_targets.c: "scripts", "track_files", "track_processes" and "run" of the
 * status, and what an instance tracks of them.
 */
void page_targets(struct json *j, const struct ledger *l);
void page_tracked(struct json *j, const struct ledger *l,
		  const struct ledger_instance *i);
/* page_mail.c: "mail" of the status; and of an instance "mails_waiting". */
void page_mail(struct json *j, const struct ledger *l);
void page_mails_of(struct json *j, const struct ledger *l, const char *name);
/* How the last run of a script ended. */
void page_last_end(struct json *j, const char *key, enum ledger_how how,
		   int64_t value);
/* page_notified.c: "notify" of an instance or a group: the scripts that are
 * told of its changes. Its number counts from 1; 0: nobody follows it. */
void page_notified(struct json *j, const struct ledger *l, uint32_t follower,
		   unsigned tellers);
/* page_fifos.c: "fifos" of the status. */
void page_fifos(struct json *j, const struct ledger *l);
/*
 * page_groups.c: "sync_groups" of the status; and of an instance "sync_group",
 * and whether it would be Active and waits for the others.
 */
void page_groups(struct json *j, const struct ledger *l);
void page_grouped(struct json *j, const struct ledger *l,
		  const struct ledger_instance *i, const struct vrrp_saved *v);
/* "holding": what it is. */
void page_holding_key(struct json *j, struct ledger *l, unsigned kind,
		      const struct ip *address, uint8_t prefix,
		      uint32_t number);
