/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of sync groups. A ledger that an earlier program made has no
 * section of them, and then there are none.
 */
#include "ledger/ledger.h"

#include "base/must.h"
#include "ledger/copy.h"

uint32_t ledger_groups(const struct ledger *l)
{
	return section_of(l, LEDGER_GROUPS)->count;
}

struct ledger_group *ledger_group_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_GROUPS)->stride >=
	     sizeof(struct ledger_group));
	return section_record(l, LEDGER_GROUPS, index);
}

struct ledger_group_state *ledger_group_state_at(struct ledger *l,
						 uint32_t index)
{
	MUST(section_of(l, LEDGER_GROUP_STATES)->stride >=
	     sizeof(struct ledger_group_state));
	return section_record(l, LEDGER_GROUP_STATES, index);
}

void ledger_copy_group(const struct ledger *l, uint32_t index,
		       struct ledger_group *copy)
{
	struct part part =
		part_of(l, LEDGER_GROUPS, index, copy, sizeof(*copy));

	part_copy(&part);
}

const char *ledger_group_name(const struct ledger *l, uint32_t index)
{
	struct ledger_group group;

	ledger_copy_group(l, index, &group);
	return ledger_text(l, group.name);
}

bool ledger_read_group_state(const struct ledger *l, uint32_t index,
			     struct ledger_group_state *copy)
{
	struct part part =
		part_of(l, LEDGER_GROUP_STATES, index, copy, sizeof(*copy));
	const struct ledger_group_state *record = part.record;
	bool whole = parts_copy(&record->sequence, &part, 1);

	if (copy->state >= VRRP_STATES)
		copy->state = VRRP_INIT;
	return whole;
}
