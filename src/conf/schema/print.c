/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/print.h"
#include "conf/schema/schema.h"
#include "conf/schema/types.h"

#include <string.h>

static void tabs(struct conf_out *out, unsigned depth)
{
	for (; depth > 0; depth--)
		conf_put_text(out, "\t");
}

/* Of a type without a number: what reset() leaves. */
static bool is_reset(const struct conf_row *row, const void *object)
{
	union {
		char bytes[1024];
		uint64_t aligned;
	} none = { { 0 } };

	if (row->offset + row->size > sizeof(none))
		return false;
	row->type->reset(row, &none);
	return row->type->equal(row, object, &none);
}

bool conf_row_is_shown(const struct conf_row *row, const void *object)
{
	if (row->standing != CONF_DONE || !row->type->print ||
	    (row->flags & (CONF_ALIAS | CONF_SECRET)))
		return false;
	if (row->type->is_flag)
		return conf_field_get(row, object) == row->minimum &&
		       row->minimum != row->otherwise;
	return !(row->flags & CONF_QUIET) || !is_reset(row, object);
}

/* That there is a secret is told, for who reads; not to be read back. */
static void secret(const struct conf_row *row, const void *object,
		   struct conf_out *out, unsigned depth)
{
	if (row->standing != CONF_DONE || !(row->flags & CONF_SECRET) ||
	    is_reset(row, object))
		return;
	tabs(out, depth);
	conf_put(out, "# %s", row->word);
	row->type->print(row, object, out);
	conf_put_text(out, "\n");
}

/* A struct in a struct, of which nothing was written. */
static bool is_plain(const struct conf_row *of, const void *object)
{
	const struct conf_row *row;

	for (size_t i = 0; (row = conf_row_at(of->block, i)); i++)
		if (conf_row_is_shown(row, object))
			return false;
	return of->flags & CONF_QUIET;
}

static void heads(const struct conf_block *block, const void *object,
		  struct conf_out *out)
{
	for (size_t i = 0; i < block->heads.count; i++) {
		const struct conf_row *row = &block->heads.list[i];

		if (i < block->heads_least || !is_reset(row, object))
			row->type->print(row, object, out);
	}
}

/* Drops the space that the first head begins with. */
struct trimmed {
	struct conf_out *to;
	bool begun;
};

static void write_trimmed(void *to, const char *text, size_t length)
{
	struct trimmed *t = to;

	if (!t->begun && length > 0 && *text == ' ') {
		text++;
		length--;
	}
	t->begun = true;
	t->to->write(t->to->to, text, length);
}

void conf_print_heads(const struct conf_block *block, const void *item,
		      struct conf_out *out)
{
	struct trimmed trimmed = { out, false };
	struct conf_out first = { write_trimmed, &trimmed };

	heads(block, item, &first);
}

void conf_print_line(const struct conf_block *block, const void *item,
		     struct conf_out *out)
{
	const struct conf_row *row;

	conf_print_heads(block, item, out);
	for (size_t i = 0; (row = conf_row_at(block, i)); i++) {
		if (!conf_row_is_shown(row, item))
			continue;
		conf_put(out, " %s", row->word);
		row->type->print(row, item, out);
	}
}

/* True if an item belongs to this row of two that share a list. */
static bool is_mine(const struct conf_row *row, const char *item)
{
	return row->preset == CONF_NO ||
	       (uint8_t)item[row->preset] == row->kind;
}

/* Blocks of several kinds keep their order: those of all rows that share it. */
static void blocks(const struct conf_block *in, const struct conf_row *row,
		   const char *items, size_t count, struct conf_out *out,
		   unsigned depth)
{
	for (size_t i = 0; i < count; i++) {
		const char *item = items + i * row->block->size;
		const struct conf_row *its = conf_row_of_item(in, row, item);

		if (depth == 0)
			conf_put_text(out, "\n");
		tabs(out, depth);
		conf_put_text(out, its->word);
		heads(its->block, item, out);
		conf_put_text(out, " {\n");
		conf_print_object(its->block, item, out, depth + 1);
		tabs(out, depth);
		conf_put_text(out, "}\n");
	}
}

/* A line that is told for who reads, as secret() does. */
static bool has_secret_head(const struct conf_block *block)
{
	return block->heads.count > 0 &&
	       (block->heads.list[0].flags & CONF_SECRET);
}

static void list(const struct conf_block *in, const struct conf_row *row,
		 const void *object, struct conf_out *out, unsigned depth)
{
	const struct conf_block *block = row->block;
	const char *items =
		*(char *const *)(const void *)((const char *)object +
					       row->offset);
	bool begun = false;
	size_t count = conf_row_items(row, object);

	if (row->type == &conf_type_block) {
		if (!(row->flags & CONF_ALIAS))
			blocks(in, row, items, count, out, depth);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const char *item = items + i * block->size;

		if (!is_mine(row, item))
			continue;
		if (!begun && in->bare != row) {
			tabs(out, depth);
			conf_put(out, "%s {\n", row->word);
			begun = true;
		}
		tabs(out, depth + begun);
		if (has_secret_head(block))
			conf_put_text(out, "# ");
		conf_print_line(block, item, out);
		conf_put_text(out, "\n");
	}
	if (begun) {
		tabs(out, depth);
		conf_put_text(out, "}\n");
	}
}

void conf_print_object(const struct conf_block *block, const void *object,
		       struct conf_out *out, unsigned depth)
{
	const struct conf_row *row;

	for (size_t i = 0; (row = conf_row_at(block, i)); i++) {
		if (conf_row_is_shown(row, object)) {
			tabs(out, depth);
			conf_put_text(out, row->word);
			row->type->print(row, object, out);
			conf_put_text(out, "\n");
		}
		secret(row, object, out, depth);
		if (row->standing != CONF_DONE || !row->block ||
		    row->block->size == 0)
			continue;
		if (row->count != CONF_NO) {
			list(block, row, object, out, depth);
		} else if (!is_plain(row, (const char *)object + row->offset)) {
			tabs(out, depth);
			conf_put(out, "%s {\n", row->word);
			conf_print_object(row->block,
					  (const char *)object + row->offset,
					  out, depth + 1);
			tabs(out, depth);
			conf_put_text(out, "}\n");
		}
	}
}
