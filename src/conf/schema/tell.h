/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a statement that is not as its row wants it. */
#pragma once

#include "conf/schema/reader.h"

/* A word that is not legal where it stands. */
void conf_tell_unknown(struct conf_reader *reader,
		       const struct conf_block *block,
		       const struct conf_node *node,
		       const struct conf_word *word);

/* Fewer words than the row needs. */
void conf_tell_too_few(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *word);

/* A word behind the last one that the row takes. */
void conf_tell_superfluous(struct conf_reader *reader,
			   const struct conf_block *block, const char *before,
			   const struct conf_word *word);

/* A value out of range or of the wrong kind: of the `count` words, at least
 * one, those that the row takes. */
void conf_tell_wrong(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count);

/* A { that is missing, or one that nothing wants. */
void conf_tell_shape(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *word);

/* True if the words behind that of a row say what baton does anyway. */
bool conf_means_the_same(const struct conf_row *row,
			 const struct conf_word *words, size_t count);

/* How far baton does a word, unless `words` say what it does anyway. */
void conf_tell_standing(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count);
