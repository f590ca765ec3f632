/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a line to tokens: words, `{` and `}`. Quotes and escapes are taken
 * away, as in keepalived.conf(5), "Quoted strings".
 */
#pragma once

#include "conf/language/expander.h"

#define CONF_WORD_MAX 4096 /* bytes of one word */

enum conf_token_type {
	CONF_TOKEN_WORD,
	CONF_TOKEN_OPEN,
	CONF_TOKEN_CLOSE,
	CONF_TOKEN_END, /* of the line */
};

struct conf_token {
	enum conf_token_type type;
	bool quoted; /* some of the word was; it is then no keyword */
	size_t at;   /* in the line */
	size_t size; /* in the line */
	size_t length;
	char text[CONF_WORD_MAX + 1]; /* of a word */
};

struct conf_lexer {
	const struct conf_line *line;
	struct conf_report *report;
	size_t at;
	bool told; /* of a no-break space on this line */
};

/*
 * The bytes of a word as keepalived takes them where it knows no escapes and
 * no apostrophes: what is between two quotes, or up to the first quote.
 */
struct conf_plain {
	const char *text;
	size_t length;
};
struct conf_plain conf_token_plain(const struct conf_line *line,
				   const struct conf_token *token);

/* The next token; what is wrong is reported, and a word made of the rest. */
void conf_lex(struct conf_lexer *lexer, struct conf_token *token);
