/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of state that are kept for users' scripts (src/router/changes.c):
 * their numbers, and that one is told when the kernel has done its part.
 */
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, more)                                               \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n" more     \
	"\n virtual_ipaddress {\n 192.0.2." id "/24\n}\n}\n"
#define TOLD "notify /n\n"

static const struct ledger_changes *changes(void)
{
	return ledger_changes_at(world.router.ledger, 0);
}

static const struct ledger_change *change(uint64_t number)
{
	const struct ledger_change *c =
		&changes()->last[number % LEDGER_CHANGES_KEPT];

	assert_int_equal(c->number, number);
	return c;
}

static uint64_t told_before(uint32_t follower, enum ledger_teller teller)
{
	return ledger_changes_at(world.router.ledger, follower)
		->told[teller]
		.states;
}

static void each_has_its_number(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", "") INSTANCE("B", "8", TOLD), 1);
	assert_int_equal(ledger_followers(world.router.ledger), 1);
	assert_int_equal(changes()->count, 1);
	assert_int_equal(change(1)->to, VRRP_BACKUP);
	assert_int_equal(change(1)->cause, VRRP_CAUSE_STARTUP);
	assert_int_equal(change(1)->priority, 100);
	world_be_active(1);
	assert_int_equal(changes()->count, 2);
	assert_int_equal(changes()->ready, 2);
	assert_int_equal(change(2)->from, VRRP_BACKUP);
	assert_int_equal(change(2)->to, VRRP_ACTIVE);
	for (unsigned n = 0; n < 6; n++) {
		world_link(0, true, n % 2);
		world_pass(0);
	}
	assert_int_equal(changes()->ready, changes()->count);
	assert_true(changes()->count > 6);
	world_end();
}

static uint64_t order(uint32_t follower, uint64_t number)
{
	const struct ledger_changes *c =
		ledger_changes_at(world.router.ledger, follower);

	return c->last[number % LEDGER_CHANGES_KEPT].order;
}

/* Among those of all virtual routers, also by the next process. */
static void each_has_its_place(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", TOLD) INSTANCE("B", "8", TOLD), 1);
	assert_int_equal(order(0, 1), 1);
	assert_int_equal(order(1, 1), 2);
	world_die();
	world_replace(INSTANCE("B", "8", TOLD) INSTANCE("A", "7", TOLD), true);
	world_be_active(0);
	world_be_active(1);
	assert_int_equal(order(0, 1), 2);
	assert_int_equal(order(1, 1), 1);
	assert_int_equal(order(0, 2) + order(1, 2), 3 + 4);
	world_end();
}

/* Lines of FIFOs alone, and only where they are asked for. */
static void a_change_of_the_priority(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7",
			     TOLD "track_interface {\n eth1 weight -20\n}")
			    INSTANCE("B", "8",
				     TOLD
				     "notify_priority_changes on\n"
				     "track_interface {\n eth1 weight -20\n}"),
		    2);
	world_be_active(1);
	world_link(1, true, false);
	world_pass(0);
	assert_int_equal(world_core(1)->priority, 80);
	assert_int_equal(ledger_changes_at(world.router.ledger, 0)->remarks, 0);
	assert_int_equal(ledger_changes_at(world.router.ledger, 1)->remarks, 1);
	assert_int_equal(ledger_changes_at(world.router.ledger, 1)
				 ->last_remarks[1]
				 .priority,
			 80);
	world_end();
}

static void one_that_is_removed(void **state)
{
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};

	(void)state;
	world_begin(INSTANCE("A", "7", TOLD) INSTANCE("B", "8", TOLD), 1);
	for (uint32_t n = 0; n < 2; n++) {
		const struct ledger_changes *c =
			ledger_changes_at(world.router.ledger, n);
		const struct ledger_change *last;

		world.router.instances[n].removed = n == 1;
		router_step(&world.router, n, &shutdown);
		last = &c->last[c->count % LEDGER_CHANGES_KEPT];
		assert_int_equal(last->to, VRRP_INIT);
		assert_int_equal(last->kind, n == 1 ? LEDGER_CHANGE_DELETED
						    : LEDGER_CHANGE_STATE);
	}
	world_end();
}

