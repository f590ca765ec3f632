/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sequence locks, and copies of what they protect.
 *
 * A sequence lock has one writer at a time. The writer makes the number odd,
 * changes the record and makes it even; it never waits. A reader copies the
 * record between two looks at the number. A writer that died in the middle
 * leaves an odd number; the next writer goes on from there.
 */
#include "ledger/copy.h"

#include "base/must.h"

#include <sched.h>
#include <string.h>

/* How often a reader tries, and from which try on it lets others run. */
#define READ_TRIES  256
#define READ_POLITE 16

void ledger_begin(uint32_t *sequence)
{
	uint32_t s = __atomic_load_n(sequence, __ATOMIC_RELAXED);

	/* Odd already: its writer died. Another odd number tells readers. */
	__atomic_store_n(sequence, s % 2 ? s + 2 : s + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

void ledger_end(uint32_t *sequence)
{
	uint32_t s = __atomic_load_n(sequence, __ATOMIC_RELAXED);

	MUST(s % 2 == 1);
	__atomic_store_n(sequence, s + 1, __ATOMIC_RELEASE);
}

uint32_t ledger_read_begin(const uint32_t *sequence)
{
	return __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
}

bool ledger_read_retry(const uint32_t *sequence, uint32_t begun)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return begun % 2 == 1 ||
	       __atomic_load_n(sequence, __ATOMIC_RELAXED) != begun;
}

struct part part_of(const struct ledger *l, enum ledger_section_kind kind,
		    uint32_t index, void *copy, size_t size)
{
	return (struct part){
		copy,
		size,
		section_record(l, kind, index),
		section_common(section_of(l, kind), size),
	};
}

void part_copy(const struct part *part)
{
	memset(part->copy, 0, part->size);
	memcpy(part->copy, part->record, part->common);
}

bool parts_copy(const uint32_t *sequence, const struct part *parts,
		unsigned count)
{
	for (unsigned n = 0; n < count; n++)
		memset(parts[n].copy, 0, parts[n].size);
	for (unsigned i = 0; i < READ_TRIES; i++) {
		uint32_t begun = ledger_read_begin(sequence);

		for (unsigned n = 0; n < count; n++)
			memcpy(parts[n].copy, parts[n].record, parts[n].common);
		if (!ledger_read_retry(sequence, begun))
			return true;
		if (i >= READ_POLITE)
			sched_yield();
	}
	return false;
}
