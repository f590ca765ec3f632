/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reload changes of weights alone goes ahead of it: it is written into
 * the ledger that is in force, and `lvs`, which runs with that, has it in the
 * kernel's table before the first process of the reload is there. If nothing
 * comes of the reload they are as they were.
 *
 * That holds for each virtual server of which nothing else changes: what is
 * counted of it, such as its quorum, is the same in the end.
 */
#include "keeper/keeper_state.h"

#include "conf/model/plan_servers.h"
#include "ledger/virtuals.h"
#include "sys/wake.h"

#include <stdlib.h>

/* Who follows them looks at the ledger. */
static void wake(const struct keeper *k)
{
	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].row->keeps & KEEPS_HEAR)
			wake_send(k->children[n].wake);
}

/* Those of the virtual server of that number: whether one was another. */
static bool put(struct ledger *l, uint32_t number,
		const struct conf_virtual_server *vs)
{
	struct ledger_virtual v;
	bool any = false;

	ledger_copy_virtual(l, number, &v);
	for (uint32_t n = 0; n < v.real_count && n < vs->server_count; n++)
		any |= ledger_put_weight(
			l, v.real_first + n,
			conf_server_weight(vs, &vs->servers[n]));
	return any;
}

void ahead_tell(struct keeper *k, const struct conf_model *next,
		const struct conf_plan *plan)
{
	const struct conf_model *now = k->now.model;
	struct arena work = arena_over(malloc, free);
	bool any = false;

	for (size_t n = 0; n < plan->row_count; n++) {
		const struct conf_plan_row *row = &plan->rows[n];

		if (row->kind == CONF_PLAN_SERVER_CHANGES &&
		    row->index_old < ledger_virtuals(k->now.ledger) &&
		    conf_plan_only_weights(
			    &now->virtual_servers[row->index_old],
			    &next->virtual_servers[row->index_new], &work))
			any |= put(k->now.ledger, row->index_old,
				   &next->virtual_servers[row->index_new]);
	}
	arena_free(&work);
	if (any)
		wake(k);
}

void ahead_take_back(struct keeper *k)
{
	const struct conf_model *now = k->now.model;
	uint32_t first, end;
	bool any = false;

	(void)ledger_weights(k->now.ledger, &first, &end);
	if (!now || first == end)
		return;
	for (uint32_t n = 0; n < now->virtual_server_count &&
			     n < ledger_virtuals(k->now.ledger);
	     n++)
		any |= put(k->now.ledger, n, &now->virtual_servers[n]);
	if (any)
		wake(k);
}
