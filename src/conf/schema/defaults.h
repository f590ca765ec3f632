/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of a field that is not written, and the end of reading. */
#pragma once

#include "conf/schema/reader.h"

/* Sets all fields of a zeroed struct to what holds when nothing is written. */
void conf_defaults_reset(const struct conf_block *block, void *object);

/*
 * With all lists in place: fields that were not written inherit, and each
 * block is finished: the structs of the top level first, then the items of its
 * lists in their order, then the top itself.
 */
void conf_defaults_finish(struct conf_reader *reader);
