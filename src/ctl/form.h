/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few forms in which values stand in answers. */
#pragma once

#include "base/text.h"
#include "base/tick.h"

/* How the bytes of a name are written inside quotation marks. */
enum form_escape {
	FORM_JSON,  /* RFC 8259 7 */
	FORM_LABEL, /* OpenMetrics 1.0: backslash, quotation mark, newline */
};

/*
 * A string escaped, without the quotation marks. Of a byte that is not UTF-8,
 * and in a label of a control character, the reader sees \xHH, so that the
 * result always is UTF-8 and two names are never one.
 */
void form_escaped(struct text *t, enum form_escape escape, const char *string);

/* RFC 3339 in UTC with milliseconds: 2024-04-30T12:00:00.125Z. */
void form_time(struct text *t, tick_t real);

/* A duration as a decimal number of milliseconds: 1000, 0.25. */
void form_milliseconds(struct text *t, tick_t duration);

/* As decimal seconds: 1, 0.01. */
void form_seconds(struct text *t, tick_t duration);
