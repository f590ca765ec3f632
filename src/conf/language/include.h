/* SPDX-License-Identifier: GPL-2.0-or-later */
/* include, its strict forms, and include_check. */
#pragma once

#include "conf/language/expander.h"

/* As include_check alone. */
void conf_include_check_all(struct conf_expander *expander);

/* Whether a line begins like one. */
bool conf_include_is(const struct conf_line *line);

/* True if the line was an include or include_check. */
bool conf_include(struct conf_expander *expander, unsigned depth,
		  const struct conf_line *line);

/* A file could not be read: an error, or a warning if it may be missing. */
void conf_include_failed(struct conf_expander *expander,
			 const struct conf_place *place, const char *path,
			 int wrong);
