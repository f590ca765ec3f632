/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words nearest to one that was mistyped: "did you mean ...?" */
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
