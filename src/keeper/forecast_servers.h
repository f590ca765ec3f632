/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the configuration would do to connections: the kernel drops
 * the packets of those whose real server is removed, unless that drains first.
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

/*
 * How many connections the virtual server of that number in `old` has with real
 * servers that `next` has not; NULL: it is removed. The ledger is that of
 * `old`; what it says may be half a minute old.
 */
uint64_t forecast_dropped(const struct ledger *ledger,
			  const struct conf_model *old, uint32_t number,
			  const struct conf_virtual_server *next);

/*
 * How many connections virtual servers have that are firewall marks
 * (nftables_ipvs) in one of the two, and addresses in the other: these are
 * other services of the kernel. Those with a drain_timeout keep them.
 */
uint64_t forecast_remade(const struct ledger *ledger,
			 const struct conf_model *old,
			 const struct conf_model *next);
