/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which the kernel's table is filled and emptied
 * (lvs/table_plan.c). A destination that was deleted stays in the kernel's
 * memory, and a new one is looked for there, the newest first: each must be the
 * first one there.
 */
#include "base/ip.h"
#include "lvs/converge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVICES 20
#define DESTS    30
#define ALL      (SERVICES * DESTS)

/* A kernel: services in an order of its own, destinations newest first. */
static struct {
	bool there[SERVICES];
	uint8_t dests[SERVICES][DESTS];
	unsigned count[SERVICES];
	struct {
		uint8_t service, dest;
	} trash[ALL];
	unsigned trash_count;
	unsigned searched; /* entries that were passed over */
} kernel;

static struct table table;
static struct converge converge;
static unsigned late, strange;

static struct ipvs_service service_of(unsigned n)
{
	struct ipvs_service s = { .key = { .family = IP_V4, .protocol = 6 },
				  .scheduler = "rr" };

	s.key.address[3] = (uint8_t)n;
	return s;
}

static struct ipvs_dest dest_of(unsigned k)
{
	struct ipvs_dest d = { .family = IP_V4, .weight = 1 };

	d.address[3] = (uint8_t)k;
	return d;
}

/* The service at a place of the kernel's hash table. */
static unsigned hashed(unsigned place)
{
	return place * 7 % SERVICES;
}

static void search(unsigned service, unsigned dest)
{
	for (unsigned n = kernel.trash_count; n > 0; n--) {
		if (kernel.trash[n - 1].service != service ||
		    kernel.trash[n - 1].dest != dest) {
			kernel.searched++;
			continue;
		}
		memmove(&kernel.trash[n - 1], &kernel.trash[n],
			(kernel.trash_count - n) * sizeof(kernel.trash[0]));
		kernel.trash_count--;
		return;
	}
}

static void put(unsigned service, unsigned dest)
{
	search(service, dest);
	memmove(kernel.dests[service] + 1, kernel.dests[service],
		kernel.count[service]++);
	kernel.dests[service][0] = (uint8_t)dest;
}

static void drop(unsigned service, unsigned at)
{
	kernel.trash[kernel.trash_count].service = (uint8_t)service;
	kernel.trash[kernel.trash_count++].dest = kernel.dests[service][at];
	kernel.count[service]--;
	memmove(kernel.dests[service] + at, kernel.dests[service] + at + 1,
		kernel.count[service] - at);
}

static void drop_service(unsigned service)
{
	while (kernel.count[service] > 0)
		drop(service, 0);
	kernel.there[service] = false;
}

static void flush(void)
{
	for (unsigned n = 0; n < SERVICES; n++)
		drop_service(hashed(n));
}

static void obey(const struct ipvs_change *c)
{
	unsigned service = c->service->key.address[3], at = 0;

	if (c->command == IPVS_NEW_SERVICE)
		kernel.there[service] = true;
	else if (c->command == IPVS_DEL_SERVICE)
		drop_service(service);
	else if (c->command == IPVS_NEW_DEST)
		put(service, c->dest->address[3]);
	if (c->command != IPVS_DEL_DEST)
		return;
	while (kernel.dests[service][at] != c->dest->address[3])
		at++;
	drop(service, at);
}

static int train(void *context, const struct ipvs_change *changes,
		 unsigned count, int *errors)
{
	(void)context;
	memset(errors, 0, count * sizeof(*errors));
	for (unsigned n = 0; n < count; n++)
		obey(&changes[n]);
	return 0;
}

static int services(void *context, struct table *t)
{
	(void)context;
	for (unsigned n = 0; n < SERVICES; n++) {
		struct ipvs_service s = service_of(hashed(n));

		if (kernel.there[hashed(n)])
			table_saw(t, &s);
	}
	return 0;
}

