/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a model to the ledger that is made for it. */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

/* What a ledger for this model needs. */
void book_size(const struct conf_model *model, struct ledger_size *size);

/*
 * Fills in what the configuration says of each instance and holding. For the
 * maker of a ledger, before anybody reads it.
 */
void book_fill(const struct conf_model *model, struct ledger *ledger);
