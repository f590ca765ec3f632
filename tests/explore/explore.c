/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The explorer: walks through every state that a small LAN can reach, breadth
 * first, so that the path to a fault is a shortest one. It speaks TAP, one
 * test a system, and prints how many states and moves there were.
 *
 *   explore [--soak] [--limit STATES] [SYSTEM...]
 *
 * SYSTEM is the beginning of a name; --soak adds the large ones.
 */
#include "model.h"

#include "base/must.h"

#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 16000000u
#define NOWHERE       UINT32_MAX

#define ALL_EVENTS (EVENT_CRASH | EVENT_STOP | EVENT_INTERFACE | EVENT_PRIORITY)

static const struct system systems[] = {
	{ .name = "two",
	  .what = "two routers, everything may happen twice",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = ALL_EVENTS,
	  .router = { { .priority = 192, .other_priority = 64 },
		      { .priority = 128 } } },
	{ .name = "two-track",
	  .what = "what they track may be bad",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_CRASH | EVENT_STOP | EVENT_INTERFACE | EVENT_TRACK |
		    EVENT_HANDOVER,
	  .router = { { .priority = 192 }, { .priority = 128 } } },
	{ .name = "two-slow",
	  .what = "packets up to two quanta on their way",
	  .version = 3,
	  .count = 2,
	  .ways = 2,
	  .budget = 1,
	  .events = ALL_EVENTS,
	  .announces = true,
	  .router = { { .priority = 192, .other_priority = 128 },
		      { .priority = 128 } } },
	{ .name = "two-tie",
	  .what = "equal priorities",
	  .version = 3,
	  .count = 2,
	  .ways = 2,
	  .budget = 1,
	  .events = ALL_EVENTS,
	  .router = { { .priority = 128 }, { .priority = 128 } } },
	{ .name = "two-nopreempt",
	  .what = "the better one does not preempt",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_CRASH | EVENT_STOP | EVENT_INTERFACE,
	  .router = { { .priority = 192, .nopreempt = true },
		      { .priority = 128 } } },
	{ .name = "two-hold",
	  .what = "the better one has a preempt_delay",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_CRASH | EVENT_PRIORITY,
	  .router = { { .priority = 192,
			.other_priority = 64,
			.preempt_delay = 6 },
		      { .priority = 128 } } },
	{ .name = "two-intervals",
	  .what = "two intervals, learned from each other",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 1,
	  .events = ALL_EVENTS,
	  .router = { { .priority = 192, .interval = 8 },
		      { .priority = 128, .other_priority = 64 } } },
	{ .name = "two-adverts",
	  .what = "two numbers of advertisements that may be missing",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 1,
	  .events = ALL_EVENTS,
	  .router = { { .priority = 192, .adverts = 5 },
		      { .priority = 128,
			.other_priority = 64,
			.adverts = 2 } } },
	{ .name = "two-silent",
	  .what = "two that neither answer nor have a last word",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_CRASH | EVENT_INTERFACE,
	  .router = { { .priority = 192, .silent = true },
		      { .priority = 128, .silent = true } } },
	{ .name = "two-deaf",
	  .what = "an owner that ignores the other one",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 1,
	  .events = ALL_EVENTS | EVENT_HANDOVER | EVENT_STALL,
	  .router = { { .priority = 255, .deaf = true },
		      { .priority = 128, .other_priority = 64 } } },
	{ .name = "two-lowered",
	  .what = "one that is about to preempt, and then is not to",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 3,
	  .events = EVENT_PRIORITY,
	  .router = { { .priority = 64, .other_priority = 192, .interval = 8 },
		      { .priority = 128 } } },
	{ .name = "two-owners",
	  .what = "both believe that they own the addresses",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 1,
	  .events = EVENT_CRASH | EVENT_STOP,
	  .router = { { .priority = 255 }, { .priority = 255 } } },
	{ .name = "two-v2",
	  .what = "version 2",
	  .version = 2,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = ALL_EVENTS,
	  .router = { { .priority = 192, .other_priority = 64 },
		      { .priority = 128 } } },
	{ .name = "two-handover",
	  .what = "what is handed over, or crashes",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_HANDOVER | EVENT_CRASH,
	  .router = { { .priority = 192 }, { .priority = 128 } } },
	{ .name = "two-leaving",
	  .what = "what is handed over, stopped, or lost",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_HANDOVER | EVENT_STOP | EVENT_CRASH,
	  .big = true,
	  .router = { { .priority = 192 }, { .priority = 128 } } },
	{ .name = "two-stall",
	  .what = "an Active that slept while another took over",
	  .version = 3,
	  .count = 2,
	  .ways = 1,
	  .budget = 2,
	  .events = EVENT_STALL | EVENT_INTERFACE | EVENT_HANDOVER,
	  .router = { { .priority = 192 }, { .priority = 128 } } },
	{ .name = "three",
	  .what = "three routers",
	  .version = 3,
	  .count = 3,
	  .ways = 1,
	  .router = { { .priority = 192 },
		      { .priority = 128 },
		      { .priority = 64 } } },
	{ .name = "two-often",
	  .what = "everything may happen four times",
	  .version = 3,
	  .count = 2,
	  .ways = 2,
	  .budget = 4,
	  .events = ALL_EVENTS,
	  .big = true,
	  .router = { { .priority = 192, .other_priority = 64 },
		      { .priority = 128 } } },
	{ .name = "three-tie",
	  .what = "three routers of one priority, one crash",
	  .version = 3,
	  .count = 3,
	  .ways = 1,
	  .budget = 1,
	  .events = EVENT_CRASH,
	  .big = true,
	  .router = { { .priority = 128 },
		      { .priority = 128 },
		      { .priority = 128 } } },
	{ .name = "three-hold",
	  .what = "three routers, nopreempt and preempt_delay, one crash",
	  .version = 3,
	  .count = 3,
	  .ways = 1,
	  .budget = 1,
	  .events = EVENT_CRASH,
	  .big = true,
	  .router = { { .priority = 192, .preempt_delay = 6 },
		      { .priority = 128, .nopreempt = true },
		      { .priority = 64 } } },
};

