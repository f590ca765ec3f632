/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics quote the file. A secret in a quoted line is overwritten with
 * asterisks in place, so that the caret below stays where it was.
 */
#include "conf/schema/hide.h"
#include "base/must.h"
#include "base/nearest.h"
#include "base/secret.h"
#include "conf/schema/schema.h"
#include "conf/schema/surveyed.h"

#include <string.h>

/* A secret of fewer bytes is hidden only where it is a word by itself. */
#define ANYWHERE 4

/* No longer value of a definition is a secret. */
#define DEFINED_MAX 256

static bool is_break(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == '{' || c == '}' ||
	       c == '"' || c == '\'' || c == '=' || c == ':';
}

bool conf_block_has_secrets(const struct conf_block *block)
{
	for (unsigned p = 0; p < CONF_PARTS_MAX && block->parts[p]; p++) {
		const struct conf_rows *rows = block->parts[p];

		for (size_t i = 0; i < rows->count; i++)
			if (rows->list[i].flags & CONF_SECRET)
				return true;
	}
	return false;
}

static bool begins(const char *text, size_t length, const char *word)
{
	size_t size = strlen(word);

	return size <= length && strncasecmp(text, word, size) == 0;
}

/* What people call secrets, also where baton knows no such word. */
static bool sounds_secret(const char *text, size_t length)
{
	static const char *const names[] = {
		"pass", "pwd", "pw", "secret", "token", "psk", "key", "auth",
	};

	for (size_t at = 0; at < length; at++)
		for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
			if (begins(text + at, length - at, names[i]))
				return true;
	return false;
}

/* The words of the tables that bring a secret, each once. */
#define WORDS_MAX 16

struct words {
	const char *list[WORDS_MAX];
	bool block[WORDS_MAX]; /* nothing is written behind it in one word */
	size_t count;
};

/* A word that brings a secret, or the block in which one stands. */
static bool add_word(void *to, const struct conf_path *path)
{
	struct words *words = to;
	const struct conf_row *row = path->row;

	if (!(row->flags & CONF_SECRET) &&
	    !(row->block && conf_block_has_secrets(row->block)))
		return true;
	for (size_t i = 0; i < words->count; i++)
		if (strcmp(words->list[i], row->word) == 0)
			return true;
	MUST(words->count < WORDS_MAX);
	words->block[words->count] = !(row->flags & CONF_SECRET);
	words->list[words->count++] = row->word;
	return true;
}

static struct words words_of(const struct conf_schema *schema)
{
	struct words words = { .count = 0 };

	conf_rows_each(schema->top, add_word, &words);
	return words;
}

/* A mistyped one; short words are near to too many. */
#define TYPED_LEAST 5
#define TYPED_MOST  40

static bool is_mistyped(const struct words *words, const char *text,
			size_t length)
{
	char wrong[TYPED_MOST + 1];
	struct nearest nearest;

	if (length < TYPED_LEAST || length > TYPED_MOST)
		return false;
	memcpy(wrong, text, length);
	wrong[length] = '\0';
	nearest_begin(&nearest, wrong);
	for (size_t i = 0; i < words->count; i++)
		nearest_offer(&nearest, words->list[i]);
	return nearest.count > 0;
}

/* As conf_secret_word(), for many texts. */
static size_t secret_word(const struct words *words, const char *text,
			  size_t length)
{
	size_t found = 0;

	for (size_t i = 0; i < words->count; i++) {
		size_t size = strlen(words->list[i]);

		/* SSL has a secret, and SSL_GET has none. */
		if (size > found && begins(text, length, words->list[i]) &&
		    !(words->block[i] && size < length))
			found = size;
	}
	if (found == 0 &&
	    (sounds_secret(text, length) || is_mistyped(words, text, length)))
		return length;
	return found;
}

size_t conf_secret_word(const struct conf_schema *schema, const char *text,
			size_t length)
{
	struct words words = words_of(schema);

	return secret_word(&words, text, length);
}

/* user:password@host */
static void hide_logins(char *text)
{
	char *at = strchr(text, '@');

	for (; at; at = strchr(at + 1, '@'))
		for (char *c = at; c > text && !strchr(" \t/@", c[-1]); c--)
			if (c[-1] == ':') {
				memset(c, '*', (size_t)(at - c));
				break;
			}
}

/*
 * What follows a secret's word, to the end of the line: where the value ends
 * is not certain while the line has mistakes. Braces stay, and what brings a
 * block to its secrets' words.
 */
