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
	assert_int_equal(ledger_held_at(world.router.ledger, 0)->error, EPERM);
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

#define OWNER(addresses)                                                       \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n priority 255\n"               \
	" virtual_ipaddress {\n" addresses "\n}\n}\n"

/* That of an owner is the machine's: it serves, and is never removed. */
static void that_of_an_owner_is_left_alone(void **state)
{
	(void)state;
	world_begin_with(OWNER(ONE), "192.0.2.1", 24, 0);
	world_be_active(0);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	/* It gets no lease either. */
	world_pass(10 * TICK_SECOND);
	assert_int_equal(world_asked(WORLD_SET, NULL), 0);
	world_link(0, false, false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	assert_int_equal(world_has(0, "192.0.2.1")->tag, 0);
	assert_int_equal(ledger_held_at(world.router.ledger, 0)->others,
			 LEDGER_OTHERS_OWN);
	world_end();
}

/* Whatever its prefix. */
static void any_prefix_serves_an_owner(void **state)
{
	(void)state;
	world_begin_with(OWNER(ONE), "192.0.2.1", 32, 0);
	world_be_active(0);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_end();
	/* One of ours is of a configuration that is over. */
	world_begin_with(OWNER(ONE), "192.0.2.1", 32, SYS_ADDRESS_TAG);
	world_be_active(0);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 1);
	assert_int_equal(world_has(0, "192.0.2.1")->prefix, 24);
	world_end();
	/* Of anybody else it is put as it is written, beside the other. */
	world_begin_with(INSTANCE(ONE), "192.0.2.1", 32, 0);
	world_be_active(0);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 1);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	world_end();
}

/* On no device there is nothing to ask for. */
static void a_missing_device_is_told(void **state)
{
	(void)state;
	world_begin(INSTANCE("192.0.2.1/24\n192.0.2.2/24 dev eth7 no_track"),
		    1);
	world_be_active(0);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.2"), 0);
	assert_int_equal(world_state_of(1), LEDGER_HOLDING_FAILED);
	assert_int_equal(ledger_held_at(world.router.ledger, 1)->error, ENODEV);
	world_end();
}

static void what_is_gone_already_is_removed(void **state)
{
	static const int errors[] = { EADDRNOTAVAIL, ENODEV };

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		world_begin(INSTANCE(ONE), 1);
		world_be_active(0);
		world.once = errors[n];
		world_link(0, false, false);
		world_pass(0);
		assert_int_equal(world_state_of(0), LEDGER_HOLDING_ABSENT);
		world_end();
	}
}

/* One address of two instances, each with its prefix. */
static void two_prefixes_may_be_two(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE) "vrrp_instance B {\n interface eth0\n"
				  " version 3\n virtual_router_id 8\n"
				  " advert_int 0.1\n virtual_ipaddress {\n"
				  " 192.0.2.1/25\n}\n}\n",
		    1);
	world_be_active(0);
	world_be_active(1);
	world_pass(TICK_SECOND);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 2);
	world_end();
}

/* What a command for an address says, beside where. */
static void an_address_is_put_as_it_is_written(void **state)
{
	const struct netlink_address *a;

	(void)state;
	world_begin(INSTANCE("192.0.2.1/24 label eth0:7 scope link\n"
			     "192.0.2.2/24 noprefixroute"),
		    1);
	world_be_active(0);
	a = &world.commands[0].address;
	assert_string_equal(a->label, "eth0:7");
	assert_int_equal(a->scope, 253);
	assert_int_equal(a->tag, SYS_ADDRESS_TAG);
	assert_int_equal(a->valid, a->preferred);
	a = &world.commands[1].address;
	assert_true(a->no_prefix_route);
	assert_int_equal(a->label[0], 0);
	world_end();
}

#define SIX(addresses)                                                         \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" advert_int 0.1\n virtual_ipaddress {\n fe80::7/64\n" addresses       \
	"\n}\n}\n"

