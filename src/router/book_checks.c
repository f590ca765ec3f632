/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router/book_checks.h"

#include "conf/model/checks.h"
#include "ledger/checks.h"

#include <stdlib.h>

/* Without memory there are none: the process that runs them says so. */
uint32_t book_checks_count(const struct conf_model *model, uint32_t *scripted)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all = conf_checks(model, &arena);
	uint32_t count = all ? all->count : 0;

	*scripted = 0;
	for (uint32_t n = 0; n < count; n++)
		*scripted += all->list[n].check->kind == CONF_CHECK_MISC;
	arena_free(&arena);
	return count;
}

static struct ledger_checked describe(const struct conf_distinct *check)
{
	return (struct ledger_checked){
		.key = check->key,
		.address = check->connect.address,
		.kind = check->check->kind,
		.port = check->connect.port,
		.interval = check->interval,
	};
}

void book_checks_fill(const struct conf_model *model, struct ledger *ledger)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all = conf_checks(model, &arena);
	uint32_t count = all ? all->count : 0, scripted = 0;

	for (uint32_t n = 0; n < count && n < ledger_checks(ledger); n++) {
		struct ledger_checked *to = ledger_checked_at(ledger, n);

		*to = describe(&all->list[n]);
		if (to->kind == CONF_CHECK_MISC)
			to->scripted = ++scripted;
	}
	arena_free(&arena);
}
