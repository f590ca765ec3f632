/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From files to lines: comments, @id, $NAME, ~SEQ, ~LST and include, as in
 * keepalived.conf(5), "ADVANCED CONFIGURATION".
 */
#pragma once

#include "conf/language/expander.h"

/* Reads a file; each line goes to the sink. */
void conf_expand(struct conf_expander *expander, const char *path);
void conf_expander_free(struct conf_expander *expander);
