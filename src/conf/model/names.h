/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of numbers of the kernel, as iproute2 knows them (rt_scopes). */
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
