/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists in the making: of each block that is read, those of its structs. */
#pragma once

#include "conf/schema/reader.h"

/* The list of `object`, of that block, that a row adds to. */
struct conf_gather *conf_gather(struct conf_reader *reader,
				struct conf_frame *frame,
				const struct conf_block *block,
				const struct conf_row *row, void *object);

/* The structs have their lists, for `finish`, but may not keep them. */
void conf_gathers_lend(struct conf_frame *frame);

/* What `finish` left of the lists goes into the model. */
void conf_gathers_keep(struct conf_reader *reader, struct conf_frame *frame);
