/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canonical form: every value written out, defaults included, so that a
 * reader sees what runs and needs no manual. Reading it again gives the same
 * struct, but for spans and secrets.
 */
#pragma once

#include "conf/schema/out.h"
#include "conf/schema/row.h"

/* All words of a block, with that many tabs before each. */
void conf_print_object(const struct conf_block *block, const void *object,
		       struct conf_out *out, unsigned depth);

/* What an item begins with, its name or address. */
void conf_print_heads(const struct conf_block *block, const void *item,
		      struct conf_out *out);
/* An item of a list of lines, as one line without its end. */
void conf_print_line(const struct conf_block *block, const void *item,
		     struct conf_out *out);

/* False where a row has nothing to say of this object. */
bool conf_row_is_shown(const struct conf_row *row, const void *object);
