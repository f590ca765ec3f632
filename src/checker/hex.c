/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/hex.h"

#define ANY  (-1)
#define NONE (-2)

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c == 'x' || c == 'X' ? ANY : NONE;
}

size_t hex_bytes(const char *digits, uint8_t *bytes, size_t size)
{
	size_t count = 0;

	for (; count < size && digit(digits[0]) >= 0 && digit(digits[1]) >= 0;
	     digits += 2)
		bytes[count++] =
			(uint8_t)(digit(digits[0]) << 4 | digit(digits[1]));
	return count;
}

static bool is(char wanted, unsigned value)
{
	int is = digit(wanted);

	return is == ANY || is == (int)value;
}

bool hex_matches(const char *digits, const uint8_t *bytes, size_t length)
{
	size_t n = 0;

	for (; digits[0] && digits[1]; digits += 2, n++)
		if (n >= length || !is(digits[0], bytes[n] >> 4) ||
		    !is(digits[1], bytes[n] & 15))
			return false;
	return true;
}
