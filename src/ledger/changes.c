/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of state that are kept for who must not miss one. */
#include "ledger/ledger.h"

#include "base/must.h"
#include "ledger/copy.h"

uint32_t ledger_followers(const struct ledger *l)
{
	return section_of(l, LEDGER_CHANGES)->count;
}

struct ledger_changes *ledger_changes_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_CHANGES)->stride >=
	     sizeof(struct ledger_changes));
	return section_record(l, LEDGER_CHANGES, index);
}

uint64_t *ledger_told_at(struct ledger *l, uint32_t index)
{
	return section_record(l, LEDGER_TOLD, index);
}

bool ledger_read_changes(const struct ledger *l, uint32_t index,
			 struct ledger_changes *copy)
{
	struct part part =
		part_of(l, LEDGER_CHANGES, index, copy, sizeof(*copy));
	const struct ledger_changes *record = part.record;

	return parts_copy(&record->sequence, &part, 1);
}

void ledger_copy_changes(const struct ledger *l, uint32_t index,
			 struct ledger_changes *copy)
{
	struct part part =
		part_of(l, LEDGER_CHANGES, index, copy, sizeof(*copy));

	part_copy(&part);
}

uint64_t ledger_told(const struct ledger *l, uint32_t index)
{
	const uint64_t *told = section_record(l, LEDGER_TOLD, index);

	return __atomic_load_n(told, __ATOMIC_ACQUIRE);
}
