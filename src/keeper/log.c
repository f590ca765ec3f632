/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/log.h"

#include "base/must.h"
#include "base/text.h"
#include "ledger/words.h"
#include "sys/console.h"
#include "sys/devlog.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

static struct log_way way = { .console = true };

static bool to_console(int priority, const char *line)
{
	char whole[LOG_LINE_MAX + 64], date[64];
	struct text t = text_over(whole, sizeof(whole));
	time_t now = time(NULL);
	struct tm parts;

	(void)priority;
	if (!way.dated || !localtime_r(&now, &parts) ||
	    strftime(date, sizeof(date), "%a %b %e %T %Y", &parts) == 0)
		snprintf(date, sizeof(date), "batond");
	text_format(&t, "%s: %s\n", date, line);
	return console_write(whole, t.length);
}

/* Where lines go, and how many were lost there since it last took one. */
static struct {
	bool open;
	bool (*put)(int priority, const char *line);
	unsigned long long lost;
} ways[] = { { .open = true, .put = to_console }, { .put = devlog_write } };

void log_open(const struct log_way *wanted)
{
	way = *wanted;
	ways[0].open = way.console;
	ways[1].open = way.syslog;
	if (way.syslog)
		devlog_open(way.name, way.facility ? way.facility : LOG_DAEMON);
}

/* Whether all that was lost there has been told. */
static bool settle(unsigned n)
{
	char line[64];

	if (!ways[n].open || ways[n].lost == 0)
		return true;
	snprintf(line, sizeof(line),
		 ways[n].lost == 1 ? "%llu line was lost"
				   : "%llu lines were lost",
		 ways[n].lost);
	if (!ways[n].put(LOG_WARNING, line))
		return false;
	ways[n].lost = 0;
	return true;
}

void log_settle(void)
{
	for (unsigned n = 0; n < ARRAY_LENGTH(ways); n++)
		(void)settle(n);
}

void log_line(int priority, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	struct text t = text_over(line, sizeof(line));
	va_list arguments;

	va_start(arguments, format);
	text_format_list(&t, format, arguments);
	va_end(arguments);
	/* Names in events are what `vrrp` has written there. */
	for (char *at = line; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	for (unsigned n = 0; n < ARRAY_LENGTH(ways); n++)
		if (ways[n].open &&
		    (!settle(n) || !ways[n].put(priority, line)))
			ways[n].lost++;
}

/* Most of what happens is as it should be. */
static int priority_of(const struct ledger_event *e)
{
	bool refused = e->type == LEDGER_EVENT_PROCESS &&
		       e->code == LEDGER_PROCESS_REFUSED;
	bool trouble = e->type == LEDGER_EVENT_TROUBLE && e->to;

	return refused || trouble ? LOG_WARNING : LOG_INFO;
}

static void log_event(struct ledger *ledger, const struct ledger_event *e)
{
	const char *rule = words_rule(e);
	char line[LOG_LINE_MAX];
	struct text t = text_over(line, sizeof(line));

	if (e->name[0])
		text_format(&t, "%s: ", e->name);
	words_event(ledger, e, &t);
	if (*rule)
		text_format(&t, " (%s)", rule);
	log_line(priority_of(e), "%s", line);
}

/* Other routers' own affair, unless somebody asks for it. */
static bool is_unknown_vrid(const struct ledger_event *e)
{
	return e->type == LEDGER_EVENT_DROP && e->code == VRRP_DROP_VRID &&
	       e->instance == LEDGER_NO_INSTANCE;
}

/* Two processes write events; be generous. */
#define UNDER_WAY 64

uint64_t log_follow(struct ledger *ledger, uint64_t seen, uint64_t *awaited,
		    bool unknown_vrids)
{
	const uint64_t all = ledger_newest(ledger);
	uint64_t newest = all, lost = 0;

	if (newest - seen > LEDGER_EVENTS && newest > seen) {
		lost = newest - seen - LEDGER_EVENTS;
		seen = newest - LEDGER_EVENTS;
	}
	while (seen < newest) {
		struct ledger_event event;

		seen++;
		if (!ledger_read_event(ledger, seen, &event)) {
			if (newest - seen < UNDER_WAY && seen > *awaited) {
				*awaited = all;
				newest = seen - 1;
				break;
			}
			lost++;
			continue;
		}
		if (unknown_vrids || !is_unknown_vrid(&event))
			log_event(ledger, &event);
	}
	if (lost > 0)
		log_line(LOG_WARNING, "%llu events were overwritten unread",
			 (unsigned long long)lost);
	return newest;
}
