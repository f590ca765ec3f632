/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From statements to structs, by rows: which word, how many values, which
 * field. When all is read, defaults are set and each block is finished.
 */
#pragma once

#include "conf/schema/reader.h"

/* The sink of the tree: `to` is a struct conf_reader. */
void conf_read_node(void *to, const struct conf_node *node);

/*
 * After the last statement: lists go to their structs, defaults are set, and
 * every block's `finish` is called, the top's at last.
 */
void conf_read_end(struct conf_reader *reader);
void conf_read_free(struct conf_reader *reader);
