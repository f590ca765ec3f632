/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/growing.h"

#include <stdlib.h>

#define CAPACITY_FIRST 1024

/* The bytes of texts without memory; nothing is written there. */
static char nothing[1];

static bool grow(struct text *t, size_t size)
{
	size_t capacity = t->capacity ? t->capacity : CAPACITY_FIRST;
	char *bytes;

	while (capacity < size)
		capacity *= 2;
	bytes = realloc(t->capacity ? t->bytes : NULL, capacity);
	if (!bytes)
		return false;
	t->bytes = bytes;
	t->capacity = capacity;
	return true;
}

struct text growing_text(void)
{
	return (struct text){ .bytes = nothing, .more = grow };
}

void growing_free(struct text *t)
{
	if (t->capacity > 0)
		free(t->bytes);
	*t = growing_text();
}
