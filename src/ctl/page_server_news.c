/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to a real server, and to its virtual server: the newest of the
 * news of `lvs` (ledger/news.h); and one of these news as an event. */
#include "ctl/page.h"

#include "base/must.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "ledger/server_name.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* So many are shown. */
#define STORY 20

static const char *const names[] = {
	[LEDGER_NEWS_NONE] = "none",
	[LEDGER_NEWS_SERVER_UP] = "up",
	[LEDGER_NEWS_SERVER_DOWN] = "down",
	[LEDGER_NEWS_QUORUM_UP] = "quorum-up",
	[LEDGER_NEWS_QUORUM_DOWN] = "quorum-down",
	[LEDGER_NEWS_PANIC] = "panic",
	[LEDGER_NEWS_PANIC_OVER] = "panic-over",
	[LEDGER_NEWS_DRAINED] = "drained",
	[LEDGER_NEWS_DRAIN_LATE] = "drain-late",
	[LEDGER_NEWS_REPAIRED] = "repaired",
	[LEDGER_NEWS_LEAVES] = "leaves",
	[LEDGER_NEWS_ORDER_DRAIN] = "order-drain",
	[LEDGER_NEWS_ORDER_DISABLE] = "order-disable",
	[LEDGER_NEWS_ORDER_WEIGHT] = "order-weight",
	[LEDGER_NEWS_ORDER_END] = "order-end",
};
static_assert(ARRAY_LENGTH(names) == LEDGER_NEWS_WHATS, "each has its word");

static void put_what(struct json *j, const struct ledger_news *news)
{
	json_string_of(j, "what", names[news->what]);
	json_bool(j, "from_start", (news->flags & LEDGER_NEWS_START) != 0);
	json_bool(j, "removed", (news->flags & LEDGER_NEWS_REMOVED) != 0);
	if (news->what == LEDGER_NEWS_REPAIRED)
		json_signed(j, "repairs", news->weight);
	else if (news->what != LEDGER_NEWS_ORDER_WEIGHT)
		json_signed(j, "weight_up", news->weight);
	else if (news->weight >= 0)
		json_signed(j, "weight_ordered", news->weight);
	else
		json_no_value(j, "weight_ordered");
	if (news->kind)
		json_string_of(j, "check",
			       ledger_check_kind_name(news->kind - 1u));
	else
		json_no_value(j, "check");
	json_string_of(j, "words", news->words);
}

static void put(struct json *j, const struct ledger_news *news)
{
	json_open_object(j, NULL);
	json_time(j, "time", news->time_real);
	put_what(j, news);
	json_close(j);
}

void page_server_news(struct json *j, const struct ledger *l, uint32_t of,
		      const struct ip *address, uint16_t port)
{
	uint64_t newest = ledger_news_newest(l), seen = 0, lost = 0, found = 0;
	struct ledger_lvs_virtual virtual;
	struct ledger_news news;
	uint64_t last[STORY];

	json_open_array(j, "history");
	if (newest > 0 && ledger_lvs_is_numbered(l) &&
	    of < ledger_lvs_used_virtuals(l)) {
		ledger_read_lvs_virtual(l, of, &virtual);
		while (ledger_news_next(l, &seen, &news, &lost) &&
		       news.order <= newest) {
			bool is_of_server = ip_equal(&news.address, address) &&
					    news.port == port;

			if (news.key == virtual.key &&
			    (news.address.family == IP_NONE || is_of_server))
				last[found++ % STORY] = news.order;
		}
	}
	for (uint64_t n = found > STORY ? found - STORY : 0; n < found; n++)
		if (ledger_news_read(l, last[n % STORY], &news))
			put(j, &news);
	json_close(j);
}

/* As `baton vs` calls it: the news have "[NAME]:3" of the third of a group. */
static const char *put_name(const struct ledger_news *news,
			    char text[LEDGER_NEWS_NAME])
{
	const char *end = strrchr(news->name, ']');
	bool is_group = news->name[0] == '[' && end && end[1] == ':' &&
			end[2 + strspn(end + 2, "0123456789")] == '\0';

	if (is_group)
		snprintf(text, LEDGER_NEWS_NAME, "group %.*s",
			 (int)(end - news->name - 1), news->name + 1);
	else
		memcpy(text, news->name, LEDGER_NEWS_NAME);
	return text;
}

