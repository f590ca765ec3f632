/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statements to structs. No keyword is named here but through its row. Lists
 * are in gather.c; what stands in a block that baton does not do is only looked
 * at.
 */
#include "conf/schema/read.h"
#include "base/map.h"
#include "base/must.h"
#include "conf/schema/defaults.h"
#include "conf/schema/gather.h"
#include "conf/schema/schema.h"
#include "conf/schema/survey.h"
#include "conf/schema/tell.h"
#include "conf/schema/types.h"

#include <string.h>

/* Where a statement stands. */
struct place {
	struct conf_frame *frame;
	const struct conf_block *block;
	void *object; /* NULL: nothing is kept of it */
};

/* Words that must never be shown, to be taken out of what was told. */
static void remember_secrets(struct conf_reader *r, const struct conf_row *row,
			     const struct conf_node *node)
{
	for (size_t i = 1; i < node->count && (row->flags & CONF_SECRET); i++) {
		const struct conf_word *word = &node->words[i];

		conf_reader_secret(r, word->text);
		if (word->plain != word->text)
			conf_reader_secret(r, word->plain);
	}
}

/* Marks a field as written. */
static void mark(struct conf_reader *r, const struct place *at,
		 const struct conf_row *row, const struct conf_word *word,
		 bool wrong)
{
	struct conf_note *note = at->frame->note;
	struct conf_mark *new;

	if (!note)
		return;
	new = r->marks;
	if (new)
		r->marks = new->next;
	else
		new = arena_alloc(r->scratch, sizeof(*new));
	if (!new) {
		r->memory->failed = true;
		return;
	}
	*new = (struct conf_mark){
		.next = note->marks,
		.row = row,
		.offset = (uint32_t)((const char *)at->object + row->offset -
				     at->frame->base),
		.wrong = wrong,
		.span = word->place.span,
	};
	note->marks = new;
}

/* Nobody looks at this note again. */
static void forget(struct conf_reader *r, struct conf_note *note)
{
	while (note->marks) {
		struct conf_mark *mark = note->marks;

		note->marks = mark->next;
		mark->next = r->marks;
		r->marks = mark;
	}
}

static bool written_before(const struct place *at, const struct conf_row *row)
{
	const struct conf_note *note = at->frame->note;
	uint32_t offset = (uint32_t)((const char *)at->object + row->offset -
				     at->frame->base);

	return note && conf_note_has(note, offset);
}

/* A word with a value. */
static void value(struct conf_reader *r, const struct place *at,
		  const struct conf_row *row, const struct conf_node *node)
{
	const struct conf_word *words = node->words + 1;
	size_t count = node->count - 1;
	int took;

	if (count < row->type->least) {
		conf_tell_too_few(r, row, &node->words[0]);
		mark(r, at, row, &node->words[0], true);
		return;
	}
	took = -1; /* an = is no value, though it could be a name */
	if (count < 2 || words[0].quoted || strcmp(words[0].text, "=") != 0)
		took = row->type->read(r, row, words, count, at->object);
	if (took < 0) {
		conf_tell_wrong(r, row, &words[count > 0 ? 0 : -1],
				count > 0 ? count : 1);
		mark(r, at, row, &words[0], true);
		return;
	}
	if (written_before(at, row))
		conf_report(r->report, CONF_WARNING, &node->words[0].place,
			    "remove the one that is not meant",
			    "this was said before in the same block; the last "
			    "one counts");
	mark(r, at, row, &node->words[took], false);
	if ((size_t)took < count)
		conf_tell_superfluous(r, at->block, row->word, &words[took]);
}

/* A word of a line, or of a statement with its values. */
static void survey(struct conf_reader *r, const struct conf_block *block,
		   const struct conf_row *row, const struct conf_word *words,
		   size_t count)
{
	if (r->survey)
		conf_survey_word(r->survey, block, row, words, count, r->quiet);
}

static void statement(struct conf_reader *r, const struct place *at,
		      const struct conf_node *node);

