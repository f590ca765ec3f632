/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets leave what was told of a file (base/secret.h). */
#pragma once

#include "conf/language/definition.h"
#include "conf/schema/reader.h"

/*
 * Overwrites in all diagnostics what stands behind a secret's word on its
 * line, and every secret that was read, wherever else it occurs: a definition
 * may have brought it there. A definition whose name sounds secret, or that is
 * a part of a secret, is a secret too.
 */
void conf_hide_secrets(struct conf_reader *reader,
		       const struct conf_definitions *definitions);

/* Whether a word in this block brings a secret. */
bool conf_block_has_secrets(const struct conf_block *block);

/*
 * How many bytes of `text` are a word that brings a secret, in whatever block:
 * one of the tables, in any case, or one that sounds like it.
 * 0: it is none.
 */
size_t conf_secret_word(const struct conf_schema *schema, const char *text,
			size_t length);
