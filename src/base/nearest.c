/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Of a longer word only so many letters are compared. */
#define WORD_MAX 64

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* The time is that of the product of both lengths, so they are bounded. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	size_t na = strnlen(a, WORD_MAX), nb = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			bool same = a[i - 1] == b[j - 1];

			row[j] = least(above[j - 1] + !same,
				       least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	/* What was not compared is inserted or deleted. */
	return rows[na % 3][nb] + (unsigned)(strlen(a) - na) +
	       (unsigned)(strlen(b) - nb);
}

void nearest_begin(struct nearest *n, const char *wrong)
{
	*n = (struct nearest){ .wrong = wrong };
}

static bool is_near(const struct nearest *n, const char *word, unsigned d)
{
	size_t length = strlen(n->wrong);

	if (length >= 2 && strncasecmp(word, n->wrong, length) == 0)
		return true;
	return d <= 1 + length / 3 && d < length;
}

void nearest_offer(struct nearest *n, const char *word)
{
	unsigned d = distance(n->wrong, word), at;

	if (!is_near(n, word, d))
		return;
	for (at = n->count; at > 0 && n->distances[at - 1] > d; at--)
		;
	if (at == NEAREST_MAX)
		return;
	if (n->count < NEAREST_MAX)
		n->count++;
	for (unsigned i = n->count - 1; i > at; i--) {
		n->words[i] = n->words[i - 1];
		n->distances[i] = n->distances[i - 1];
	}
	n->words[at] = word;
	n->distances[at] = d;
}
