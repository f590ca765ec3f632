/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/when.h"

#include <ctype.h>
#include <string.h>

/* A digit stands for any of them. */
static bool looks_like(const char *line, const char *form)
{
	if (strlen(line) != strlen(form))
		return false;
	for (; *form; form++, line++)
		if (isdigit((unsigned char)*form)
			    ? !isdigit((unsigned char)*line)
			    : *form != *line)
			return false;
	return true;
}

static int number(const char *digits, int count)
{
	int value = 0;

	for (int n = 0; n < count; n++)
		value = 10 * value + (digits[n] - '0');
	return value;
}

static bool read_time(const char *at, struct tm *out)
{
	out->tm_hour = number(at, 2);
	out->tm_min = number(at + 3, 2);
	out->tm_sec = number(at + 6, 2);
	return out->tm_hour < 24 && out->tm_min < 60 && out->tm_sec < 60;
}

/* A year has two digits of this century, or four. */
static bool read_date(const char *at, int year_digits, struct tm *out)
{
	int year = number(at, year_digits);

	out->tm_year = year_digits == 2 ? year + 100 : year - 1900;
	out->tm_mon = number(at + year_digits + 1, 2) - 1;
	out->tm_mday = number(at + year_digits + 4, 2);
	return out->tm_mon >= 0 && out->tm_mon < 12 && out->tm_mday > 0 &&
	       out->tm_mday <= 31;
}

static time_t moment_of(struct tm parts, bool utc)
{
	parts.tm_isdst = -1;
	return utc ? timegm(&parts) : mktime(&parts);
}

bool when_read(const char *text, time_t now, time_t *out)
{
	char line[WHEN_BYTES + 1];
	size_t length = strcspn(text, "\n");
	struct tm parts;
	bool utc;

	if (length == 0 || length > WHEN_BYTES)
		return false;
	memcpy(line, text, length);
	line[length] = '\0';
	utc = line[length - 1] == 'Z';
	if (utc)
		line[length - 1] = '\0';
	if (!(utc ? gmtime_r(&now, &parts) : localtime_r(&now, &parts)))
		return false;
	if (looks_like(line, "00:00:00")) {
		if (!read_time(line, &parts))
			return false;
		*out = moment_of(parts, utc);
		if (*out > now)
			return true;
		parts.tm_mday++;
	} else if (looks_like(line, "00-00-00 00:00:00")) {
		if (!read_date(line, 2, &parts) || !read_time(line + 9, &parts))
			return false;
	} else if (!looks_like(line, "0000-00-00 00:00:00") ||
		   !read_date(line, 4, &parts) ||
		   !read_time(line + 11, &parts)) {
		return false;
	}
	*out = moment_of(parts, utc);
	return true;
}
