/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/schema.h"
#include "base/must.h"
#include "base/nearest.h"

#include <string.h>

static const struct {
	const char *name, *sentence;
} standings[] = {
	[CONF_DONE] = { "done", "baton does it" },
	[CONF_LATER] = { "later",
			 "accepted and left out, since baton does not do it "
			 "yet; nothing becomes less safe without it" },
	[CONF_NEEDED] = { "needed",
			  "baton does not do it yet, and refuses the file, "
			  "since the rest would be less safe without it" },
	[CONF_INERT] = { "inert",
			 "accepted without effect: baton has no use for it" },
};

_Static_assert(ARRAY_LENGTH(standings) == CONF_STANDING_COUNT, "names");

const char *conf_standing_name(enum conf_standing standing)
{
	MUST(standing < CONF_STANDING_COUNT);
	return standings[standing].name;
}

const char *conf_standing_sentence(enum conf_standing standing)
{
	MUST(standing < CONF_STANDING_COUNT);
	return standings[standing].sentence;
}

const struct conf_row *conf_row_at(const struct conf_block *block,
				   size_t number)
{
	for (size_t i = 0; i < CONF_PARTS_MAX && block->parts[i]; i++) {
		if (number < block->parts[i]->count)
			return &block->parts[i]->list[number];
		number -= block->parts[i]->count;
	}
	return NULL;
}

const struct conf_row *conf_row_find(const struct conf_block *block,
				     const char *word)
{
	for (size_t i = 0; i < CONF_PARTS_MAX; i++) {
		const struct conf_rows *part = block->parts[i];

		for (size_t k = 0; part && k < part->count; k++) {
			const char *one = part->list[k].word;

			if (one[0] == word[0] && strcmp(one, word) == 0)
				return &part->list[k];
		}
	}
	return NULL;
}

const struct conf_row *conf_row_of_kind(const struct conf_block *block,
					const struct conf_row *list,
					uint8_t kind)
{
	const struct conf_row *row;

	for (size_t i = 0; (row = conf_row_at(block, i)); i++)
		if (row->kind == kind && row->offset == list->offset &&
		    row->count == list->count && row->preset == list->preset)
			return row;
	return NULL;
}

const struct conf_row *conf_row_of_item(const struct conf_block *block,
					const struct conf_row *list,
					const void *item)
{
	const struct conf_row *row;
	uint8_t kind;

	if (list->preset == CONF_NO)
		return list;
	memcpy(&kind, (const char *)item + list->preset, sizeof(kind));
	row = conf_row_of_kind(block, list, kind);
	MUST(row);
	return row;
}

const char *conf_row_nearest(const struct conf_block *block, const char *word)
{
	const struct conf_row *row;
	struct nearest near;

	nearest_begin(&near, word);
	for (size_t i = 0; (row = conf_row_at(block, i)); i++)
		nearest_offer(&near, row->word);
	return near.count > 0 ? near.words[0] : NULL;
}

static bool has(const struct conf_block *block,
		bool (*is)(const struct conf_block *block,
			   const struct conf_row *row),
		size_t depth)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	while ((row = conf_row_next(&rows)))
		if (is(block, row) || (row->block && depth < CONF_PATH_MAX &&
				       has(row->block, is, depth + 1)))
			return true;
	return false;
}

bool conf_block_has(const struct conf_block *block,
		    bool (*is)(const struct conf_block *block,
			       const struct conf_row *row))
{
	return has(block, is, 0);
}

/* A walk through all rows. */
struct walk {
	struct conf_path path;
	bool (*found)(void *to, const struct conf_path *path);
	void *to;
};

static bool walk(struct walk *w, const struct conf_block *block,
		 const struct conf_row *opener)
{
	size_t depth = w->path.depth;
	const struct conf_row *row;

	if (depth == CONF_PATH_MAX)
		return true;
	w->path.blocks[depth] = block;
	w->path.openers[depth] = opener;
	for (size_t i = 0; (row = conf_row_at(block, i)); i++) {
		w->path.depth = depth + 1;
		w->path.row = row;
		if (!w->found(w->to, &w->path))
			return false;
		if (row->block && !walk(w, row->block, row))
			return false;
	}
	w->path.depth = depth;
	return true;
}

void conf_rows_each(const struct conf_block *top,
		    bool (*found)(void *to, const struct conf_path *path),
		    void *to)
{
	struct walk w = { .found = found, .to = to };

	walk(&w, top, NULL);
}

struct wanted {
	const char *word;
	struct conf_path path;
};

static bool is_wanted(void *to, const struct conf_path *path)
{
	struct wanted *w = to;

	if (strcmp(path->row->word, w->word) != 0)
		return true;
	w->path = *path;
	return false;
}

bool conf_row_anywhere(const struct conf_block *top, const char *word,
		       struct conf_path *path)
{
	struct wanted w = { .word = word };

	conf_rows_each(top, is_wanted, &w);
	if (w.path.row)
		*path = w.path;
	return w.path.row;
}
