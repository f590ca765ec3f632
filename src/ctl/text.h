/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text that grows at its end, for answers that are made piece by piece.
 *
 * When there is no memory it stops growing and says `failed`; whoever hands it
 * out looks once.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes; /* not ended by a zero */
	size_t length;
	size_t capacity;
	bool failed;
};

/* How the bytes of a name are written inside quotation marks. */
enum text_escape {
	TEXT_JSON,  /* RFC 8259 7 */
	TEXT_LABEL, /* OpenMetrics 1.0: backslash, quotation mark, newline */
};

void text_add(struct text *t, const char *bytes, size_t length);
void text_put(struct text *t, const char *string);
void text_format(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * A string escaped, without the quotation marks. Bytes that are no UTF-8
 * become U+FFFD each, so that what comes out always is.
 */
void text_escaped(struct text *t, enum text_escape escape, const char *string);

/* RFC 3339 in UTC with milliseconds: 2024-04-30T12:00:00.125Z. */
void text_time(struct text *t, tick_t real);

/* A duration as a decimal number of milliseconds: 1000, 0.25. */
void text_milliseconds(struct text *t, tick_t duration);

/* As decimal seconds: 1, 0.01. */
void text_seconds(struct text *t, tick_t duration);

/* Forgets the content and keeps the memory. */
void text_clear(struct text *t);
void text_free(struct text *t);