static void statements(struct conf_reader *r, const struct place *at,
		       const struct conf_node *node)
{
	const struct conf_node *child = node->children;

	for (; child && !at->block->free_form; child = child->next)
		statement(r, at, child);
}

static void set_defaults(struct conf_reader *r, const struct conf_block *block,
			 void *item)
{
	struct conf_fresh *f = r->fresh;

	while (f < r->fresh + CONF_FRESH_MAX && f->block && f->block != block)
		f++;
	if (f < r->fresh + CONF_FRESH_MAX && f->block) {
		memcpy(item, f->object, block->size);
		return;
	}
	memset(item, 0, block->size);
	conf_defaults_reset(block, item);
	if (f == r->fresh + CONF_FRESH_MAX)
		return;
	f->object = arena_raw(r->scratch, block->size);
	if (!f->object)
		return;
	f->block = block;
	memcpy(f->object, item, block->size);
}

/* Room for one more item, reset to its defaults; NULL: there is none. */
static void *new_item(struct conf_reader *r, struct conf_gather *g,
		      const struct conf_row *row, const struct conf_word *word)
{
	const struct conf_block *block = row->block;
	uint32_t most = block->items_max ? block->items_max : CONF_ITEMS_MAX;
	char *item;

	if (g->items.count >= most) {
		if (!g->full)
			conf_report(r->report, CONF_ERROR, &word->place, NULL,
				    "%s has more than %u entries", row->word,
				    most);
		g->full = true;
		return NULL;
	}
	item = conf_array_room(&g->items, r->memory, block->size, 1);
	if (!item)
		return NULL;
	set_defaults(r, block, item);
	if (block->span != CONF_NO)
		memcpy(item + block->span, &word->place.span,
		       sizeof(word->place.span));
	if (row->preset != CONF_NO)
		item[row->preset] = (char)row->kind;
	return item;
}

/*
 * What stands before the words of a block or line. Returns how many words it
 * took, or -1: it cannot be used, which was told.
 */
static int heads(struct conf_reader *r, const struct conf_row *list,
		 const struct conf_word *words, size_t count,
		 const struct conf_word *before, void *item)
{
	const struct conf_block *block = list->block;
	size_t took = 0;

	for (size_t i = 0; i < block->heads.count; i++) {
		const struct conf_row *row = &block->heads.list[i];
		int used;

		if (count - took < (row->type->least ? row->type->least : 1)) {
			if (i >= block->heads_least)
				break;
			conf_tell_too_few(r, row, before);
			return -1;
		}
		used = row->type->read(r, row, words + took, count - took,
				       item);
		if (used < 0 && i >= block->heads_least)
			break;
		if (used < 0) {
			conf_tell_wrong(r, row, &words[took], count - took);
			return -1;
		}
		took += (size_t)used;
	}
	return (int)took;
}

/* The options behind the heads of a line. */
static void options(struct conf_reader *r, const struct conf_row *list,
		    const struct conf_node *node, size_t at, void *item)
{
	const struct conf_block *block = list->block;
	bool unknown = false; /* the word before was: this may be its value */

	while (at < node->count) {
		const struct conf_word *word = &node->words[at];
		const struct conf_row *row = conf_row_find(block, word->text);
		size_t left = node->count - at - 1;
		int took;

		if (row || !unknown)
			survey(r, block, row, word, 1);
		if (!row) {
			if (!unknown)
				conf_tell_unknown(r, block, node, word);
			unknown = true;
			at++;
			continue;
		}
		unknown = false;
		conf_tell_standing(r, row, word, 1);
		if (row->standing != CONF_DONE || !row->type->read) {
			at += 1 + (size_t)row->maximum;
			continue;
		}
		if (left < row->type->least) {
			conf_tell_too_few(r, row, word);
			return;
		}
		took = row->type->read(
			r, row, word + 1,
			left < row->type->most ? left : row->type->most, item);
		if (took < 0)
			conf_tell_wrong(r, row, word + 1, left);
		at += 1 + (took < 0 ? row->type->least : (size_t)took);
	}
}

