/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process finds that another one put into the kernel: what stays is not
 * touched, and what is nobody's any more is taken away.
 */
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, address)                                            \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n"          \
	" virtual_ipaddress {\n" address "\n}\n}\n"
#define ONE   INSTANCE("A", "7", "192.0.2.7/24")
#define OTHER INSTANCE("B", "8", "192.0.2.8/24")

/* What the ledger before had and this configuration has not. */
static void leftovers_of_a_ledger_go(void **state)
{
	(void)state;
	world_begin("static_ipaddress {\n 10.5.0.1/24 dev eth1\n}\n"
		    "static_routes {\n 10.7.0.0/16 via 10.99.0.9\n"
		    " 10.8.0.0/16 via 10.99.0.9 table 9\n}\n"
		    "static_rules {\n to 10.7.0.0/16 table 6 priority 6\n"
		    " to 10.8.0.0/16 table 6 priority 7\n}\n" ONE OTHER,
		    2);
	world_be_active(0);
	world_be_active(1);
	assert_non_null(world_has(1, "10.5.0.1"));
	assert_int_equal(world.route_count, 2);
	assert_int_equal(world.rule_count, 2);
	/* Somebody else's, without our mark, and another batond's. */
	world_address_comes(0, "192.0.2.50", 24, 0);
	world_address_comes(0, "192.0.2.51", 24, SYS_ADDRESS_TAG);
	world_die();
	world_replace(
		"static_routes {\n 10.7.0.0/16 via 10.99.0.9\n}\n"
		"static_rules {\n to 10.7.0.0/16 table 6 priority 6\n}\n" ONE,
		false);
	world_pass(0);
	assert_non_null(world_has(0, "192.0.2.7"));
	assert_null(world_has(0, "192.0.2.8"));
	assert_null(world_has(1, "10.5.0.1"));
	assert_non_null(world_has(0, "192.0.2.50"));
	assert_non_null(world_has(0, "192.0.2.51"));
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.routes[0].record.route.destination.bytes[1], 7);
	assert_int_equal(world.rule_count, 1);
	assert_int_equal(world.rules[0].rule.priority, 6);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 2);
	/* What stays was not touched. */
	assert_int_equal(world_asked(WORLD_ROUTE_PUT, NULL), 0);
	assert_int_equal(world_asked(WORLD_RULE_PUT, NULL), 0);
	world_end();
}

/* One of the same destination in another table is another one. */
static void leftovers_are_known_by_their_numbers(void **state)
{
	struct netlink_route theirs;
	struct netlink_hop hop;

	(void)state;
	world_begin(
		"static_routes {\n 10.7.0.0/16 via 10.99.0.9\n}\n"
		"static_rules {\n to 10.7.0.0/16 table 6 priority 6\n}\n" ONE,
		1);
	theirs = world.routes[0].record.route;
	hop = theirs.hops[0];
	theirs.hops = &hop;
	theirs.table = 9;
	world_route_comes(&theirs);
	theirs.table = 254;
	theirs.prefix = 24;
	world_route_comes(&theirs);
	assert_int_equal(world.route_count, 3);
	world.rules[1] = world.rules[0];
	world.rules[world.rule_count++].rule.priority = 8;
	world_die();
	world_replace(ONE, false);
	world_pass(0);
	/* They have our mark, and were in no ledger: another batond's. */
	assert_int_equal(world.route_count, 2);
	assert_int_equal(world_asked(WORLD_ROUTE_REMOVE, NULL), 1);
	assert_int_equal(world.rule_count, 1);
	assert_int_equal(world.rules[0].rule.priority, 8);
	world_end();
}

/* Without a ledger, in the daemon's first process: what has no end. */
static void leftovers_of_an_earlier_life_go(void **state)
{
	struct mirror_address *leased;

	(void)state;
	world_begin(ONE, 1);
	world_address_comes(0, "192.0.2.50", 24, 0);
	world_address_comes(0, "192.0.2.51", 24, SYS_ADDRESS_TAG);
	world_address_comes(0, "192.0.2.52", 24, SYS_ADDRESS_TAG);
	leased = &world.addresses[world.address_count - 1];
	leased->valid = 3;
	world_die();
	world_go_on(false); /* not the first */
	world_pass(0);
	assert_non_null(world_has(0, "192.0.2.51"));
	world_die();
	ledger_server(world.router.ledger)->turns = 0;
	world_go_on(false);
	world_pass(0);
	assert_non_null(world_has(0, "192.0.2.50"));
	assert_null(world_has(0, "192.0.2.51"));
	assert_non_null(world_has(0, "192.0.2.52"));
	world_end();
}

static void static_ones_are_adopted(void **state)
{
#define STATIC                                                                 \
	"static_ipaddress {\n 10.5.0.1/24 dev eth0\n}\n"                       \
	"static_routes {\n 10.7.0.0/16 via 10.99.0.9\n}\n"                     \
	"static_rules {\n to 10.7.0.0/16 table 6 priority 6\n}\n" ONE
	(void)state;
	world_begin(STATIC, 1);
	assert_int_equal(world_has(0, "10.5.0.1")->valid, NETLINK_FOREVER);
	world_die();
	world_go_on(true);
	world_pass(0);
	assert_int_equal(world.command_count, 0);
	world_die();
	world_replace(STATIC, true);
	world_pass(0);
	assert_int_equal(world.command_count, 0);
	for (uint32_t n = 1; n < 4; n++)
		assert_int_equal(world_state_of(n), LEDGER_HOLDING_INSTALLED);
	world_die();
	world_route_goes(0);
	world_rule_goes(0);
	world_address_goes(0, "10.5.0.1");
	world_go_on(true);
	world_pass(0);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	assert_non_null(world_has(0, "10.5.0.1"));
	world_end();
#undef STATIC
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leftovers_of_a_ledger_go),
		cmocka_unit_test(leftovers_are_known_by_their_numbers),
		cmocka_unit_test(leftovers_of_an_earlier_life_go),
		cmocka_unit_test(static_ones_are_adopted),
	};

	return cmocka_run_group_tests_name("router_leftovers", tests, NULL,
					   NULL);
}
