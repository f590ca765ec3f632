/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spoils a ledger as an input says: the records that lesser processes write,
 * which may have been taken over (ledger/records.h).
 */
#pragma once

#include "base/bytes.h"
#include "ledger/ledger.h"

/* Bytes of input for one change of a record. */
#define SPOIL_SIZE 6

/* One change of a record of a book that is not the keeper's. */
void spoil_record(struct ledger *l, struct reader *input);
