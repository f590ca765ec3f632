/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding rows in the tables, and the word that was meant when none is found.
 */
#pragma once

#include "conf/schema/row.h"

/* "done", "later" and so on, and a sentence for a person. */
const char *conf_standing_name(enum conf_standing standing);
const char *conf_standing_sentence(enum conf_standing standing);

/* The row of a word in a block, or NULL. */
const struct conf_row *conf_row_find(const struct conf_block *block,
				     const char *word);

/* The row of this number in a block, from 0; NULL behind the last one. */
const struct conf_row *conf_row_at(const struct conf_block *block,
				   size_t number);

/*
 * All rows of a block, one after another: begin with { block }; NULL ends it.
 */
struct conf_rows_walk {
	const struct conf_block *block;
	size_t part, at;
};

static inline const struct conf_row *conf_row_next(struct conf_rows_walk *w)
{
	while (w->part < CONF_PARTS_MAX && w->block->parts[w->part]) {
		const struct conf_rows *rows = w->block->parts[w->part];

		if (w->at < rows->count)
			return &rows->list[w->at++];
		w->part++;
		w->at = 0;
	}
	return NULL;
}

/* Whether the block, or any block in it, has what `is` looks for. */
bool conf_block_has(const struct conf_block *block,
		    bool (*is)(const struct conf_block *block,
			       const struct conf_row *row));

/*
 * The word of this block that is nearest to one that is none of it, or NULL
 * when all are too far for a typing error.
 */
const char *conf_row_nearest(const struct conf_block *block, const char *word);

/* A row that was found, and the blocks around it. */
#define CONF_PATH_MAX 6

struct conf_path {
	const struct conf_row *row;
	size_t depth; /* of blocks; blocks[depth - 1] has the row */
	const struct conf_block *blocks[CONF_PATH_MAX];
	const struct conf_row *openers[CONF_PATH_MAX]; /* of blocks[i], i > 0 */
};

/*
 * Of the rows of `block` that share a list, the one of this kind; NULL: there
 * is none. `list` is any of them.
 */
const struct conf_row *conf_row_of_kind(const struct conf_block *block,
					const struct conf_row *list,
					uint8_t kind);

/* The row that an item of the list of `list` belongs to. */
const struct conf_row *conf_row_of_item(const struct conf_block *block,
					const struct conf_row *list,
					const void *item);

/*
 * Calls `found` for each row of the tables, blocks before what stands in
 * them, each way to a row once. False from `found` ends it.
 */
void conf_rows_each(const struct conf_block *top,
		    bool (*found)(void *to, const struct conf_path *path),
		    void *to);

/* The first row of a word in any block below `top`; false: there is none. */
bool conf_row_anywhere(const struct conf_block *top, const char *word,
		       struct conf_path *path);
