/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From files to lines, which go to the sink as expand.h makes them. */
#pragma once

#include "conf/language/expander.h"

/* Reads a file, and what it includes. */
void conf_expand(struct conf_expander *expander, const char *path);
void conf_expander_free(struct conf_expander *expander);
