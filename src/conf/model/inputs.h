/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a configuration that was read for a reload lacks a file that the one
 * in force has (language/input.h). What somebody has removed or does not
 * include any more is a wish; what is named and cannot be had is none: a disk
 * fails, an editor writes, a link dangles for a moment.
 */
#pragma once

#include "conf/model/model.h"
#include "conf/schema/pack.h"

/*
 * The first file of `next` that `old` has and that cannot be had now; or one
 * that `old` does not know, and that was found and cannot be read. NULL: there
 * is none.
 */
const struct conf_input *conf_inputs_lost(const struct conf_model *old,
					  const struct conf_model *next);

/* "cannot be read", "is empty": what is wrong with one that was lost. */
const char *conf_input_wrong(const struct conf_input *input);

/* Copies the list into the model, but not the names. False: no memory. */
bool conf_inputs_keep(struct conf_model *model,
		      const struct conf_inputs *inputs);

/* Behind the packed model. */
void conf_inputs_pack(struct conf_packer *packer,
		      const struct conf_model *model);
bool conf_inputs_unpack(struct conf_unpacker *unpacker,
			struct conf_model *model);
