/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From tokens to statements and blocks. One block of the top level at a time:
 * it is handed on when it is complete, and then its memory is used again.
 */
#pragma once

#include "conf/language/lexer.h"

#define CONF_BLOCKS_MAX 12  /* blocks in each other */
#define CONF_WORDS_MAX  256 /* of one statement */

struct conf_word {
	const char *text;
	const char *plain; /* the same without escapes: conf_token_plain() */
	struct conf_place place;
	uint32_t length; /* of the text */
	bool quoted;
};

/* A statement: a keyword, what it is given, and perhaps a block. */
struct conf_node {
	struct conf_word *words; /* words[0] is the keyword */
	size_t count;            /* at least 1 */
	struct conf_node *next;
	struct conf_node *children;
	struct conf_node *last; /* of the children */
	bool block;             /* a { follows */
};

struct conf_tree {
	struct conf_report *report;
	struct conf_memory *memory;
	struct arena scratch;
	size_t kept; /* words in it */
	/* Called with each statement of the top level, in order. */
	void (*sink)(void *to, const struct conf_node *node);
	void *to;
	struct conf_node
		*open[CONF_BLOCKS_MAX]; /* blocks that are not closed */
	unsigned depth;
	unsigned too_deep;         /* blocks below, which are only counted */
	struct conf_node *pending; /* complete, but a { may follow */
	/* Of the statement that is read, and one that is too many. */
	struct conf_word words[CONF_WORDS_MAX + 1];
	size_t count;
	struct conf_token token;
	const struct conf_line *line;
	const char *expanded; /* the line, if it is not as written */
};

void conf_tree_line(struct conf_tree *tree, const struct conf_line *line);

/* The end: what is open is an error. Frees what the tree holds. */
void conf_tree_end(struct conf_tree *tree);