/* One line of a list, or one item of it. How many words that has. */
static size_t line(struct conf_reader *r, const struct place *at,
		   const struct conf_row *row, const struct conf_node *node,
		   size_t first)
{
	size_t count = node->count - first;
	struct conf_gather *g =
		conf_gather(r, at->frame, at->block, row, at->object);
	void *item = new_item(r, g, row, &node->words[first]);
	int took;

	if (!item)
		return 1;
	took = heads(r, row, node->words + first, count, &node->words[first],
		     item);
	if (took < 0) {
		g->items.count--;
		mark(r, at, row, &node->words[first], true);
		return 1;
	}
	if (row->type == &conf_type_each)
		; /* another item follows */
	else if (row->block->parts[0])
		options(r, row, node, first + (size_t)took, item);
	else if ((size_t)took < count)
		conf_tell_superfluous(r, row->block, node->words[first].text,
				      &node->words[first + (size_t)took]);
	if (row->block->finish)
		row->block->finish(r, item, at->frame->note);
	return (size_t)took;
}

/* A line that takes no block. */
static bool is_line(struct conf_reader *r, const struct place *at,
		    const struct conf_row *row, const struct conf_node *node)
{
	if (!node->block)
		return true;
	conf_report(r->report, CONF_ERROR, &node->words[0].place, NULL,
		    "a line of %s takes no block", row->word);
	mark(r, at, row, &node->words[0], true);
	return false;
}

static void lines(struct conf_reader *r, const struct place *at,
		  const struct conf_row *row, const struct conf_node *node)
{
	const struct conf_node *child = node->children;

	mark(r, at, row, &node->words[0], false);
	if (node->count > 1)
		conf_tell_superfluous(r, at->block, row->word, &node->words[1]);
	for (; child && !r->memory->failed; child = child->next) {
		if (!is_line(r, at, row, child))
			continue;
		if (row->type != &conf_type_each) {
			line(r, at, row, child, 0);
			continue;
		}
		for (size_t i = 0; i < child->count;)
			i += line(r, at, row, child, i);
	}
}

/* A block that becomes an item of a list. */
static void item(struct conf_reader *r, const struct place *at,
		 const struct conf_row *row, const struct conf_node *node)
{
	struct conf_gather *g =
		conf_gather(r, at->frame, at->block, row, at->object);
	bool is_top = at->frame == &r->top;
	const struct conf_word *name = &node->words[node->count > 1];
	struct conf_note none = { .span = name->place.span };
	struct conf_note *note = &none;
	void *object = new_item(r, g, row, name);
	struct conf_frame frame; /* large: what is not used is not set */
	struct place inside = { &frame, row->block, object };
	int took;

	if (!object)
		return;
	took = heads(r, row, node->words + 1, node->count - 1, &node->words[0],
		     object);
	if (took < 0) {
		g->items.count--;
		return;
	}
	if ((size_t)took + 1 < node->count)
		conf_tell_superfluous(r, row->block, row->word,
				      &node->words[took + 1]);
	if (is_top)
		note = conf_array_add(&g->notes, r->memory, sizeof(*note), 1);
	if (!note) {
		g->items.count--;
		return;
	}
	note->span = name->place.span;
	frame.outer = at->frame;
	frame.note = note;
	frame.base = object;
	frame.count = 0;
	statements(r, &inside, node);
	conf_gathers_lend(&frame);
	if (row->block->finish && (!is_top || row->block->is_alone))
		row->block->finish(r, object, note);
	conf_gathers_keep(r, &frame);
	if (!is_top)
		forget(r, note);
}

