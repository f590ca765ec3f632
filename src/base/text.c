/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"
#include "base/must.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS "..."

struct text text_over(char *bytes, size_t size)
{
	MUST(size > 0);
	bytes[0] = '\0';
	return (struct text){ .bytes = bytes, .capacity = size };
}

/* Ends it with an ellipsis, which replaces no half of a UTF-8 character. */
static void cut(struct text *t)
{
	size_t most, at = t->length;

	t->cut = true;
	if (t->capacity < sizeof(ELLIPSIS))
		return;
	most = t->capacity - sizeof(ELLIPSIS);
	if (at > most)
		for (at = most; at > 0; at--)
			if (((unsigned char)t->bytes[at] & 0xc0) != 0x80)
				break;
	memcpy(t->bytes + at, ELLIPSIS, sizeof(ELLIPSIS));
	t->length = at + sizeof(ELLIPSIS) - 1;
}

static size_t room_of(const struct text *t)
{
	return t->capacity > 0 ? t->capacity - 1 - t->length : 0;
}

/* The room for one more piece: up to `wanted` bytes. */
static size_t room_for(struct text *t, size_t wanted)
{
	if (room_of(t) < wanted && t->more && wanted < SIZE_MAX - t->length)
		(void)t->more(t, t->length + wanted + 1);
	return room_of(t) < wanted ? room_of(t) : wanted;
}

void text_add(struct text *t, const char *bytes, size_t length)
{
	while (length > 0 && !t->cut) {
		size_t part = room_for(t, length);

		if (part > 0)
			memcpy(t->bytes + t->length, bytes, part);
		t->length += part;
		bytes += part;
		length -= part;
		if (t->capacity > 0)
			t->bytes[t->length] = '\0';
		if (length > 0 && (part == 0 || !t->more))
			cut(t);
	}
}

void text_put(struct text *t, const char *string)
{
	text_add(t, string, strlen(string));
}

void text_format_list(struct text *t, const char *format, va_list arguments)
{
	va_list again;
	int length;

	if (t->cut)
		return;
	va_copy(again, arguments);
	length = vsnprintf(t->capacity ? t->bytes + t->length : NULL,
			   t->capacity - t->length, format, arguments);
	if (length > 0 && (size_t)length > room_of(t)) {
		size_t room;

		if (t->capacity > 0) /* `more` sees only what was there */
			t->bytes[t->length] = '\0';
		room = room_for(t, (size_t)length);
		if (t->capacity > 0)
			vsnprintf(t->bytes + t->length, room + 1, format,
				  again);
		t->length += room;
		if (room < (size_t)length)
			cut(t);
	} else if (length > 0) {
		t->length += (size_t)length;
	}
	va_end(again);
}

void text_format(struct text *t, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_format_list(t, format, arguments);
	va_end(arguments);
}

void text_clear(struct text *t)
{
	t->length = 0;
	t->cut = false;
	if (t->capacity > 0)
		t->bytes[0] = '\0';
}

void text_make_printable(char *words, size_t size)
{
	words[size - 1] = '\0';
	for (char *at = words; *at; at++)
		*at = *at < ' ' || *at > '~' ? '?' : *at;
}
