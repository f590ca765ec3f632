/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of IPVS's table (model.h) held to the kernel of this machine, by
 * sys/ipvs.h: random changes, right ones and wrong ones, in trains; the same
 * errors must come, and the same entries must be there. It empties the table
 * that it finds: run it in a network namespace of its own (tests/vm).
 *
 * usage: agree [SEED [TRAINS]]
 */
#include "model.h"
#include "prng.h"
#include "sys/ipvs.h"

#include "base/ip.h"
#include "base/must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS 10

static struct prng prng;
static struct model model;
static struct ipvs *kernel;

static int64_t range(int64_t low, int64_t high)
{
	return prng_range(&prng, low, high);
}

static struct ipvs_key some_key(void)
{
	unsigned n = (unsigned)range(0, KEYS - 1);
	struct ipvs_key key = { .family = n % 2 ? IP_V6 : IP_V4 };

	if (n >= 8) {
		key.mark = n;
		return key;
	}
	key.protocol = n % 4 < 2 ? 6 : 17;
	key.port = (uint16_t)(n * 40);
	memcpy(key.address, "\xfd\0\0\1", 4);
	if (key.family == IP_V4)
		memcpy(key.address, "\x0a\1\2\3", 4);
	return key;
}

static struct ipvs_service some_service(void)
{
	static const char *const schedulers[] = { "rr",  "wrr",   "lc", "wlc",
						  "sh",  "mh",    "fo", "none",
						  "ovf", "absent" };
	struct ipvs_service s = { .key = some_key() };

	snprintf(s.scheduler, sizeof(s.scheduler), "%s",
		 schedulers[range(0, 9)]);
	if (range(0, 9) == 0)
		memcpy(s.engine, "absent", 6);
	s.flags = (uint32_t)range(0, 1) * IPVS_PERSISTENT +
		  (uint32_t)range(0, 1) * IPVS_SCHEDULER_1 +
		  (uint32_t)range(0, 1) * IPVS_SCHEDULER_2;
	s.timeout = (uint32_t)range(0, 3) * 100;
	s.netmask = s.key.family == IP_V6 ? (uint32_t)range(0, 130)
					  : UINT32_MAX << range(0, 8);
	return s;
}

static struct ipvs_dest some_dest(uint8_t family)
{
	struct ipvs_dest d = { .family = family };

	if (range(0, 7) == 0)
		d.family = family == IP_V4 ? IP_V6 : IP_V4;
	d.forward = (uint8_t)range(0, 3);
	d.port = (uint16_t)range(0, 2);
	memcpy(d.address, "\xfd\0\0\2", 4);
	if (d.family == IP_V4)
		memcpy(d.address, "\x0a\1\2\4", 4);
	d.address[3] = (uint8_t)(d.address[3] + range(0, 5));
	if (range(0, 20) == 0)
		memset(d.address, d.family == IP_V4 ? 0xe0 : 0xff, 4);
	d.weight = (int32_t)range(-1, 9);
	d.upper = (uint32_t)range(0, 2) * 50;
	d.lower = (uint32_t)range(0, 2) * 20;
	if (d.forward == IPVS_TUNNEL) {
		d.tunnel = (uint8_t)range(0, 2);
		d.tunnel_port = (uint16_t)range(0, 2);
		d.tunnel_flags = (uint8_t)range(0, 2);
	}
	return d;
}

static bool agrees; /* what has been seen so far */
static unsigned seen;

static void see_service(void *context, const struct ipvs_service *s,
			const struct ipvs_counts *counts)
{
	struct model_service *m = model_find(&model, &s->key);

	(void)context;
	(void)counts;
	seen++;
	agrees = agrees && m && memcmp(&m->is, s, sizeof(*s)) == 0;
}

static void see_dest(void *context, const struct ipvs_dest *d,
		     const struct ipvs_counts *counts)
{
	struct ipvs_dest *m = model_find_dest(context, d);

	(void)counts;
	seen++;
	agrees = agrees && m && memcmp(m, d, sizeof(*d)) == 0;
}

static bool same_table(void)
{
	agrees = true;
	seen = 0;
	if (ipvs_services(kernel, see_service, NULL) ||
	    seen != model.service_count)
		return false;
	for (unsigned n = 0; n < model.service_count; n++) {
		struct model_service *s = &model.services[n];

		seen = 0;
		if (ipvs_dests(kernel, &s->is.key, see_dest, s) ||
		    seen != s->dest_count)
			return false;
	}
	return agrees;
}

/* One train of both; false: they differ, and it was said how. */
static bool play(void)
{
	static const enum ipvs_command commands[] = {
		IPVS_NEW_SERVICE, IPVS_NEW_SERVICE, IPVS_SET_SERVICE,
		IPVS_DEL_SERVICE, IPVS_NEW_DEST,    IPVS_NEW_DEST,
		IPVS_NEW_DEST,    IPVS_NEW_DEST,    IPVS_SET_DEST,
		IPVS_SET_DEST,    IPVS_DEL_DEST,
	};
	struct ipvs_service services[20];
	struct ipvs_dest dests[20];
	struct ipvs_change changes[20];
	unsigned count = (unsigned)range(1, 20);
	int errors[20], wanted[20];

	for (unsigned n = 0; n < count; n++) {
		services[n] = some_service();
		dests[n] = some_dest(services[n].key.family);
		changes[n] = (struct ipvs_change){ commands[range(0, 10)],
						   &services[n], &dests[n] };
		if (changes[n].command <= IPVS_DEL_SERVICE)
			changes[n].dest = NULL;
		wanted[n] = model_do(&model, &changes[n]);
	}
	if (ipvs_train(kernel, changes, count, errors))
		return false;
	for (unsigned n = 0; n < count; n++) {
		if (errors[n] == wanted[n])
			continue;
		printf("# command %u: the kernel %d, the model %d\n",
		       changes[n].command, errors[n], wanted[n]);
		return false;
	}
	if (same_table())
		return true;
	printf("# the tables differ after command %u\n",
	       changes[count - 1].command);
	return false;
}

static void empty(void *context, const struct ipvs_service *s,
		  const struct ipvs_counts *counts)
{
	struct model *found = context;

	(void)counts;
	MUST(found->service_count < MODEL_SERVICES);
	found->services[found->service_count++].is = *s;
}

static void clear(void)
{
	static struct model found;
	int error;

	found.service_count = 0;
	MUST(ipvs_services(kernel, empty, &found) == 0);
	for (unsigned n = 0; n < found.service_count; n++) {
		struct ipvs_change change = { IPVS_DEL_SERVICE,
					      &found.services[n].is, NULL };

		MUST(ipvs_train(kernel, &change, 1, &error) == 0 && !error);
	}
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	unsigned trains = argc > 2 ? (unsigned)atoi(argv[2]) : 500, n = 0;
	int error = ipvs_open(&kernel);

	printf("1..1\n");
	if (error) {
		printf("not ok 1 - IPVS: %s\n", strerror(-error));
		return 1;
	}
	prng = prng_seed(seed);
	model.missing = "absent";
	clear();
	while (n < trains && play())
		n++;
	printf("%s 1 - seed %llu: %u of %u trains agree\n",
	       n == trains ? "ok" : "not ok", (unsigned long long)seed, n,
	       trains);
	clear();
	ipvs_close(kernel);
	return n < trains;
}
