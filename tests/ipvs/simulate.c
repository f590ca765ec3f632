/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table (lvs/table.h, lvs/converge.h) against a model of the kernel, in
 * random histories: others change and empty the kernel's table between two
 * messages of a train, acknowledgements get lost, trains are not sent, dumps
 * break off, schedulers are missing, memory is refused, and the process dies
 * and begins anew. Checked all the time:
 *
 *  - no service is touched that was never ours;
 *  - no service loses its last destination while it has another one to get,
 *    unless the kernel refuses that;
 *  - where nothing goes wrong, a turn does all that is wanted;
 *  - when all is quiet again, the kernel has what is wanted, soon;
 *  - a new process then writes nothing;
 *  - nothing is told that has not happened.
 *
 * usage: simulate [--first N] [--seeds N]
 */
#include "lvs/converge.h"
#include "model.h"
#include "prng.h"

#include "base/ip.h"
#include "base/must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS    8 /* services that there may be; those from OURS are foreign */
#define OURS    6
#define SERVERS 6

static struct {
	struct prng prng;
	struct model model;
	struct table table;
	struct converge converge;
	tick_t now;
	/* What is wanted: by the model's rules, and once more for a heir. */
	bool wants[OURS], owned[OURS];
	struct ipvs_service service[OURS];
	bool wants_dest[OURS][SERVERS];
	struct ipvs_dest dest[OURS][SERVERS];
	/* Trouble, in thousandths. */
	unsigned foreign, lost, unsent, broken, memoryless;
	bool refuses; /* something is refused in this history */
	bool calm;    /* nothing goes wrong, and nobody else does anything */
	uint64_t writes;
	bool quiet;
	const char *fault;
} w;

static void fault(const char *what)
{
	if (!w.fault)
		w.fault = what;
}

static void *obtain(size_t size)
{
	return prng_chance(&w.prng, w.memoryless) ? NULL : malloc(size);
}

static struct ipvs_key key_of(unsigned n)
{
	struct ipvs_key key = { .family = n % 3 == 2 ? IP_V6 : IP_V4,
				.protocol = n % 2 ? 17 : 6,
				.port = (uint16_t)(80 + n),
				.address = { 10, 0, 0, (uint8_t)n } };

	if (n == 4)
		key = (struct ipvs_key){ .family = IP_V4, .mark = 7 };
	return key;
}

static struct ipvs_service service_of(unsigned n)
{
	static const char *const schedulers[] = { "rr", "wlc", "mh", "sh",
						  "odd" };
	struct ipvs_service s = { .key = key_of(n),
				  .timeout =
					  (uint32_t)prng_range(&w.prng, 0, 2),
				  .netmask = 128 };

	snprintf(s.scheduler, sizeof(s.scheduler), "%s",
		 schedulers[prng_range(&w.prng, 0, w.refuses ? 4 : 3)]);
	return s;
}

static struct ipvs_dest dest_of(unsigned service, unsigned n)
{
	return (struct ipvs_dest){
		.family = key_of(service).family,
		.forward = prng_chance(&w.prng, 500) ? IPVS_NAT : IPVS_DIRECT,
		.port = 80,
		.address = { 192, 168, 0, (uint8_t)(1 + n) },
		.weight = (int32_t)prng_range(&w.prng, 0, 3),
	};
}

/* Another program does something, also to what is ours. */
static void meddle(void)
{
	unsigned n = (unsigned)prng_range(&w.prng, 0, KEYS - 1);
	struct ipvs_service s = service_of(n);
	struct ipvs_dest d =
		dest_of(n, (unsigned)prng_range(&w.prng, 0, SERVERS));
	static const enum ipvs_command commands[] = {
		IPVS_NEW_SERVICE, IPVS_SET_SERVICE, IPVS_DEL_SERVICE,
		IPVS_NEW_DEST,    IPVS_SET_DEST,    IPVS_DEL_DEST,
		IPVS_NEW_DEST,    IPVS_DEL_DEST,
	};
	struct ipvs_change c = { commands[prng_range(&w.prng, 0, 7)], &s, &d };

	if (prng_chance(&w.prng, 30))
		w.model.service_count = 0; /* ipvsadm -C */
	else
		model_do(&w.model, &c);
}

static void judge(const struct ipvs_change *c, int error)
{
	const struct model_service *s = model_find(&w.model, &c->service->key);
	uint32_t n = table_find(&w.table, &c->service->key);

	w.writes++;
	MUST(n != TABLE_NONE);
	for (unsigned k = OURS; k < KEYS; k++) {
		struct ipvs_key foreign = key_of(k);

		if (memcmp(&foreign, &c->service->key, sizeof(foreign)) == 0)
			fault("a foreign service was touched");
	}
	if (c->command == IPVS_DEL_DEST && !error && s && s->dest_count == 0 &&
	    w.table.services[n].wanted > 0 && w.foreign + w.lost == 0 &&
	    !w.refuses)
		fault("a service lost its last destination");
}

