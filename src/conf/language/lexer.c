/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens of one line. Comments and definitions are gone when a line comes
 * here (expand.c); a `#` that is still there came from ${_HASH} and is part of
 * a word. What the words mean is not known here.
 */
#include "conf/language/lexer.h"

#include <string.h>

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void wrong(struct conf_lexer *lexer, size_t at, size_t length,
		  const char *hint, const char *message)
{
	struct conf_place place = conf_line_place(lexer->line, at, length);

	conf_report(lexer->report, CONF_ERROR, &place, hint, "%s", message);
}

/*
 * The bytes of a no-break space (U+00A0) here, in UTF-8 or Latin-1, or 0. In
 * UTF-8 the byte a0 may also be the end of another character.
 */
static size_t no_break_space(const struct conf_line *line, size_t at)
{
	const unsigned char *text = (const unsigned char *)line->text;

	if (at + 1 < line->length && text[at] == 0xc2 && text[at + 1] == 0xa0)
		return 2;
	return text[at] == 0xa0 && (at == 0 || text[at - 1] < 0x80);
}

/* What is blank here: 0 or its bytes. A no-break space is told once a line. */
static size_t blank_at(struct conf_lexer *lexer, size_t at)
{
	const struct conf_line *line = lexer->line;
	struct conf_place place;
	size_t bytes;

	if (blank(line->text[at]))
		return 1;
	bytes = no_break_space(line, at);
	if (bytes == 0 || lexer->told)
		return bytes;
	lexer->told = true;
	place = conf_line_place(line, at, bytes);
	conf_report_ignored(lexer->report, &place,
			    "write an ordinary space; an editor or a web page "
			    "put this one here",
			    "a no-break space (U+00A0) is taken as a space");
	return bytes;
}