struct seen {
	uint8_t key[KEY_SIZE];
	uint32_t parent;
	struct move move; /* that led here from the parent */
};

struct search {
	struct model model;
	struct seen *seen; /* in the order they were found */
	uint32_t count;
	uint32_t limit;
	uint32_t *slot; /* a hash table of indices, NOWHERE if empty */
	uint32_t mask;
	uint64_t moves;
	uint64_t settled; /* states that were judged */
};

static uint64_t hash(const uint8_t key[KEY_SIZE])
{
	uint64_t h = 0, part;

	for (unsigned i = 0; i < KEY_SIZE; i += 8) {
		memcpy(&part, key + i, 8);
		h = (h ^ part) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	return h;
}

/* True if the state is new. */
static bool insert(struct search *x, const uint8_t key[KEY_SIZE],
		   uint32_t parent, struct move move)
{
	uint64_t at = hash(key) & x->mask;

	for (; x->slot[at] != NOWHERE; at = (at + 1) & x->mask)
		if (memcmp(x->seen[x->slot[at]].key, key, KEY_SIZE) == 0)
			return false;
	x->slot[at] = x->count;
	memcpy(x->seen[x->count].key, key, KEY_SIZE);
	x->seen[x->count].parent = parent;
	x->seen[x->count].move = move;
	x->count++;
	return true;
}

/* ---- the path to a fault ---- */

static void tell_move(const struct model *m, const struct state *s,
		      struct move move)
{
	static const char *const words[MOVE_TYPES] = {
		[MOVE_TIMER] = "timer of",    [MOVE_DELIVER] = "arrives",
		[MOVE_COPY] = "arrives once", [MOVE_LOSE] = "is lost",
		[MOVE_TIME] = "time passes",  [MOVE_HEAL] = "all heals",
		[MOVE_CRASH] = "crash",       [MOVE_BOOT] = "boot",
		[MOVE_STOP] = "stop",         [MOVE_START] = "start",
		[MOVE_DOWN] = "link down",    [MOVE_UP] = "link up",
		[MOVE_PRIORITY] = "priority", [MOVE_HANDOVER] = "hand over",
		[MOVE_STALL] = "slept",       [MOVE_TRACK] = "fault",
	};
	const struct message *x = &s->message[move.a];

	switch ((enum move_type)move.type) {
	case MOVE_DELIVER:
	case MOVE_COPY:
	case MOVE_LOSE:
		fprintf(m->tell, "r%u > r%u priority %u %s\n", x->from + 1,
			x->to + 1, x->priority, words[move.type]);
		return;
	case MOVE_TIME:
	case MOVE_HEAL:
		fprintf(m->tell, "%s\n", words[move.type]);
		return;
	case MOVE_TIMER:
	case MOVE_CRASH:
	case MOVE_BOOT:
	case MOVE_STOP:
	case MOVE_START:
	case MOVE_DOWN:
	case MOVE_UP:
	case MOVE_PRIORITY:
	case MOVE_HANDOVER:
	case MOVE_STALL:
	case MOVE_TRACK:
		fprintf(m->tell, "%s r%u\n", words[move.type], move.a + 1);
		return;
	case MOVE_NONE:
	case MOVE_TYPES:
		return;
	}
}

static void tell_path(struct search *x, uint32_t index)
{
	uint32_t parent = x->seen[index].parent;
	struct state s;

	if (parent == NOWHERE)
		return;
	tell_path(x, parent);
	model_unpack(&x->model, x->seen[parent].key, &s);
	tell_move(&x->model, &s, x->seen[index].move);
	model_do(&x->model, &s, x->seen[index].move);
}

static void tell_fault(struct search *x, uint32_t index, struct move last,
		       const char *wrong)
{
	struct state s;

	x->model.tell = stdout;
	printf("# %s: the shortest path to a fault\n", x->model.system->name);
	tell_path(x, index);
	model_unpack(&x->model, x->seen[index].key, &s);
	if (last.type != MOVE_NONE) {
		tell_move(&x->model, &s, last);
		model_do(&x->model, &s, last);
	}
	printf("WRONG: %s\n", wrong);
}

/* ---- the search ---- */

/* Everything that can follow one state; false when something is wrong. */
static bool expand(struct search *x, uint32_t index)
{
	struct move moves[MOVES_MAX];
	uint8_t key[KEY_SIZE];
	struct state from, to;
	const char *wrong;
	unsigned n;

	model_unpack(&x->model, x->seen[index].key, &from);
	if (from.healed > x->model.bound) {
		x->settled++;
		wrong = model_judge(&x->model, &from);
		if (wrong) {
			tell_fault(x, index, (struct move){ 0 }, wrong);
			return false;
		}
	}
	n = model_moves(&x->model, &from, moves);
	for (unsigned i = 0; i < n; i++) {
		to = from;
		wrong = model_do(&x->model, &to, moves[i]);
		x->moves++;
		if (wrong) {
			tell_fault(x, index, moves[i], wrong);
			return false;
		}
		model_pack(&x->model, &to, key);
		if (x->count == x->limit) {
			printf("# more than %u states\n", x->limit);
			return false;
		}
		insert(x, key, index, moves[i]);
	}
	return true;
}

static bool explore(struct search *x, const struct system *system)
{
	uint8_t key[KEY_SIZE];
	struct state first;
	bool good = true;

	model_init(&x->model, system);
	x->count = 0;
	x->moves = x->settled = 0;
	memset(x->slot, 0xff, ((size_t)x->mask + 1) * sizeof(*x->slot));
	model_first(&x->model, &first);
	model_pack(&x->model, &first, key);
	insert(x, key, NOWHERE, (struct move){ 0 });
	for (uint32_t i = 0; i < x->count && good; i++)
		good = expand(x, i);
	/* Where nothing comes to rest, nothing was judged. */
	return good && x->settled > 0;
}

static bool is_wanted(const struct system *s, bool soak, int argc, char **argv)
{
	if (s->big && !soak)
		return false;
	for (int i = 0; i < argc; i++)
		if (strncmp(argv[i], s->name, strlen(argv[i])) == 0)
			return true;
	return argc == 0;
}

int main(int argc, char **argv)
{
	struct search x = { .limit = LIMIT_DEFAULT, .mask = (1u << 23) - 1 };
	unsigned wanted = 0, number = 0;
	bool soak = false, failed = false;

	for (argc--, argv++; argc > 0 && argv[0][0] == '-'; argc--, argv++) {
		if (strcmp(argv[0], "--soak") == 0) {
			soak = true;
		} else if (strcmp(argv[0], "--limit") == 0 && argc > 1) {
			x.limit = (uint32_t)strtoul(argv[1], NULL, 10);
			argc--, argv++;
		} else {
			fprintf(stderr, "usage: explore [--soak] "
					"[--limit STATES] [SYSTEM...]\n");
			return 2;
		}
	}
	while (x.mask < 2 * x.limit)
		x.mask = 2 * x.mask + 1;
	x.seen = malloc(x.limit * sizeof(*x.seen));
	x.slot = malloc(((size_t)x.mask + 1) * sizeof(*x.slot));
	if (!x.seen || !x.slot)
		return 1;
	for (size_t i = 0; i < ARRAY_LENGTH(systems); i++)
		wanted += is_wanted(&systems[i], soak, argc, argv);
	printf("TAP version 13\n1..%u\n", wanted);
	for (size_t i = 0; i < ARRAY_LENGTH(systems); i++) {
		bool good;

		if (!is_wanted(&systems[i], soak, argc, argv))
			continue;
		good = explore(&x, &systems[i]);
		failed |= !good;
		printf("%sok %u - %s: %s (%u states, %llu moves, %llu at "
		       "rest)\n",
		       good ? "" : "not ", ++number, systems[i].name,
		       systems[i].what, x.count, (unsigned long long)x.moves,
		       (unsigned long long)x.settled);
		fflush(stdout);
	}
	free(x.seen);
	free(x.slot);
	return failed;
}
