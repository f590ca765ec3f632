/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two structs value by value, by their rows. Lists are compared as sets by
 * what an item is (its block's `same`), in linear time; the order of a list
 * is told only when nothing else of it differs.
 */
#include "conf/schema/compare.h"
#include "base/map.h"
#include "base/must.h"
#include "conf/schema/print.h"
#include "conf/schema/schema.h"
#include "conf/schema/types.h"

#include <string.h>

void conf_difference_write(void *to, const char *text, size_t length)
{
	struct conf_difference *d = to;
	size_t room = sizeof(d->text) - 1 - d->length;

	if (length > room)
		length = room;
	memcpy(d->text + d->length, text, length);
	d->length += length;
	d->text[d->length] = '\0';
}

/* What is handed down while two structs are compared. */
struct comparing {
	struct conf_difference *text;
	struct conf_out out;
	struct arena *scratch;
	bool failed;
};

/* Puts what stands before the next part. */
static void part(struct comparing *c)
{
	conf_put_text(&c->out, c->text->any ? ", " : ": ");
	c->text->any = true;
}

/* A flag without its opposite is said by its word alone. */
static void put_value(struct comparing *c, const struct conf_row *row,
		      const void *object)
{
	if (row->type->is_flag)
		conf_put_text(&c->out,
			      conf_field_get(row, object) == row->minimum
				      ? " on"
				      : " off");
	else if (row->flags & CONF_SECRET)
		conf_put_text(&c->out, " (hidden)");
	else if (conf_row_is_shown(row, object))
		row->type->print(row, object, &c->out);
	else
		conf_put_text(&c->out, " default");
}

/* A list in both structs. */
struct list {
	const struct conf_block *in; /* the row's block */
	const struct conf_row *row;
	const char *items;
	size_t count;
	struct map map;
};

static const char *item_at(const struct list *l, size_t i)
{
	return l->items + i * l->row->block->size;
}

static bool same_item(const void *context, uint32_t number, const void *key)
{
	const struct list *l = context;

	return l->row->block->same(item_at(l, number), key);
}

/* The block of an item, which may be one of several kinds. */
static const struct conf_block *block_of(const struct list *l, const char *item)
{
	return conf_row_of_item(l->in, l->row, item)->block;
}

static void open_list(struct list *l, const struct conf_block *in,
		      const struct conf_row *row, const void *object)
{
	l->in = in;
	l->row = row;
	l->items = *(char *const *)(const void *)((const char *)object +
						  row->offset);
	l->count = conf_row_items(row, object);
}

static bool index_list(struct comparing *c, struct list *l)
{
	void *memory;

	memory = arena_alloc(c->scratch,
			     map_memory(l->count ? (uint32_t)l->count : 1));
	if (!memory) {
		c->failed = true;
		return false;
	}
	map_init(&l->map, memory, l->count ? (uint32_t)l->count : 1, same_item,
		 l);
	for (size_t i = 0; i < l->count; i++)
		MUST(map_put(&l->map, l->row->block->hash(item_at(l, i)),
			     (uint32_t)i) == 0);
	return true;
}

static const char *find(const struct list *l, const char *item)
{
	uint32_t found = map_find(&l->map, l->row->block->hash(item), item);

	return found == MAP_NONE ? NULL : item_at(l, found);
}

static bool is_compared(const struct conf_row *row)
{
	return row->standing == CONF_DONE && !(row->flags & CONF_ALIAS);
}

static bool is_list(const struct conf_row *row)
{
	return row->type->lists && row->block->size > 0 &&
	       row->count != CONF_NO && row->block->same;
}

static bool equal_list(const struct list *a, const struct list *b);

static bool equal_rows(const struct conf_block *block, const char *a,
		       const char *b)
{
	const struct conf_row *row;

	for (size_t i = 0; (row = conf_row_at(block, i)); i++) {
		struct list one, two;

		if (!is_compared(row))
			continue;
		if (row->type->equal && !row->type->equal(row, a, b))
			return false;
		if (!is_list(row))
			continue;
		open_list(&one, block, row, a);
		open_list(&two, block, row, b);
		if (!equal_list(&one, &two))
			return false;
	}
	return true;
}

/* True if all of two items that are the same thing is equal. */
static bool equal_item(const struct list *list, const char *a, const char *b)
{
	const struct conf_block *block = block_of(list, a);
	uint32_t preset = list->row->preset;

	if (preset != CONF_NO && a[preset] != b[preset])
		return false;
	for (size_t i = 0; i < block->heads.count; i++) {
		const struct conf_row *row = &block->heads.list[i];

		if (!row->type->equal(row, a, b))
			return false;
	}
	return equal_rows(block, a, b);
}

/* Equal one by one, in the same order. */
static bool equal_list(const struct list *a, const struct list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!equal_item(a, item_at(a, i), item_at(b, i)))
			return false;
	}
	return true;
}

/* One after another may have the same two. */
static bool is_known_equal(struct conf_difference *d, const struct list *a,
			   const struct list *b)
{
	if (a->count != b->count)
		return false;
	if (d->equal[0] == a->items && d->equal[1] == b->items &&
	    d->equal_count == a->count)
		return true;
	if (!equal_list(a, b))
		return false;
	d->equal[0] = a->items;
	d->equal[1] = b->items;
	d->equal_count = a->count;
	return true;
}

