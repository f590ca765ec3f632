/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core of virtual servers, joined with what brings the kernel's table to
 * what it wants (lvs/converge.h), against a model of that table: histories of
 * tests/lvs, in which lvs also dies between two messages of a train, messages
 * are refused for want of memory, and others empty the table. All rules of
 * tests/lvs hold for what is in the model after each message. TAP.
 *
 *   lvs_joined --seeds N [--first N]
 */
#include "plans.h"

#include "../ipvs/model.h"
#include "../sim/prng.h"

#include "base/must.h"
#include "lvs/converge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOVES_MOST 250

/* What happens to a train, in thousandths of its messages. */
#define DIES    10
#define REFUSED 10
#define LOST    10

static struct plan plan;
static struct model model;
static struct table table;
static struct converge converge;
static struct prng prng;
static bool open;  /* the process has its table */
static bool calm;  /* nothing goes wrong */
static bool alone; /* nobody else has changed the table since it was right */

static struct ipvs_service service_of(unsigned v)
{
	return (struct ipvs_service){
		.key = { .family = IP_V4,
			 .protocol = 6,
			 .port = 80,
			 .address = { 192, 0, 2, (uint8_t)(v + 1) } },
		.scheduler = "wlc",
		.netmask = UINT32_MAX,
	};
}

static struct ipvs_dest dest_of(unsigned place, int32_t weight)
{
	return (struct ipvs_dest){
		.family = IP_V4,
		.forward = IPVS_DIRECT,
		.port = 80,
		.address = { 10, 0, 0, (uint8_t)(place + 1) },
		.weight = weight,
	};
}

/* The model's table becomes the world's, and is judged. */
static void look(void)
{
	struct entry before[SERVICES][PLACES];

	memcpy(before, world.table, sizeof(before));
	memset(world.table, 0, sizeof(world.table));
	for (unsigned v = 0; v < SERVICES; v++) {
		struct ipvs_service s = service_of(v);
		struct model_service *is = model_find(&model, &s.key);

		for (unsigned n = 0; is && n < is->dest_count; n++)
			world.table[v][is->dests[n].address[3] - 1] =
				(struct entry){ true, is->dests[n].weight };
	}
	if (alone)
		rules_table(before);
}

/* ---- the door to the kernel ---- */

static int train(void *context, const struct ipvs_change *changes,
		 unsigned count, int *errors)
{
	bool lost = false;

	for (unsigned n = 0; n < count; n++) {
		if (!world.lvs_lives || (!calm && prng_chance(&prng, DIES))) {
			world_kill();
			errors[n] = IPVS_LOST;
			continue;
		}
		if (!calm && prng_chance(&prng, REFUSED)) {
			errors[n] = ENOMEM;
			alone = false;
			continue;
		}
		errors[n] = model_do(&model, &changes[n]);
		look();
		lost |= !calm && prng_chance(&prng, LOST);
		if (lost)
			errors[n] = IPVS_LOST;
	}
	return 0;
}

static int services(void *context, struct table *t)
{
	for (unsigned n = 0; n < model.service_count; n++)
		table_saw(t, &model.services[n].is);
	return 0;
}

static int dests(void *context, struct table *t, uint32_t service)
{
	const struct model_service *s =
		model_find(&model, &t->services[service].want.key);

	for (unsigned n = 0; s && n < s->dest_count; n++)
		table_saw_dest(t, service, &s->dests[n]);
	return 0;
}

/* ---- the process ---- */

static void want_service(unsigned v)
{
	struct ipvs_service s = service_of(v);
	uint32_t at = table_find(&table, &s.key);

	if (v >= world_config()->lvs.service_count) {
		if (at != TABLE_NONE)
			table_unwant(&table, at);
		return;
	}
	at = table_want(&table, &s);
	MUST(at != TABLE_NONE);
	for (unsigned a = 0; a < PLACES; a++) {
		struct entry e = world_want(v, a);
		struct ipvs_dest d = dest_of(a, e.weight);
		uint32_t was = table_find_dest(&table.services[at], &d);

		if (e.present)
			MUST(table_want_dest(&table, at, &d) != TABLE_NONE);
		else if (was != TABLE_NONE)
			table_unwant_dest(&table, at, was);
	}
}