/* Each once, however long; and in the end none. */
static void those_that_wait_are_listed(void **state)
{
	const struct waiting *list = &world.router.untold;
	unsigned seen = 0;

	(void)state;
	world_begin(INSTANCE("A", "7", TOLD) INSTANCE("B", "8", TOLD)
			    INSTANCE("C", "9", TOLD),
		    1);
	assert_int_equal(list->count, 0);
	world.late = true;
	world_pass(TICK_SECOND);
	assert_int_equal(list->count, 3);
	for (unsigned n = 0; n < 3; n++)
		seen |= 1u << list->list[n];
	assert_int_equal(seen, 7);
	world.late = false;
	world_pass(TICK_SECOND);
	assert_int_equal(list->count, 0);
	for (unsigned n = 0; n < 3; n++) {
		const struct ledger_changes *c =
			ledger_changes_at(world.router.ledger, n);

		assert_int_equal(c->ready, c->count);
	}
	world_end();
}

/* Its record says in one that it waits no more and that it was sent. */
static void what_waited_is_noted_under_its_sequence(void **state)
{
	struct router *r = &world.router;
	struct ledger_record *record;
	uint32_t sequence;

	(void)state;
	world_begin(INSTANCE("A", "7", TOLD), 1);
	world_be_active(0);
	world_pass(TICK_SECOND);
	record = r->instances[0].record;
	record->held = true;
	record->sent = 0;
	waiting_add(&r->held, 0);
	sequence = record->sequence;
	router_send_held(r);
	assert_false(record->held);
	assert_int_equal(record->sent, world.now);
	assert_int_equal(record->sequence, sequence + 2);
	assert_int_equal(r->held.count, 0);
	world_end();
}

/* Who is told of MASTER finds the addresses. */
static void it_waits_for_the_kernel(void **state)
{
	(void)state;
	world_begin(INSTANCE("B", "8", TOLD), 1);
	world.late = true;
	world_pass(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(changes()->count, 2);
	assert_int_equal(changes()->ready, 1);
	world.late = false;
	world_be_active(0);
	assert_int_equal(changes()->ready, 2);
	world_end();
}

/* Another process, and one with another configuration. */
static void who_goes_on_keeps_the_numbers(void **state)
{
	(void)state;
	world_begin(INSTANCE("B", "8", TOLD), 1);
	world_be_active(0);
	ledger_told_at(world.router.ledger, LEDGER_TELLS_SCRIPTS, 0)->states =
		1;
	world_die();
	world_go_on(true);
	world_pass(0);
	assert_int_equal(changes()->count, 2);
	world_die();
	world_replace(INSTANCE("A", "7", TOLD) INSTANCE("B", "8", TOLD), true);
	world_pass(0);
	assert_int_equal(ledger_changes_at(world.router.ledger, 1)->count, 2);
	assert_int_equal(told_before(1, LEDGER_TELLS_SCRIPTS), 1);
	/* Nobody told it to a FIFO, and a new one begins with what comes. */
	assert_int_equal(told_before(1, LEDGER_TELLS_FIFO), 2);
	assert_int_equal(ledger_changes_at(world.router.ledger, 0)->count, 1);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_its_number),
		cmocka_unit_test(each_has_its_place),
		cmocka_unit_test(a_change_of_the_priority),
		cmocka_unit_test(one_that_is_removed),
		cmocka_unit_test(those_that_wait_are_listed),
		cmocka_unit_test(what_waited_is_noted_under_its_sequence),
		cmocka_unit_test(it_waits_for_the_kernel),
		cmocka_unit_test(who_goes_on_keeps_the_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