/* A host's address is no source, and preferred_lft is not begun anew. */
static void addresses_are_preferred_for_a_while(void **state)
{
	const struct netlink_address *a;
	uint32_t last = UINT32_MAX;
	struct ip third;

	(void)state;
	assert_int_equal(ip_parse("2001:db8::3", &third), 0);
	world_begin(SIX("2001:db8::1/64\n2001:db8::2/128\n"
			"2001:db8::3/64 preferred_lft 1\n"
			"2001:db8::4/64 preferred_lft forever\n"
			"2001:db8::5/64 preferred_lft 3600\n"
			"2001:db8::6/64 -nodad home"),
		    1);
	world_address_comes(0, "fe80::99", 64, 0);
	world_be_active(0);
	a = &world.commands[1].address;
	assert_int_equal(a->preferred, a->valid);
	assert_true(a->no_dad);
	assert_int_equal(world.commands[2].address.preferred, 0);
	assert_int_equal(world.commands[3].address.preferred, 1);
	assert_int_equal(world.commands[4].address.preferred, a->valid);
	assert_int_equal(world.commands[5].address.preferred, a->valid);
	assert_false(a->home);
	a = &world.commands[6].address;
	assert_true(a->home);
	assert_false(a->no_dad);
	world_mark();
	world_pass(10 * TICK_SECOND);
	for (unsigned n = 0; n < world.command_count; n++) {
		a = &world.commands[n].address;
		if (ip_equal(&a->address, &third))
			last = a->preferred;
	}
	assert_int_equal(last, 0);
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
	world.once = NETLINK_LOST;
	world_be_active(0);
	/* It was not there, so it is asked for again. */
	assert_int_equal(world_asked(WORLD_ADD, NULL), 2);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_end();
}

/*
 * The kernel's own ENOBUFS (it has no IPv4 on a link whose MTU is below 68) is
 * a refusal as any other: it is tried again after a while, not at once.
 */
static void no_buffer_is_a_refusal(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	world.answer = ENOBUFS;
	world_be_active(0);
	world_pass(12 * TICK_SECOND);
	assert_in_range(world_asked(WORLD_ADD, NULL), 3, 4);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_FAILED);
	world.answer = 0;
	world_pass(6 * TICK_SECOND);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	world_end();
}

/* What is asked for is not there yet; and it may be unwanted by then. */
static void an_answer_may_come_late(void **state)
{
	(void)state;
	world_begin(INSTANCE(ONE), 1);
	assert_true(holdings_settled(&world.router, 0));
	world.late = true;
	world_be_active(0);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLING);
	assert_false(holdings_settled(&world.router, 0));
	world_link(0, false, false);
	world_pass(0);
	world.late = false;
	netlink_read(NULL);
	world_pass(0);
	assert_null(world_has(0, "192.0.2.1"));
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_ABSENT);
	assert_true(holdings_settled(&world.router, 0));
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

/* As long as it is written, or longer than Backups wait: 4/3 of 3.6 s. */
static void a_lease_is_long_enough(void **state)
{
#define SLOW                                                                   \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 1\n priority 100\n"                 \
	" virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"
	(void)state;
	world_begin(SLOW, 1);
	world_be_active(0);
	assert_int_equal(world_has(0, "192.0.2.1")->valid, 5);
	world_end();
	world_begin("global_defs {\n vrrp_address_lease 30\n}\n" SLOW, 1);
	world_be_active(0);
	assert_int_equal(world_has(0, "192.0.2.1")->valid, 30);
	world_end();
#undef SLOW
}

/* What the ledger is made for, before there is a process (book.c). */
static void the_book_says_what_is_wanted(void **state)
{
	struct ledger *l;

	(void)state;
	world_begin(
		INSTANCE(
			"192.0.2.1/24\n192.0.2.2/24\n}\n"
			"virtual_ipaddress_excluded {\n 192.0.2.3/24\n}\n"
			"virtual_rules {\n from 192.0.2.1 table 5"
			" priority 100") "vrrp_instance B {\n interface eth0\n"
					 " version 3\n virtual_router_id 8\n"
					 " advert_int 0.1\n virtual_ipaddress {\n"
					 " 192.0.2.8/24\n}\n}\n"
					 "static_ipaddress {\n 10.5.0.1/24 dev eth0\n}\n",
		1);
	l = world.router.ledger;
	assert_int_equal(ledger_holdings(l), 6);
	assert_int_equal(ledger_configured_at(l, 0)->address_count, 3);
	assert_int_equal(ledger_configured_at(l, 0)->holding_count, 4);
	assert_int_equal(ledger_configured_at(l, 1)->address_first, 4);
	assert_int_equal(ledger_configured_at(l, 1)->holding_count, 1);
	assert_false(ledger_wanted_at(l, 1)->excluded);
	assert_true(ledger_wanted_at(l, 2)->excluded);
	assert_int_equal(ledger_wanted_at(l, 3)->kind, 2);
	assert_int_equal(ledger_wanted_at(l, 3)->number, 100);
	assert_string_equal(ledger_kind(l, 2).name, "rule");
	assert_int_equal(ledger_wanted_at(l, 5)->kind, 0);
	world_end();
}

