/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spoil.h"

#include "base/must.h"

#include <string.h>

/* All that is not in the keeper's book; the head names them, book by book. */
static const struct ledger_section *section(const struct ledger *l, unsigned n)
{
	const struct ledger_section *found = NULL;

	for (unsigned k = 0; !found; k++) {
		const struct ledger_section *s =
			&l->sections[k % l->section_count];

		if (s->book != LEDGER_BOOK_KEEPER && s->count > 0 && n-- == 0)
			found = s;
	}
	return found;
}

void spoil_record(struct ledger *l, struct reader *input)
{
	/* Numbers at the ends of their ranges find more than others. */
	static const uint64_t ends[] = {
		0,          1,          INT64_MAX,          (uint64_t)INT64_MIN,
		UINT64_MAX, UINT32_MAX, 0x8080808080808080, 0xffffffff00000000,
	};
	const struct ledger_section *s = section(l, read_u8(input) % 32u);
	uint32_t index = read_u8(input) % s->count;
	size_t at = read_u16(input) % s->stride;
	uint8_t size = read_u8(input), what = read_u8(input);
	uint64_t word = what < ARRAY_LENGTH(ends) ? ends[what] : what;
	char *record = (char *)l + s->offset + (size_t)index * s->stride;

	/* Often a byte, else a number where numbers stand. */
	if (size & 1) {
		record[at] = (char)what;
		return;
	}
	at &= ~(size_t)7;
	if (at + sizeof(word) <= s->stride)
		memcpy(record + at, &word, sizeof(word));
}
