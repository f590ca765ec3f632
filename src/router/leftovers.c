/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses with our tag that are nobody's any more: those of a configuration
 * before this one, and those that an earlier life left without an end.
 *
 * One that has a lease and is in no ledger may be that of another batond on
 * this machine, which refreshes it. If not, the kernel removes it.
 */
#include "router/state.h"

/* Ours, and not in the configuration that is in force now. */
static bool is_over(const struct router *r, const struct mirror_address *a)
{
	return a && a->tag == SYS_ADDRESS_TAG &&
	       addresses_find(r, a->ifindex, &a->address) == ROUTER_NONE;
}

/* What the process before had, by its ledger. */
static void of_before(struct router *r, struct ledger *before)
{
	for (uint32_t n = 0; n < ledger_addresses(before); n++) {
		const struct mirror_address *a = NULL;
		struct ledger_address l;

		ledger_copy_address(before, n, &l);
		if (l.ifindex)
			a = mirror_find_exact(r->mirror, l.ifindex, &l.address,
					      l.prefix);

		if (is_over(r, a))
			addresses_take_away(r, a);
	}
}

static void without_end(struct router *r)
{
	const struct mirror_link *link = NULL;

	while ((link = mirror_next_link(r->mirror, link))) {
		const struct mirror_address *a = NULL;

		while ((a = mirror_next(r->mirror, link, a)))
			if (a->valid == NETLINK_FOREVER && is_over(r, a))
				addresses_take_away(r, a);
	}
}

void leftovers_remove(struct router *r, struct ledger *before)
{
	if (before)
		of_before(r, before);
	else if (r->ledger->turns == 0) /* the daemon's first process */
		without_end(r);
}
