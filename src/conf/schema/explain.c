/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/explain.h"
#include "conf/schema/schema.h"
#include "conf/schema/types.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 400

/* "a number from 1 to 255", "a block", "nothing". */
static void put_form(const struct conf_row *row, struct conf_out *out)
{
	char text[TEXT_MAX];

	if (row->block)
		conf_put_text(out, row->type == &conf_type_block ? "a block"
				   : row->type == &conf_type_each
					   ? "a list of words"
					   : "a list of lines");
	else if (row->flags & CONF_SECRET)
		conf_put_text(out, "a secret, which is never shown");
	else if (row->type->read)
		conf_put_text(out,
			      row->type->expected(row, text, sizeof(text)));
	else if (row->maximum == 0)
		conf_put_text(out, "nothing");
	else if (row->minimum == row->maximum)
		conf_put(out, "%lld word%s", (long long)row->minimum,
			 row->minimum == 1 ? "" : "s");
	else if (row->maximum >= CONF_WORDS_MANY && row->minimum == 0)
		conf_put_text(out, "any number of words");
	else if (row->maximum >= CONF_WORDS_MANY)
		conf_put(out, "%lld or more words", (long long)row->minimum);
	else if (row->minimum == 0)
		conf_put(out, "at most %lld word%s", (long long)row->maximum,
			 row->maximum == 1 ? "" : "s");
	else
		conf_put(out, "%lld to %lld words", (long long)row->minimum,
			 (long long)row->maximum);
}

/* The value of a field that is not written, where it has a word. */
static void put_default(const struct conf_row *row, struct conf_out *out)
{
	union {
		char bytes[2048];
		uint64_t aligned;
	} none = { { 0 } };

	if (row->flags & CONF_INHERITS)
		conf_put_text(out, "; default: what global_defs says");
	if (row->standing != CONF_DONE || !row->type->read ||
	    row->type->is_flag || row->offset + row->size > sizeof(none) ||
	    (row->flags & (CONF_INHERITS | CONF_QUIET | CONF_MUST | CONF_ALIAS |
			   CONF_FOLLOWS)))
		return;
	row->type->reset(row, &none);
	conf_put_text(out, "; default:");
	row->type->print(row, &none, out);
}

/* An example, each line after the first moved to where the first began. */
static void put_example(const char *example, const char *before,
			struct conf_out *out)
{
	for (const char *at = example; *at; at++) {
		if (at == example || at[-1] == '\n')
			conf_put_text(out, before);
		out->write(out->to, at, 1);
	}
	conf_put_text(out, "\n");
}

struct explaining {
	const char *word;
	struct conf_out *out;
	bool found;
};

static bool explain_row(void *to, const struct conf_path *path)
{
	struct explaining *e = to;
	const struct conf_row *row = path->row;
	struct conf_out *out = e->out;

	if (strcmp(row->word, e->word) != 0)
		return true;
	conf_put(out, "%s%s, in ", e->found ? "\n" : "", row->word);
	conf_put_text(out, path->blocks[path->depth - 1]->name);
	conf_put_text(out, "\n  ");
	conf_put_text(out, row->help);
	conf_put_text(out, ".\n  Takes ");
	put_form(row, out);
	put_default(row, out);
	conf_put_text(out, ".\n  ");
	conf_put(out, "Standing: %s: ",
		 conf_standing_name((enum conf_standing)row->standing));
	conf_put_text(
		out, conf_standing_sentence((enum conf_standing)row->standing));
	if (row->differs) {
		conf_put_text(out, ".\n  Differs from keepalived: ");
		conf_put_text(out, row->differs);
	}
	conf_put_text(out, ".\n  Right:\n");
	put_example(row->good, "      ", out);
	if (row->bad) {
		conf_put_text(out, "  Wrong:\n");
		put_example(row->bad, "      ", out);
	}
	e->found = true;
	return true;
}

/* The nearest word of any block. */
struct nearest {
	const char *word, *near;
};

