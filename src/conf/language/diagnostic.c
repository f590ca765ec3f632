/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps diagnostics and prints them with the line and a caret row. It does
 * not decide what is wrong. Nothing that came from a file reaches a terminal
 * as a control byte.
 */
#include "conf/language/diagnostic.h"
#include "base/must.h"

#include <stdio.h>
#include <string.h>

/* Of a long line, so much is shown before the caret and in all. */
#define SHOWN_BEFORE 60
#define SHOWN        110

static const char *const severity_names[] = { "note", "warning", "error" };
static const char *const severity_colours[] = { "36", "35", "31" };

_Static_assert(ARRAY_LENGTH(severity_names) == CONF_SEVERITY_COUNT, "names");
_Static_assert(ARRAY_LENGTH(severity_colours) == CONF_SEVERITY_COUNT, "");

const char *conf_severity_name(enum conf_severity severity)
{
	MUST(severity < CONF_SEVERITY_COUNT);
	return severity_names[severity];
}

int conf_verdict(const struct conf_diagnostics *diagnostics)
{
	if (diagnostics->errors > 0)
		return 3;
	return diagnostics->ignored > 0 ? 4 : 0;
}

int conf_verdict_keepalived(const struct conf_diagnostics *diagnostics)
{
	const struct conf_diagnostics *d = diagnostics;

	if (d->missing > 0)
		return 6;
	if (d->errors > d->not_done || d->warnings > d->later + d->unmatched)
		return 5;
	return d->not_done > 0 ? 4 : 0;
}

/* The first that is about the same file. */
static size_t file_of(const struct conf_diagnostics *all,
		      const struct conf_diagnostic *one)
{
	size_t n = 0;

	while (n < all->count &&
	       strcmp(all->list[n].span.file, one->span.file) != 0)
		n++;
	return n;
}

void conf_diagnostics_sort(struct conf_diagnostics *all)
{
	struct conf_diagnostic one;
	size_t files[CONF_DIAGNOSTICS_MAX], file;

	for (size_t n = 0; n < all->count; n++)
		files[n] = file_of(all, &all->list[n]);
	/* By insertion: few, and almost in order. */
	for (size_t n = 1; n < all->count; n++) {
		size_t at = n;

		one = all->list[n];
		file = files[n];
		while (at > 0 &&
		       (files[at - 1] > file ||
			(files[at - 1] == file &&
			 all->list[at - 1].span.line > one.span.line))) {
			all->list[at] = all->list[at - 1];
			files[at] = files[at - 1];
			at--;
		}
		all->list[at] = one;
		files[at] = file;
	}
}

/* Where a diagnostic goes. */
struct out {
	void (*write)(void *to, const char *text, size_t n);
	void *to;
	bool colour;
};

static void put(const struct out *out, const char *text)
{
	out->write(out->to, text, strlen(text));
}

static void colour(const struct out *out, const char *code)
{
	if (!out->colour)
		return;
	put(out, "\033[");
	put(out, code);
	put(out, "m");
}

/* Bytes of UTF-8 that do not begin a character take no column. */
static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void print_line(const struct out *out, const struct conf_diagnostic *one)
{
	const char *line = one->line;
	size_t length = strlen(line);
	size_t caret = one->span.column - 1U;
	size_t start = 0;
	size_t carets = one->span.length;
	char number[32];

	if (caret > length)
		caret = length;
	if (caret > SHOWN_BEFORE && length > SHOWN)
		start = caret - SHOWN_BEFORE;
	while (start > 0 && start < length && continues(line[start]))
		start--;
	if (length > start + SHOWN)
		length = start + SHOWN;
	if (caret + carets > length)
		carets = length > caret ? length - caret : 1;
	snprintf(number, sizeof(number), "%5u | ", one->span.line);
	put(out, number);
	put(out, start > 0 ? "..." : "");
	out->write(out->to, line + start, length - start);
	put(out, "\n      | ");
	put(out, start > 0 ? "   " : "");
	for (size_t i = start; i < caret; i++) {
		if (!continues(line[i]))
			put(out, line[i] == '\t' ? "\t" : " ");
	}
	colour(out, severity_colours[one->severity]);
	for (size_t i = caret; i < caret + carets; i++) {
		if (i >= length || !continues(line[i]))
			put(out, "^");
	}
	colour(out, "0");
	put(out, "\n");
}

void conf_diagnostic_print(const struct conf_diagnostic *diagnostic,
			   bool with_colour,
			   void (*write)(void *to, const char *text, size_t n),
			   void *to)
{
	struct out out = { write, to, with_colour };
	char place[48] = "";

	colour(&out, "1");
	put(&out, diagnostic->span.file);
	if (diagnostic->span.line > 0)
		snprintf(place, sizeof(place), ":%u:%u", diagnostic->span.line,
			 diagnostic->span.column);
	put(&out, place);
	put(&out, ": ");
	colour(&out, "0");
	colour(&out, severity_colours[diagnostic->severity]);
	put(&out, conf_severity_name(diagnostic->severity));
	put(&out, ":");
	colour(&out, "0");
	put(&out, " ");
	put(&out, diagnostic->message);
	put(&out, "\n");
	if (diagnostic->span.line > 0 && *diagnostic->line)
		print_line(&out, diagnostic);
	if (diagnostic->expanded) {
		put(&out, "      = the line became: ");
		put(&out, diagnostic->expanded);
		put(&out, "\n");
	}
	if (diagnostic->hint) {
		put(&out, "      = ");
		put(&out, diagnostic->hint);
		put(&out, "\n");
	}
}
