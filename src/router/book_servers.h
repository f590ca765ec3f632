/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a configuration says of virtual servers, into a new ledger: for those
 * that show what becomes of them (ledger/virtuals.h).
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

/* The room that they need. */
void book_servers_size(const struct conf_model *model,
		       struct ledger_size *size);
/* A ledger with that room. */
void book_servers_fill(const struct conf_model *model, struct ledger *ledger);
