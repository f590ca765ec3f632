/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a file, and where its bytes stand in it. */
#pragma once

#include "conf/language/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a byte is on its own. */
enum conf_byte {
	CONF_BYTE_LETTER = 0, /* of a word, whatever stands beside it */
	CONF_BYTE_BLANK = 1,
	CONF_BYTE_BRACE = 2,
	CONF_BYTE_OTHER = 4, /* it depends on what stands beside it */
	CONF_BYTE_END = 8,   /* of a line */
};

extern const uint8_t conf_bytes[256]; /* enum conf_byte */

static inline enum conf_byte conf_byte(char c)
{
	return (enum conf_byte)conf_bytes[(unsigned char)c];
}

/* A line without its comment, after all expansion. */
struct conf_line {
	const char *text;
	size_t length;
	const uint16_t *columns; /* of each byte; NULL: consecutive */
	uint16_t first;          /* then the column of the first byte */
	const char *file;
	uint32_t number;
	bool physical;  /* as it stands in the file, but for its front */
	bool backslash; /* the last of the file's line, maybe in a comment */
	bool continued; /* a backslash: the statement goes on */
	bool plain;     /* letters, blanks and braces, and nothing else */
};

/* The column of the byte at `at`. */
static inline uint16_t conf_line_column(const struct conf_line *line, size_t at)
{
	size_t column = line->first + at;

	if (line->columns)
		column = line->columns[at < line->length ? at : at - 1];
	return column < UINT16_MAX ? (uint16_t)column : UINT16_MAX;
}

/* The place of some bytes of a line, without what it became. */
struct conf_place conf_line_place(const struct conf_line *line, size_t at,
				  size_t length);

/* A blank within a line: form feed and the like are, a line end is not. */
static inline bool conf_line_blank(char c)
{
	return conf_byte(c) == CONF_BYTE_BLANK;
}

/* Drops bytes at the front. */
void conf_line_advance(struct conf_line *line, size_t by);

/* Drops blanks at both ends, and the line end. */
void conf_line_trim(struct conf_line *line);

/* A walk through a text, over what stands in quotes or behind a backslash. */
struct conf_scan {
	size_t at;
	bool quoted;
};

/* To the next of some letters, from `at` on; false: there is none. */
bool conf_scan_next(struct conf_scan *scan, const char *text, size_t length,
		    const char *letters);

/* The length of a text up to its comment. */
size_t conf_line_before_comment(const char *text, size_t length);
