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

/* Of a teller that has none, LEDGER_SECTION_KINDS. */
static enum ledger_section_kind told_in(enum ledger_teller teller)
{
	switch (teller) {
	case LEDGER_TELLS_SCRIPTS:
		return LEDGER_TOLD;
	case LEDGER_TELLS_FIFO:
		return LEDGER_TOLD_FIFO;
	case LEDGER_TELLS_VRRP_FIFO:
		return LEDGER_TOLD_VRRP_FIFO;
	case LEDGER_TELLS_MAIL:
		return LEDGER_TOLD_MAIL;
	case LEDGER_TELLERS:
		break;
	}
	return LEDGER_SECTION_KINDS;
}

struct ledger_told *ledger_told_at(struct ledger *l, enum ledger_teller teller,
				   uint32_t index)
{
	return section_record(l, told_in(teller), index);
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

struct ledger_told ledger_told(const struct ledger *l,
			       enum ledger_teller teller, uint32_t index)
{
	const struct section *s = section_of(l, told_in(teller));
	const struct ledger_told *told;

	if (index >= s->count) /* an earlier program has no such teller */
		return (struct ledger_told){ 0 };
	told = section_record(l, told_in(teller), index);
	return (struct ledger_told){
		__atomic_load_n(&told->states, __ATOMIC_ACQUIRE),
		__atomic_load_n(&told->remarks, __ATOMIC_ACQUIRE),
	};
}

void ledger_note_told(struct ledger *l, enum ledger_teller teller,
		      uint32_t index, const struct ledger_told *now)
{
	struct ledger_told *told = ledger_told_at(l, teller, index);

	__atomic_store_n(&told->states, now->states, __ATOMIC_RELEASE);
	__atomic_store_n(&told->remarks, now->remarks, __ATOMIC_RELEASE);
}

bool ledger_has_news(const struct ledger *l, uint32_t index,
		     const struct ledger_told *told)
{
	const struct ledger_changes *c =
		section_record(l, LEDGER_CHANGES, index);

	return __atomic_load_n(&c->count, __ATOMIC_ACQUIRE) != told->states ||
	       __atomic_load_n(&c->remarks, __ATOMIC_ACQUIRE) != told->remarks;
}