static bool offer(void *to, const struct conf_path *path)
{
	struct nearest *n = to;

	if (!n->near)
		n->near = conf_row_nearest(path->blocks[path->depth - 1],
					   n->word);
	return !n->near;
}

bool conf_explain_word(const struct conf_schema *schema, const char *word,
		       struct conf_out *out, const char **near)
{
	struct explaining e = { .word = word, .out = out };
	struct nearest n = { .word = word };

	conf_rows_each(schema->top, explain_row, &e);
	if (!e.found)
		conf_rows_each(schema->top, offer, &n);
	*near = n.near;
	return e.found;
}

/* The first place of a word, so that it is written once. */
static bool is_first(const struct conf_schema *schema,
		     const struct conf_path *path)
{
	struct conf_path first;

	return conf_row_anywhere(schema->top, path->row->word, &first) &&
	       first.row == path->row && first.depth == path->depth &&
	       first.blocks[first.depth - 1] == path->blocks[path->depth - 1];
}

struct listing {
	const struct conf_schema *schema;
	struct conf_out *out;
	const struct conf_block *block; /* of the list that is begun */
};

static bool list_word(void *to, const struct conf_path *path)
{
	struct listing *l = to;

	if (is_first(l->schema, path)) {
		conf_put_text(l->out, path->row->word);
		conf_put_text(l->out, "\n");
	}
	return true;
}

void conf_explain_words(const struct conf_schema *schema, struct conf_out *out)
{
	struct listing l = { .schema = schema, .out = out };

	conf_rows_each(schema->top, list_word, &l);
}

/* Text of man(7): a hyphen is a minus, and a dot begins no request. */
static void put_roff(const char *text, struct conf_out *out)
{
	if (*text == '.' || *text == '\'')
		conf_put_text(out, "\\&");
	for (; *text; text++) {
		if (*text == '\\')
			conf_put_text(out, "\\e");
		else if (*text == '-')
			conf_put_text(out, "\\-");
		else
			out->write(out->to, text, 1);
	}
}

static void manual_row(const struct conf_row *row, struct conf_out *out)
{
	conf_put_text(out, ".TP\n.B ");
	put_roff(row->word, out);
	conf_put_text(out, "\n");
	put_roff(row->help, out);
	conf_put_text(out, ".\nTakes ");
	put_form(row, out);
	put_default(row, out);
	conf_put_text(out, ".\n");
	if (row->differs) {
		conf_put_text(out, "Differs from keepalived: ");
		put_roff(row->differs, out);
		conf_put_text(out, ".\n");
	}
	if (row->standing == CONF_LATER)
		conf_put_text(out, "Not done yet: a warning.\n");
	else if (row->standing == CONF_NEEDED)
		conf_put_text(out, "Not done yet: an error.\n");
	else if (row->standing == CONF_INERT)
		conf_put_text(out, "Accepted without effect.\n");
}

/* A block that more than one word opens has its list once. */
struct blocks {
	const struct conf_block *seen[64];
	size_t count;
};

static bool is_new(struct blocks *all, const struct conf_block *block)
{
	for (size_t i = 0; i < all->count; i++) {
		if (all->seen[i] == block)
			return false;
	}
	if (all->count == sizeof(all->seen) / sizeof(all->seen[0]))
		return false;
	all->seen[all->count++] = block;
	return true;
}

static void manual_block(const struct conf_block *block, struct blocks *seen,
			 struct conf_out *out)
{
	const struct conf_row *row;

	if (block->free_form || !conf_row_at(block, 0) || !is_new(seen, block))
		return;
	conf_put_text(out, ".SS Words in ");
	conf_put_text(out, block->name);
	conf_put_text(out, "\n");
	for (size_t i = 0; (row = conf_row_at(block, i)); i++)
		manual_row(row, out);
	for (size_t i = 0; (row = conf_row_at(block, i)); i++) {
		if (row->block)
			manual_block(row->block, seen, out);
	}
}

void conf_explain_manual(const struct conf_schema *schema, struct conf_out *out)
{
	struct blocks seen = { .count = 0 };

	manual_block(schema->top, &seen, out);
}
