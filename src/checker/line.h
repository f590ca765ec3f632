/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines that a server sends, out of pieces as they come. A line is at most
 * LINE_MOST bytes; who sends longer ones is no server of the protocol.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINE_MOST 512 /* RFC 5321 4.5.3.1.5, with its end */

struct line {
	size_t length;
	char text[LINE_MOST + 1]; /* ends with a zero when it is complete */
};

enum line_went {
	LINE_MORE,     /* all was taken, and it is not complete */
	LINE_COMPLETE, /* without its end; begin the next one by line_next() */
	LINE_TOO_LONG,
};

/* Takes what belongs to the line from `*bytes`, which moves on. */
enum line_went line_take(struct line *l, const char **bytes, size_t *length);
void line_next(struct line *l);
