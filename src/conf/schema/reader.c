/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/reader.h"
#include "base/map.h"

#include <string.h>

static bool same_text(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_array *texts = context;
	const char *const *list = texts->items;

	return strcmp(list[a], list[b]) == 0;
}

const char *conf_reader_text(struct conf_reader *r, const char *text)
{
	size_t length = strlen(text);
	const char **slot;
	uint32_t found;

	slot = conf_array_add(&r->texts, r->memory, sizeof(*slot), 1);
	if (!slot)
		return "";
	*slot = text;
	r->text_index.same = same_text;
	r->text_index.context = &r->texts;
	found = conf_index_put(&r->text_index, r->memory,
			       map_hash(text, length),
			       (uint32_t)(r->texts.count - 1));
	if (found != CONF_INDEX_NONE) {
		r->texts.count--;
		return ((const char **)r->texts.items)[found];
	}
	*slot = arena_text(r->arena, text, length);
	if (!*slot) {
		*slot = "";
		r->memory->failed = true;
	}
	return *slot;
}

void conf_reader_interface(struct conf_reader *r, const struct conf_word *word)
{
	if (r->source->has_interface && !r->quiet &&
	    !r->source->has_interface(r->source->context, word->text))
		conf_report(r->report, CONF_NOTE, &word->place,
			    "it is waited for; ip link shows those that exist",
			    "this machine has no interface %s now", word->text);
}

void conf_reader_secret(struct conf_reader *r, const char *text)
{
	const char *const *list = r->secrets.items;
	const char **slot = NULL;

	/* Many routers have one password. */
	for (size_t i = 0; i < r->secrets.count; i++)
		if (strcmp(list[i], text) == 0)
			return;
	if (r->secrets.count < CONF_SECRETS_MAX)
		slot = conf_array_add(&r->secrets, r->memory, sizeof(*slot), 1);
	if (slot)
		*slot = arena_text(r->scratch, text, strlen(text));
	if (slot && !*slot)
		r->memory->failed = true;
}

const struct conf_mark *conf_note_find(const struct conf_note *note,
				       uint32_t offset)
{
	const struct conf_mark *mark = note->marks;

	while (mark && mark->offset != offset)
		mark = mark->next;
	return mark;
}

bool conf_note_has(const struct conf_note *note, uint32_t offset)
{
	const struct conf_mark *mark = note->marks;

	for (; mark; mark = mark->next) {
		if (mark->offset == offset && !mark->wrong)
			return true;
	}
	return false;
}

struct conf_place conf_note_place(const struct conf_note *note, uint32_t offset)
{
	const struct conf_mark *mark = conf_note_find(note, offset);

	return (struct conf_place){ .span = mark ? mark->span : note->span };
}

const struct conf_note *conf_reader_note(const struct conf_reader *r,
					 const struct conf_block *block,
					 size_t number)
{
	for (unsigned i = 0; i < r->top.count; i++) {
		const struct conf_gather *g = &r->top.gathers[i];

		if (g->row->block == block && number < g->notes.count)
			return (const struct conf_note *)g->notes.items +
			       number;
	}
	return NULL;
}
