/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list grows while its block is read and is copied to the model when that has
 * closed and was finished, unless the model has the same one already.
 */
#include "conf/schema/gather.h"
#include "base/must.h"
#include "base/secret.h"
#include "conf/schema/schema.h"

#include <string.h>

struct conf_gather *conf_gather(struct conf_reader *r, struct conf_frame *frame,
				const struct conf_block *block,
				const struct conf_row *row, void *object)
{
	struct conf_gather *g;

	for (unsigned i = 0; i < frame->count; i++) {
		g = &frame->gathers[i];
		if (g->object == object && g->row->offset == row->offset &&
		    g->row->count == row->count)
			return g;
	}
	MUST(frame->count < CONF_GATHERS_MAX);
	g = &frame->gathers[frame->count++];
	*g = (struct conf_gather){
		.row = row,
		.block = block,
		.object = object,
		.items = { .items = r->spare,
			   .capacity = r->spare_size / row->block->size },
	};
	r->spare = NULL;
	r->spare_size = 0;
	return g;
}

static void set_list(const struct conf_gather *g, const void *items,
		     size_t count)
{
	memcpy((char *)g->object + g->row->offset, &items, sizeof(items));
	conf_row_set_items(g->row, g->object, count);
}

void conf_gathers_lend(struct conf_frame *frame)
{
	for (unsigned i = 0; i < frame->count; i++) {
		const struct conf_gather *g = &frame->gathers[i];

		set_list(g, g->items.items, g->items.count);
	}
}

/* Of rows that add to one list the one that it belongs to. */
static const struct conf_row *owner_of(const struct conf_gather *g)
{
	const struct conf_row *one = g->row;

	for (size_t i = 0; one && one->flags & CONF_ALIAS; i++) {
		one = conf_row_at(g->block, i);
		if (one && (one->offset != g->row->offset ||
			    one->count != g->row->count))
			one = g->row; /* the next one, then */
	}
	return one ? one : g->row;
}

static bool changes_lists(const struct conf_gather *g)
{
	return g->block->changes_lists && g->block->changes_lists(g->object);
}

/* What may change yet is not shared. */
static bool is_final(const struct conf_gather *g,
		     const struct conf_shared *list)
{
	const char *items = list->items;

	for (size_t k = 0; k < list->count; k++)
		if (conf_row_of_item(g->block, list->row,
				     items + k * list->row->block->size)
			    ->block->changes)
			return false;
	return true;
}

static bool same(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_array *lists = context;
	const struct conf_shared *all = lists->items;

	return conf_shared_same(&all[a], &all[b]);
}

/* A list that is the same, or this one, which is found from now on. NULL: it
 * is alone. */
static struct conf_shared *enrol(struct conf_reader *r,
				 const struct conf_shared *list)
{
	struct conf_shared *one;
	uint32_t found;

	if (r->lists.count == CONF_LISTS_MAX)
		return NULL;
	one = conf_array_add(&r->lists, r->memory, sizeof(*one), 1);
	if (!one)
		return NULL;
	*one = *list;
	r->list_index.same = same;
	r->list_index.context = &r->lists;
	found = conf_index_put(&r->list_index, r->memory, conf_shared_hash(one),
			       (uint32_t)(r->lists.count - 1));
	if (found == CONF_INDEX_NONE)
		return one;
	r->lists.count--;
	return (struct conf_shared *)r->lists.items + found;
}

/* A list of the model with these items, or NULL: there is no memory. */
static const void *keep(struct conf_reader *r, const struct conf_gather *g,
			const void *items, size_t count)
{
	const struct conf_row *owner = owner_of(g);
	const struct conf_shared list = { owner, items, (uint32_t)count, 0 };
	struct conf_shared *last = NULL, *one = NULL;
	size_t size = count * owner->block->size;
	void *copy;

	if (r->memory->failed)
		return NULL;
	if (owner->flags & CONF_SHARES && !changes_lists(g)) {
		last = conf_shared_last(r->shared, owner);
		if (last->items && conf_shared_same(last, &list))
			return last->items; /* as most are */
		if (is_final(g, &list))
			one = enrol(r, &list);
	}
	if (!one || one->items == items) {
		copy = arena_alloc(r->arena, size);
		if (!copy)
			return NULL;
		memcpy(copy, items, size);
		if (!one)
			return copy;
		one->items = copy;
	}
	*last = *one;
	return one->items;
}

void conf_gathers_keep(struct conf_reader *r, struct conf_frame *frame)
{
	for (unsigned i = 0; i < frame->count; i++) {
		struct conf_gather *g = &frame->gathers[i];
		size_t count = conf_row_items(g->row, g->object);
		const void *list = NULL;

		if (count > 0)
			list = keep(r, g, g->items.items, count);
		if (count > 0 && !list) {
			r->memory->failed = true;
			count = 0;
		}
		set_list(g, list, count);
		secret_wipe(g->items.items,
			    g->items.count * g->row->block->size);
		if (r->spare)
			r->memory->give_back(r->spare);
		r->spare = g->items.items;
		r->spare_size = g->items.capacity * g->row->block->size;
		g->items = (struct conf_array){ 0 };
	}
}
