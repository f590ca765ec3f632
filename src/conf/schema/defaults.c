/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/defaults.h"
#include "conf/schema/schema.h"

#include <string.h>

void conf_defaults_reset(const struct conf_block *block, void *object)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	for (size_t i = 0; i < block->heads.count; i++)
		block->heads.list[i].type->reset(&block->heads.list[i], object);
	while ((row = conf_row_next(&rows))) {
		if (row->standing != CONF_DONE || (row->flags & CONF_ALIAS))
			continue;
		if (row->type->reset)
			row->type->reset(row, object);
		else if (row->block && row->count == CONF_NO &&
			 row->block->size > 0)
			conf_defaults_reset(row->block,
					    (char *)object + row->offset);
	}
}

/* The field of the global defaults, for what was not written. */
static void inherit(const struct conf_reader *r, const struct conf_row *row,
		    char *object)
{
	const char *defaults = (const char *)r->root + r->schema->defaults;

	memcpy(object + row->offset, defaults + row->inherits, row->size);
}

/* Fields of a struct, and of the structs in it, whose note this is. */
static void finish(struct conf_reader *r, const struct conf_block *block,
		   char *object, const char *base, const struct conf_note *note)
{
	struct conf_rows_walk rows = { block, 0, 0 };
	const struct conf_row *row;

	while ((row = conf_row_next(&rows))) {
		uint32_t offset = (uint32_t)(object + row->offset - base);

		if (row->standing != CONF_DONE || (row->flags & CONF_ALIAS))
			continue;
		if ((row->flags & CONF_INHERITS) &&
		    !conf_note_has(note, offset))
			inherit(r, row, object);
		if (row->block && row->count == CONF_NO && row->block->size > 0)
			finish(r, row->block, object + row->offset, base, note);
	}
	if (block->finish && object != r->root && !block->is_alone)
		block->finish(r, object, note);
}

void conf_defaults_finish(struct conf_reader *r)
{
	const struct conf_block *top = r->schema->top;

	finish(r, top, r->root, r->root, &r->note);
	for (unsigned i = 0; i < r->top.count; i++) {
		const struct conf_gather *g = &r->top.gathers[i];
		const struct conf_note *notes = g->notes.items;
		size_t size = g->row->block->size;
		char *items;

		memcpy(&items, (char *)r->root + g->row->offset, sizeof(items));
		for (size_t k = 0; k < g->notes.count; k++)
			finish(r, g->row->block, items + k * size,
			       items + k * size, &notes[k]);
	}
	if (top->finish)
		top->finish(r, r->root, &r->note);
}