static void append(struct conf_lexer *lexer, struct conf_token *token,
		   const char *text, size_t length)
{
	size_t room = 0;

	if (token->length <= CONF_WORD_MAX) {
		room = CONF_WORD_MAX - token->length;
		memcpy(token->text + token->length, text,
		       length < room ? length : room);
		if (length > room)
			wrong(lexer, token->at, 1, NULL,
			      "the word is longer than 4096 bytes");
	}
	token->length += length;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that \nnn or \xXX stands for. */
static char numeric(struct conf_lexer *lexer, size_t start)
{
	const struct conf_line *line = lexer->line;
	int base = line->text[lexer->at] == 'x' ? 16 : 8;
	size_t most = base == 16 ? lexer->at + 3 : lexer->at + 3;
	int value = 0;

	if (base == 16)
		lexer->at++;
	while (lexer->at < line->length && lexer->at < most) {
		int d = hex_digit(line->text[lexer->at]);

		if (d < 0 || d >= base)
			break;
		value = value * base + d;
		lexer->at++;
	}
	if (value == 0 || value > 255) {
		wrong(lexer, start, lexer->at - start, NULL,
		      "the escape stands for no byte from 1 to 255");
		value = '?';
	}
	return (char)value;
}

/* What stands behind a backslash, with lexer->at there. */
static char escape(struct conf_lexer *lexer)
{
	static const char from[] = "abEfnrtv";
	static const char to[] = "\a\b\033\f\n\r\t\v";
	const struct conf_line *line = lexer->line;
	size_t start = lexer->at - 1;
	const char *found;
	char c = line->text[lexer->at];

	if ((c >= '0' && c <= '7') ||
	    (c == 'x' && lexer->at + 1 < line->length &&
	     hex_digit(line->text[lexer->at + 1]) >= 0))
		return numeric(lexer, start);
	lexer->at++;
	if (c == 'c' && lexer->at < line->length)
		return (char)((line->text[lexer->at++] & 0x1f) | 0);
	found = memchr(from, c, sizeof(from) - 1);
	return found ? to[found - from] : c;
}

/* True if a brace at `at` belongs to a ${NAME} that nobody defined. */
static bool in_reference(const struct conf_line *line, size_t start, size_t at)
{
	struct conf_reference use;

	if (line->text[at] == '{')
		return at > start && line->text[at - 1] == '$';
	return conf_reference_next(line->text, at + 1, start, &use) &&
	       use.start + use.length == at + 1;
}

/* An apostrophe within a word, or that nothing closes, is a letter. */
static bool opens_quote(struct conf_lexer *lexer, size_t start, char c)
{
	const struct conf_line *line = lexer->line;

	return c == '"' ||
	       (c == '\'' && lexer->at == start + 1 &&
		memchr(line->text + lexer->at, '\'', line->length - lexer->at));
}

/* A letter of a word and nothing else, wherever it stands. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '-' && c <= '9') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

/* Those are most, and are taken together. */
static void plain_letters(struct conf_lexer *lexer, struct conf_token *token)
{
	const struct conf_line *line = lexer->line;
	size_t start = lexer->at, end = start;

	while (end < line->length && is_plain(line->text[end]))
		end++;
	append(lexer, token, line->text + start, end - start);
	lexer->at = end;
}

static void word(struct conf_lexer *lexer, struct conf_token *token)
{
	const struct conf_line *line = lexer->line;
	char quote = '\0';
	size_t opened = 0;
	size_t start = lexer->at;
	size_t reference = start;

	while (lexer->at < line->length) {
		char c;

		plain_letters(lexer, token);
		if (lexer->at == line->length)
			break;
		c = line->text[lexer->at];
		if (!quote && blank_at(lexer, lexer->at) > 0)
			break;
		if (!quote && (c == '{' || c == '}')) {
			if (!in_reference(line, reference, lexer->at))
				break;
			if (c == '}')
				reference = lexer->at + 1;
		}
		lexer->at++;
		if (c == '\\' && !quote) {
			/* A letter, but before what would begin a comment. */
			if (lexer->at < line->length &&
			    strchr("#!", line->text[lexer->at]))
				c = line->text[lexer->at++];
			append(lexer, token, &c, 1);
		} else if (c == '\\' && lexer->at < line->length) {
			c = escape(lexer);
			if (c == '\0') {
				wrong(lexer, lexer->at - 1, 1, NULL,
				      "the escape stands for a zero byte");
				c = '?';
			}
			append(lexer, token, &c, 1);
		} else if (c == quote) {
			quote = '\0';
		} else if (!quote && opens_quote(lexer, start, c)) {
			quote = c;
			opened = lexer->at - 1;
			token->quoted = true;
		} else {
			append(lexer, token, &c, 1);
		}
	}
	if (quote) {
		struct conf_place place = conf_line_place(line, opened, 1);

		conf_report_ignored(lexer->report, &place,
				    "close it on the same line",
				    "the quote that opens here is not closed; "
				    "it ends with the line");
	}
}

struct conf_plain conf_token_plain(const struct conf_line *line,
				   const struct conf_token *token)
{
	struct conf_plain plain = { line->text + token->at, token->size };
	bool quoted = plain.length > 0 && plain.text[0] == '"';
	size_t n = 0;

	if (quoted) {
		plain.text++;
		plain.length--;
	}
	while (n < plain.length && plain.text[n] != '"' &&
	       (quoted || (plain.text[n] != ' ' && plain.text[n] != '\t')))
		n++;
	plain.length = n;
	return plain;
}

void conf_lex(struct conf_lexer *lexer, struct conf_token *token)
{
	const struct conf_line *line = lexer->line;
	char c;

	while (lexer->at < line->length) {
		size_t bytes = blank_at(lexer, lexer->at);

		if (bytes == 0)
			break;
		lexer->at += bytes;
	}
	token->at = lexer->at;
	token->length = 0;
	token->quoted = false;
	c = lexer->at < line->length ? line->text[lexer->at] : '\0';
	if (lexer->at >= line->length) {
		token->type = CONF_TOKEN_END;
	} else if (c == '{' || c == '}') {
		token->type = c == '{' ? CONF_TOKEN_OPEN : CONF_TOKEN_CLOSE;
		lexer->at++;
	} else {
		token->type = CONF_TOKEN_WORD;
		word(lexer, token);
	}
	if (token->length > CONF_WORD_MAX)
		token->length = CONF_WORD_MAX;
	token->text[token->length] = '\0';
	token->size = lexer->at - token->at;
}
