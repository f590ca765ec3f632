/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/server_state.h"

#include "ledger/lvs.h"
#include "lvs/save.h"

#include <assert.h>
#include <string.h>

static_assert(sizeof(struct lvs_saved_server) <= LEDGER_LVS_SAVED_SERVER &&
		      sizeof(struct lvs_saved_service) <=
			      LEDGER_LVS_SAVED_VIRTUAL,
	      "they have room");

struct lvs_service server_quorum(const struct ledger *l, uint32_t n,
				 struct ledger_lvs_virtual *is)
{
	struct lvs_service core = { 0 };
	struct lvs_saved_service saved;

	*is = (struct ledger_lvs_virtual){ 0 };
	if (!ledger_lvs_is_numbered(l) || n >= ledger_lvs_used_virtuals(l))
		return core;
	ledger_read_lvs_virtual(l, n, is);
	memcpy(&saved, is->saved, sizeof(saved));
	(void)lvs_read_service(&saved, is->length, &core);
	return core;
}

bool server_state(const struct ledger *l, uint32_t of, uint32_t n,
		  const struct ledger_real *real, struct ledger_lvs_server *is,
		  struct lvs_server *core)
{
	struct lvs_saved_server saved;

	if (!ledger_lvs_is_numbered(l) || n >= ledger_lvs_used_servers(l))
		return false;
	ledger_read_lvs_server(l, n, is);
	memcpy(&saved, is->saved, sizeof(saved));
	return is->of == of && ip_equal(&is->address, &real->address) &&
	       lvs_read_server(&saved, is->length, core);
}

bool server_leaving(const struct ledger *l, uint32_t of, uint32_t n,
		    struct ledger_lvs_server *is, struct lvs_server *core)
{
	struct lvs_saved_server saved;

	if (!ledger_lvs_is_numbered(l) || n < ledger_reals(l) ||
	    n >= ledger_lvs_used_servers(l))
		return false;
	ledger_read_lvs_server(l, n, is);
	memcpy(&saved, is->saved, sizeof(saved));
	return is->of == of && is->address.family != IP_NONE &&
	       lvs_read_server(&saved, is->length, core) && core->leaves;
}
