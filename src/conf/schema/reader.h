/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is at hand while a configuration is read: for types (schema/row.h),
 * which read one value, and for `finish`, which asks what was written where.
 */
#pragma once

#include "conf/language/source.h"
#include "conf/language/store.h"
#include "conf/language/tree.h"
#include "conf/schema/share.h"

/* A word that was written, and where. */
struct conf_mark {
	struct conf_mark *next;
	const struct conf_row *row;
	uint32_t offset;       /* of the field in the object of the note */
	bool wrong;            /* present, but invalid; that was told */
	struct conf_span span; /* of its last value, else of the word */
};

/* What was written of one object: an item of the top level, or the top's. */
struct conf_note {
	struct conf_mark *marks;
	struct conf_span span; /* of its first head, else of its keyword */
};

/* A list in the making. */
struct conf_gather {
	const struct conf_row *row;     /* one of those that share it */
	const struct conf_block *block; /* that it stands in */
	void *object;                   /* the struct that will hold the list */
	struct conf_array items;
	struct conf_array notes; /* of struct conf_note, of the top level */
	bool full;               /* more were refused, which was told */
};

#define CONF_GATHERS_MAX 16

/* Lists that are remembered, to find those that are the same. */
#define CONF_LISTS_MAX 4096

/* Secrets of one file that are remembered, to be hidden. */
#define CONF_SECRETS_MAX 1000

/* Lists of one object that is read. */
struct conf_frame {
	struct conf_frame *outer;
	struct conf_note *note;
	const char *base; /* the object of the note */
	unsigned count;
	struct conf_gather gathers[CONF_GATHERS_MAX]; /* so many of them */
};

struct conf_inputs;
struct conf_survey;

/* A struct of a block as it is before anything is written, for those of which
 * there are many. */
struct conf_fresh {
	const struct conf_block *block;
	void *object;
};

#define CONF_FRESH_MAX 8 /* of the blocks that are met first */

/* Where a word was found that was looked for: files say the same again and
 * again. */
struct conf_known {
	const struct conf_block *block;
	const struct conf_row *row;
};

#define CONF_KNOWN_MAX 64 /* a power of 2 */

struct conf_reader {
	const struct conf_schema *schema;
	struct conf_survey
		*survey; /* of all words (schema/survey.h), or NULL */
	struct conf_inputs *inputs; /* the files that were met */
	const struct conf_source *source;
	struct conf_report *report;
	struct conf_memory *memory;
	struct arena *arena;     /* the model's */
	struct arena *scratch;   /* until reading has ended */
	struct conf_mark *marks; /* of it, that nobody needs any more */
	void *root;
	uint64_t *random; /* what random_seed sets */
	struct conf_fresh fresh[CONF_FRESH_MAX];
	struct conf_known known[CONF_KNOWN_MAX];
	struct conf_shared shared[CONF_SHARED_MAX];
	void *spare; /* memory of a list that was kept, for the next one */
	size_t spare_size;
	struct conf_array lists; /* of struct conf_shared, all different */
	struct conf_index list_index;
	struct conf_frame top;
	struct conf_note note;   /* of what is in `root` itself */
	struct conf_array texts; /* of const char *, all different */
	struct conf_index text_index;
	struct conf_array secrets; /* of const char *, in scratch */
	bool quiet;                /* inside a block that baton does not do */
};

/* For types: */

/* A copy in the model of a text, the same pointer for the same text. */
const char *conf_reader_text(struct conf_reader *reader, const char *text);

/* A note where the machine that reads has no interface of that name. */
void conf_reader_interface(struct conf_reader *reader,
			   const struct conf_word *word);

/* No diagnostic of this reading shows this text (schema/hide.h). */
void conf_reader_secret(struct conf_reader *reader, const char *text);

/* For `finish`: */

/* The mark of a field, or NULL: it was not written. */
const struct conf_mark *conf_note_find(const struct conf_note *note,
				       uint32_t offset);

/* Written, with a valid value. */
bool conf_note_has(const struct conf_note *note, uint32_t offset);

/* The place of a field, else of the object. */
struct conf_place conf_note_place(const struct conf_note *note,
				  uint32_t offset);

/* The note of an item of a list of the top level. */
const struct conf_note *conf_reader_note(const struct conf_reader *reader,
					 const struct conf_block *block,
					 size_t number);