static int train(void *context, const struct ipvs_change *changes,
		 unsigned count, int *errors)
{
	bool lost = false;

	(void)context;
	if (prng_chance(&w.prng, w.unsent))
		return -ENOBUFS;
	for (unsigned n = 0; n < count; n++) {
		while (prng_chance(&w.prng, w.foreign))
			meddle();
		errors[n] = model_do(&w.model, &changes[n]);
		judge(&changes[n], errors[n]);
		lost |= prng_chance(&w.prng, w.lost);
		if (lost)
			errors[n] = IPVS_LOST;
	}
	return 0;
}

static int services(void *context, struct table *t)
{
	(void)context;
	for (unsigned n = 0; n < w.model.service_count; n++) {
		if (prng_chance(&w.prng, w.broken))
			return -ENOBUFS;
		table_saw(t, &w.model.services[n].is);
	}
	return 0;
}

static int dests(void *context, struct table *t, uint32_t service)
{
	const struct model_service *s =
		model_find(&w.model, &t->services[service].want.key);

	(void)context;
	for (unsigned n = 0; s && n < s->dest_count; n++) {
		if (prng_chance(&w.prng, w.broken))
			return -ENOBUFS;
		table_saw_dest(t, service, &s->dests[n]);
	}
	return 0;
}

/* What is wanted, told to the table; false: no memory. */
static bool tell_service(unsigned n)
{
	uint32_t at = table_want(&w.table, &w.service[n]);

	for (unsigned k = 0; at != TABLE_NONE && k < SERVERS; k++)
		if (w.wants_dest[n][k] &&
		    table_want_dest(&w.table, at, &w.dest[n][k]) == TABLE_NONE)
			return false;
	return at != TABLE_NONE;
}

static void told(void *context, enum table_news news,
		 const struct table_service *service,
		 const struct table_dest *dest, int error)
{
	(void)context;
	(void)service;
	(void)dest;
	(void)error;
	if (news == TABLE_REFUSED && !w.refuses)
		fault("a refusal is told that is none");
	if (w.foreign + w.lost == 0 && w.memoryless == 0 && !w.quiet &&
	    (news == TABLE_GONE || news == TABLE_EMPTIED ||
	     news == TABLE_CHANGED))
		fault("a change by others is told that is none");
}

static void be_born(void)
{
	const struct converge_door door = { train, services, dests, NULL,
					    NULL };
	unsigned memoryless = w.memoryless;

	w.memoryless = 0; /* a process that gets none for this ends */
	table_init(&w.table, obtain, free);
	w.table.tell = told;
	for (unsigned n = 0; n < OURS; n++) {
		struct ipvs_key key = key_of(n);

		if (w.wants[n])
			MUST(tell_service(n));
		else if (w.owned[n])
			table_own(&w.table, &key);
	}
	w.memoryless = memoryless;
	converge_init(&w.converge, &w.table, &door, w.now);
}

static void die(void)
{
	table_free(&w.table);
	be_born();
}

static void change_dest(unsigned n, uint32_t at)
{
	unsigned k = (unsigned)prng_range(&w.prng, 0, SERVERS - 1);
	struct ipvs_dest d = dest_of(n, k);

	if (prng_chance(&w.prng, 400)) {
		uint32_t was = table_find_dest(&w.table.services[at], &d);

		w.wants_dest[n][k] = false;
		if (was != TABLE_NONE)
			table_unwant_dest(&w.table, at, was);
		return;
	}
	if (table_want_dest(&w.table, at, &d) == TABLE_NONE)
		return;
	w.wants_dest[n][k] = true;
	w.dest[n][k] = d;
}

/* Something else is wanted. */
static void change_mind(void)
{
	unsigned n = (unsigned)prng_range(&w.prng, 0, OURS - 1);
	struct ipvs_key key = key_of(n);
	uint32_t at = table_find(&w.table, &key);

	if (w.wants[n] && prng_chance(&w.prng, 900)) {
		change_dest(n, at);
	} else if (w.wants[n] && prng_chance(&w.prng, 500)) {
		table_unwant(&w.table, at);
		w.wants[n] = false;
		memset(w.wants_dest[n], 0, sizeof(w.wants_dest[n]));
	} else {
		struct ipvs_service s = service_of(n);

		if (table_want(&w.table, &s) == TABLE_NONE)
			return;
		w.service[n] = s;
		w.wants[n] = w.owned[n] = true;
	}
}

