/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of each file that a configuration names. A reload compares it
 * with what was so when the configuration in force was read: a file that
 * cannot be had just now is no wish to be without it (model/inputs.h).
 */
#pragma once

#include "base/arena.h"
#include "conf/language/report.h"
#include "conf/language/store.h"

enum conf_input_state {
	CONF_INPUT_READ,
	CONF_INPUT_EMPTY,   /* it has no bytes */
	CONF_INPUT_NONE,    /* it is named, and is not there */
	CONF_INPUT_FOLDER,  /* it is a folder */
	CONF_INPUT_UNREAD,  /* it was found, and cannot be read */
	CONF_INPUT_WRITTEN, /* read while somebody had it open for writing */
};

#define CONF_INPUT_STATES 6

/*
 * A file; or a pattern with wildcards, READ if it matched and UNREAD if a
 * folder of it could not be looked into.
 */
struct conf_input {
	const char *name;
	uint8_t state;
};

#define CONF_INPUTS_MAX 65536 /* more are not noted */

/* In the order in which they were met. */
struct conf_inputs {
	struct conf_memory *memory;
	struct arena *arena; /* for the names: the model's */
	struct conf_array list;
};

/* The name is copied. */
void conf_input_note(struct conf_inputs *inputs, const char *name,
		     enum conf_input_state state);

/* A file was read; `how` is 0 or CONF_SOURCE_WRITTEN, which is told. */
void conf_input_read(struct conf_inputs *inputs, struct conf_report *report,
		     const struct conf_place *place, const char *name,
		     size_t length, int how);