static void hide_behind_words(const struct words *words, char *text)
{
	char *at = text;

	hide_logins(text);
	while (*at) {
		char *start = at;
		size_t shown;

		while (!is_break(*at))
			at++;
		shown = secret_word(words, start, (size_t)(at - start));
		if (shown > 0) {
			for (at = start + shown; *at; at++) {
				if (!strchr(" \t{}", *at))
					*at = '*';
			}
		}
		if (*at)
			at++;
	}
}

/* `quote`: in a sentence of ours, where a value stands in quotes. */
static void hide_secret(char *text, const char *secret, bool quote)
{
	size_t length = strlen(secret);
	char *at = text;

	while (length > 0 && (at = strstr(at, secret))) {
		bool alone = (at == text ? !quote
			      : quote    ? at[-1] == '"'
					 : is_break(at[-1])) &&
			     is_break(at[length]);

		if (alone || length >= ANYWHERE)
			memset(at, '*', length);
		at += length;
	}
}

static void hide_all(const struct conf_reader *r, const char *text, bool quote)
{
	const char *const *list = r->secrets.items;

	for (size_t i = 0; text && i < r->secrets.count; i++)
		hide_secret((char *)text, list[i], quote);
}

/* More secrets than are remembered: nothing that was written is quoted. */
static void hide_everything(struct conf_diagnostic *one)
{
	char *first = strchr(one->message, '"');

	one->line = "";
	one->expanded = one->hint = NULL;
	for (; first && *first; first++)
		*first = '*';
}

/* Whether a text is a part of a secret that was read. */
static bool is_part(const struct conf_reader *r, const char *text)
{
	const char *const *list = r->secrets.items;

	for (size_t i = 0; strlen(text) >= ANYWHERE && i < r->secrets.count;
	     i++)
		if (strstr(list[i], text))
			return true;
	return false;
}

/* Those whose names sound secret, and those that are a part of a secret. */
static void add_definitions(struct conf_reader *r, const struct words *words,
			    const struct conf_definitions *all)
{
	const struct conf_definition *list = all->list.items;

	for (size_t i = 0; i < all->list.count; i++) {
		const struct conf_array *value = &list[i].value;
		char text[DEFINED_MAX];

		if (value->count == 0 || value->count >= sizeof(text))
			continue;
		memcpy(text, value->items, value->count);
		text[value->count] = '\0';
		if (secret_word(words, list[i].name, strlen(list[i].name)) ||
		    is_part(r, text))
			conf_reader_secret(r, text);
		secret_wipe(text, sizeof(text));
	}
}

/* Unknown words of the survey may be secrets that stand in a wrong place. */
static void hide_in_survey(const struct conf_reader *r,
			   const struct words *words)
{
	for (size_t i = 0; r->survey && i < r->survey->count; i++) {
		struct conf_surveyed *one = &r->survey->list[i];

		if (one->row)
			continue;
		if (r->secrets.count >= CONF_SECRETS_MAX) {
			one->word = CONF_SURVEY_HIDDEN;
		} else if (strcmp(one->word, CONF_SURVEY_HIDDEN) != 0) {
			hide_behind_words(words, (char *)one->word);
			hide_all(r, one->word, false);
		}
	}
}

void conf_hide_secrets(struct conf_reader *r,
		       const struct conf_definitions *definitions)
{
	struct conf_diagnostics *all = r->report->diagnostics;
	const struct words words = words_of(r->schema);
	const char *const *list;

	add_definitions(r, &words, definitions);
	list = r->secrets.items;
	for (size_t i = 0; i < all->count; i++) {
		struct conf_diagnostic *one = &all->list[i];

		if (r->secrets.count >= CONF_SECRETS_MAX) {
			hide_everything(one);
			continue;
		}
		/* The texts are copies of ours (language/diagnostic.c). */
		if (one->line)
			hide_behind_words(&words, (char *)one->line);
		if (one->expanded)
			hide_behind_words(&words, (char *)one->expanded);
		hide_logins((char *)one->message);
		hide_all(r, one->line, false);
		hide_all(r, one->expanded, false);
		hide_all(r, one->message, true);
		hide_all(r, one->hint, true);
	}
	hide_in_survey(r, &words);
	for (size_t i = 0; i < r->secrets.count; i++)
		secret_wipe((char *)list[i], strlen(list[i]));
}
