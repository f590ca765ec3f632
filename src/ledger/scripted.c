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

void ledger_scripted_ask(struct ledger *l, uint32_t check, tick_t round)
{
	__atomic_store_n(&ledger_check_at(l, check)->asks, round,
			 __ATOMIC_RELAXED);
	__atomic_fetch_add(&ledger_checker(l)->asked, 1, __ATOMIC_RELEASE);
}

uint64_t ledger_scripted_asked(const struct ledger *l)
{
	return __atomic_load_n(&ledger_checker(l)->asked, __ATOMIC_ACQUIRE);
}

void ledger_scripted_answered(struct ledger *l)
{
	__atomic_fetch_add(&ledger_runner(l)->answers, 1, __ATOMIC_RELEASE);
}

uint64_t ledger_scripted_said(const struct ledger *l)
{
	const struct ledger_runner *run;

	if (!ledger_has_runner(l))
		return 0;
	run = ledger_runner(l);
	return __atomic_load_n(&run->answers, __ATOMIC_ACQUIRE) +
	       __atomic_load_n(&run->changes, __ATOMIC_ACQUIRE);
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
