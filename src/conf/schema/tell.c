/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/tell.h"
#include "base/ip.h"
#include "conf/language/value.h"
#include "conf/schema/hide.h"
#include "conf/schema/schema.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define HINT_MAX    300
#define WORDS_SHOWN 6

/* The word of this block for what an old spelling means in another block of the
 * same kind of item, or NULL. */
static const char *word_here(const struct conf_block *block,
			     const struct conf_path *path)
{
	const struct conf_block *there = path->blocks[path->depth - 1];
	const struct conf_row *row;

	if (!(path->row->flags & CONF_ALIAS) || !block->same ||
	    block->same != there->same)
		return NULL;
	for (size_t n = 0; (row = conf_row_at(block, n)); n++)
		if (row->type == path->row->type &&
		    row->offset == path->row->offset &&
		    !(row->flags & CONF_ALIAS) && row->standing == CONF_DONE)
			return row->word;
	return NULL;
}

/* Where a word belongs that does not belong here. */
static void belongs(const struct conf_block *block,
		    const struct conf_path *path, const char *near, char *hint,
		    size_t size)
{
	const char *here = word_here(block, path);

	if (here)
		snprintf(hint, size,
			 "write \"%s\": %s is an old spelling of it in %s",
			 here, path->row->word,
			 path->blocks[path->depth - 1]->name);
	else
		snprintf(hint, size, "it belongs in %s%s%s%s",
			 path->blocks[path->depth - 1]->name,
			 near ? "; or did you mean \"" : "", near ? near : "",
			 near ? "\"?" : "");
}

/*
 * An unknown word that was meant to bring a secret: auth_pas, auth_pass=, any
 * word beside it. Returns how much of it may be shown.
 */
static int hide_meant_secret(struct conf_reader *r,
			     const struct conf_block *block,
			     const struct conf_node *node,
			     const struct conf_word *word)
{
	size_t length = strcspn(word->text, "=:");
	size_t own = conf_secret_word(r->schema, word->text, length);
	bool beside = conf_block_has_secrets(block);

	if (own == 0 && !beside)
		return INT_MAX;
	for (size_t i = 0; i < node->count; i++) {
		if (&node->words[i] > word)
			conf_reader_secret(r, node->words[i].text);
	}
	/* Maybe the value of the line before. */
	if (beside && own == 0 && word == &node->words[node->count - 1])
		length = 0;
	else if (own > 0)
		length = own;
	if (word->text[length])
		conf_reader_secret(r, word->text + length);
	return (int)length;
}

void conf_tell_unknown(struct conf_reader *r, const struct conf_block *block,
		       const struct conf_node *node,
		       const struct conf_word *word)
{
	struct conf_path path = { 0 };
	const char *near = NULL;
	char hint[HINT_MAX] = "";
	int shown = INT_MAX;

	if (!word->quoted && conf_row_find(r->schema->top, word->text) &&
	    conf_row_find(r->schema->top, word->text)->block) {
		conf_report(r->report, CONF_ERROR, &word->place,
			    "is a } missing before this line?",
			    "%s cannot stand in %s", word->text, block->name);
		return;
	}
	if (conf_report_has_room(r->report)) {
		shown = hide_meant_secret(r, block, node, word);
		near = conf_row_nearest(block, word->text);
		if (!word->quoted)
			conf_row_anywhere(r->schema->top, word->text, &path);
	}
	if (path.row)
		belongs(block, &path, near, hint, sizeof(hint));
	else if (near)
		snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near);
	if (node->block)
		conf_report_ignored(r->report, &word->place,
				    *hint ? hint : NULL,
				    "unknown block \"%.*s\" in %s; nothing in "
				    "it is done",
				    shown, word->text, block->name);
	else
		conf_report_ignored(r->report, &word->place,
				    *hint ? hint : NULL,
				    "unknown word \"%.*s\" in %s; it is left "
				    "out",
				    shown, word->text, block->name);
}

/* Without it the block cannot be used, and cannot be left out. */
static bool is_error(const struct conf_row *row)
{
	return (row->flags & CONF_STRICT) ||
	       (row->flags & (CONF_MUST | CONF_SPARED)) == CONF_MUST;
}

void conf_tell_too_few(struct conf_reader *r, const struct conf_row *row,
		       const struct conf_word *word)
{
	char text[HINT_MAX];
	const char *what = row->type->expected(row, text, sizeof(text));

	if (is_error(row))
		conf_report(r->report, CONF_ERROR, &word->place, row->help,
			    "%s needs %s behind it", row->word, what);
	else
		conf_report_ignored(r->report, &word->place, row->help,
				    "%s needs %s behind it; it is left out",
				    row->word, what);
}