static const char *sentence(const struct ledger_news *news)
{
	static const char *const sentences[] = {
		[LEDGER_NEWS_NONE] = "",
		[LEDGER_NEWS_SERVER_UP] = "is up",
		[LEDGER_NEWS_SERVER_DOWN] = "is down",
		[LEDGER_NEWS_QUORUM_UP] = "has its quorum",
		[LEDGER_NEWS_QUORUM_DOWN] = "has lost its quorum",
		[LEDGER_NEWS_PANIC] = "has too few servers that are up: no "
				      "further one is taken out",
		[LEDGER_NEWS_PANIC_OVER] = "has enough servers again",
		[LEDGER_NEWS_DRAINED] = "is drained",
		[LEDGER_NEWS_DRAIN_LATE] = "had connections left at the "
					   "deadline of its drain",
		[LEDGER_NEWS_REPAIRED] = "of the kernel's table changed by "
					 "another program, and put back",
		[LEDGER_NEWS_LEAVES] = "is not in the configuration any more, "
				       "and drains",
		[LEDGER_NEWS_ORDER_DRAIN] = "drains, as ordered",
		[LEDGER_NEWS_ORDER_DISABLE] = "is disabled, as ordered",
		[LEDGER_NEWS_ORDER_WEIGHT] = "has",
		[LEDGER_NEWS_ORDER_END] = "is enabled again",
	};
	static_assert(ARRAY_LENGTH(sentences) == LEDGER_NEWS_WHATS,
		      "each has its own");

	return sentences[news->what];
}

/* A sorry server of one that ends or was lost does not serve either. */
static const char *of_sorry(const struct ledger_news *news)
{
	if (!(news->flags & LEDGER_NEWS_SORRY) ||
	    news->flags & (LEDGER_NEWS_REMOVED | LEDGER_NEWS_STOP))
		return "";
	if (news->what == LEDGER_NEWS_QUORUM_DOWN)
		return ", its sorry server serves instead";
	return news->what == LEDGER_NEWS_QUORUM_UP &&
			       !(news->flags & LEDGER_NEWS_START)
		       ? ", its sorry server serves no more"
		       : "";
}

static void say(struct text *t, const struct ledger_news *news,
		const char *server)
{
	if (news->what == LEDGER_NEWS_REPAIRED)
		text_format(t, "%lld %s ", (long long)news->weight,
			    news->weight == 1 ? "entry" : "entries");
	text_format(t, "%s%s%s", server, *server ? " " : "", sentence(news));
	if (news->what == LEDGER_NEWS_ORDER_WEIGHT && news->weight >= 0)
		text_format(t, " weight %lld, as ordered",
			    (long long)news->weight);
	else if (news->what == LEDGER_NEWS_ORDER_WEIGHT)
		text_put(t, " its own weight again");
	if (news->flags & LEDGER_NEWS_START)
		text_put(t, " from the start");
	text_put(t, of_sorry(news));
	if (news->flags & LEDGER_NEWS_REMOVED)
		text_put(t, ", since a reload has removed it");
	if (news->flags & LEDGER_NEWS_STOP)
		text_put(t, ", since batond ends");
	if (news->kind)
		text_format(t, ", %s%s%s",
			    ledger_check_kind_name(news->kind - 1u),
			    *news->words ? ": " : "", news->words);
}

void page_news(struct json *j, const struct ledger_news *news, uint64_t after)
{
	char name[LEDGER_NEWS_NAME], server[SERVER_REAL_SIZE] = "", bytes[320];
	struct text message = text_over(bytes, sizeof(bytes));
	bool is_server = news->address.family != IP_NONE;
	const char *type = is_server     ? "server"
			   : *news->name ? "virtual-server"
					 : "table";

	if (is_server)
		server_real_name(server, &news->address, news->port);
	say(&message, news, server);
	json_open_object(j, NULL);
	json_number(j, "news", news->order);
	json_number(j, "after", after);
	json_time(j, "time", news->time_real);
	json_string_of(j, "type", type);
	json_no_value(j, "instance");
	json_string_of(j, "message", bytes);
	if (*news->name)
		json_string_of(j, "virtual_server", put_name(news, name));
	else
		json_no_value(j, "virtual_server");
	if (is_server)
		json_string_of(j, "server", server);
	put_what(j, news);
	json_close(j);
}
