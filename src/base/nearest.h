/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words that are nearest to a mistyped one, for "did you mean ...?".
 *
 * Distance is the number of single edits that make one word of the other:
 * insert, delete or replace a letter, or swap two neighbours (the optimal
 * string alignment of Damerau and Levenshtein). A word is near if that is at
 * most a third of the mistyped word's length, rounded up, or if the mistyped
 * word is its beginning.
 */
#pragma once

#define NEAREST_MAX 3

struct nearest {
	const char *wrong;
	unsigned count;
	const char *words[NEAREST_MAX]; /* nearest first */
	unsigned distances[NEAREST_MAX];
};

/* `wrong` and all words that are offered must outlive it. */
void nearest_begin(struct nearest *n, const char *wrong);
void nearest_offer(struct nearest *n, const char *word);
