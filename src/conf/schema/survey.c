/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/survey.h"

#include "base/must.h"
#include "conf/language/value.h"
#include "conf/schema/hide.h"
#include "conf/schema/tell.h"

#include <string.h>

static const char *const names[] = {
	"works", "differs", "no_effect", "waits", "unknown",
};

_Static_assert(ARRAY_LENGTH(names) == CONF_FATE_COUNT, "names");

const char *conf_fate_name(enum conf_fate fate)
{
	MUST(fate < CONF_FATE_COUNT);
	return names[fate];
}

static enum conf_fate fate_of(const struct conf_row *row,
			      const struct conf_word *words, size_t count,
			      bool inside)
{
	if (!row)
		return CONF_UNKNOWN;
	if (conf_means_the_same(row, words + 1, count - 1))
		return CONF_WORKS;
	switch ((enum conf_standing)row->standing) {
	case CONF_DONE:
		break;
	case CONF_LATER:
	case CONF_NEEDED:
		return CONF_WAITS;
	case CONF_INERT:
		return CONF_NO_EFFECT;
	}
	if (inside)
		return CONF_WAITS;
	return row->differs ? CONF_DIFFERS : CONF_WORKS;
}

/* A copy of a word that is shown: it may have been meant for a secret. */
static const char *shown(struct conf_survey *s, const struct conf_block *block,
			 const char *word)
{
	size_t length = strlen(word);
	char *copy;

	if (conf_block_has_secrets(block))
		return CONF_SURVEY_HIDDEN;
	copy = arena_text(s->arena, word, length);
	for (size_t i = 0; copy && i < length; i++)
		if (conf_is_control(copy, i))
			copy[i] = '?';
	return copy;
}

static const char *how_of(const struct conf_row *row, enum conf_fate fate)
{
	if (!row || fate == CONF_WORKS)
		return NULL;
	return fate == CONF_DIFFERS ? row->differs : row->help;
}

void conf_survey_word(struct conf_survey *s, const struct conf_block *block,
		      const struct conf_row *row, const struct conf_word *words,
		      size_t count, bool inside)
{
	enum conf_fate fate = fate_of(row, words, count, inside);
	const char *word = row ? row->word : shown(s, block, words[0].text);
	struct conf_surveyed *one = s->list;
	struct conf_surveyed *end = s->list + s->count;

	while (word && one < end &&
	       (one->row != row || one->block != block->name ||
		one->fate != fate || strcmp(one->word, word) != 0))
		one++;
	if (!word || one == s->list + CONF_SURVEY_MAX) {
		s->left_out++;
		return;
	}
	if (one == end) {
		const struct conf_span *span = &words[0].place.span;

		s->count++;
		*one = (struct conf_surveyed){
			.fate = fate,
			.block = block->name,
			.word = word,
			.how = how_of(row, fate),
			.file = arena_text(s->arena, span->file,
					   strlen(span->file)),
			.line = span->line,
			.row = row,
		};
	}
	one->count++;
}
