/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of values that the tables use (schema/row.h). Types that know a
 * struct of the model are beside that struct.
 */
#pragma once

#include "base/ip.h"
#include "conf/schema/row.h"

/* Numbers: the field is an integer or bool of row->size bytes. */
extern const struct conf_type conf_type_number;   /* minimum to maximum */
extern const struct conf_type conf_type_option;   /* or nothing: maximum */
extern const struct conf_type conf_type_time;     /* ns, written in seconds */
extern const struct conf_type conf_type_micros;   /* ns, written in us */
extern const struct conf_type conf_type_seconds;  /* whole ones, or a choice */
extern const struct conf_type conf_type_switch;   /* on, off, nothing: on */
extern const struct conf_type conf_type_presence; /* the same; other words
						   * behind it do not count */
extern const struct conf_type conf_type_flag;     /* nothing: minimum */
extern const struct conf_type conf_type_choice;   /* one of row->choices */
extern const struct conf_type conf_type_perhaps;  /* or nothing: maximum */

/* Texts: the field is a const char *, NULL when not written. */
extern const struct conf_type conf_type_text;         /* 1 to maximum bytes */
extern const struct conf_type conf_type_command_line; /* and tabs */
extern const struct conf_type conf_type_interface;
/* "Name: value", of which a person is shown the name: with CONF_SECRET. */
extern const struct conf_type conf_type_header;

/* Others, with the field's C type. */
extern const struct conf_type conf_type_ip;     /* struct ip: of a host */
extern const struct conf_type conf_type_group;  /* struct ip: multicast */
extern const struct conf_type conf_type_secret; /* bytes of row->size, zero
						 * filled; none: all zero */

/* What stands in place of a secret wherever a person looks. */
#define CONF_SECRET_SHOWN "(hidden)"

/* The longest one. */
#define CONF_SECRET_MAX 64

/* Words that are not looked at: minimum to maximum of them; no field. */
extern const struct conf_type conf_type_words;

/* Blocks and lists: row->block says of what. */
extern const struct conf_type conf_type_block; /* WORD heads { words } */
extern const struct conf_type conf_type_lines; /* WORD { a line an item } */
/* The same, and each word of a line is an item. */
extern const struct conf_type conf_type_each;

/* For `expected` of a type that always expects the same: `text`. */
const char *conf_expected(char *text, size_t size, const char *words);

/* What all numbers share, for a type of a number that is read in its own way.
 */
const char *conf_numeric_expected(const struct conf_row *row, char *text,
				  size_t size);
void conf_numeric_reset(const struct conf_row *row, void *object);
void conf_numeric_print(const struct conf_row *row, const void *object,
			struct conf_out *out);
bool conf_numeric_equal(const struct conf_row *row, const void *a,
			const void *b);
void conf_numeric_pack(const struct conf_row *row, const void *object,
		       struct conf_packer *packer);
bool conf_numeric_unpack(const struct conf_row *row, void *object,
			 struct conf_unpacker *unpacker);

#define CONF_NUMERIC                                                           \
	.reset = conf_numeric_reset, .equal = conf_numeric_equal,              \
	.pack = conf_numeric_pack, .unpack = conf_numeric_unpack

/*
 * The integer in a field of 1, 2, 4 or 8 bytes; signed if the minimum or the
 * default is.
 */
int64_t conf_field_get(const struct conf_row *row, const void *object);
void conf_field_set(const struct conf_row *row, void *object, int64_t value);

/* The word for a value, or NULL. */
const char *conf_choice_word(const struct conf_choice *choices, int64_t value);
