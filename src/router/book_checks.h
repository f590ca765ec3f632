/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a configuration says of health checks, into a new ledger: for the
 * process that runs them, and those that read what it finds.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

/* How many distinct checks there are, and of these MISC_CHECK; the room for
 * their texts is added. */
void book_checks_count(const struct conf_model *model,
		       struct ledger_size *size);

/* A ledger with room for so many. */
void book_checks_fill(const struct conf_model *model, struct ledger *ledger);
