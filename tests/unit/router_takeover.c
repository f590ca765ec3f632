/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of another program of this machine (src/router/takeover.c). */
#include "router_world.h"

#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, more)                                               \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n" more     \
	"}\n"
#define ADDRESS(text) " virtual_ipaddress {\n" text "\n}\n"
#define ONE           INSTANCE("A", "7", ADDRESS("192.0.2.7/24\n192.0.2.8/24"))
#define OTHER         INSTANCE("B", "8", ADDRESS("192.0.2.9/24"))

/* A process that stays out, beside a program that serves. */
static void begin_drained(const char *text)
{
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};

	world_begin(text, 2);
	world.router.ledger->drained = true;
	for (uint32_t n = 0; n < world.router.instance_count; n++)
		router_step(&world.router, n, &shutdown);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	world_mark();
}

static void take_over(void)
{
	world.router.ledger->drained = false;
	takeover_run(&world.router);
	world_pass(0);
}

static void what_is_served_goes_on(void **state)
{
	(void)state;
	begin_drained(ONE OTHER);
	world_address_comes(0, "192.0.2.7", 24, 0);
	take_over();
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world.router.instances[0].counters->adverts_sent, 1);
	/* What is there is only marked as ours; what is missing is put. */
	assert_int_equal(world_asked(WORLD_SET, "192.0.2.7"), 1);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.7"), 0);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.8"), 1);
	assert_int_equal(world_has(0, "192.0.2.7")->tag, SYS_ADDRESS_TAG);
	/* The other one is another router's. */
	assert_int_equal(world_core(1)->state, VRRP_BACKUP);
	assert_int_equal(world.router.instances[1].counters->adverts_sent, 0);
	/* It is ours, so it goes with us. */
	world_link(0, false, false);
	world_pass(0);
	assert_null(world_has(0, "192.0.2.7"));
	world_end();
}

static void routes_and_rules_go_on(void **state)
{
	const struct world_command *c = world.commands;

	(void)state;
	begin_drained(INSTANCE(
		"A", "7",
		ADDRESS("192.0.2.7/24") " virtual_routes {\n10.7.0.0/16 via 10.99.0.9\n}\n"
					" virtual_rules {\nfrom 10.7.0.0/16 table 6 priority 6\n}\n"));
	world_address_comes(0, "192.0.2.7", 24, 0);
	take_over();
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world.command_count, 5);
	assert_int_equal(c[0].type, WORLD_SET);
	assert_int_equal(c[1].type, WORLD_ROUTE_PUT);
	assert_int_equal(c[1].how, NETLINK_ROUTE_SET);
	assert_int_equal(c[2].type, WORLD_ROUTE_REMOVE);
	assert_int_equal(c[2].route.record.route.protocol, RTPROT_KEEPALIVED);
	assert_int_equal(c[3].type, WORLD_RULE_BESIDE);
	assert_int_equal(c[3].rule.protocol, SYS_ROUTE_PROTOCOL);
	assert_int_equal(c[4].type, WORLD_RULE_REMOVE);
	assert_int_equal(c[4].rule.protocol, RTPROT_KEEPALIVED);
	assert_int_equal(world.route_count, 1);
	assert_int_equal(world.rule_count, 1);
	world_end();
}

/* One of ours that was put beside theirs is put once. */
static void static_ones_are_ours_alone(void **state)
{
	(void)state;
	begin_drained(
		"static_ipaddress {\n 10.5.0.1/24 dev eth0\n}\n"
		"static_rules {\n to 10.7.0.0/16 table 6 priority 6\n}\n" ONE);
	assert_int_equal(world.rule_count, 1);
	take_over();
	assert_int_equal(world.rule_count, 1);
	assert_int_equal(world_asked(WORLD_RULE_BESIDE, NULL), 0);
	assert_int_equal(world_asked(WORLD_SET, "10.5.0.1"), 1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world_end();
}

/* keepalived may have lost one address; it is Active all the same. */
static void a_group_goes_on_as_one(void **state)
{
	(void)state;
	begin_drained(
		"vrrp_sync_group G {\n group {\n A\n B\n }\n}\n" ONE OTHER);
	world_address_comes(0, "192.0.2.9", 24, 0);
	take_over();
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	assert_non_null(world_has(0, "192.0.2.7"));
	world_end();
}

#define FAULTY                                                                 \
	INSTANCE("A", "7",                                                     \
		 ADDRESS("192.0.2.7/24") " track_interface {\n eth1\n}\n")

/* Or two routers would have the addresses. */
static void with_a_fault_it_is_given_up(void **state)
{
	(void)state;
	begin_drained(FAULTY);
	world_link(1, false, false);
	world_address_comes(0, "192.0.2.7", 24, 0);
	take_over();
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world.router.instances[0].counters->resigns_sent, 2);
	assert_null(world_has(0, "192.0.2.7"));
	world_end();
}

static void a_fault_of_a_member_gives_up_the_group(void **state)
{
	(void)state;
	begin_drained(
		"vrrp_sync_group G {\n group {\n A\n B\n }\n}\n" FAULTY OTHER);
	world_link(1, false, false);
	world_address_comes(0, "192.0.2.7", 24, 0);
	world_address_comes(0, "192.0.2.9", 24, 0);
	take_over();
	for (uint32_t n = 0; n < 2; n++) {
		assert_int_equal(world_core(n)->state, VRRP_FAULT);
		assert_int_equal(
			world.router.instances[n].counters->resigns_sent, 2);
	}
	assert_null(world_has(0, "192.0.2.7"));
	assert_null(world_has(0, "192.0.2.9"));
	world_end();
}

static void in_quarantine_it_is_given_up(void **state)
{
	(void)state;
	begin_drained(ONE);
	world_address_comes(0, "192.0.2.7", 24, 0);
	world.router.instances[0].record->deaths = LEDGER_QUARANTINE;
	take_over();
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	assert_null(world_has(0, "192.0.2.7"));
	/* At once, as ours: nobody is fought with. */
	assert_int_equal(world.router.holdings[0].disputed, 0);
	assert_int_equal(ledger_held_at(world.router.ledger, 0)->others,
			 LEDGER_OTHERS_NONE);
	world_end();
}

static void who_is_in_service_takes_nothing(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world_address_comes(0, "192.0.2.7", 24, 0);
	take_over();
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(world_asked(WORLD_SET, NULL), 0);
	world_end();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_served_goes_on),
		cmocka_unit_test(routes_and_rules_go_on),
		cmocka_unit_test(static_ones_are_ours_alone),
		cmocka_unit_test(a_group_goes_on_as_one),
		cmocka_unit_test(with_a_fault_it_is_given_up),
		cmocka_unit_test(a_fault_of_a_member_gives_up_the_group),
		cmocka_unit_test(in_quarantine_it_is_given_up),
		cmocka_unit_test(who_is_in_service_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
