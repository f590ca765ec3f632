/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a keyword is: one row. It says where the word's value goes, what it may
 * be, what holds without it, how far baton does it, and how it is explained.
 * The walkers read, default, check, print, compare, pack and explain by these
 * rows, so that a new keyword touches its row, its field and its user.
 *
 *   row    a word, its type, its field and its texts
 *   type   what a value is: how it is read, printed, compared and packed
 *   block  the words that may stand in one { }, and the struct that they fill
 *
 * Nothing here knows a keyword: the tables are in conf/model.
 */
#pragma once

#include "conf/language/tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct conf_row;
struct conf_block;
struct conf_reader;
struct conf_note;
struct conf_out;
struct conf_packer;
struct conf_unpacker;

/* The values of CONF_CHOICE-like types; the list ends with a NULL word. */
struct conf_choice {
	const char *word;
	int64_t value;
};

/*
 * `object` is the struct of the row's block; the field is at row->offset. A
 * type that fills a list has none of these functions but `expected`: the
 * walkers do lists by row->block.
 */
struct conf_type {
	const char *name;
	/* What it takes, for a message: "a number from 1 to 255". */
	const char *(*expected)(const struct conf_row *row, char *text,
				size_t size);
	/*
	 * Reads a value from `count` words. Returns how many words it took, or
	 * -1 with the field untouched: the words are no value. What else is
	 * worth telling it tells itself.
	 */
	int (*read)(struct conf_reader *reader, const struct conf_row *row,
		    const struct conf_word *words, size_t count, void *object);
	/* Sets what holds when the word is not written. */
	void (*reset)(const struct conf_row *row, void *object);
	/* The words behind the keyword, each after a space; none for a flag. */
	void (*print)(const struct conf_row *row, const void *object,
		      struct conf_out *out);
	bool (*equal)(const struct conf_row *row, const void *a, const void *b);
	void (*pack)(const struct conf_row *row, const void *object,
		     struct conf_packer *packer);
	/* False: the bytes are no value of this row. */
	bool (*unpack)(const struct conf_row *row, void *object,
		       struct conf_unpacker *unpacker);
	/* The words that it takes, at least and at most. */
	uint8_t least, most;
	bool lists;   /* fills a list of row->block, or one such struct */
	bool is_flag; /* takes no word: present means row->minimum */
};

/* How far baton does it. */
enum conf_standing {
	CONF_DONE,
	CONF_LATER,  /* not yet, and nothing else depends on it: a warning */
	CONF_NEEDED, /* not yet, and the rest is unsafe without it: an error */
	CONF_INERT,  /* accepted, never has an effect: a note */
};

#define CONF_STANDING_COUNT 4

/* A maximum of words from here on means: any number of them. */
#define CONF_WORDS_MANY 200

enum conf_row_flag {
	/* Another spelling, or another half, of a row with the same field. */
	CONF_ALIAS = 1,
	/* The block cannot be used without a value: a wrong one is an error. */
	CONF_MUST = 2,
	/* Printed only where it is not the default: that has no word. */
	CONF_QUIET = 4,
	/* Never shown: the value is a secret (base/secret.h). */
	CONF_SECRET = 8,
	/* Without a value of its own it has that of `inherits`. */
	CONF_INHERITS = 16,
	/* Without a value of its own finish() sets it; the help says to what.
	 */
	CONF_FOLLOWS = 64,
	/* With CONF_MUST: what has no value is left out, and told as a warning.
	 */
	CONF_SPARED = 128,
	/* It may have no value; but a wrong one is an error. */
	CONF_STRICT = 256,
	/*
	 * Of a list: it is often the same as in the object before. Both have
	 * one list then (schema/share.h), so nothing may be changed in it.
	 */
	CONF_SHARES = 512,
	/* Of a list of lines: one item may stand behind the word, without a
	 * block. */
	CONF_ONE_LINE = 1024,
};

