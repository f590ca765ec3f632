/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulator's program: plays seeds, speaks TAP with one test a family of
 * scenarios, and for a seed that fails prints the whole timeline and the
 * command that repeats it.
 */
#include "scenario.h"
#include "timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILIES_MAX 32
#define FAILURES_MAX 3 /* timelines printed a family; the rest is counted */

struct options {
	const char *program;
	uint64_t first;
	uint64_t seeds;
	bool one; /* only --seed */
	bool verbose;
};

struct tally {
	uint64_t seeds;
	uint64_t failures;
	uint64_t steps;
	uint64_t changes;
};

/* Plays the seed again with its timeline on stdout. */
static void show(const struct options *o, struct lan *lan, uint64_t seed)
{
	struct timeline t = { .out = stdout, .packets = o->verbose };
	struct lan_observer watcher = timeline_observer(&t);
	struct verdict v;

	printf("# seed %llu, family %s\n", (unsigned long long)seed,
	       families[family_of(seed)].name);
	v = scenario_play(lan, seed, &watcher);
	timeline_time(stdout, v.at);
	if (v.wrong)
		printf(" r%u/%u WRONG: %s\n", v.router + 1,
		       lan_config(lan, v.router, v.group)->vrid, v.wrong);
	else
		printf(" all held: %llu steps, %llu changes of state\n",
		       (unsigned long long)v.steps,
		       (unsigned long long)v.changes);
	printf("# again: %s --seed %llu --verbose\n", o->program,
	       (unsigned long long)seed);
}

static void play(const struct options *o, struct lan *lan, uint64_t seed,
		 struct tally *t)
{
	struct verdict v = scenario_play(lan, seed, NULL);

	t->seeds++;
	t->steps += v.steps;
	t->changes += v.changes;
	if (!v.wrong)
		return;
	if (t->failures++ < FAILURES_MAX)
		show(o, lan, seed);
}

static int play_families(const struct options *o, struct lan *lan)
{
	struct tally tally[FAMILIES_MAX] = { 0 };
	bool failed = false;

	printf("TAP version 13\n1..%u\n", family_count);
	for (unsigned f = 0; f < family_count; f++) {
		struct tally *t = &tally[f];
		bool good;

		for (uint64_t s = 0; s < o->seeds; s++)
			if (family_of(o->first + s) == f)
				play(o, lan, o->first + s, t);
		/* Where nothing changes, nothing was tested. */
		good = t->failures == 0 && t->changes >= t->seeds;
		failed |= !good;
		printf("%sok %u - %s: %s (%llu seeds, %llu steps, %llu "
		       "changes, %llu failed)\n",
		       good ? "" : "not ", f + 1, families[f].name,
		       families[f].what, (unsigned long long)t->seeds,
		       (unsigned long long)t->steps,
		       (unsigned long long)t->changes,
		       (unsigned long long)t->failures);
		fflush(stdout);
	}
	return failed;
}

static int usage(void)
{
	fprintf(stderr, "usage: sim [--seeds N] [--first S]\n"
			"       sim --seed S [--verbose]\n");
	return 2;
}

int main(int argc, char **argv)
{
	struct options o = { .program = argv[0], .first = 1, .seeds = 1000 };
	struct lan *lan = malloc(sizeof(*lan));
	int status = 0;

	if (!lan)
		return 1;
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "--verbose") == 0) {
			o.verbose = true;
			continue;
		}
		if (!value)
			return usage();
		if (strcmp(argv[i], "--seeds") == 0)
			o.seeds = strtoull(value, NULL, 10);
		else if (strcmp(argv[i], "--first") == 0)
			o.first = strtoull(value, NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			o.one = true, o.first = strtoull(value, NULL, 10);
		else
			return usage();
		i++;
	}
	if (o.one)
		show(&o, lan, o.first);
	else
		status = play_families(&o, lan);
	free(lan);
	return status;
}
