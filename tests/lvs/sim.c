/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core of the Linux Virtual Server, simulated: histories with much trouble,
 * each from its seed. TAP.
 *
 *   lvs_sim --seeds N [--first N]   so many histories
 *   lvs_sim --seed N                one of them, move by move
 */
#include "plans.h"

#include "../sim/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOVES_MOST 250

static struct plan plan;

static int8_t draw_b(struct prng *p, enum move_type type)
{
	switch ((unsigned)type) {
	case MOVE_DRAIN:
		return (int8_t)prng_range(p, -1, 60);
	case MOVE_WEIGH:
		return (int8_t)prng_range(p, -1, 4);
	case MOVE_ADD:
		return (int8_t)prng_range(p, -3, 3);
	default:
		return 0;
	}
}

/* Something that happens by itself, or time passes until it does. */
static struct move draw_good(struct prng *p)
{
	tick_t due = world_due();

	switch (prng_range(p, 0, 5)) {
	case 0:
		return (struct move){ prng_chance(p, 500) ? MOVE_STARTS
							  : MOVE_CHECK_STARTS,
				      0, 0 };
	case 1:
		return (struct move){ MOVE_WRITE, 0, 0 };
	case 2:
	case 3:
		return (struct move){ MOVE_READ,
				      (uint8_t)prng_range(p, 0, CHECKS - 1),
				      0 };
	default:
		break;
	}
	if (due == TICK_NEVER)
		world.now += prng_range(p, 0, 20) * TICK_SECOND;
	for (uint8_t n = 0; n < CHECKS && world.check_lives; n++)
		if (lvs_check_due(&world.checks[n]) == due)
			return (struct move){ MOVE_RUN, n, 0 };
	return (struct move){ MOVE_TIME, 0, 0 };
}

static struct move draw(struct prng *p)
{
	struct move move;

	/* What is due comes first. */
	if (world.lvs_lives && lvs_deadline(&world.core) <= world.now)
		return (struct move){ MOVE_TIME, 0, 0 };
	if (prng_chance(p, 800))
		return draw_good(p);
	move.type = (uint8_t)prng_range(p, MOVES_GOOD, MOVES - 1);
	move.a = (uint8_t)prng_range(
		p, 0, (int64_t)world_choices((enum move_type)move.type) - 1);
	move.b = draw_b(p, (enum move_type)move.type);
	return move;
}

static const char *history(uint64_t seed, bool shown)
{
	struct prng p = prng_seed(seed ^ 0x5a5a);

	plan_draw(&plan, seed);
	world_begin(&plan);
	for (unsigned n = 0; n < MOVES_MOST && !world.broken; n++) {
		struct move m = draw(&p);

		if (world_move(m) && shown)
			printf("# [%9.3f] %s %u %d\n",
			       (double)world.now / TICK_SECOND,
			       move_names[m.type], m.a, m.b);
	}
	if (!world.broken)
		world_settles();
	return world.broken;
}

int main(int argc, char **argv)
{
	uint64_t first = 1, seeds = 1;
	const char *broken = NULL;
	bool shown = false;
	uint64_t seed;

	for (int n = 1; n + 1 < argc; n += 2) {
		uint64_t number = strtoull(argv[n + 1], NULL, 10);

		if (strcmp(argv[n], "--seeds") == 0)
			seeds = number;
		else if (strcmp(argv[n], "--first") == 0)
			first = number;
		else if (strcmp(argv[n], "--seed") == 0)
			first = number, shown = true;
	}
	for (seed = first; seed < first + seeds && !broken; seed++)
		broken = history(seed, shown);
	printf("%sok 1 - %llu histories of virtual servers\n1..1\n",
	       broken ? "not " : "", (unsigned long long)seeds);
	if (broken)
		printf("# %s: lvs_sim --seed %llu\n", broken,
		       (unsigned long long)seed - 1);
	return broken != NULL;
}
