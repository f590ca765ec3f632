/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/state.h"

bool router_waits(const struct router *r)
{
	return r->now < r->ledger->starts_at;
}
