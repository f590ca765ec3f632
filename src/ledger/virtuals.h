/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the configuration says of virtual servers, in the keeper's book: for who
 * shows what the process `lvs` makes of it (ledger/lvs.h). A record there and a
 * record here are of one number, if ledger_lvs_is_numbered().
 *
 * The ledger of an earlier program has none. Records: ledger/virtual.h.
 */
#pragma once

#include "ledger/copy.h"
#include "ledger/virtual.h"

#include <stdbool.h>

/* The index must be below the count (asserted). */
uint32_t ledger_virtuals(const struct ledger *l);
struct ledger_virtual *ledger_virtual_at(struct ledger *l, uint32_t index);
uint32_t ledger_reals(const struct ledger *l);
struct ledger_real *ledger_real_at(struct ledger *l, uint32_t index);
uint32_t ledger_follows(const struct ledger *l);
uint32_t *ledger_follow_at(const struct ledger *l, uint32_t index);

/* Copies of which each field has a value that it can have; what they lead to is
 * there. */
void ledger_copy_virtual(const struct ledger *l, uint32_t index,
			 struct ledger_virtual *copy);
void ledger_copy_real(const struct ledger *l, uint32_t index,
		      struct ledger_real *copy);

/*
 * Weights that have changed since the ledger was made, ahead of the reload that
 * changes them: a number that has changed whenever one has, and among which
 * real servers they are.
 */
uint64_t ledger_weights(const struct ledger *l, uint32_t *first, uint32_t *end);
int32_t ledger_weight(const struct ledger *l, uint32_t real);
/* For the keeper: false, it is so already. Who follows them is to be woken. */
bool ledger_put_weight(struct ledger *l, uint32_t real, int32_t weight);

/* What a virtual server is known by in any configuration; never 0. Those of one
 * group have the same; conf_server_key() tells these apart. */
uint64_t ledger_virtual_key(const struct ledger *l,
			    const struct ledger_virtual *v);
