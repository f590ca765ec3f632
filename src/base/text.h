/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that is made piece by piece, in memory that the caller hands in.
 *
 * It always ends with a zero. What does not fit is left out, and that can be
 * seen: a text that was cut ends with "..." and takes no more, and `cut` is
 * set. So a writer of many pieces looks once, at the end, or not at all.
 *
 * A text may have a function `more` that finds room, by larger memory or by
 * passing on what is in the text so far; then its length has no bound here.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *bytes;     /* as a string */
	size_t length;   /* without the zero at its end */
	size_t capacity; /* of `bytes`, with it */
	bool cut;
	/*
	 * Called when `size` bytes, the zero among them, are too much for
	 * `capacity`. It changes `bytes`, `length` and `capacity` so that there
	 * is more room, or returns false. NULL: the room is all there is.
	 */
	bool (*more)(struct text *t, size_t size);
};

/* An empty text in an array of `size` bytes. 0 < size. */
struct text text_over(char *bytes, size_t size);

void text_add(struct text *t, const char *bytes, size_t length);
void text_put(struct text *t, const char *string);
void text_format(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_format_list(struct text *t, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Makes it empty again; it keeps its memory. */
void text_clear(struct text *t);

/*
 * Words of somebody in `size` bytes: they end there, and what cannot be printed
 * (no ASCII) becomes '?'.
 */
void text_make_printable(char *words, size_t size);
