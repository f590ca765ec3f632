/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process `lvs` says of virtual and real servers, if it knows this
 * configuration. Nothing of it is believed that cannot be.
 */
#pragma once

#include "ledger/table.h"
#include "ledger/virtuals.h"
#include "lvs/lvs.h"

/* Its quorum; all 0: it is not known. */
struct lvs_service server_quorum(const struct ledger *l, uint32_t n,
				 struct ledger_lvs_virtual *is);

/* One that drains and is not in the configuration any more: a record behind
 * those of the configuration. False: it says nothing, or is of another one. */
bool server_leaving(const struct ledger *l, uint32_t of, uint32_t n,
		    struct ledger_lvs_server *is, struct lvs_server *core);

/* A real server, which has to be that one; false: it is not known. */
bool server_state(const struct ledger *l, uint32_t of, uint32_t n,
		  const struct ledger_real *real, struct ledger_lvs_server *is,
		  struct lvs_server *core);
