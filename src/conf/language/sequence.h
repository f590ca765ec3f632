/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ~SEQ(NAME, START, STEP, END), ~SEQx(...) and ~LST(NAME, VALUE, ...). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_SEQUENCE_NAMES 16 /* that one ~LST may set */

struct conf_sequence_value {
	const char *name;
	size_t name_length;
	const char *value;
	size_t length;
};

/* A sequence and the values of its current step. Points into its text. */
struct conf_sequence {
	size_t length; /* of the whole word, up to its closing parenthesis */
	unsigned names;
	struct conf_sequence_value values[CONF_SEQUENCE_NAMES];
	bool is_list;
	const char *rest; /* of a list: what is not read yet */
	const char *end;
	bool hexadecimal;
	int64_t at;
	int64_t step;
	int64_t last;
	char number[24];
};

/* True if a line starts with ~SEQ( or ~SEQx( or ~LST(. */
bool conf_sequence_is(const char *text, size_t length);

/* Reads the word and its first values. NULL, or what is wrong with it. */
const char *conf_sequence_parse(struct conf_sequence *sequence,
				const char *text, size_t length);

/* Goes to the next values; false after the last ones. */
bool conf_sequence_next(struct conf_sequence *sequence);
