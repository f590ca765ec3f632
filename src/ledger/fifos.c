/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has become of the FIFOs to which changes are written. */
#include "ledger/ledger.h"

#include "base/must.h"
#include "ledger/copy.h"

#include <string.h>

uint32_t ledger_fifos(const struct ledger *l)
{
	return section_of(l, LEDGER_FIFOS)->count;
}

struct ledger_fifo_configured *ledger_fifo_configured_at(struct ledger *l,
							 uint32_t index)
{
	MUST(section_of(l, LEDGER_FIFOS_CONFIGURED)->stride >=
	     sizeof(struct ledger_fifo_configured));
	return section_record(l, LEDGER_FIFOS_CONFIGURED, index);
}

const char *ledger_fifo_path(const struct ledger *l, uint32_t index)
{
	struct ledger_fifo_configured is;
	struct part part =
		part_of(l, LEDGER_FIFOS_CONFIGURED, index, &is, sizeof(is));

	part_copy(&part);
	return ledger_text(l, is.path);
}

struct ledger_fifo *ledger_fifo_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_FIFOS)->stride >= sizeof(struct ledger_fifo));
	return section_record(l, LEDGER_FIFOS, index);
}

bool ledger_read_fifo(const struct ledger *l, uint32_t index,
		      struct ledger_fifo *copy)
{
	struct part part = part_of(l, LEDGER_FIFOS, index, copy, sizeof(*copy));
	const struct ledger_fifo *record = part.record;
	bool whole = parts_copy(&record->sequence, &part, 1);

	/* As of scripts (scripts.c). */
	copy->open = copy->open != 0;
	copy->made = copy->made != 0;
	if (copy->reader_how >= LEDGER_HOWS)
		copy->reader_how = LEDGER_HOW_NONE;
	copy->why[sizeof(copy->why) - 1] = '\0';
	copy->reader_why[sizeof(copy->reader_why) - 1] = '\0';
	return whole;
}

void ledger_inherit_fifos(struct ledger *l, const struct ledger *before)
{
	for (uint32_t n = 0; n < ledger_fifos(l) && n < ledger_fifos(before);
	     n++) {
		struct ledger_fifo *to = ledger_fifo_at(l, n), copy;

		if (strcmp(ledger_fifo_path(l, n),
			   ledger_fifo_path(before, n)) != 0)
			continue;
		(void)ledger_read_fifo(before, n, &copy);
		to->lines = copy.lines;
		to->lost = copy.lost;
		to->states_told = copy.states_told;
		to->made = copy.made;
		to->reader_starts = copy.reader_starts;
		to->holder = copy.holder;
		to->holder_started = copy.holder_started;
	}
}
