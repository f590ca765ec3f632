/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules as holdings (src/router/holding_route.c, holding_rule.c),
 * against a kernel that answers as the test wants.
 */
#include "router_world.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(lines)                                                        \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n"                              \
	" virtual_ipaddress {\n 192.0.2.1/24\n}\n" lines "}\n"
#define ROUTES(lines) "virtual_routes {\n" lines "\n}\n"
#define RULES(lines)  "virtual_rules {\n" lines "\n}\n"
#define ONE           "10.1.0.0/16 via 10.99.0.9 dev eth0"

/* The holdings of these instances: the address, then the route or rule. */
#define FIRST 1

static const struct netlink_route *route_of(unsigned n)
{
	assert_in_range(n, 0, world.route_count - 1);
	return &world.routes[n].record.route;
}

static void an_active_has_its_routes_and_rules(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE) RULES(
			    "from 192.0.2.1 table 5 priority 100")),
		    1);
	assert_int_equal(world.route_count, 0);
	world_be_active(0);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(route_of(0)->protocol, SYS_ROUTE_PROTOCOL);
	assert_int_equal(route_of(0)->hops[0].ifindex, 1);
	assert_int_equal(world.rule_count, 1);
	assert_int_equal(world.rules[0].rule.priority, 100);
	assert_int_equal(world.rules[0].rule.protocol, SYS_ROUTE_PROTOCOL);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_INSTALLED);
	assert_int_equal(world_state_of(FIRST + 1), LEDGER_HOLDING_INSTALLED);
	world_end();
}

/* The address before the route that may need it, the rule last; and back. */
static void kinds_have_their_order(void **state)
{
	static const enum world_command_type put[] = {
		WORLD_ADD,
		WORLD_ROUTE_PUT,
		WORLD_RULE_PUT,
	};
	static const enum world_command_type removed[] = {
		WORLD_RULE_REMOVE,
		WORLD_ROUTE_REMOVE,
		WORLD_REMOVE,
	};

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE) RULES(
			    "from 192.0.2.1 table 5 priority 100")),
		    1);
	world_mark();
	world_be_active(0);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(world.commands[n].type, put[n]);
	world_mark();
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world.command_count, 3);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(world.commands[n].type, removed[n]);
	assert_int_equal(world.route_count + world.rule_count, 0);
	world_end();
}

static void what_somebody_takes_away_comes_back(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE) RULES(
			    "from 192.0.2.1 table 5 priority 100")),
		    1);
	world_be_active(0);
	world_route_goes(0);
	world_rule_goes(0);
	world_pass(0);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	world_end();
}

/* Another's in the place of ours would be there when ours goes. */
static void who_replaces_a_route_is_replaced(void **state)
{
	struct world_route gone;
	struct mirror_event event = {
		.change = MIRROR_ROUTE_REMOVED,
		.route = &gone.record,
		.port = WORLD_STRANGER,
		.replaced = true,
	};

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	world_mark();
	gone = world.routes[0];
	gone.record.route.hops = gone.hops;
	world.route_count = 0;
	world_tell(&event);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ROUTE_PUT, NULL), 1);
	assert_int_equal(world.commands[0].how, NETLINK_ROUTE_SET);
	/* One that was only taken away is put beside what others have. */
	world_mark();
	world_route_goes(0);
	world_pass(0);
	assert_int_equal(world.commands[0].how, NETLINK_ROUTE_PREPEND);
	world_end();
}

/* Who takes it away again and again does not keep this process busy. */
static void repairs_have_a_pause(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	world_pass(TICK_SECOND);
	world_mark();
	for (unsigned n = 0; n < 20; n++) {
		if (world.route_count > 0)
			world_route_goes(0);
		world_pass(TICK_MILLISECOND);
	}
	assert_int_equal(world_asked(WORLD_ROUTE_PUT, NULL), 4);
	world_pass(50 * TICK_MILLISECOND);
	assert_int_equal(world.route_count, 1);
	/* Later it is put back at once, as in the beginning. */
	world_pass(TICK_SECOND);
	world_route_goes(0);
	world_pass(0);
	assert_int_equal(world.route_count, 1);
	world_end();
}