void conf_tell_superfluous(struct conf_reader *r,
			   const struct conf_block *block, const char *before,
			   const struct conf_word *word)
{
	static const char hint[] = "each statement begins on a line of its own";

	if (conf_block_has_secrets(block) && !conf_row_find(block, word->text))
		conf_reader_secret(r, word->text);
	if (!word->quoted && conf_row_find(block, word->text))
		conf_report_ignored(r->report, &word->place, hint,
				    "%s behind %s is left out", word->text,
				    before);
	else
		conf_report(r->report, CONF_WARNING, &word->place, hint,
			    "%s takes no \"%s\" here; it is ignored", before,
			    word->text);
}

/* Where the address of a host is meant. */
static bool is_multicast(const struct conf_row *row, const char *text)
{
	char copy[IP_TEXT_MAX];
	struct ip ip;

	if (strcmp(row->type->name, "address with prefix") != 0)
		return false;
	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(text, "/"), text);
	return ip_parse(copy, &ip) == 0 && ip_is_multicast(&ip);
}

/* The mistake, where it is one that many make. */
static void remedy(const struct conf_row *row, const struct conf_word *word,
		   char *hint, size_t size)
{
	const char *text = word->text;
	const char *colon = strchr(text, ':');

	if (strcmp(text, "=") == 0)
		snprintf(hint, size, "write it without the =: %s", row->good);
	else if (text[0] == '$')
		snprintf(hint, size,
			 "this name is not defined before this line; write "
			 "$NAME=VALUE");
	else if (strcmp(row->type->name, "interface") == 0 && colon)
		snprintf(hint, size,
			 "%s is an alias, the interface is %.*s; write: "
			 "label %s behind an address",
			 text, (int)(colon - text), text, text);
	else if (is_multicast(row, text))
		snprintf(hint, size,
			 "it is a multicast address: many hosts hear it, and "
			 "none has it");
	else
		snprintf(hint, size, "%s; for example: %s", row->help,
			 row->good);
	for (char *c = hint; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

/* All of a few words, since any of them may be the wrong one; of many, which
 * are statements of their own, the first. */
static const char *shown_of(const struct conf_row *row,
			    const struct conf_word *words, size_t count,
			    char *out, size_t size)
{
	size_t length = 0;

	if (row->flags & CONF_SECRET)
		return "(hidden)";
	if (count > row->type->most || row->type->most > WORDS_SHOWN)
		count = row->type->most > WORDS_SHOWN ? 1 : row->type->most;
	if (count < 2)
		return words[0].text;
	for (size_t n = 0; n < count && length < size; n++)
		length += (size_t)snprintf(out + length, size - length, "%s%s",
					   n ? " " : "", words[n].text);
	return out;
}

void conf_tell_wrong(struct conf_reader *r, const struct conf_row *row,
		     const struct conf_word *word, size_t count)
{
	char text[HINT_MAX];
	char hint[HINT_MAX];
	char words[HINT_MAX];
	const char *shown = shown_of(row, word, count, words, sizeof(words));

	remedy(row, word, hint, sizeof(hint));
	row->type->expected(row, text, sizeof(text));
	if (is_error(row))
		conf_report(r->report, CONF_ERROR, &word->place, hint,
			    "%s takes %s, not \"%s\"", row->word,
			    row->type->expected(row, text, sizeof(text)),
			    shown);
	else
		conf_report_ignored(
			r->report, &word->place, hint,
			"%s takes %s, not \"%s\"; it is left out", row->word,
			row->type->expected(row, text, sizeof(text)), shown);
}

void conf_tell_shape(struct conf_reader *r, const struct conf_row *row,
		     const struct conf_word *word)
{
	conf_report(r->report, CONF_ERROR, &word->place, row->help,
		    row->block ? "%s needs a block: write { behind it"
			       : "%s takes no block",
		    row->word);
}

bool conf_means_the_same(const struct conf_row *row,
			 const struct conf_word *words, size_t count)
{
	bool on;
	bool same_on;

	if (!row->same || count != 1)
		return false;
	if (strcmp(row->same, words[0].text) == 0)
		return true;
	return conf_switch(row->same, &same_on) == 0 &&
	       conf_switch(words[0].text, &on) == 0 && on == same_on;
}

void conf_tell_standing(struct conf_reader *r, const struct conf_row *row,
			const struct conf_word *words, size_t count)
{
	const struct conf_word *word = &words[0];

	if (r->quiet || conf_means_the_same(row, words + 1, count - 1))
		return;
	switch ((enum conf_standing)row->standing) {
	case CONF_DONE:
		break;
	case CONF_LATER:
		conf_report_ignored(r->report, &word->place, row->help,
				    "%s is accepted, but not done yet",
				    row->word);
		r->report->diagnostics->later++;
		break;
	case CONF_NEEDED:
		conf_report(r->report, CONF_ERROR, &word->place,
			    "remove it if this router can do without",
			    "baton does not do %s yet: %s", row->word,
			    row->help);
		r->report->diagnostics->not_done++;
		break;
	case CONF_INERT:
		conf_report(r->report, CONF_NOTE, &word->place, row->help,
			    "%s is accepted and has no effect", row->word);
		break;
	}
}
