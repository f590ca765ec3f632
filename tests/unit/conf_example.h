/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The examples of rows, where they may stand. */
#pragma once

#include "conf/schema/schema.h"
#include "conf_fixture.h"

/*
 * A file with one example where its row may stand: the openers' own examples,
 * each in the one before, without what the row says itself.
 */
struct conf_loaded *conf_load_example(const struct conf_path *path,
				      const char *example);

/* Whether baton does the blocks that the row is in. */
bool conf_is_looked_at(const struct conf_path *path);