#define TWO(lines)                                                             \
	INSTANCE(lines)                                                        \
	"vrrp_instance B {\n interface eth1\n version 3\n"                     \
	" virtual_router_id 8\n advert_int 0.1\n"                              \
	" virtual_ipaddress {\n 192.0.2.2/24\n}\n" lines "}\n"

/* Two want the same: it goes with the second of them, and comes back. */
static void the_same_of_two_instances(void **state)
{
	(void)state;
	world_begin(TWO(ROUTES("10.1.0.0/16 via 10.99.0.9")
				RULES("to 10.1.0.0/16 table 5 priority 6")),
		    2);
	world_be_active(0);
	world_be_active(1);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_ABSENT);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	world_route_goes(0);
	world_rule_goes(0);
	world_pass(0);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world.route_count + world.rule_count, 0);
	world_end();
}

/* What is refused is told once, not at each try. */
static void a_refusal_is_told_once(void **state)
{
	struct ledger *l;
	struct ledger_event event;
	unsigned told = 0;

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world.answer = EINVAL;
	world_be_active(0);
	world_pass(30 * TICK_SECOND);
	l = world.router.ledger;
	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		told += ledger_read_event(l, n, &event) &&
			event.type == LEDGER_EVENT_HOLDING &&
			event.to == LEDGER_HOLDING_FAILED;
	/* The address, and the route. */
	assert_int_equal(told, 2);
	world_end();
}

static void no_track_lets_go(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE " no_track")), 1);
	world_be_active(0);
	world_route_goes(0);
	world_pass(10 * TICK_SECOND);
	assert_int_equal(world.route_count, 0);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_ABSENT);
	world_end();
}

/* Another of ours in its place: of a configuration that is over. */
static struct netlink_route old_route(struct netlink_hop *hop)
{
	struct netlink_route old = *route_of(0);

	*hop = old.hops[0];
	hop->via.bytes[3]++;
	old.hops = hop;
	return old;
}

/* The kernel takes a route away with its address, and does not tell. */
static void what_is_gone_already_is_removed(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	world.once = ESRCH;
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_ABSENT);
	world_end();
	world_begin(INSTANCE(RULES("from 192.0.2.1 table 5 priority 100")), 1);
	world_be_active(0);
	world.once = ENOENT;
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_ABSENT);
	world_end();
}

static void another_next_hop_is_not_ours(void **state)
{
	struct netlink_route other;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	other = *route_of(0);
	hop = other.hops[0];
	hop.via.bytes[3]++;
	other.hops = &hop;
	world_die();
	world.route_count = 0;
	world_route_comes(&other);
	world_go_on(false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ROUTE_PUT, NULL), 1);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(route_of(0)->hops[0].via.bytes[3], 9);
	world_end();
}

/* IPv6 makes one route of two, so what has the same next hop is replaced. */
static void a_family_has_its_way(void **state)
{
	struct netlink_route old;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES("2001:db8:1::/48 via fe80::9 dev eth0")),
		    1);
	world_be_active(0);
	assert_int_equal(world.commands[1].how, NETLINK_ROUTE_PREPEND);
	old = old_route(&hop);
	hop.via.bytes[3]--;
	old.set = 1u << RTAX_MTU;
	old.settings[RTAX_MTU] = 1400;
	world_route_goes(0);
	world_route_comes(&old);
	world_mark();
	world_pass(0);
	assert_int_equal(world.commands[0].how, NETLINK_ROUTE_SET);
	assert_int_equal(world.route_count, 1);
	world_end();
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	old = old_route(&hop);
	world_route_goes(0);
	world_route_comes(&old);
	world_mark();
	world_pass(0);
	assert_int_equal(world.commands[0].how, NETLINK_ROUTE_PREPEND);
	world_end();
}

