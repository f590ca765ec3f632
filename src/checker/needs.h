/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration needs of the process `check`, before it is started. */
#pragma once

#include "conf/language/diagnostic.h"
#include "conf/model/model.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether there is anything to check. */
bool checker_is_needed(const struct conf_model *model);

/* How many descriptors it may need at once. */
unsigned checker_descriptors(const struct conf_model *model);

/*
 * The capabilities that its set-up needs: for the sockets of PING_CHECK, and
 * for marks. And those of them that it needs as long as it runs.
 */
uint64_t checker_rights(const struct conf_model *model);
uint64_t checker_lasting_rights(const struct conf_model *model);

/* Warnings of expressions that PCRE2 does not compile, and of certificates and
 * keys that OpenSSL does not take (doubts.c); none where these are not
 * installed, or may not be read. `file` as of runner_doubts(). */
void checker_doubts(const struct conf_model *model, const char *file,
		    struct conf_diagnostics *diagnostics);
