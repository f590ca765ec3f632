/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/language/line.h"

#include <string.h>

/* What is not listed is a letter. */
const uint8_t conf_bytes[256] = {
	[0 ... 8] = CONF_BYTE_OTHER,     [14 ... 31] = CONF_BYTE_OTHER,
	[127 ... 255] = CONF_BYTE_OTHER, [' '] = CONF_BYTE_BLANK,
	['\t'] = CONF_BYTE_BLANK,        ['\v'] = CONF_BYTE_BLANK,
	['\f'] = CONF_BYTE_BLANK,        ['\r'] = CONF_BYTE_BLANK,
	['\n'] = CONF_BYTE_END,          ['{'] = CONF_BYTE_BRACE,
	['}'] = CONF_BYTE_BRACE,         ['!'] = CONF_BYTE_OTHER,
	['"'] = CONF_BYTE_OTHER,         ['#'] = CONF_BYTE_OTHER,
	['$'] = CONF_BYTE_OTHER,         ['\''] = CONF_BYTE_OTHER,
	['@'] = CONF_BYTE_OTHER,         ['\\'] = CONF_BYTE_OTHER,
	['~'] = CONF_BYTE_OTHER,
};

struct conf_place conf_line_place(const struct conf_line *line, size_t at,
				  size_t length)
{
	uint16_t start = line->length ? conf_line_column(line, at) : 1;
	uint16_t last = start;

	if (line->length && length > 1)
		last = conf_line_column(line, at + length - 1);
	return (struct conf_place){
		.span = { .file = line->file,
			  .line = line->number,
			  .column = start,
			  .length = (uint16_t)(last >= start ? last - start + 1
							     : 1) }
	};
}

void conf_line_advance(struct conf_line *line, size_t by)
{
	line->text += by;
	line->length -= by;
	if (line->columns)
		line->columns += by;
	else
		line->first = (uint16_t)(line->first + by < UINT16_MAX
						 ? line->first + by
						 : UINT16_MAX);
}

void conf_line_trim(struct conf_line *line)
{
	size_t by = 0;

	while (line->length > 0 &&
	       (conf_line_blank(line->text[line->length - 1]) ||
		line->text[line->length - 1] == '\n'))
		line->length--;
	while (by < line->length && conf_line_blank(line->text[by]))
		by++;
	conf_line_advance(line, by);
}

/* Few letters: faster than to search, which each byte of a file does. */
static bool is_one_of(const char *letters, char c)
{
	for (; *letters; letters++)
		if (*letters == c)
			return true;
	return false;
}

bool conf_scan_next(struct conf_scan *scan, const char *text, size_t length,
		    const char *letters)
{
	for (; scan->at < length; scan->at++) {
		char c = text[scan->at];

		if (c == '\\')
			scan->at++;
		else if (c == '"') /* an apostrophe is a letter here */
			scan->quoted = !scan->quoted;
		else if (!scan->quoted && is_one_of(letters, c))
			return true;
	}
	return false;
}

size_t conf_line_before_comment(const char *text, size_t length)
{
	struct conf_scan scan = { 0 };

	if (!memchr(text, '#', length) && !memchr(text, '!', length))
		return length; /* most lines */
	return conf_scan_next(&scan, text, length, "#!") ? scan.at : length;
}