static void all_its_devices_are_tracked(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES("10.1.0.0/16 nexthop dev eth1 nexthop dev "
				    "eth2 nexthop dev eth3")),
		    4);
	world_be_active(0);
	assert_int_equal(route_of(0)->hop_count, 3);
	world_link(3, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* What is there already serves, and goes with whoever put it. */
static void anothers_is_left_alone(const char *text,
				   enum world_command_type removal)
{
	world_begin(text, 1);
	world.answer = EEXIST;
	world_be_active(0);
	world.answer = 0;
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_INSTALLED);
	world_mark();
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_asked(removal, NULL), 0);
	world_end();
}

static void anothers_rule_is_left_alone(void **state)
{
	(void)state;
	anothers_is_left_alone(
		INSTANCE(RULES("from 192.0.2.1 table 5 priority 100")),
		WORLD_RULE_REMOVE);
}

/* Routes need no refresh. */
static void only_addresses_have_leases(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	world_mark();
	world_pass(10 * TICK_SECOND);
	assert_true(world_asked(WORLD_SET, NULL) > 0);
	assert_int_equal(world_asked(WORLD_ROUTE_PUT, NULL), 0);
	world_end();
}

static void the_old_one_goes_when_the_new_one_is_there(void **state)
{
	struct netlink_route old;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	old = old_route(&hop);
	world_route_goes(0);
	world_route_comes(&old);
	world_mark();
	world_pass(0);
	assert_int_equal(world.commands[0].type, WORLD_ROUTE_PUT);
	assert_int_equal(world.commands[1].type, WORLD_ROUTE_REMOVE);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(route_of(0)->hops[0].via.bytes[3], 9);
	world_end();
}

/* IPv6 is asked to replace a route only if the two share a next hop: others
 * may have theirs in it. */
static void of_ipv6_only_a_shared_next_hop_is_replaced(void **state)
{
	struct netlink_route old;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES("fd00:1::/64 via fd00::9 dev eth0")), 1);
	world_be_active(0);
	old = old_route(&hop);
	world_route_goes(0);
	world_route_comes(&old);
	world_mark();
	world_pass(0);
	assert_int_equal(world.commands[0].type, WORLD_ROUTE_PUT);
	assert_int_equal(world.commands[0].how, NETLINK_ROUTE_PREPEND);
	assert_int_equal(world.commands[1].type, WORLD_ROUTE_REMOVE);
	world_pass(TICK_SECOND);
	old = old_route(&hop);
	hop.via.bytes[3]--;
	old.settings[RTAX_MTU] = 1400;
	old.set = 1 << RTAX_MTU;
	world_route_goes(0);
	world_route_comes(&old);
	world_mark();
	world_pass(0);
	assert_int_equal(world.commands[0].how, NETLINK_ROUTE_SET);
	assert_int_equal(world.route_count, 1);
	world_end();
}

/* What could not be put leaves the old one, which serves. */
static void a_refusal_leaves_the_old_one(void **state)
{
	struct netlink_route old;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	old = old_route(&hop);
	world.answer = ENETUNREACH;
	world_route_goes(0);
	world_route_comes(&old);
	world_mark();
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ROUTE_REMOVE, NULL), 0);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_FAILED);
	assert_int_equal(ledger_held_at(world.router.ledger, FIRST)->error,
			 ENETUNREACH);
	world.answer = 0;
	world_pass(5 * TICK_SECOND);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_INSTALLED);
	assert_int_equal(world.route_count, 1);
	world_end();
}

/* A link that changes is a reason to try again at once. */
static void a_change_hurries_what_was_refused(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 2);
	world.answer = ENETUNREACH;
	world_be_active(0);
	world_pass(TICK_SECOND);
	world.answer = 0;
	world_link(0, true, true);
	world_pass(50 * TICK_MILLISECOND);
	assert_int_equal(world.route_count, 1);
	world_end();
}

static void add_leaves_anothers_alone(void **state)
{
	(void)state;
	anothers_is_left_alone(INSTANCE(ROUTES(ONE " add")),
			       WORLD_ROUTE_REMOVE);
}

