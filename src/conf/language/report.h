/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the parts of conf tell what they found: with the place, which brings
 * the text of its line along.
 */
#pragma once

#include "conf/language/diagnostic.h"

/* A place, and what its line became by $NAME and ~SEQ, or NULL. */
struct conf_place {
	struct conf_span span;
	const char *expanded;
};

/* A file that was read; its text stays until conf_load() returns. */
struct conf_text {
	struct conf_text *next;
	const char *name; /* the very pointer of the spans */
	const char *text;
	size_t length;
};

struct conf_report {
	struct conf_diagnostics *diagnostics;
	struct conf_text *texts;
	struct conf_diagnostic *last; /* what was told last, if it was kept */
};

#define CONF_MESSAGE_MAX 400 /* longer ones are cut */

/* `hint` may be NULL; it is copied. */
__attribute__((format(printf, 5, 6))) void
conf_report(struct conf_report *report, enum conf_severity severity,
	    const struct conf_place *place, const char *hint,
	    const char *format, ...);

/* A warning that this part of the text has no effect. */
__attribute__((format(printf, 4, 5))) void
conf_report_ignored(struct conf_report *report, const struct conf_place *place,
		    const char *hint, const char *format, ...);

/* What was told last is of a word that has no effect at all. */
void conf_report_useless(const struct conf_report *report);

/* True if one more would be kept; if not, spare the work of a hint. */
bool conf_report_has_room(const struct conf_report *report);
