/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The block structure: which statement stands in which block. A statement
 * ends with its line, unless a backslash ends that; a { may stand on the line
 * below its keyword. Whether words are known is not asked here.
 */
#include "conf/language/tree.h"

#include <string.h>

#define EXPANDED_SHOWN 160

/* So many words are kept before their memory is given back. */
#define FORGET_WORDS 256

/* Nothing points into the scratch memory any more. */
static void forget(struct conf_tree *t)
{
	if (t->kept < FORGET_WORDS)
		return;
	arena_free(&t->scratch);
	t->kept = 0;
	t->expanded = NULL;
}

/* Hands on the statement of the top level that is complete. */
static void flush(struct conf_tree *t)
{
	if (t->depth == 0 && t->count == 0) {
		if (t->pending)
			t->sink(t->to, t->pending);
		forget(t);
	}
	t->pending = NULL;
}

static struct conf_place place_of(struct conf_tree *t, size_t at, size_t size)
{
	struct conf_place place = conf_line_place(t->line, at, size);

	if (t->line->columns && !t->expanded) {
		size_t length = t->line->length;

		if (length > EXPANDED_SHOWN)
			length = EXPANDED_SHOWN;
		t->expanded = arena_text(&t->scratch, t->line->text, length);
	}
	place.expanded = t->expanded;
	return place;
}

/* A definition that does not exist is a text, which is seldom meant. */
static void tell_undefined(struct conf_tree *t, const struct conf_place *place)
{
	struct conf_token *token = &t->token;
	struct conf_reference use;

	if (!token->quoted &&
	    conf_reference_next(token->text, token->length, 0, &use))
		conf_report(t->report, CONF_WARNING, place,
			    "write $NAME=VALUE before this line",
			    "%.*s is not defined; it is taken as a text",
			    (int)use.length, token->text + use.start);
}

/* Room for one more word, with its place. */
static struct conf_word *new_word(struct conf_tree *t, size_t at, size_t size)
{
	struct conf_word *word;

	if (t->count == 0)
		flush(t);
	word = &t->words[t->count < CONF_WORDS_MAX ? t->count : CONF_WORDS_MAX];
	word->place = place_of(t, at, size);
	if (t->count == CONF_WORDS_MAX)
		conf_report(t->report, CONF_ERROR, &word->place, NULL,
			    "the statement has more than %d words",
			    CONF_WORDS_MAX);
	return word;
}

/* It counts, if there was memory for what it says. */
static void count_word(struct conf_tree *t, const struct conf_word *word)
{
	if (!word->text || !word->plain)
		t->memory->failed = true;
	else if (t->count <= CONF_WORDS_MAX)
		t->count++;
	t->kept++;
}

static void add_word(struct conf_tree *t)
{
	struct conf_token *token = &t->token;
	struct conf_word *word = new_word(t, token->at, token->size);

	tell_undefined(t, &word->place);
	word->quoted = token->quoted;
	word->length = (uint32_t)token->length;
	word->text = arena_text(&t->scratch, token->text, token->length);
	word->plain = word->text;
	if (token->quoted) {
		struct conf_plain plain = conf_token_plain(t->line, token);

		word->plain = arena_text(&t->scratch, plain.text, plain.length);
	}
	count_word(t, word);
}

/* A word of a plain line. */
static void add_letters(struct conf_tree *t, size_t at, size_t size)
{
	struct conf_word *word = new_word(t, at, size);

	word->quoted = false;
	word->length = (uint32_t)size;
	word->text = arena_text(&t->scratch, t->line->text + at, size);
	word->plain = word->text;
	count_word(t, word);
}

/* The statement that ends here becomes a node of the open block. */
static void end_statement(struct conf_tree *t)
{
	size_t size = t->count * sizeof(t->words[0]);
	struct conf_node *node;

	if (t->count == 0)
		return;
	node = arena_raw(&t->scratch, sizeof(*node) + size);
	if (!node) {
		t->count = 0;
		t->memory->failed = true;
		return;
	}
	*node = (struct conf_node){
		.words = (struct conf_word *)(node + 1),
		.count = t->count,
	};
	memcpy(node->words, t->words, size);
	t->count = 0;
	t->pending = node;
	if (t->depth > 0) {
		struct conf_node *parent = t->open[t->depth - 1];

		if (parent->last)
			parent->last->next = node;
		else
			parent->children = node;
		parent->last = node;
	}
}

static void open_block(struct conf_tree *t)
{
	end_statement(t);
	if (t->too_deep > 0 || t->depth == CONF_BLOCKS_MAX) {
		struct conf_place place = place_of(t, t->token.at, 1);

		if (t->too_deep++ == 0)
			conf_report(t->report, CONF_ERROR, &place, NULL,
				    "blocks stand more than %d deep",
				    CONF_BLOCKS_MAX);
		return;
	}
	if (!t->pending || t->pending->block) {
		struct conf_place place;

		flush(t);
		place = place_of(t, t->token.at, 1);
		conf_report(t->report, CONF_ERROR, &place,
			    "write the word whose block this is before it",
			    "there is no word before this {");
		t->token.length = 0;
		t->token.text[0] = '\0';
		add_word(t);
		end_statement(t);
		if (!t->pending)
			return;
	}
	t->pending->block = true;
	t->open[t->depth++] = t->pending;
	t->pending = NULL;
}

static void close_block(struct conf_tree *t)
{
	end_statement(t);
	if (t->too_deep > 0) {
		t->too_deep--;
		return;
	}
	if (t->depth == 0) {
		struct conf_place place;

		flush(t);
		place = place_of(t, t->token.at, 1);
		conf_report(t->report, CONF_ERROR, &place,
			    "remove it, or look for a block above that is "
			    "closed too early",
			    "a } too many: no block is open here");
		return;
	}
	t->pending = t->open[--t->depth];
}

/*
 * Of a plain line every byte is a letter, a blank or a brace: most lines are,
 * and they are what there is much of.
 */
static void plain_line(struct conf_tree *t, const struct conf_line *line)
{
	const char *text = line->text;
	size_t at = 0, end = line->length;

	while (at < end) {
		enum conf_byte is = conf_byte(text[at]);
		size_t start = at++;

		if (is == CONF_BYTE_BLANK)
			continue;
		if (is == CONF_BYTE_LETTER) {
			while (at < end &&
			       conf_byte(text[at]) == CONF_BYTE_LETTER)
				at++;
			if (t->too_deep == 0)
				add_letters(t, start, at - start);
			continue;
		}
		t->token.at = start;
		if (text[start] == '{')
			open_block(t);
		else
			close_block(t);
	}
	end_statement(t);
}

void conf_tree_line(struct conf_tree *t, const struct conf_line *line)
{
	struct conf_lexer lexer = { .line = line, .report = t->report };

	t->line = line;
	t->expanded = NULL;
	if (line->plain && line->length <= CONF_WORD_MAX) {
		plain_line(t, line);
		return;
	}
	for (;;) {
		conf_lex(&lexer, &t->token);
		switch (t->token.type) {
		case CONF_TOKEN_WORD:
			if (t->too_deep == 0)
				add_word(t);
			break;
		case CONF_TOKEN_OPEN:
			open_block(t);
			break;
		case CONF_TOKEN_CLOSE:
			close_block(t);
			break;
		case CONF_TOKEN_END:
			if (!line->continued)
				end_statement(t);
			return;
		}
	}
}

void conf_tree_end(struct conf_tree *t)
{
	end_statement(t);
	while (t->depth > 0) {
		struct conf_node *node = t->open[--t->depth];

		conf_report(t->report, CONF_ERROR, &node->words[0].place,
			    "write a } where it ends",
			    "the block of %s is never closed",
			    node->words[0].text);
		t->pending = node;
	}
	flush(t);
	arena_free(&t->scratch);
}
