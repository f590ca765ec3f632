/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to a real server, and to its virtual server: the newest of the
 * news of `lvs` (ledger/news.h). */
#include "ctl/page.h"

#include "base/must.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "ledger/news.h"

#include <assert.h>

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
};
static_assert(ARRAY_LENGTH(names) == LEDGER_NEWS_WHATS, "each has its word");

static void put(struct json *j, const struct ledger_news *news)
{
	json_open_object(j, NULL);
	json_time(j, "time", news->time_real);
	json_string_of(j, "what", names[news->what]);
	json_bool(j, "from_start", (news->flags & LEDGER_NEWS_START) != 0);
	json_bool(j, "removed", (news->flags & LEDGER_NEWS_REMOVED) != 0);
	json_signed(j, "weight_up", news->weight);
	if (news->kind)
		json_string_of(j, "check",
			       ledger_check_kind_name(news->kind - 1u));
	else
		json_no_value(j, "check");
	json_string_of(j, "words", news->words);
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
