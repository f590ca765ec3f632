/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anything that may happen to virtual servers, in any order, and records that
 * were spoiled (lvs/save.h). The first eight bytes choose the configurations;
 * then three bytes are a move of tests/lvs/world.h, or spoil a byte of a
 * record, with which the next lvs goes on.
 *
 * Without spoiled records all rules of that world hold; with them the core
 * goes on, and does what can be done.
 */
#include "../lvs/plans.h"

#include "base/must.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD       8
#define MOVES_MOST 400

static struct plan plan;

static bool spoil(uint8_t where, uint8_t how)
{
	struct record *records = &world.records[0][0];
	struct record *r = &records[where % (SERVICES * ADDRESSES)];
	uint8_t *bytes = (uint8_t *)&r->saved;

	if (!r->used || how == 0)
		return false;
	bytes[where % sizeof(r->saved)] ^= how;
	return true;
}

/* What is due comes first. */
static void do_due(void)
{
	while (world.lvs_lives && lvs_deadline(&world.core) <= world.now)
		MUST(world_move((struct move){ MOVE_TIME, 0, 0 }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool spoiled = false;
	uint64_t seed;

	if (size < HEAD)
		return 0;
	memcpy(&seed, data, HEAD);
	plan_draw(&plan, seed);
	world_begin(&plan);
	for (size_t at = HEAD; at + 3 <= size && at < 3 * MOVES_MOST; at += 3) {
		struct move m = { data[at] % (MOVES + 1), data[at + 1],
				  (int8_t)data[at + 2] };

		do_due();
		if (m.type == MOVES) {
			/* The one that lives would write it anew. */
			if (!world.lvs_lives)
				spoiled |= spoil(m.a, data[at + 2]);
			continue;
		}
		m.a = (uint8_t)(m.a % world_choices((enum move_type)m.type));
		m.b = m.type == MOVE_ADD ? m.b % 100 : m.b;
		if (m.type == MOVE_WEIGH && m.b < 0)
			m.b = -1;
		world_move(m);
		MUST(spoiled || !world.broken);
	}
	if (!spoiled) {
		world_settles();
		MUST(!world.broken);
	}
	return 0;
}
