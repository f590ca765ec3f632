/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables in words: for a person, for a shell, and for the manual. */
#pragma once

#include "conf/schema/out.h"
#include "conf/schema/row.h"

/*
 * What a word means in each block that it may stand in. False, and nothing
 * written: there is no such word; then `near` is one that was meant, or NULL.
 */
bool conf_explain_word(const struct conf_schema *schema, const char *word,
		       struct conf_out *out, const char **near);

/* All words, each once, a line each, in the order of the tables. */
void conf_explain_words(const struct conf_schema *schema, struct conf_out *out);

/* The keyword section of baton.conf(5), in man(7): a list a block. */
void conf_explain_manual(const struct conf_schema *schema,
			 struct conf_out *out);
