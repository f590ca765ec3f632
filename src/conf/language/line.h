/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a file, and where its bytes stand in it. */
#pragma once

#include "conf/language/report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
};

/* The column of the byte at `at`. */
uint16_t conf_line_column(const struct conf_line *line, size_t at);

/* The place of some bytes of a line, without what it became. */
struct conf_place conf_line_place(const struct conf_line *line, size_t at,
				  size_t length);

/* A blank within a line: form feed and the like are, a line end is not. */
bool conf_line_blank(char c);

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
