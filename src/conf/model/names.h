/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of numbers of the kernel, as iproute2 knows them (rt_scopes and
 * others). */
#pragma once

#include "conf/schema/reader.h"

/* The name of a scope that every machine has, or NULL. */
const char *conf_scope_name(uint8_t scope);

/*
 * A name of those, a number, or a name of the file rt_scopes, looked for in
 * iproute_etc_dir and iproute_usr_dir, else in the usual folders. False: none.
 */
bool conf_scope_find(struct conf_reader *reader, const char *text,
		     uint8_t *scope);

/* The files of iproute2 that have names for numbers. */
enum conf_names {
	CONF_NAMES_TABLE,
	CONF_NAMES_DSFIELD,
	CONF_NAMES_PROTOCOL,
	CONF_NAMES_REALM,
	CONF_NAMES_GROUP,
};

/* A number up to `most`, or a name for one. False: neither. */
bool conf_named_number(struct conf_reader *reader, enum conf_names names,
		       const char *text, uint32_t most, uint32_t *number);
