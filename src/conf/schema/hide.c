/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics quote the file. A secret in a quoted line is overwritten with
 * asterisks in place, so that the caret below stays where it was.
 */
#include "conf/schema/hide.h"
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

/*
 * What follows a secret's word, to the end of the line: where the value ends
 * is not certain while the line has mistakes. Braces stay.
 */
static void hide_behind_words(const struct conf_reader *r, char *text)
{
	char *at = text;

	while (*at) {
		char *start = at;

		while (!is_break(*at))
			at++;
		if (at > start && conf_word_is_secret(r->schema->top, start,
						      (size_t)(at - start))) {
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

void conf_hide_secrets(struct conf_reader *r)
{
	struct conf_diagnostics *all = r->report->diagnostics;
	const char *const *list = r->secrets.items;

	for (size_t i = 0; i < all->count; i++) {
		struct conf_diagnostic *one = &all->list[i];

		/* The texts are copies of ours (language/diagnostic.c). */
		if (one->line)
			hide_behind_words(r, (char *)one->line);
		if (one->expanded)
			hide_behind_words(r, (char *)one->expanded);
		hide_all(r, one->line, false);
		hide_all(r, one->expanded, false);
		hide_all(r, one->message, true);
		hide_all(r, one->hint, true);
	}
	for (size_t i = 0; i < r->secrets.count; i++)
		conf_secret_wipe((char *)list[i], strlen(list[i]));
}
