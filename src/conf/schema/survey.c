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

static bool is_wanted(const void *context, uint32_t number, const void *key)
{
	const struct conf_survey *s = context;
	const struct conf_surveyed *one = &s->list[number];
	const struct conf_surveyed *wanted = key;

	return one->row == wanted->row && one->block == wanted->block &&
	       one->fate == wanted->fate &&
	       strcmp(one->word, wanted->word) == 0;
}

/* The index of the list, made anew. */
static void index_all(struct conf_survey *s)
{
	MUST(map_memory(CONF_SURVEY_MAX) <= sizeof(s->slots));
	map_init(&s->index, s->slots, CONF_SURVEY_MAX, is_wanted, s);
	for (size_t n = 0; n < s->count; n++)
		MUST(map_put(&s->index, s->list[n].hash, (uint32_t)n) == 0);
}

/* The entry of a word with that fate, or a new one; NULL: there is no room. */
static struct conf_surveyed *entry_of(struct conf_survey *s,
				      const struct conf_surveyed *wanted)
{
	struct conf_surveyed *one;
	uint32_t found;

	if (!s->index.slots)
		index_all(s);
	found = map_find(&s->index, wanted->hash, wanted);
	if (found != MAP_NONE)
		return &s->list[found];
	if (map_put(&s->index, wanted->hash, (uint32_t)s->count) < 0)
		return NULL;
	one = &s->list[s->count++];
	*one = *wanted;
	one->file = arena_text(s->arena, wanted->file, strlen(wanted->file));
	return one;
}

static void remember(struct conf_survey *s, const struct conf_span *span,
		     const struct conf_surveyed *entry)
{
	if (s->place_count < CONF_SURVEY_PLACES)
		s->places[s->place_count++] = (struct conf_survey_place){
			.file = span->file,
			.line = span->line,
			.column = span->column,
			.entry = (uint16_t)(entry - s->list),
		};
}

void conf_survey_word(struct conf_survey *s, const struct conf_block *block,
		      const struct conf_row *row, const struct conf_word *words,
		      size_t count, bool inside)
{
	const struct conf_span *span = &words[0].place.span;
	enum conf_fate fate = fate_of(row, words, count, inside);
	struct conf_surveyed wanted = {
		.fate = fate,
		.block = block->name,
		.word = row ? row->word : shown(s, block, words[0].text),
		.how = how_of(row, fate),
		.file = span->file,
		.line = span->line,
		.row = row,
	};
	struct conf_surveyed *one = NULL;

	if (wanted.word) {
		wanted.hash = map_hash(wanted.word, strlen(wanted.word));
		one = entry_of(s, &wanted);
	}
	if (!one) {
		s->left_out++;
		return;
	}
	one->count++;
	remember(s, span, one);
}

/* The word that stands there, or before that in its line. */
static struct conf_survey_place *place_at(struct conf_survey *s,
					  const struct conf_span *span)
{
	struct conf_survey_place *found = NULL;

	for (size_t n = 0; n < s->place_count; n++) {
		struct conf_survey_place *p = &s->places[n];

		if (p->line == span->line && p->column <= span->column &&
		    strcmp(p->file, span->file) == 0 &&
		    (!found || found->column <= p->column))
			found = p;
	}
	return found;
}

/* One that nothing is counted for any more. */
static void drop(struct conf_survey *s, size_t entry)
{
	s->count--;
	memmove(&s->list[entry], &s->list[entry + 1],
		(s->count - entry) * sizeof(s->list[0]));
	for (size_t n = 0; n < s->place_count; n++)
		if (s->places[n].entry > entry)
			s->places[n].entry--;
	index_all(s);
}

void conf_survey_useless(struct conf_survey *s, const struct conf_span *span,
			 const char *why)
{
	struct conf_survey_place *p = place_at(s, span);
	struct conf_surveyed wanted, *to;
	size_t from;

	if (!p || s->list[p->entry].fate > CONF_DIFFERS)
		return;
	from = p->entry;
	wanted = s->list[from];
	wanted.fate = CONF_NO_EFFECT;
	wanted.how = why;
	wanted.file = p->file;
	wanted.line = p->line;
	wanted.count = 0;
	to = entry_of(s, &wanted);
	if (!to)
		return;
	to->count++;
	p->entry = (uint16_t)(to - s->list);
	if (--s->list[from].count == 0)
		drop(s, from);
}
