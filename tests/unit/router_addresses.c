/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel should hold (src/router/holding_address.c), against a kernel
 * that answers as the test wants.
 */
#include "router_world.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(addresses)                                                    \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n"                              \
	" virtual_ipaddress {\n" addresses "\n}\n}\n"
#define ONE "192.0.2.1/24"
#define TWO "192.0.2.1/24\n192.0.2.2/24"

static void an_active_asks_for_its_addresses(void **state)
{
	(void)state;
	world_begin(INSTANCE(TWO), 1);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	world_be_active(0);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.1"), 1);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.2"), 1);
	assert_int_equal(world_has(0, "192.0.2.1")->tag, SYS_ADDRESS_TAG);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_end();
}

static void who_lets_go_takes_them_away(void **state)
{
	(void)state;
	world_begin(INSTANCE(TWO), 1);
	world_be_active(0);
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 2);
	assert_null(world_has(0, "192.0.2.1"));
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_ABSENT);
	world_end();
}

static void what_somebody_takes_away_comes_back(void **state)
{
	(void)state;
	world_begin(INSTANCE(TWO), 1);
	world_be_active(0);
	world_mark();
	world_address_goes(0, "192.0.2.1");
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.1"), 1);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.2"), 0);
	assert_non_null(world_has(0, "192.0.2.1"));
	world_end();
}

static void a_refusal_is_told_and_tried_again(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	world.answer = EPERM;
	world_be_active(0);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_FAILED);
	assert_int_equal(ledger_holding_at(world.router.ledger, 0)->error,
			 EPERM);
	world_mark();
	/* Not at once, and not never. */
	world_pass(1 * TICK_SECOND);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	world.answer = 0;
	world_pass(4 * TICK_SECOND);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 1);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_end();
}

/* Somebody else's serves, and is never removed. */
static void a_foreign_one_is_left_alone(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	world_address_comes(0, "192.0.2.1", 24, 0);
	world_be_active(0);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	assert_int_equal(world_has(0, "192.0.2.1")->tag, 0);
	world_end();
}

/* One of ours with another prefix is of a configuration that is over. */
static void another_prefix_is_outdated(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	world_address_comes(0, "192.0.2.1", 25, SYS_ADDRESS_TAG);
	world_be_active(0);
	assert_int_equal(world_has(0, "192.0.2.1")->prefix, 24);
	assert_int_equal(world_asked(WORLD_REMOVE, "192.0.2.1"), 1);
	world_end();
}

/* An answer that was lost: what is there counts. */
static void a_lost_answer_is_looked_up(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	world.once = ENOBUFS;
	world_be_active(0);
	/* It was not there, so it is asked for again. */
	assert_int_equal(world_asked(WORLD_ADD, NULL), 2);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_end();
}

static void leases_are_refreshed(void **state)
{
	unsigned seconds;

	(void)state;
	world_begin(INSTANCE(TWO), 1);
	world_be_active(0);
	seconds = world_has(0, "192.0.2.1")->valid;
	assert_in_range(seconds, 2, 60);
	world_mark();
	/* So often that three refreshes may be missed. */
	for (unsigned n = 0; n < 4 * 10; n++)
		world_pass(seconds * TICK_SECOND / 40);
	assert_in_range(world_asked(WORLD_SET, "192.0.2.1"), 4, 5);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	world_end();
}

static void a_lease_may_be_none(void **state)
{
	(void)state;
	world_begin("global_defs {\n vrrp_address_lease 0\n}\n" INSTANCE(ONE),
		    1);
	world_be_active(0);
	assert_int_equal(world_has(0, "192.0.2.1")->valid, UINT32_MAX);
	world_mark();
	world_pass(100 * TICK_SECOND);
	assert_int_equal(world_asked(WORLD_SET, NULL), 0);
	world_end();
}

/* A new device under the old name has nothing, and gets all of it. */
static void another_device_is_another_kernel_object(void **state)
{
	(void)state;
	world_begin(INSTANCE("192.0.2.1/24\n192.0.2.2/24 dev eth1 no_track"),
		    2);
	world_be_active(0);
	world_mark();
	world_address_goes(1, "192.0.2.2");
	world.links[1].ifindex = 9;
	world_link(1, true, true);
	world_pass(0);
	/* It asked for no watching: not before the next change of state. */
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	world_end();
	world_begin(INSTANCE("192.0.2.1/24\n192.0.2.2/24 dev eth1"), 2);
	world_be_active(0);
	world_mark();
	world_address_goes(1, "192.0.2.2");
	world.links[1].ifindex = 9;
	world_link(1, true, true);
	world_pass(0);
	assert_int_equal(
		world.commands[world.command_count - 1].address.ifindex, 9);
	assert_non_null(world_has(1, "192.0.2.2"));
	world_end();
}

static void what_is_not_watched_stays_away(void **state)
{
	(void)state;
	world_begin(INSTANCE("192.0.2.1/24\n192.0.2.2/24 no_track"), 1);
	world_be_active(0);
	world_mark();
	world_address_goes(0, "192.0.2.2");
	for (unsigned n = 0; n < 20; n++)
		world_pass(TICK_SECOND / 2);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.2"), 0);
	assert_int_equal(world_asked(WORLD_SET, "192.0.2.2"), 0);
	/* The next time it is Active it is wanted again. */
	world_link(0, false, false);
	world_pass(0);
	world_link(0, true, true);
	world_be_active(0);
	assert_non_null(world_has(0, "192.0.2.2"));
	world_end();
}

static void while_a_dump_is_under_way_nothing_is_decided(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	world_be_active(0);
	world.resyncing = true;
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world.resyncing = false;
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_active_asks_for_its_addresses),
		cmocka_unit_test(who_lets_go_takes_them_away),
		cmocka_unit_test(what_somebody_takes_away_comes_back),
		cmocka_unit_test(a_refusal_is_told_and_tried_again),
		cmocka_unit_test(a_foreign_one_is_left_alone),
		cmocka_unit_test(another_prefix_is_outdated),
		cmocka_unit_test(a_lost_answer_is_looked_up),
		cmocka_unit_test(leases_are_refreshed),
		cmocka_unit_test(a_lease_may_be_none),
		cmocka_unit_test(another_device_is_another_kernel_object),
		cmocka_unit_test(what_is_not_watched_stays_away),
		cmocka_unit_test(while_a_dump_is_under_way_nothing_is_decided),
	};

	return cmocka_run_group_tests_name("router_addresses", tests, NULL,
					   NULL);
}