static void a_missing_device_is_told(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES("10.1.0.0/16 dev eth7 no_track")), 1);
	world_be_active(0);
	assert_int_equal(world_state_of(FIRST), LEDGER_HOLDING_FAILED);
	assert_int_equal(ledger_held_at(world.router.ledger, FIRST)->error,
			 ENODEV);
	world_end();
}

/* As keepalived: an instance is in FAULT without the device of its route. */
static void its_device_is_tracked(void **state)
{
	(void)state;
	world_begin(INSTANCE(ROUTES("10.1.0.0/16 dev eth1")), 2);
	world_be_active(0);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world.route_count, 0);
	world_end();
}

/* What an earlier life left is nobody's. */
static void leftovers_go(void **state)
{
	struct netlink_route left;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	left = old_route(&hop);
	left.destination.bytes[1] = 77;
	world_route_comes(&left);
	ledger_server(world.router.ledger)->turns = 0;
	holdings_adopt(&world.router, NULL);
	world_pass(0);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(route_of(0)->destination.bytes[1], 1);
	world_end();
}

/* A route that a reload changes is another one if its key is. */
static void what_is_left_goes_last(void **state)
{
	struct netlink_route left;
	struct netlink_hop hop;

	(void)state;
	world_begin(INSTANCE(ROUTES(ONE)), 1);
	world_be_active(0);
	left = old_route(&hop);
	left.metric = 7;
	world_route_goes(0);
	world_route_comes(&left);
	ledger_server(world.router.ledger)->turns = 0;
	world_mark();
	holdings_adopt(&world.router, NULL);
	world_pass(0);
	assert_int_equal(world.commands[0].type, WORLD_ROUTE_PUT);
	assert_int_equal(world.commands[1].type, WORLD_ROUTE_REMOVE);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(route_of(0)->metric, 0);
	world_end();
}

static void static_ones_are_always_there(void **state)
{
	(void)state;
	world_begin(
		"static_routes {\n 10.7.0.0/16 via 10.99.0.9\n}\n"
		"static_rules {\n to 10.7.0.0/16 table 6 priority 6\n}\n" INSTANCE(
			""),
		1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	assert_int_equal(world_state_of(1), LEDGER_HOLDING_INSTALLED);
	world_route_goes(0);
	world_pass(0);
	assert_int_equal(world.route_count, 1);
	turn_stop(&world.router);
	world_pass(0);
	assert_int_equal(world.route_count + world.rule_count, 0);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_active_has_its_routes_and_rules),
		cmocka_unit_test(kinds_have_their_order),
		cmocka_unit_test(what_somebody_takes_away_comes_back),
		cmocka_unit_test(who_replaces_a_route_is_replaced),
		cmocka_unit_test(repairs_have_a_pause),
		cmocka_unit_test(the_same_of_two_instances),
		cmocka_unit_test(a_refusal_is_told_once),
		cmocka_unit_test(no_track_lets_go),
		cmocka_unit_test(what_is_gone_already_is_removed),
		cmocka_unit_test(another_next_hop_is_not_ours),
		cmocka_unit_test(a_family_has_its_way),
		cmocka_unit_test(all_its_devices_are_tracked),
		cmocka_unit_test(anothers_rule_is_left_alone),
		cmocka_unit_test(only_addresses_have_leases),
		cmocka_unit_test(the_old_one_goes_when_the_new_one_is_there),
		cmocka_unit_test(of_ipv6_only_a_shared_next_hop_is_replaced),
		cmocka_unit_test(a_refusal_leaves_the_old_one),
		cmocka_unit_test(a_change_hurries_what_was_refused),
		cmocka_unit_test(add_leaves_anothers_alone),
		cmocka_unit_test(a_missing_device_is_told),
		cmocka_unit_test(its_device_is_tracked),
		cmocka_unit_test(leftovers_go),
		cmocka_unit_test(what_is_left_goes_last),
		cmocka_unit_test(static_ones_are_always_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