static int dests(void *context, struct table *t, uint32_t service)
{
	unsigned n = t->services[service].want.key.address[3];

	(void)context;
	for (unsigned k = 0; k < kernel.count[n]; k++) {
		struct ipvs_dest d = dest_of(kernel.dests[n][k]);

		table_saw_dest(t, service, &d);
	}
	return 0;
}

static bool is_late(void *context)
{
	(void)context;
	return late > 0;
}

static void told(void *context, enum table_news news,
		 const struct table_service *service,
		 const struct table_dest *dest, int error)
{
	(void)context;
	(void)service;
	(void)dest;
	(void)error;
	strange += news == TABLE_STRANGE;
}

static void want_all(void)
{
	for (unsigned n = 0; n < SERVICES; n++) {
		struct ipvs_service s = service_of(n);
		uint32_t at = table_want(&table, &s);

		for (unsigned k = 0; k < DESTS; k++) {
			struct ipvs_dest d = dest_of(k);

			assert_true(table_want_dest(&table, at, &d) !=
				    TABLE_NONE);
		}
	}
}

static void settle(void)
{
	for (unsigned n = 0; n < 100; n++)
		converge_turn(&converge, (converge.look_at + 1));
	assert_true(table_is_done(&table));
}

static void begin(void)
{
	const struct converge_door door = { train, services, dests, is_late,
					    NULL };

	table_init(&table, malloc, free);
	table.tell = told;
	converge_init(&converge, &table, &door, 0);
}

static int full(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	late = strange = 0;
	begin();
	want_all();
	settle();
	return 0;
}

static int end(void **state)
{
	(void)state;
	table_free(&table);
	return 0;
}

static void is_full(void)
{
	for (unsigned n = 0; n < SERVICES; n++) {
		assert_int_equal(kernel.count[n], DESTS);
		for (unsigned k = 0; k < DESTS; k++) /* the order stays, too */
			assert_int_equal(kernel.dests[n][k], DESTS - 1 - k);
	}
	assert_int_equal(kernel.trash_count, 0);
}

static void what_another_program_has_emptied_is_found_at_once(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		flush();
		settle();
		is_full();
		assert_int_equal(kernel.searched, 0);
	}
}

static void so_is_what_a_stop_has_deleted(void **state)
{
	(void)state;
	for (unsigned n = 0; n < SERVICES; n++)
		table_unwant(&table, n);
	settle();
	assert_int_equal(kernel.trash_count, ALL);
	table_free(&table);
	begin();
	want_all();
	settle();
	is_full();
	assert_int_equal(kernel.searched, 0);
}

static void and_servers_that_fail_and_return_together(void **state)
{
	(void)state;
	for (unsigned n = 0; n < SERVICES; n++)
		for (unsigned k = 0; k < DESTS; k++)
			table_unwant_dest(&table, n, k);
	settle();
	assert_int_equal(kernel.trash_count, ALL);
	want_all();
	settle();
	is_full();
	assert_int_equal(kernel.searched, 0);
}

static void a_turn_that_is_late_ends_after_a_train(void **state)
{
	(void)state;
	flush();
	late = 1;
	converge_turn(&converge, converge.look_at);
	assert_true(kernel.trash_count >= ALL - CONVERGE_TRAIN);
	settle();
	is_full();
}

/* A process that ends before it has looked at what is in its services. */
static void what_goes_with_its_service_is_not_strange(void **state)
{
	(void)state;
	table_free(&table);
	begin();
	want_all();
	table_look(&table);
	services(NULL, &table);
	table_looked(&table, true);
	for (unsigned n = 0; n < SERVICES; n++)
		table_unwant(&table, n);
	settle();
	assert_int_equal(kernel.trash_count, ALL);
	assert_int_equal(strange, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, full, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_another_program_has_emptied_is_found_at_once),
		TEST(so_is_what_a_stop_has_deleted),
		TEST(and_servers_that_fail_and_return_together),
		TEST(what_goes_with_its_service_is_not_strange),
		TEST(a_turn_that_is_late_ends_after_a_train),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
