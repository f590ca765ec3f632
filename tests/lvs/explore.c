/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core of the Linux Virtual Server, explored: every state of small systems
 * to which a little trouble leads, in each order of what happens, breadth
 * first. From each, when nothing more goes wrong, all must come to be as it
 * should. TAP.
 *
 *   lvs_explore [NUMBER...]   all systems, or those of these numbers
 *
 * A state is kept as a fingerprint and the move that led to it; it is reached
 * again by its path.
 */
#include "plans.h"

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATES_MAX (1u << 20)
#define PATH_MAX_  256

struct node {
	uint64_t print[2];
	uint32_t from;
	struct move by;
};

static struct node *nodes;
static uint32_t count, *slots;
static struct plan plan;
static struct world snapshot;

/* ---- what makes a state ---- */

static void mix(uint64_t print[2], const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t n = 0; n < length; n++) {
		print[0] = (print[0] ^ at[n]) * UINT64_C(1099511628211);
		print[1] =
			(print[1] + at[n] + 1) * UINT64_C(0x9e3779b97f4a7c15);
		print[1] ^= print[1] >> 29;
	}
}

#define MIX(value) mix(print, &(value), sizeof(value))

/* Times count as how far they are away. */
static void mix_time(uint64_t print[2], tick_t t)
{
	tick_t away = t == TICK_NEVER ? TICK_NEVER : t - world.now;

	MIX(away);
}

static void mix_server(uint64_t print[2], unsigned v, unsigned a)
{
	const struct seen *s = &world.seen[v][a];
	const struct record *r = &world.records[v][a];

	MIX(s->known);
	if (!s->known)
		return;
	MIX(s->health);
	MIX(s->was);
	MIX(s->told);
	MIX(s->order);
	MIX(s->held);
	MIX(s->out);
	MIX(s->leaves);
	MIX(s->candidate);
	MIX(s->ordered);
	mix_time(print, s->until);
	mix_time(print, s->ramp);
	MIX(r->used);
	MIX(r->saved.health);
	MIX(r->saved.told);
	MIX(r->saved.order);
	MIX(r->saved.held);
	MIX(r->saved.leaves);
}

static void fingerprint(uint64_t print[2])
{
	print[0] = UINT64_C(14695981039346656037);
	print[1] = 1;
	MIX(world.budget);
	MIX(world.config);
	MIX(world.alive);
	MIX(world.adds);
	MIX(world.check_lives);
	for (unsigned n = 0; n < CHECKS; n++) {
		MIX(world.book[n].state); /* there are no retries */
		MIX(world.read[n].state);
		MIX(world.read[n].value);
	}
	MIX(world.book_adds);
	MIX(world.lvs_lives);
	for (unsigned v = 0; v < SERVICES; v++) {
		for (unsigned a = 0; a < ADDRESSES; a++)
			mix_server(print, v, a);
		for (unsigned a = 0; a < PLACES; a++) {
			MIX(world.table[v][a].present);
			MIX(world.table[v][a].weight);
		}
		if (world.lvs_lives &&
		    v < world.plan->configs[world.config].lvs.service_count)
			MIX(world.core.services[v].held);
	}
	MIX(world.quorum);
	MIX(world.quorum_told);
	MIX(world.panic_told);
}

static bool is_new(void)
{
	uint64_t print[2];
	uint32_t at;

	fingerprint(print);
	at = (uint32_t)print[0] & (2 * STATES_MAX - 1);
	for (; slots[at]; at = (at + 1) & (2 * STATES_MAX - 1))
		if (memcmp(nodes[slots[at] - 1].print, print, sizeof(print)) ==
		    0)
			return false;
	MUST(count < STATES_MAX);
	memcpy(nodes[count].print, print, sizeof(print));
	slots[at] = ++count;
	return true;
}

/* ---- the walk ---- */

