/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Succession, explored and simulated. TAP.
 *
 *   succession              every state that little trouble leads to, and some
 *                           thousand histories with much of it
 *   succession --seeds N    so many histories
 *   succession --seed N     one of them, move by move
 *   succession --replay FILE   what a daemon has recorded, through the machine
 */
#include "replay.h"
#include "world.h"

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of histories. */
#define MOVES_MOST 200
#define SEEDS      20000

/* What the time is makes no difference; whether there is a deadline does. */
static void normalize(struct world *w)
{
	w->now = 0;
	w->s.by = w->s.phase == SUCCESSION_NONE ? TICK_NEVER : 1;
	if (w->s.confirm_by != TICK_NEVER)
		w->s.confirm_by = 1;
}

struct node {
	struct world world;
	size_t from; /* the node before */
	enum move by;
};

struct explorer {
	struct node *nodes;
	size_t count, room;
	size_t *table; /* of count + 1; 0: empty */
	size_t slots;
};

static size_t hash(const struct world *w)
{
	const unsigned char *bytes = (const unsigned char *)w;
	size_t value = 14695981039346656037U;

	for (size_t n = 0; n < sizeof(*w); n++)
		value = (value ^ bytes[n]) * 1099511628211U;
	return value;
}

/* Its padding is zero, as it was copied with what was. */
static bool is_new(struct explorer *e, const struct world *w)
{
	size_t at = hash(w) % e->slots;

	for (; e->table[at]; at = (at + 1) % e->slots)
		if (!memcmp(&e->nodes[e->table[at] - 1].world, w, sizeof(*w)))
			return false;
	e->table[at] = e->count + 1;
	return true;
}

static void add(struct explorer *e, const struct world *w, size_t from,
		enum move by)
{
	MUST(e->count < e->room && e->count < e->slots / 2);
	if (!is_new(e, w))
		return;
	memcpy(&e->nodes[e->count].world, w, sizeof(*w));
	e->nodes[e->count].from = from;
	e->nodes[e->count].by = by;
	e->count++;
}

static void print_way(const struct explorer *e, size_t at)
{
	if (at == 0)
		return;
	print_way(e, e->nodes[at].from);
	printf("# %s\n", move_names[e->nodes[at].by]);
}

static const char *look(const struct explorer *e, size_t at)
{
	struct world w;

	memcpy(&w, &e->nodes[at].world, sizeof(w));
	if (!w.broken)
		world_settles(&w);
	if (w.broken) {
		print_way(e, at);
		printf("# and then, when nothing more goes wrong: %s\n",
		       w.broken);
	}
	return w.broken;
}

/* The rule that is broken somewhere, or NULL. */
static const char *explore(const struct budget *budget, size_t *states)
{
	struct explorer e = { .room = (size_t)1 << 20 };
	const char *broken = NULL;
	struct world first;

	memset(&first, 0, sizeof(first));
	e.slots = 4 * e.room;
	e.nodes = calloc(e.room, sizeof(*e.nodes));
	e.table = calloc(e.slots, sizeof(*e.table));
	MUST(e.nodes && e.table);
	world_begin(&first, budget);
	normalize(&first);
	add(&e, &first, 0, 0);
	for (size_t at = 0; at < e.count && !broken; at++) {
		broken = look(&e, at);
		for (enum move m = 0; m < MOVES && !broken; m++) {
			struct world w;

			memcpy(&w, &e.nodes[at].world, sizeof(w));
			if (!world_move(&w, m))
				continue;
			normalize(&w);
			add(&e, &w, at, m);
		}
	}
	*states = e.count;
	free(e.nodes);
	free(e.table);
	return broken;
}

