/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads and writes the values of keepalived.conf(5). Whether a value is in
 * range is the keyword table's business, not this file's.
 */
#include "conf/language/value.h"
#include "base/must.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int digit(char c, int base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < base ? value : -1;
}

static int number(const char *text, int base, bool negative, int64_t *out)
{
	int64_t value = 0;

	if (*text == '\0')
		return -1;
	for (; *text; text++) {
		int d = digit(*text, base);

		if (d < 0 || value > (INT64_MAX - d) / base)
			return -1;
		value = value * base + d;
	}
	*out = negative ? -value : value;
	return 0;
}

int conf_number(const char *text, int64_t *out)
{
	bool negative = *text == '-';

	if (*text == '-' || *text == '+')
		text++;
	return number(text, 10, negative, out);
}

int conf_number_any_base(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-' || *text == '+');

	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		return number(digits + 2, 16, *text == '-', out);
	return conf_number(text, out);
}

struct unit {
	const char *name;
	tick_t ticks;
};

static const struct unit units[] = {
	{ "", TICK_SECOND },         { "s", TICK_SECOND },
	{ "ms", TICK_MILLISECOND },  { "us", TICK_MICROSECOND },
	{ "min", 60 * TICK_SECOND }, { "h", 3600 * TICK_SECOND },
};

/* Nanoseconds of billionths of a unit, or -1 if they are not whole. */
static tick_t fraction_of(tick_t billionths, tick_t unit)
{
	tick_t divisor = TICK_SECOND / unit;

	if (unit >= TICK_SECOND)
		return billionths * (unit / TICK_SECOND);
	return billionths % divisor == 0 ? billionths / divisor : -1;
}

int conf_time(const char *text, tick_t *out)
{
	tick_t whole = 0;
	tick_t billionths = 0;
	tick_t place = TICK_SECOND;
	bool any = false;

	if (*text == '+')
		text++;
	for (; digit(*text, 10) >= 0; text++, any = true) {
		whole = whole * 10 + digit(*text, 10);
		if (whole > CONF_TIME_MAX)
			return -1;
	}
	if (*text == '.') {
		for (text++; digit(*text, 10) >= 0; text++, any = true) {
			place /= 10;
			if (place == 0 && *text != '0')
				return -1;
			billionths += digit(*text, 10) * place;
		}
	}
	for (size_t i = 0; any && i < ARRAY_LENGTH(units); i++) {
		tick_t unit = units[i].ticks;
		tick_t fraction;

		if (strcmp(text, units[i].name) != 0)
			continue;
		fraction = fraction_of(billionths, unit);
		if (fraction < 0 || whole > (CONF_TIME_MAX - fraction) / unit)
			return -1;
		*out = whole * unit + fraction;
		return 0;
	}
	return -1;
}

const char *conf_time_format(tick_t time, char text[CONF_TIME_TEXT_MAX])
{
	long long seconds = time / TICK_SECOND;
	long long rest = time % TICK_SECOND;
	size_t length;

	if (rest == 0) {
		snprintf(text, CONF_TIME_TEXT_MAX, "%lld", seconds);
		return text;
	}
	snprintf(text, CONF_TIME_TEXT_MAX, "%lld.%09lld", seconds, rest);
	length = strlen(text);
	while (text[length - 1] == '0')
		text[--length] = '\0';
	return text;
}

int conf_switch(const char *text, bool *out)
{
	static const char *const words[] = { "off",  "on", "false",
					     "true", "no", "yes" };

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*out = i % 2 == 1;
			return 0;
		}
	}
	return -1;
}

int conf_prefix(const char *text, struct ip *address, uint8_t *length)
{
	char copy[IP_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t size = slash ? (size_t)(slash - text) : strlen(text);
	struct ip parsed;
	int64_t bits;

	if (size >= sizeof(copy))
		return -1;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (ip_parse(copy, &parsed) < 0)
		return -1;
	bits = (int64_t)ip_size(parsed.family) * 8;
	if (slash) {
		int64_t written;

		if (digit(slash[1], 10) < 0 ||
		    conf_number(slash + 1, &written) < 0 || written > bits)
			return -1;
		bits = written;
	}
	*address = parsed;
	*length = (uint8_t)bits;
	return 0;
}

bool conf_is_control(const char *text, size_t at)
{
	unsigned char c = (unsigned char)text[at];
	unsigned char before = at > 0 ? (unsigned char)text[at - 1] : 0;

	if (c < 0x20 || c == 0x7f)
		return true;
	/* U+0080 to U+009F as UTF-8, and as bytes that are no UTF-8. */
	return c >= 0x80 && c < 0xa0 && (before == 0xc2 || before < 0x80);
}

static bool is_ok(const char *text, size_t most, bool tabs)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++) {
		if (conf_is_control(text, i) && !(tabs && text[i] == '\t'))
			return false;
	}
	return length >= 1 && length <= most;
}

bool conf_name_ok(const char *text, size_t most)
{
	return is_ok(text, most, false);
}

bool conf_command_ok(const char *text, size_t most)
{
	return is_ok(text, most, true);
}

bool conf_interface_ok(const char *text)
{
	return conf_name_ok(text, CONF_INTERFACE_MAX) && !strchr(text, '/') &&
	       !strchr(text, ' ') && !strchr(text, ':') &&
	       strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}