static bool is_as_wanted(unsigned n)
{
	struct ipvs_key key = key_of(n);
	struct model_service *s = model_find(&w.model, &key);
	unsigned wanted = 0;

	if (!w.wants[n])
		return !w.owned[n] || !s;
	if (!s || memcmp(&s->is, &w.service[n], sizeof(s->is)) != 0)
		return false;
	for (unsigned k = 0; k < SERVERS; k++) {
		const struct ipvs_dest *d = model_find_dest(s, &w.dest[n][k]);

		wanted += w.wants_dest[n][k];
		if (w.wants_dest[n][k] &&
		    (!d || memcmp(d, &w.dest[n][k], sizeof(*d)) != 0))
			return false;
	}
	return s->dest_count == wanted;
}

static bool all_as_wanted(void)
{
	for (unsigned n = 0; n < OURS; n++)
		if (!is_as_wanted(n))
			return false;
	return true;
}

static void turn(void)
{
	tick_t next = converge_turn(&w.converge, w.now);

	if (next < w.now)
		fault("a deadline is in the past");
	/* As the book of the process says. */
	for (unsigned n = 0; n < OURS; n++) {
		struct ipvs_key key = key_of(n);
		uint32_t at = table_find(&w.table, &key);

		w.owned[n] = at != TABLE_NONE &&
			     (w.table.services[at].is & TABLE_OURS);
	}
	if (w.calm && next > w.now &&
	    !(all_as_wanted() && table_is_done(&w.table)))
		fault("a turn leaves something undone");
	w.now = tick_min(next, w.now + TICK_SECOND) + 1;
}

/* Nobody else does anything any more, and nothing goes wrong. */
static void quiet(void)
{
	tick_t end = w.now + 2 * TICK_SECOND;
	unsigned turns = 0;

	/* Whom others contradict waits, and sees some of it late. */
	if (w.foreign > 0 || w.refuses || w.memoryless > 0)
		end += 2 * TABLE_RETRY_MOST + CONVERGE_ROUND;
	w.quiet = true;
	w.foreign = w.lost = w.unsent = w.broken = w.memoryless = 0;
	w.model.missing = NULL;
	while (w.now < end && !(all_as_wanted() && table_is_done(&w.table))) {
		turn();
		if (++turns > 5000) {
			fault("it turns and turns");
			return;
		}
	}
	if (!all_as_wanted())
		fault("the kernel has not what is wanted");
	if (!table_is_done(&w.table))
		fault("the table is not done");
}

static void play(uint64_t seed)
{
	memset(&w, 0, sizeof(w));
	w.prng = prng_seed(seed);
	if (seed % 4 != 0) {
		w.foreign = (unsigned)prng_range(&w.prng, 0, 100);
	}
	w.calm = seed % 8 == 0;
	if (!w.calm) {
		w.lost = (unsigned)prng_range(&w.prng, 0, 50);
		w.unsent = (unsigned)prng_range(&w.prng, 0, 100);
		w.broken = (unsigned)prng_range(&w.prng, 0, 60);
		w.memoryless = prng_chance(&w.prng, 300) ? 200 : 0;
		w.refuses = prng_chance(&w.prng, 300);
	}
	if (w.refuses)
		w.model.missing = "odd";
	be_born();
	for (unsigned n = 0; n < 300; n++) {
		for (int64_t k = prng_range(&w.prng, 0, 4); k > 0; k--)
			change_mind();
		if (prng_chance(&w.prng, w.foreign))
			meddle();
		if (prng_chance(&w.prng, 30))
			die();
		turn();
	}
	quiet();
	w.writes = 0;
	die();
	for (unsigned n = 0; n < 200; n++)
		turn();
	if (w.writes != 0)
		fault("a new process writes what is there");
	table_free(&w.table);
}

int main(int argc, char **argv)
{
	uint64_t first = 1, seeds = 2000, failed = 0;

	for (int i = 1; i + 1 < argc; i += 2) {
		uint64_t value = strtoull(argv[i + 1], NULL, 10);

		if (strcmp(argv[i], "--first") == 0)
			first = value;
		else if (strcmp(argv[i], "--seeds") == 0)
			seeds = value;
	}
	printf("1..1\n");
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		play(seed);
		if (!w.fault)
			continue;
		failed++;
		printf("# seed %llu: %s\n", (unsigned long long)seed, w.fault);
		if (failed == 10)
			break;
	}
	printf("%s 1 - %llu histories of the table from %llu\n",
	       failed ? "not ok" : "ok", (unsigned long long)seeds,
	       (unsigned long long)first);
	return failed > 0;
}
