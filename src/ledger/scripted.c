/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/scripted.h"

#include "base/must.h"
#include "base/text.h"
#include "ledger/ledger.h"

/* Exit codes and signals are less, and errno is too (MAX_ERRNO of Linux). */
#define VALUE_MAX 4095

uint32_t ledger_scripted_count(const struct ledger *l)
{
	return section_of(l, LEDGER_SCRIPTED)->count;
}

struct ledger_scripted *ledger_scripted_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_SCRIPTED)->stride >=
	     sizeof(struct ledger_scripted));
	return section_record(l, LEDGER_SCRIPTED, index);
}

tick_t ledger_scripted_asks(const struct ledger *l, uint32_t check)
{
	const struct ledger_check *record =
		section_record(l, LEDGER_CHECKS, check);

	if (section_of(l, LEDGER_CHECKS)->stride < sizeof(*record))
		return 0; /* of an earlier program */
	return __atomic_load_n(&record->asks, __ATOMIC_ACQUIRE);
}

bool ledger_read_scripted(const struct ledger *l, uint32_t index,
			  struct ledger_scripted *copy)
{
	const struct ledger_scripted *record;
	struct part part;
	bool whole;

	*copy = (struct ledger_scripted){ 0 };
	if (index >= ledger_scripted_count(l))
		return false;
	part = part_of(l, LEDGER_SCRIPTED, index, copy, sizeof(*copy));
	record = part.record;
	whole = parts_copy(&record->sequence, &part, 1);
	/* Who writes it runs users' scripts: nothing is believed. */
	if (copy->how >= LEDGER_HOWS)
		copy->how = LEDGER_HOW_NONE;
	if (copy->value < 0 || copy->value > VALUE_MAX)
		copy->how = LEDGER_HOW_NONE;
	copy->running = copy->running != 0;
	text_make_printable(copy->words, sizeof(copy->words));
	return whole;
}
