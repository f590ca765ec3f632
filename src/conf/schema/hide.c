/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics quote the file. A secret in a quoted line is overwritten with
 * asterisks in place, so that the caret below stays where it was.
 */
#include "conf/schema/hide.h"
#include "base/must.h"
#include "conf/schema/schema.h"
#include "conf/schema/secret.h"

#include <string.h>

/* A secret of fewer bytes is hidden only where it is a word by itself. */
#define ANYWHERE 4

static bool is_break(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == '{' || c == '}' ||
	       c == '"' || c == '\'' || c == '=';
}

/* The words of the tables whose values are secret, each once. */
#define WORDS_MAX 16

struct words {
	const char *list[WORDS_MAX];
	size_t count;
};

static bool is_word(const struct words *words, const char *text, size_t length)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strlen(words->list[i]) == length &&
		    memcmp(words->list[i], text, length) == 0)
			return true;
	}
	return false;
}

static bool add_word(void *to, const struct conf_path *path)
{
	struct words *words = to;
	const char *word = path->row->word;

	if ((path->row->flags & CONF_SECRET) &&
	    !is_word(words, word, strlen(word))) {
		MUST(words->count < WORDS_MAX);
		words->list[words->count++] = word;
	}
	return true;
}

/*
 * What follows a secret's word, to the end of the line: where the value ends
 * is not certain while the line has mistakes. Braces stay.
 */
static void hide_behind_words(const struct words *words, char *text)
{
	char *at = text;

	while (*at) {
		char *start = at;

		while (!is_break(*at))
			at++;
		if (at > start && is_word(words, start, (size_t)(at - start))) {
			for (; *at; at++) {
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

void conf_hide_secrets(struct conf_reader *r)
{
	struct conf_diagnostics *all = r->report->diagnostics;
	const char *const *list = r->secrets.items;
	struct words words = { .count = 0 };

	conf_rows_each(r->schema->top, add_word, &words);

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
		hide_all(r, one->line, false);
		hide_all(r, one->expanded, false);
		hide_all(r, one->message, true);
		hide_all(r, one->hint, true);
	}
	for (size_t i = 0; i < r->secrets.count; i++)
		conf_secret_wipe((char *)list[i], strlen(list[i]));
}
