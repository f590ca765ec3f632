/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets leave what was told of a file (schema/secret.h). */
#pragma once

#include "conf/schema/reader.h"

/*
 * Overwrites in all diagnostics what stands behind a secret's word on its
 * line, and every secret that was read, wherever else it occurs: a definition
 * may have brought it there.
 */
void conf_hide_secrets(struct conf_reader *reader);