static unsigned path_to(uint32_t at, struct move path[PATH_MAX_])
{
	struct move back[PATH_MAX_];
	unsigned length = 0;

	for (; at != 0; at = nodes[at].from) {
		MUST(length < PATH_MAX_);
		back[length++] = nodes[at].by;
	}
	for (unsigned n = 0; n < length; n++)
		path[n] = back[length - 1 - n];
	return length;
}

static void reach(uint32_t at)
{
	struct move path[PATH_MAX_];
	unsigned length = path_to(at, path);

	world_begin(&plan);
	for (unsigned n = 0; n < length; n++)
		world_move(path[n]);
}

static void tell(uint32_t at, const struct move *last, const char *broken)
{
	struct move path[PATH_MAX_];
	unsigned length = path_to(at, path);

	for (unsigned n = 0; n < length; n++)
		printf("# %s %u %d\n", move_names[path[n].type], path[n].a,
		       path[n].b);
	if (last)
		printf("# %s %u %d\n", move_names[last->type], last->a,
		       last->b);
	else
		printf("# and then, when nothing more goes wrong:\n");
	printf("# %s\n", broken);
}

/* The values of `b` that a move is tried with. */
static unsigned values(enum move_type type, int8_t b[3])
{
	static const int8_t drain[] = { -1, 60 }, weigh[] = { -1, 0, 3 };

	switch ((unsigned)type) {
	case MOVE_DRAIN:
		memcpy(b, drain, sizeof(drain));
		return 2;
	case MOVE_WEIGH:
		memcpy(b, weigh, sizeof(weigh));
		return 3;
	default:
		b[0] = 0;
		return 1;
	}
}

/* One move from the state in `snapshot`; false: a rule is broken. */
static bool try_move(uint32_t from, struct move move)
{
	memcpy(&world, &snapshot, sizeof(world));
	if (!world_move(move))
		return true;
	if (world.broken) {
		tell(from, &move, world.broken);
		return false;
	}
	if (is_new()) {
		nodes[count - 1].from = from;
		nodes[count - 1].by = move;
	}
	return true;
}

static bool expand(uint32_t at)
{
	reach(at);
	memcpy(&snapshot, &world, sizeof(world));
	world_settles();
	if (world.broken) {
		tell(at, NULL, world.broken);
		return false;
	}
	for (uint8_t type = 0; type < MOVES; type++) {
		unsigned choices = world_choices((enum move_type)type);
		int8_t b[3];
		unsigned many = values((enum move_type)type, b);

		if (type == MOVE_ADD || type == MOVE_LOCAL)
			continue;
		for (unsigned a = 0; a < choices; a++)
			for (unsigned n = 0; n < many; n++)
				if (!try_move(at,
					      (struct move){ type, (uint8_t)a,
							     b[n] }))
					return false;
	}
	return true;
}

static bool explore(void)
{
	bool good = true;

	count = 0;
	memset(slots, 0, 2 * STATES_MAX * sizeof(*slots));
	world_begin(&plan);
	if (world.broken) {
		tell(0, &(struct move){ 0 }, world.broken);
		return false;
	}
	is_new();
	for (uint32_t at = 0; at < count && good; at++)
		good = expand(at);
	return good;
}

static bool is_asked(unsigned number, int argc, char **argv)
{
	for (int n = 1; n < argc; n++)
		if (strtoul(argv[n], NULL, 10) == number)
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	bool failed = false;
	const char *name;
	unsigned n, told = 0;

	nodes = calloc(STATES_MAX, sizeof(*nodes));
	slots = calloc(2 * STATES_MAX, sizeof(*slots));
	MUST(nodes && slots);
	for (n = 0; plan_small(&plan, n, &name); n++) {
		bool good;

		if (!is_asked(n + 1, argc, argv))
			continue;
		good = explore();
		failed |= !good;
		printf("%sok %u - %s: %u states\n", good ? "" : "not ", ++told,
		       name, count);
		fflush(stdout);
	}
	printf("1..%u\n", told);
	free(nodes);
	free(slots);
	return failed;
}
