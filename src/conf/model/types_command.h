/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * COMMAND [USER [GROUP]], as all scripts are written: what the types share that
 * keep one.
 */
#pragma once

#include "conf/model/model.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"

/* What stands there instead of a command. */
enum conf_command_is {
	CONF_IS_COMMAND,
	CONF_IS_PERHAPS, /* a command, or "" */
	CONF_IS_PATH,    /* of a file */
};

/* How many words it took, or -1: it is none. */
int conf_command_read(struct conf_reader *reader, const struct conf_word *words,
		      size_t count, enum conf_command_is is,
		      struct conf_notify *out);
void conf_command_print(const struct conf_notify *one, struct conf_out *out);
bool conf_command_equal(const struct conf_notify *a,
			const struct conf_notify *b);
void conf_command_pack(const struct conf_notify *one,
		       struct conf_packer *packer);
/* False: it is none, nor nothing. */
bool conf_command_unpack(struct conf_unpacker *unpacker,
			 enum conf_command_is is, struct conf_notify *out);