/* Each in the queue, and what is to go first. */
static void many_come_and_go_in_one_turn(void **state)
{
	struct router *r = &world.router;

	(void)state;
	world_begin(
		INSTANCE(
			"192.0.2.1/24\n192.0.2.2/24\n192.0.2.3/24\n"
			"192.0.2.4/24\n192.0.2.5/24") "static_ipaddress {\n 10.5.0.1/24 dev eth0\n}\n",
		1);
	assert_false(holding_waits(r));
	holdings_want(r, 0, true);
	assert_true(holding_waits(r));
	holdings_want(r, 0, true);
	world_pass(0);
	assert_false(holding_waits(r));
	assert_int_equal(world_asked(WORLD_ADD, NULL), 6);
	world_mark();
	holdings_want(r, 0, false);
	holdings_want(r, ROUTER_NONE, false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 6);
	world_mark();
	holdings_want(r, 0, true);
	world_pass(0);
	world_mark();
	holdings_want(r, ROUTER_NONE, true);
	holdings_want(r, 0, false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 5);
	assert_int_equal(world.commands[5].type, WORLD_ADD);
	world_end();
}

/* It took its addresses along; nobody tells of each. */
static void a_device_that_goes_has_nothing(void **state)
{
	struct mirror_link gone;

	(void)state;
	world_begin(INSTANCE("192.0.2.1/24\n192.0.2.2/24 dev eth1 no_track"),
		    2);
	world_be_active(0);
	world_mark();
	gone = world.links[1];
	strcpy(world.links[1].name, "away");
	world_tell(&(struct mirror_event){ .change = MIRROR_LINK_REMOVED,
					   .link = &gone });
	world_pass(10 * TICK_SECOND);
	assert_int_equal(world_asked(WORLD_SET, "192.0.2.2"), 0);
	assert_true(world_asked(WORLD_SET, "192.0.2.1") > 0);
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

/*
 * One that waits in the queue is answered for, and then waits again: those
 * behind it must not be forgotten.
 */
static void an_answer_takes_nobody_out_of_the_queue(void **state)
{
	struct router *r = &world.router;
	bool found[2] = { false, false };
	uint32_t n;

	(void)state;
	world_begin(INSTANCE(TWO), 1);
	world_be_active(0);
	holding_enqueue(r, 0);
	holding_enqueue(r, 1);
	r->holdings[0].inflight = true;
	holdings_done(r, 0 << 2 | HOLDING_REFRESH, 0);
	holding_enqueue(r, 0);
	while ((n = holding_dequeue(r)) != ROUTER_NONE) {
		assert_in_range(n, 0, 1);
		assert_false(found[n]);
		found[n] = true;
	}
	assert_true(found[0] && found[1]);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_active_asks_for_its_addresses),
		cmocka_unit_test(an_answer_takes_nobody_out_of_the_queue),
		cmocka_unit_test(who_lets_go_takes_them_away),
		cmocka_unit_test(what_somebody_takes_away_comes_back),
		cmocka_unit_test(a_refusal_is_told_and_tried_again),
		cmocka_unit_test(that_of_an_owner_is_left_alone),
		cmocka_unit_test(any_prefix_serves_an_owner),
		cmocka_unit_test(a_missing_device_is_told),
		cmocka_unit_test(what_is_gone_already_is_removed),
		cmocka_unit_test(two_prefixes_may_be_two),
		cmocka_unit_test(an_address_is_put_as_it_is_written),
		cmocka_unit_test(addresses_are_preferred_for_a_while),
		cmocka_unit_test(another_prefix_is_outdated),
		cmocka_unit_test(a_lost_answer_is_looked_up),
		cmocka_unit_test(no_buffer_is_a_refusal),
		cmocka_unit_test(an_answer_may_come_late),
		cmocka_unit_test(leases_are_refreshed),
		cmocka_unit_test(a_lease_is_long_enough),
		cmocka_unit_test(the_book_says_what_is_wanted),
		cmocka_unit_test(many_come_and_go_in_one_turn),
		cmocka_unit_test(a_device_that_goes_has_nothing),
		cmocka_unit_test(a_lease_may_be_none),
		cmocka_unit_test(another_device_is_another_kernel_object),
		cmocka_unit_test(what_is_not_watched_stays_away),
		cmocka_unit_test(while_a_dump_is_under_way_nothing_is_decided),
	};

	return cmocka_run_group_tests_name("router_addresses", tests, NULL,
					   NULL);
}