static uint64_t draw(uint64_t *state)
{
	uint64_t x = (*state += UINT64_C(0x9e3779b97f4a7c15));

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static const char *history(uint64_t seed, bool shown)
{
	const struct budget much = { 12, 8, 4, 4, seed % 3 == 0, 6, 4, 4 };
	uint64_t state = seed;
	struct world w;

	memset(&w, 0, sizeof(w));
	world_begin(&w, &much);
	for (unsigned n = 0; n < MOVES_MOST && !w.broken; n++) {
		/* Trouble is one move in four. */
		bool good = draw(&state) % 4 != 0;
		enum move m = (enum move)(
			good ? draw(&state) % MOVES_GOOD
			     : MOVES_GOOD +
					draw(&state) % (MOVES - MOVES_GOOD));

		w.now += (tick_t)(draw(&state) % (50 * TICK_MILLISECOND));
		if (world_move(&w, m) && shown)
			printf("# [%10.3f] %s\n", (double)w.now / TICK_SECOND,
			       move_names[m]);
	}
	if (!w.broken)
		world_settles(&w);
	return w.broken;
}

static unsigned told, failed;

static void result(bool good, const char *what, const char *why)
{
	printf("%s %u - %s\n", good ? "ok" : "not ok", ++told, what);
	if (!good)
		printf("# %s\n", why);
	failed += !good;
}

static void simulate(uint64_t first, uint64_t count)
{
	const char *broken = NULL;
	char what[80];
	uint64_t seed;

	for (seed = first; seed < first + count && !broken; seed++)
		broken = history(seed, false);
	snprintf(what, sizeof(what), "%llu histories",
		 (unsigned long long)count);
	if (broken) {
		history(seed - 1, true);
		printf("# succession --seed %llu\n",
		       (unsigned long long)seed - 1);
	}
	result(!broken, what, broken);
}

static void explore_all(void)
{
	static const struct {
		const char *name;
		struct budget budget;
	} systems[] = {
		{ "a reload", { 1, 0, 0, 0, 0, 0, 0, 0 } },
		{ "a stop of a reload", { 2, 0, 0, 0, 1, 0, 0, 0 } },
		{ "two reloads and two deaths", { 2, 2, 0, 0, 0, 1, 0, 0 } },
		{ "a trial, deaths and a keeper's",
		  { 2, 1, 0, 1, 0, 1, 0, 0 } },
		{ "processes that cannot be started",
		  { 2, 1, 2, 1, 0, 0, 0, 0 } },
		{ "two keepers die", { 1, 1, 0, 2, 0, 1, 0, 0 } },
		{ "a stop at each moment", { 1, 2, 1, 0, 1, 1, 0, 0 } },
		{ "a stop after a keeper's death", { 1, 1, 0, 1, 1, 1, 0, 0 } },
		{ "processes that hang", { 1, 1, 0, 1, 0, 0, 2, 0 } },
		{ "a stop while one hangs", { 1, 1, 0, 0, 1, 0, 2, 0 } },
		{ "orders at each moment", { 2, 1, 1, 1, 1, 0, 0, 1 } },
		{ "trials within trials", { 4, 1, 1, 0, 0, 1, 0, 0 } },
	};

	for (size_t n = 0; n < ARRAY_LENGTH(systems); n++) {
		size_t states;
		const char *broken = explore(&systems[n].budget, &states);
		char what[128];

		snprintf(what, sizeof(what), "%s: %zu states", systems[n].name,
			 states);
		result(!broken, what, broken);
	}
}

int main(int argc, char **argv)
{
	uint64_t number = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	if (argc > 2 && strcmp(argv[1], "--seed") == 0) {
		const char *broken = history(number, true);

		result(!broken, "a history", broken);
	} else if (argc > 2 && strcmp(argv[1], "--replay") == 0) {
		unsigned line;
		const char *wrong = replay(argv[2], &line);

		printf("# %u lines\n", line);
		result(!wrong, "a record agrees", wrong);
	} else if (argc > 2 && strcmp(argv[1], "--seeds") == 0) {
		simulate(1, number);
	} else {
		explore_all();
		simulate(1, SEEDS);
	}
	printf("1..%u\n", told);
	return failed > 0;
}