static void shut(void)
{
	if (open)
		table_free(&table);
	open = false;
}

static void open_table(void)
{
	const struct converge_door door = { train, services, dests, NULL,
					    NULL };

	table_init(&table, malloc, free);
	for (unsigned v = 0; v < SERVICES; v++) {
		struct ipvs_service s = service_of(v);

		table_own(&table, &s.key);
	}
	converge_init(&converge, &table, &door, world.now);
	open = true;
}

static void told(void *context, enum table_news news,
		 const struct table_service *service,
		 const struct table_dest *dest, int error)
{
}

/* A turn of the process; something is to be done in the next one too? */
static bool write_table(void)
{
	uint64_t trains;

	if (!open)
		open_table();
	table.tell = told;
	for (unsigned v = 0; v < SERVICES; v++)
		want_service(v);
	trains = converge.trains;
	converge_turn(&converge, world.now);
	if (!world.lvs_lives) {
		shut();
		return true;
	}
	if (table_is_done(&table))
		alone = true;
	return converge.trains != trains;
}

/* Others empty the table. */
static void meddle(void)
{
	model.service_count = 0;
	alone = false;
	look();
}

/* ---- histories ---- */

static struct move draw(void)
{
	struct move move = { MOVE_WRITE, 0, 0 };
	tick_t due = world_due();

	if (world.lvs_lives && lvs_deadline(&world.core) <= world.now)
		return (struct move){ MOVE_TIME, 0, 0 };
	switch (prng_range(&prng, 0, 7)) {
	case 0:
		return (struct move){ prng_chance(&prng, 500)
					      ? MOVE_STARTS
					      : MOVE_CHECK_STARTS,
				      0, 0 };
	case 1:
	case 2:
		return move;
	case 3:
	case 4:
		move.type = MOVE_READ;
		move.a = (uint8_t)prng_range(&prng, 0, CHECKS - 1);
		return move;
	case 5:
		move.type = (uint8_t)prng_range(&prng, MOVES_GOOD, MOVES - 1);
		move.a = (uint8_t)prng_range(
			&prng, 0,
			(int64_t)world_choices((enum move_type)move.type) - 1);
		move.b = (int8_t)prng_range(&prng, -1, 5);
		return move;
	default:
		break;
	}
	if (due == TICK_NEVER)
		world.now += prng_range(&prng, 0, 20) * TICK_SECOND;
	for (uint8_t n = 0; n < CHECKS && world.check_lives; n++)
		if (lvs_check_due(&world.checks[n]) == due)
			return (struct move){ MOVE_RUN, n, 0 };
	return (struct move){ MOVE_TIME, 0, 0 };
}

static const char *history(uint64_t seed)
{
	memset(&model, 0, sizeof(model));
	prng = prng_seed(seed ^ 0xa5a5);
	calm = false;
	alone = true;
	plan_draw(&plan, seed);
	world_begin(&plan);
	for (unsigned n = 0; n < MOVES_MOST && !world.broken; n++) {
		uint8_t before = world.config;

		world_move(draw());
		/* Another lvs has another table. */
		if (!world.lvs_lives || world.config != before)
			shut();
		if (prng_chance(&prng, 10))
			meddle();
	}
	calm = true;
	/* What was refused is due again, and what others did is seen. */
	world.now += TABLE_RETRY_MOST;
	if (!world.broken)
		world_settles();
	shut();
	return world.broken;
}

int main(int argc, char **argv)
{
	uint64_t first = 1, seeds = 1, seed;
	const char *broken = NULL;

	for (int n = 1; n + 1 < argc; n += 2) {
		uint64_t number = strtoull(argv[n + 1], NULL, 10);

		if (strcmp(argv[n], "--seeds") == 0)
			seeds = number;
		else if (strcmp(argv[n], "--first") == 0)
			first = number;
	}
	world_writer = write_table;
	for (seed = first; seed < first + seeds && !broken; seed++)
		broken = history(seed);
	printf("%sok 1 - %llu histories of virtual servers and the table\n"
	       "1..1\n",
	       broken ? "not " : "", (unsigned long long)seeds);
	if (broken)
		printf("# %s: lvs_joined --first %llu\n", broken,
		       (unsigned long long)seed - 1);
	return broken != NULL;
}