/* A block that its word alone tells from others. */
static bool is_of_a_kind(const struct conf_row *row)
{
	return row->type == &conf_type_block && row->preset != CONF_NO;
}

static void put_item(struct comparing *c, const struct list *l,
		     const char *item)
{
	const struct conf_row *its = conf_row_of_item(l->in, l->row, item);

	if (is_of_a_kind(its)) {
		conf_put_text(&c->out, its->word);
	} else {
		if (its->kind != 0)
			conf_put_text(&c->out, "excluded ");
		conf_print_line(its->block, item, &c->out);
	}
}

/* Begins "VERB [NOUN] ", or only counts when enough are named. */
static bool name_next(struct comparing *c, const struct list *l,
		      const char *verb, size_t *named)
{
	if ((*named)++ >= CONF_NAMED_MAX)
		return false;
	part(c);
	conf_put(&c->out, "%s ", verb);
	if (l->row->block->noun)
		conf_put(&c->out, "%s ", l->row->block->noun);
	return true;
}

static void count_rest(struct comparing *c, const char *verb, size_t named)
{
	if (named <= CONF_NAMED_MAX)
		return;
	part(c);
	conf_put(&c->out, "%s %zu more", verb, named - CONF_NAMED_MAX);
}

static void put_missing(struct comparing *c, const struct list *in,
			const struct list *from, const char *verb)
{
	size_t named = 0;

	for (size_t i = 0; i < in->count; i++) {
		const char *item = item_at(in, i);

		if (!find(from, item) && name_next(c, in, verb, &named))
			put_item(c, in, item);
	}
	count_rest(c, verb, named);
}

static bool has_lists(const struct conf_block *block)
{
	const struct conf_row *row;

	for (size_t i = 0; (row = conf_row_at(block, i)); i++)
		if (is_compared(row) && is_list(row))
			return true;
	return false;
}

static void compare(struct comparing *c, const struct conf_block *block,
		    const char *old, const char *new);

static void put_changed(struct comparing *c, const struct list *old,
			const struct list *new)
{
	size_t named = 0;

	for (size_t i = 0; i < new->count; i++) {
		const char *after = item_at(new, i);
		const char *before = find(old, after);
		const struct conf_row *its;

		if (!before || equal_item(new, before, after) ||
		    !name_next(c, new, "changes", &named))
			continue;
		its = conf_row_of_item(new->in, new->row, after);
		if (has_lists(its->block) || is_of_a_kind(its)) {
			if (is_of_a_kind(its))
				conf_put_text(&c->out, its->word);
			conf_print_heads(its->block, before, &c->out);
			c->text->any = false;
			compare(c, its->block, before, after);
			c->text->any = true;
			continue;
		}
		put_item(c, old, before);
		conf_put_text(&c->out, " -> ");
		put_item(c, new, after);
	}
	count_rest(c, "changes", named);
}

static void compare_list(struct comparing *c, const struct conf_block *in,
			 const struct conf_row *row, const void *old,
			 const void *new)
{
	const struct conf_block *block = row->block;
	size_t before = c->text->length;
	struct list a;
	struct list b;

	open_list(&a, in, row, old);
	open_list(&b, in, row, new);
	if (is_known_equal(c->text, &a, &b) || !index_list(c, &a) ||
	    !index_list(c, &b))
		return;
	if (block->empty && a.count == 0) {
		part(c);
		conf_put(&c->out, "no longer %s", block->empty);
	}
	put_missing(c, &b, &a, "adds");
	put_changed(c, &a, &b);
	put_missing(c, &a, &b, "removes");
	if (block->empty && b.count == 0) {
		part(c);
		conf_put_text(&c->out, block->empty);
	}
	if (c->text->length == before && block->ordered) {
		part(c);
		conf_put(&c->out, "another order of the %s", block->ordered);
	}
}

static void compare(struct comparing *c, const struct conf_block *block,
		    const char *old, const char *new)
{
	const struct conf_row *row;

	for (size_t i = 0; (row = conf_row_at(block, i)); i++) {
		if (!is_compared(row))
			continue;
		if (row->type->lists && row->block->size > 0) {
			if (row->count == CONF_NO)
				compare(c, row->block, old + row->offset,
					new + row->offset);
			else if (is_list(row))
				compare_list(c, block, row, old, new);
		} else if (row->type->equal &&
			   !row->type->equal(row, old, new)) {
			part(c);
			conf_put_text(&c->out, row->word);
			put_value(c, row, old);
			conf_put_text(&c->out, " ->");
			put_value(c, row, new);
		}
	}
}

bool conf_compare_object(const struct conf_block *block, const void *old,
			 const void *new, struct arena *scratch,
			 struct conf_difference *out, bool *failed)
{
	struct comparing c = {
		out, { conf_difference_write, out }, scratch, false
	};
	const struct conf_row *row;

	out->any = false;
	for (size_t i = 0; i < block->heads.count; i++) {
		row = &block->heads.list[i];
		if (row->type->equal(row, old, new))
			continue;
		part(&c);
		conf_put_text(&c.out, row->word);
		row->type->print(row, old, &c.out);
		conf_put_text(&c.out, " ->");
		row->type->print(row, new, &c.out);
	}
	compare(&c, block, old, new);
	*failed |= c.failed;
	return out->any;
}
