/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was found becomes a diagnostic: with its line, and within its bounds. */
#include "conf/language/report.h"
#include "conf/language/value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a quoted line; what is shown of it is a part of that. */
#define LINE_MAX_KEPT 8192

/* A copy without control bytes; tabs stay if asked. */
static const char *keep(struct arena *arena, const char *text, size_t length,
			bool tabs)
{
	char *copy = arena_text(arena, text, length);

	for (size_t i = 0; copy && i < length; i++) {
		if (conf_is_control(copy, i) && !(tabs && copy[i] == '\t'))
			copy[i] = '?';
	}
	return copy;
}

/* The line of a span in the text that was read, or "". */
static const char *line_of(const struct conf_report *report,
			   const struct conf_span *span)
{
	const struct conf_text *text = report->texts;
	const char *at;
	const char *end;
	const char *stop;

	while (text && text->name != span->file)
		text = text->next;
	if (!text || span->line == 0)
		return "";
	at = text->text;
	end = at + text->length;
	for (uint32_t line = 1; line < span->line; line++) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return "";
		at++;
	}
	stop = memchr(at, '\n', (size_t)(end - at));
	if (!stop)
		stop = end;
	if (stop > at && stop[-1] == '\r')
		stop--;
	if (stop - at > LINE_MAX_KEPT)
		stop = at + LINE_MAX_KEPT;
	return keep(report->diagnostics->arena, at, (size_t)(stop - at), true);
}

bool conf_report_has_room(const struct conf_report *report)
{
	return report->diagnostics->count < CONF_DIAGNOSTICS_MAX;
}

/* Errors count more than what was kept before: one of that makes room. */
static bool make_room(struct conf_diagnostics *all, enum conf_severity severity)
{
	size_t at = all->count;

	if (at < CONF_DIAGNOSTICS_MAX)
		return true;
	all->left_out++;
	while (at > 0 && all->list[at - 1].severity == CONF_ERROR)
		at--;
	if (severity != CONF_ERROR || at == 0)
		return false;
	all->count--;
	memmove(&all->list[at - 1], &all->list[at],
		(all->count - (at - 1)) * sizeof(all->list[0]));
	return true;
}

/* Adds one whose message is already counted. */
static void add(struct conf_report *report, enum conf_severity severity,
		const struct conf_place *place, const char *hint,
		const char *format, va_list arguments)
{
	struct conf_diagnostics *all = report->diagnostics;
	struct conf_diagnostic one = { .severity = severity };
	char message[CONF_MESSAGE_MAX];

	report->last = NULL;
	if (!make_room(all, severity))
		return;
	vsnprintf(message, sizeof(message), format, arguments);
	one.span = place->span;
	one.span.file = keep(all->arena, place->span.file,
			     strlen(place->span.file), false);
	one.message = keep(all->arena, message, strlen(message), false);
	one.line = line_of(report, &place->span);
	if (hint)
		one.hint = keep(all->arena, hint, strlen(hint), false);
	if (place->expanded)
		one.expanded = keep(all->arena, place->expanded,
				    strlen(place->expanded), false);
	if (!one.span.file || !one.message || !one.line) {
		all->left_out++;
		return;
	}
	report->last = &all->list[all->count++];
	*report->last = one;
}

void conf_report_useless(const struct conf_report *report)
{
	if (report->last)
		report->last->useless = true;
}

void conf_report(struct conf_report *report, enum conf_severity severity,
		 const struct conf_place *place, const char *hint,
		 const char *format, ...)
{
	va_list arguments;

	if (severity == CONF_ERROR)
		report->diagnostics->errors++;
	else if (severity == CONF_WARNING)
		report->diagnostics->warnings++;
	va_start(arguments, format);
	add(report, severity, place, hint, format, arguments);
	va_end(arguments);
}

void conf_report_ignored(struct conf_report *report,
			 const struct conf_place *place, const char *hint,
			 const char *format, ...)
{
	va_list arguments;

	report->diagnostics->warnings++;
	report->diagnostics->ignored++;
	va_start(arguments, format);
	add(report, CONF_WARNING, place, hint, format, arguments);
	va_end(arguments);
}
