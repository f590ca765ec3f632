/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/form.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How many bytes the UTF-8 character at `s` has, or 0 if it is none. */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char low, high, second_low, second_high, length;
	} forms[] = {
		/* Table 3-7 of the Unicode standard. */
		{ 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t at = 2;

		if (s[0] < forms[i].low || s[0] > forms[i].high)
			continue;
		if (forms[i].length == 1)
			return 1;
		if (s[1] < forms[i].second_low || s[1] > forms[i].second_high)
			return 0;
		while (at < forms[i].length && s[at] >= 0x80 && s[at] <= 0xbf)
			at++;
		return at == forms[i].length ? at : 0;
	}
	return 0;
}

void form_escaped(struct text *t, enum form_escape escape, const char *string)
{
	const unsigned char *s = (const unsigned char *)string;

	while (*s) {
		size_t length = utf8_length(s);

		/* A character in its place would make one of two names. */
		if (length == 0)
			text_format(t, "\\\\x%02x", *s);
		else if (*s == '"' || *s == '\\')
			text_format(t, "\\%c", *s);
		else if (*s == '\n')
			text_put(t, "\\n");
		else if (*s < 0x20)
			text_format(t,
				    escape == FORM_JSON ? "\\u%04x"
							: "\\\\x%02x",
				    *s);
		else
			text_add(t, (const char *)s, length);
		s += length ? length : 1;
	}
}

void form_time(struct text *t, tick_t real)
{
	time_t seconds = (time_t)(real / TICK_SECOND);
	struct tm parts;

	gmtime_r(&seconds, &parts);
	text_format(t, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		    parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
		    parts.tm_hour, parts.tm_min, parts.tm_sec,
		    (int)(real % TICK_SECOND / TICK_MILLISECOND));
}

/* value / 10^digits, without zeros at the end. */
static void put_decimal(struct text *t, int64_t value, int digits)
{
	char number[32];
	int64_t scale = 1;
	size_t length;

	for (int i = 0; i < digits; i++)
		scale *= 10;
	length = (size_t)snprintf(number, sizeof(number), "%s%lld.%0*lld",
				  value < 0 ? "-" : "",
				  (long long)llabs(value / scale), digits,
				  (long long)llabs(value % scale));
	while (number[length - 1] == '0')
		length--;
	if (number[length - 1] == '.')
		length--;
	text_add(t, number, length);
}

void form_milliseconds(struct text *t, tick_t duration)
{
	put_decimal(t, duration / TICK_MICROSECOND, 3);
}

void form_seconds(struct text *t, tick_t duration)
{
	put_decimal(t, duration / TICK_MICROSECOND, 6);
}
