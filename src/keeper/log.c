/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/log.h"

#include "ledger/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

static bool to_syslog;

void log_open(bool foreground)
{
	to_syslog = !foreground;
	if (to_syslog)
		openlog("batond", LOG_PID, LOG_DAEMON);
}

void log_line(int priority, const char *format, ...)
{
	char line[LOG_LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (to_syslog)
		syslog(priority, "%s", line);
	else
		fprintf(stderr, "batond: %s\n", line);
}

static void format_state(const struct ledger_event *e, char *line)
{
	char peer[IP_TEXT_MAX + 32] = "", address[IP_TEXT_MAX];
	enum vrrp_cause cause = e->code < VRRP_CAUSES ? e->code : 0;

	if (e->peer.family != IP_NONE)
		snprintf(peer, sizeof(peer), "; %s, priority %d",
			 ip_format(&e->peer, address), (int)e->value);
	snprintf(line, LOG_LINE_MAX, "%s: %s -> %s: %s%s (%s)", e->name,
		 vrrp_state_name(e->from), vrrp_state_name(e->to),
		 vrrp_cause_text(cause), peer, vrrp_cause_rule(cause));
}

static void format_address(const struct ledger_event *e, char *line)
{
	char address[IP_TEXT_MAX];
	bool again = e->from == LEDGER_ADDRESS_INSTALLED &&
		     e->to == LEDGER_ADDRESS_INSTALLING;

	snprintf(line, LOG_LINE_MAX, "%s: address %s %s%s%s", e->name,
		 ip_format(&e->peer, address),
		 again ? "was removed by another program; it is put back"
		       : ledger_address_state_name(e->to),
		 e->value ? ": " : "", e->value ? strerror((int)e->value) : "");
}

static void format_drop(const struct ledger_event *e, char *line)
{
	char address[IP_TEXT_MAX];

	snprintf(line, LOG_LINE_MAX, "%s%sdropped a packet of %s: %s (%s)",
		 e->name, e->name[0] ? ": " : "", ip_format(&e->peer, address),
		 vrrp_drop_text(e->code), vrrp_drop_rule(e->code));
}

static void format_note(const struct ledger_event *e, char *line)
{
	char address[IP_TEXT_MAX] = "", value[WORDS_MAX];

	words_note_value(e, value);
	if (e->peer.family != IP_NONE)
		ip_format(&e->peer, address);
	snprintf(line, LOG_LINE_MAX, "%s: %s%s%s%s%s (%s)", e->name,
		 vrrp_note_text(e->code), address[0] ? ": " : "", address,
		 value[0] ? ", " : "", value, vrrp_note_rule(e->code));
}

static void format_process(const struct ledger_event *e, char *line)
{
	char words[WORDS_MAX];

	words_process(e, words);
	snprintf(line, LOG_LINE_MAX, "%s: %s%s", e->name, words,
		 e->code == LEDGER_PROCESS_REFUSED ? " (batond(8), REAL TIME)"
						   : "");
}

/* Most of what happens is as it should be. */
static int priority_of(const struct ledger_event *e)
{
	return e->type == LEDGER_EVENT_PROCESS &&
			       e->code == LEDGER_PROCESS_REFUSED
		       ? LOG_WARNING
		       : LOG_INFO;
}

const char *log_format(const struct ledger_event *e, char line[LOG_LINE_MAX])
{
	line[0] = '\0';
	switch ((enum ledger_event_type)e->type) {
	case LEDGER_EVENT_STATE:
		format_state(e, line);
		break;
	case LEDGER_EVENT_DROP:
		if (e->code < VRRP_DROPS)
			format_drop(e, line);
		break;
	case LEDGER_EVENT_NOTE:
		if (e->code < VRRP_NOTES)
			format_note(e, line);
		break;
	case LEDGER_EVENT_ADDRESS:
		format_address(e, line);
		break;
	case LEDGER_EVENT_PROCESS:
		format_process(e, line);
		break;
	case LEDGER_EVENT_SUPPRESSED:
		snprintf(line, LOG_LINE_MAX, "%lld events not recorded",
			 (long long)e->value);
		break;
	}
	return line;
}

uint64_t log_follow(struct ledger *ledger, uint64_t seen)
{
	uint64_t newest = ledger->events, lost = 0;
	char line[LOG_LINE_MAX];

	if (newest - seen > LEDGER_EVENTS && newest > seen) {
		lost = newest - seen - LEDGER_EVENTS;
		seen = newest - LEDGER_EVENTS;
	}
	while (seen < newest) {
		struct ledger_event event;

		seen++;
		if (!ledger_read_event(ledger, seen, &event)) {
			lost++;
			continue;
		}
		log_format(&event, line);
		if (line[0])
			log_line(priority_of(&event), "%s", line);
	}
	if (lost > 0)
		log_line(LOG_WARNING, "%llu events were overwritten unread",
			 (unsigned long long)lost);
	return newest;
}
