/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel refuses after it had accepted it: an address, when duplicate
 * address detection has found another machine that has it (RFC 4862 5.4).
 */
#include "router/state.h"

int refusal_of(const struct router *r, uint32_t n,
	       const struct mirror_event *event)
{
	const struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);

	return h->wanted && kind->refused ? kind->refused(h, event) : 0;
}

bool refusal_is_open(const struct router *r, uint32_t n)
{
	const struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);

	return ledger_held_at(r->ledger, n)->error && h->wanted &&
	       kind->undecided && kind->undecided(r, h);
}