struct conf_row {
	const char *word;
	const struct conf_type *type;
	uint8_t standing;  /* enum conf_standing */
	uint8_t secret_of; /* with CONF_SECRET: who needs it, a bit's number */
	uint8_t kind;      /* of a list: what `preset` of its items is */
	uint16_t flags;    /* enum conf_row_flag, or-ed */
	uint16_t size;     /* of the field, for numbers */
	uint32_t offset;   /* of the field in the block's struct */
	uint32_t count;    /* of a list: the offset of its uint32_t */
	uint32_t inherits; /* the offset in the struct of block->defaults */
	/*
	 * Of a list that has several words: the offset of a byte in its items
	 * that tells which one it was, by `kind`. Their blocks have one size.
	 * The list belongs to the row without CONF_ALIAS.
	 */
	uint32_t preset;
	int64_t minimum, maximum; /* of the value, or of the words */
	int64_t otherwise;        /* the default */
	const struct conf_choice *choices;
	const struct conf_block *block; /* what it opens */
	const char *same; /* what means what baton does anyway, or NULL */
	/* What is otherwise than in keepalived, or NULL. */
	const char *differs;
	const char *help;
	const char *good; /* an example */
	const char *bad;  /* an example that is told, or NULL: none is wrong */
};

/* How many items the list of a row has, in the struct of its block. */
static inline uint32_t conf_row_items(const struct conf_row *row,
				      const void *object)
{
	uint32_t count;

	memcpy(&count, (const char *)object + row->count, sizeof(count));
	return count;
}

static inline void conf_row_set_items(const struct conf_row *row, void *object,
				      size_t count)
{
	uint32_t number = (uint32_t)count;

	memcpy((char *)object + row->count, &number, sizeof(number));
}

/* Rows that stand together in a file; a block may be made of several. */
struct conf_rows {
	const struct conf_row *list;
	size_t count;
};

#define CONF_PARTS_MAX 10

/* Items of one list whose number is not limited otherwise. */
#define CONF_ITEMS_MAX 65536

struct conf_block {
	const char *name; /* as it is called in messages */
	/*
	 * What stands before the words: behind the keyword of a block, or
	 * first in a line of a list. At least `heads_least` of them.
	 */
	struct conf_rows heads;
	size_t heads_least;
	const struct conf_rows *parts[CONF_PARTS_MAX]; /* or NULL */
	size_t size;        /* of the struct, 0: nothing is kept of it */
	uint32_t span;      /* the offset of a struct conf_span, or CONF_NO */
	uint32_t items_max; /* in one list, 0: CONF_ITEMS_MAX */
	bool free_form;     /* its lines are not looked at */
	/* Of the top level: `finish` asks nothing of other blocks. It comes
	 * when the block closes, and nothing changes in its lists then. */
	bool is_alone;
	bool changes; /* of its items something is set later: they are not
		       * shared (CONF_SHARES) while a file is read */
	/* Whether something changes in the lists of an object after `finish`:
	 * then they are not shared either. NULL: in none. */
	bool (*changes_lists)(const void *object);
	/*
	 * Its statements have no keyword: each is a line of this list, a row
	 * of its parts, of conf_type_lines. Else NULL.
	 */
	const struct conf_row *bare;
	/*
	 * After reading, when all defaults are set: what rows cannot say. The
	 * note tells which words were written, and where.
	 */
	void (*finish)(struct conf_reader *reader, void *object,
		       const struct conf_note *note);
	/*
	 * What follows from the fields; also after unpacking. False: no
	 * memory, or they are not what `finish` leaves behind.
	 */
	bool (*derive)(struct arena *arena, void *root, void *object);
	/* What a plan calls two objects the same by; NULL: equal heads. */
	bool (*same)(const void *a, const void *b);
	uint32_t (*hash)(const void *object);
	/* What a plan calls one of a list: "peer", or NULL: nothing. */
	const char *noun;
	const char *empty;   /* what an empty list means: "hears everybody" */
	const char *ordered; /* what another order is one of, or NULL */
};

#define CONF_NO UINT32_MAX

/* The top level, and where in its struct global defaults are. */
struct conf_schema {
	const struct conf_block *top;
	uint32_t defaults; /* the offset of the struct of CONF_INHERITS */
};
