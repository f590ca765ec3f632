/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/line.h"

enum line_went line_take(struct line *l, const char **bytes, size_t *length)
{
	while (*length > 0) {
		char c = *(*bytes)++;

		--*length;
		if (c == '\n') {
			if (l->length > 0 && l->text[l->length - 1] == '\r')
				l->length--;
			l->text[l->length] = '\0';
			return LINE_COMPLETE;
		}
		if (l->length == LINE_MOST)
			return LINE_TOO_LONG;
		/* A zero would hide what follows it. */
		l->text[l->length++] = c ? c : '?';
	}
	return LINE_MORE;
}

void line_next(struct line *l)
{
	l->length = 0;
}
