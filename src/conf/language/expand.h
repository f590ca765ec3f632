/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of lines: @id, $NAME, ~SEQ, ~LST and include, as in keepalived.conf(5),
 * "ADVANCED CONFIGURATION".
 */
#pragma once

#include "conf/language/expander.h"

/* What a line of a file becomes goes to the sink. It has no comment, and no
 * blanks at its ends; it is not empty. */
void conf_expand_line(struct conf_expander *expander, unsigned depth,
		      struct conf_line *line);

/* A line without anything, or the end of a file: what goes on over several
 * lines ends. */
void conf_expand_gap(struct conf_expander *expander,
		     const struct conf_line *line);