/* A block: an item of a list, a struct in the struct, or nothing. */
static void block(struct conf_reader *r, const struct place *at,
		  const struct conf_row *row, const struct conf_node *node)
{
	struct place inside = { at->frame, row->block, NULL };
	bool quiet = r->quiet;

	if (!at->object || row->standing != CONF_DONE ||
	    row->block->size == 0) {
		r->quiet = true;
		if (row->type == &conf_type_block)
			statements(r, &inside, node);
		r->quiet = quiet;
		return;
	}
	if (row->type != &conf_type_block) {
		lines(r, at, row, node);
		return;
	}
	if (row->count != CONF_NO) {
		item(r, at, row, node);
		return;
	}
	if (node->count > 1)
		conf_tell_superfluous(r, row->block, row->word,
				      &node->words[1]);
	inside.object = (char *)at->object + row->offset;
	statements(r, &inside, node);
}

static const struct conf_row *find(struct conf_reader *r,
				   const struct conf_block *block,
				   const struct conf_word *word)
{
	size_t n = (uintptr_t)block / sizeof(*block) * 5 + word->length * 7 +
		   (unsigned char)word->text[0];
	struct conf_known *k = &r->known[n % CONF_KNOWN_MAX];

	if (k->block != block || strcmp(k->row->word, word->text) != 0) {
		const struct conf_row *row = conf_row_find(block, word->text);

		if (!row)
			return NULL;
		*k = (struct conf_known){ block, row };
	}
	return k->row;
}

static void statement(struct conf_reader *r, const struct place *at,
		      const struct conf_node *node)
{
	const struct conf_word *word = &node->words[0];
	const struct conf_row *row = find(r, at->block, word);

	if (r->memory->failed || (word->text[0] == '\0' && !word->quoted))
		return; /* a { without a word was reported by the tree */
	if (at->block->bare) {
		survey(r, at->block, at->block->bare, node->words, node->count);
		if (at->object && is_line(r, at, at->block->bare, node))
			line(r, at, at->block->bare, node, 0);
		return;
	}
	survey(r, at->block, row, node->words, node->count);
	if (!row) {
		conf_tell_unknown(r, at->block, node, word);
		return;
	}
	remember_secrets(r, row, node);
	if (!node->block && node->count > 1 && row->flags & CONF_ONE_LINE) {
		if (at->object) {
			mark(r, at, row, word, false);
			line(r, at, row, node, 1);
		}
		return;
	}
	if (node->block != (row->block != NULL)) {
		conf_tell_shape(r, row, word);
		if (at->object && row->standing == CONF_DONE)
			mark(r, at, row, word, true);
		return;
	}
	conf_tell_standing(r, row, node->words, node->count);
	if (row->block) {
		block(r, at, row, node);
	} else if (at->object && row->standing == CONF_DONE &&
		   row->type->read) {
		value(r, at, row, node);
	} else if (!r->quiet && !row->type->read) {
		if (node->count - 1 < (size_t)row->minimum)
			conf_tell_too_few(r, row, word);
		else if (node->count - 1 > (size_t)row->maximum)
			conf_tell_superfluous(r, at->block, row->word,
					      &node->words[row->maximum + 1]);
	}
}

void conf_read_node(void *to, const struct conf_node *node)
{
	struct conf_reader *r = to;
	struct place top = { &r->top, r->schema->top, r->root };

	if (!r->top.note) {
		r->top.note = &r->note;
		r->top.base = r->root;
		conf_defaults_reset(r->schema->top, r->root);
	}
	statement(r, &top, node);
}

void conf_read_end(struct conf_reader *r)
{
	if (!r->top.note) {
		r->top.note = &r->note;
		r->top.base = r->root;
		conf_defaults_reset(r->schema->top, r->root);
	}
	conf_gathers_lend(&r->top);
	conf_gathers_keep(r, &r->top);
	if (!r->memory->failed)
		conf_defaults_finish(r);
}

void conf_read_free(struct conf_reader *r)
{
	for (unsigned i = 0; i < r->top.count; i++)
		conf_array_free(&r->top.gathers[i].notes, r->memory);
	conf_array_free(&r->texts, r->memory);
	conf_array_free(&r->secrets, r->memory);
	conf_index_free(&r->text_index, r->memory);
	conf_array_free(&r->lists, r->memory);
	if (r->spare)
		r->memory->give_back(r->spare);
	conf_index_free(&r->list_index, r->memory);
}
