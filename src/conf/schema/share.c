/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/share.h"
#include "base/map.h"
#include "base/must.h"
#include "conf/language/span.h"

#include <string.h>

struct conf_shared *conf_shared_last(struct conf_shared all[CONF_SHARED_MAX],
				     const struct conf_row *row)
{
	size_t n = 0;

	MUST(row->flags & CONF_SHARES);
	while (all[n].row && all[n].row != row) {
		n++;
		MUST(n < CONF_SHARED_MAX);
	}
	all[n].row = row;
	return &all[n];
}

/* What stands before and behind the place of an item. */
struct halves {
	size_t before, from, after;
};

static struct halves halves_of(const struct conf_block *block)
{
	struct halves h = { .before = block->size };

	if (block->span == CONF_NO)
		return h;
	h.before = block->span;
	h.from = block->span + sizeof(struct conf_span);
	h.after = block->size - h.from;
	return h;
}

/*
 * Equal bytes mean the same: a text is kept once (conf_reader_text()), and a
 * list that stands in an item may be shared itself.
 */
bool conf_shared_same(const struct conf_shared *a, const struct conf_shared *b)
{
	size_t size = a->row->block->size;
	struct halves h = halves_of(a->row->block);
	const char *one = a->items, *two = b->items;

	if (a->row != b->row || a->count != b->count)
		return false;
	for (uint32_t n = 0; n < a->count; n++, one += size, two += size)
		if (memcmp(one, two, h.before) != 0 ||
		    memcmp(one + h.from, two + h.from, h.after) != 0)
			return false;
	return true;
}

uint32_t conf_shared_hash(const struct conf_shared *list)
{
	size_t size = list->row->block->size;
	struct halves h = halves_of(list->row->block);
	const char *item = list->items;
	uint32_t hash = list->count;

	for (uint32_t n = 0; n < list->count; n++, item += size) {
		const uint32_t parts[] = { hash, map_hash(item, h.before),
					   map_hash(item + h.from, h.after) };

		hash = map_hash(parts, sizeof(parts));
	}
	return hash;
}
