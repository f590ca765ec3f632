/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/disarm.h"

#include <string.h>

#define ESCAPE '\033'
#define DELETE '\177'

/* The bytes of what begins there: a character of UTF-8, or a byte of none. */
static size_t length_of(const unsigned char *b, size_t left)
{
	size_t length = b[0] < 0xc2   ? 1
			: b[0] < 0xe0 ? 2
			: b[0] < 0xf0 ? 3
			: b[0] < 0xf5 ? 4
				      : 1;

	for (size_t n = 1; n < length; n++)
		if (n >= left || (b[n] & 0xc0) != 0x80)
			return 1;
	return length;
}

static bool is_obeyed(const unsigned char *b, size_t length)
{
	if (length == 2)
		return b[0] == 0xc2 && b[1] <= 0x9f;
	return length == 1 &&
	       (b[0] < ' ' || b[0] == DELETE || (b[0] >= 0x80 && b[0] <= 0x9f));
}

bool disarm_finds(const char *bytes, size_t length)
{
	const unsigned char *b = (const unsigned char *)bytes;

	for (size_t at = 0, step; at < length; at += step) {
		step = length_of(b + at, length - at);
		if (is_obeyed(b + at, step))
			return true;
	}
	return false;
}

/* The bytes of "ESC [ 1;31 m", or 0. */
static size_t paint_length(const char *bytes, size_t left)
{
	size_t at = 2;

	if (left < 3 || bytes[0] != ESCAPE || bytes[1] != '[')
		return 0;
	while (at < left &&
	       ((bytes[at] >= '0' && bytes[at] <= '9') || bytes[at] == ';'))
		at++;
	return at < left && bytes[at] == 'm' ? at + 1 : 0;
}

void disarm(char *bytes, size_t length, bool colours)
{
	const unsigned char *b = (const unsigned char *)bytes;

	for (size_t at = 0, step; at < length; at += step) {
		size_t paint =
			colours ? paint_length(bytes + at, length - at) : 0;

		step = paint ? paint : length_of(b + at, length - at);
		if (!paint && is_obeyed(b + at, step) && bytes[at] != '\n' &&
		    bytes[at] != '\t')
			memset(bytes + at, '?', step);
	}
}
