/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding rows of the keyword table (keyword_global.c and so on), and the word
 * that was meant when none is found.
 */
#include "conf/model/keyword.h"
#include "base/must.h"

#include <string.h>

/* Longer words are not compared; no keyword is as long. */
#define WORD_MAX 48

static const char *const block_names[] = {
	"the top level",
	"global_defs",
	"vrrp_instance",
	"virtual_ipaddress",
	"authentication",
	"vrrp_sync_group",
	"vrrp_script",
	"track_file",
	"vrrp_track_process",
	"bfd_instance",
	"garp_group",
	"track_group",
	"virtual_server",
	"real_server",
	"a check of real_server",
	"url",
	"SSL",
	"a list",
};

_Static_assert(ARRAY_LENGTH(block_names) == CONF_BLOCK_COUNT, "names");

const char *conf_block_name(enum conf_block block)
{
	MUST(block < CONF_BLOCK_COUNT);
	return block_names[block];
}

static const struct conf_keyword_part *const parts[] = {
	&conf_keyword_vrrp,
	&conf_keyword_global,
	&conf_keyword_lvs,
};

const struct conf_keyword *conf_keyword_at(size_t number)
{
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		if (number < parts[i]->count)
			return &parts[i]->rows[number];
		number -= parts[i]->count;
	}
	return NULL;
}

static const struct conf_keyword *find(uint32_t where, const char *word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(parts); i++) {
		const struct conf_keyword *row = parts[i]->rows;
		const struct conf_keyword *end = row + parts[i]->count;

		for (; row < end; row++) {
			if ((row->where & where) && row->word[0] == word[0] &&
			    strcmp(row->word, word) == 0)
				return row;
		}
	}
	return NULL;
}

const struct conf_keyword *conf_keyword_find(enum conf_block block,
					     const char *word)
{
	return find(CONF_AT(block), word);
}

const struct conf_keyword *conf_keyword_anywhere(const char *word)
{
	return find(UINT32_MAX, word);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be added, dropped, changed or swapped with the next
 * to make one word of the other (Damerau and Levenshtein, restricted).
 */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][WORD_MAX + 1];
	size_t length_a = strlen(a);
	size_t length_b = strlen(b);

	for (unsigned j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= length_a; i++) {
		unsigned *now = rows[i % 3];
		const unsigned *last = rows[(i + 2) % 3];
		const unsigned *before = rows[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= length_b; j++) {
			unsigned cost = a[i - 1] != b[j - 1];

			now[j] = least(least(last[j] + 1, now[j - 1] + 1),
				       last[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return rows[length_a % 3][length_b];
}

const char *conf_keyword_nearest(enum conf_block block, const char *word)
{
	size_t length = strlen(word);
	unsigned best = (unsigned)(length / 3) + 1;
	const struct conf_keyword *row;
	const char *found = NULL;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; (row = conf_keyword_at(i)) != NULL; i++) {
		size_t other = strlen(row->word);
		unsigned far;

		if (!(row->where & CONF_AT(block)) || other >= length + best ||
		    length >= other + best)
			continue;
		far = distance(word, row->word);
		if (far < best) {
			best = far;
			found = row->word;
		}
	}
	return found;
}
