/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs of this machine and our addresses (src/router/theirs.c): what
 * they put goes while this router is not Active, and becomes ours when it is.
 */
#include "router_world.h"

#include <linux/if_addr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, address)                                            \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n"          \
	" virtual_ipaddress {\n" address "\n}\n}\n"
#define ONE INSTANCE("A", "7", "192.0.2.7/24")
#define VIP "192.0.2.7"

static enum ledger_others noted(void)
{
	return (enum ledger_others)ledger_held_at(world.router.ledger, 0)
		->others;
}

/* How often it was told. */
static unsigned told(enum ledger_others others)
{
	uint64_t newest = ledger_newest(world.router.ledger);
	unsigned count = 0;

	for (uint64_t n = 1; n <= newest; n++) {
		struct ledger_event e;

		if (ledger_read_event(world.router.ledger, n, &e) &&
		    e.type == LEDGER_EVENT_OTHERS && e.code == others)
			count++;
	}
	return count;
}

/* An advertisement of 10.99.0.9, so that the Backup knows an Active. */
static void hear(void)
{
	static uint8_t bytes[64];
	struct ip address;
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = 7,
		.priority = 200,
		.family = IP_V4,
		.interval = 100 * TICK_MILLISECOND,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.count = 1,
		.addresses = address.bytes,
	};
	struct vrrp_event event = {
		.type = VRRP_EVENT_ADVERT,
		.datagram = { .bytes = bytes,
			      .ttl = 255,
			      .received = world.now,
			      .destination = vrrp_group(IP_V4) },
	};

	assert_int_equal(ip_parse(VIP, &address), 0);
	assert_int_equal(ip_parse("10.99.0.9", &event.datagram.source), 0);
	event.datagram.length = vrrp_encode(&advert, &event.datagram.source,
					    bytes, sizeof(bytes));
	router_step(&world.router, 0, &event);
	world_pass(0);
	assert_int_equal(world_core(0)->active.family, IP_V4);
}

/* Nobody else serves, so it stays; and then it is ours. */
static void what_is_found_is_taken_over(void **state)
{
	(void)state;
	world_begin_with(ONE, VIP, 24, 0);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(noted(), LEDGER_OTHERS_FOUND);
	assert_int_equal(told(LEDGER_OTHERS_FOUND), 1);
	assert_non_null(world_has(0, VIP));
	world_be_active(0);
	assert_int_equal(world_asked(WORLD_SET, VIP), 1);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	assert_int_equal(world_has(0, VIP)->tag, SYS_ADDRESS_TAG);
	assert_in_range(world_has(0, VIP)->valid, 1, 60);
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	assert_int_equal(told(LEDGER_OTHERS_TAKEN), 1);
	/* It goes with us. */
	world_link(0, false, false);
	world_pass(0);
	assert_null(world_has(0, VIP));
	world_end();
}

static void beside_an_active_it_goes(void **state)
{
	(void)state;
	world_begin_with(ONE, VIP, 24, 0);
	hear();
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_null(world_has(0, VIP));
	assert_int_equal(told(LEDGER_OTHERS_REMOVED), 1);
	/* Also what comes later, with any prefix. */
	world_address_comes(0, VIP, 32, 0);
	world_pass(0);
	assert_null(world_has(0, VIP));
	world_end();
}

static void in_fault_it_goes(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_link(0, true, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_address_comes(0, VIP, 24, 0);
	world_pass(0);
	assert_null(world_has(0, VIP));
	world_end();
}

static void while_drained_it_stays(void **state)
{
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};

	(void)state;
	world_begin(ONE, 1);
	world.router.ledger->drained = true;
	router_step(&world.router, 0, &shutdown);
	world_pass(0);
	world_address_comes(0, VIP, 24, 0);
	world_pass(0);
	assert_non_null(world_has(0, VIP));
	assert_int_equal(noted(), LEDGER_OTHERS_OUT);
	assert_int_equal(told(LEDGER_OTHERS_OUT), 1);
	world_address_goes(0, VIP);
	world_pass(0);
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	world_end();
}

/* A few times at once, and then seldom; told twice in all. */
static void who_insists_is_not_fought_with(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	hear();
	world_link(0, true, false);
	world_pass(0);
	world_mark();
	for (unsigned n = 0; n < 200; n++) {
		if (!world_has(0, VIP))
			world_address_comes(0, VIP, 24, 0);
		world_pass(100 * TICK_MILLISECOND);
	}
	assert_in_range(world_asked(WORLD_REMOVE, NULL), 4, 7);
	assert_int_equal(told(LEDGER_OTHERS_REMOVED), 1);
	assert_int_equal(told(LEDGER_OTHERS_INSISTS), 1);
	assert_int_equal(noted(), LEDGER_OTHERS_INSISTS);
	/* When that ends, so does what is said of it. */
	world_pass(300 * TICK_SECOND);
	assert_null(world_has(0, VIP));
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	assert_int_equal(world.router.theirs.next, TICK_NEVER);
	world_end();
}

/* The kernel drops our mark and makes it endless: it is ours all the same. */
static void who_changes_it_takes_nothing(void **state)
{
	struct mirror_address *a;

	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_mark();
	a = world_change(0, VIP);
	a->tag = 0;
	a->valid = UINT32_MAX;
	world_changed(0, a);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_SET, VIP), 1);
	assert_int_equal(world_has(0, VIP)->tag, SYS_ADDRESS_TAG);
	assert_int_equal(told(LEDGER_OTHERS_CHANGED), 1);
	/* Also where nobody was there to see it. */
	world_die();
	world_change(0, VIP)->tag = 0;
	world_go_on(false);
	world_pass(0);
	world_link(0, false, false);
	world_pass(0);
	assert_null(world_has(0, VIP));
	world_end();
}

/* Label, scope and flags are put anew; what is meant is what there is. */
static void other_settings_are_put_right(void **state)
{
	struct mirror_address *a;

	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_die();
	world_replace(INSTANCE("A", "7",
			       "192.0.2.7/24 brd + scope link label eth0:1"),
		      false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_REMOVE, VIP), 1);
	assert_int_equal(world_asked(WORLD_ADD, VIP), 1);
	assert_string_equal(world_has(0, VIP)->label, "eth0:1");
	assert_int_equal(world_has(0, VIP)->scope, 253);
	assert_int_equal(world_has(0, VIP)->broadcast.bytes[3], 255);
	world_mark();
	world_changed(0, world_change(0, VIP));
	a = world_change(0, VIP);
	a->flags |= IFA_F_NOPREFIXROUTE;
	world_changed(0, a);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ADD, VIP), 1);
	assert_false(world_has(0, VIP)->flags & IFA_F_NOPREFIXROUTE);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

/* With a peer it is another one for the kernel, but it answers. */
static void with_a_peer_it_goes_too(void **state)
{
	struct mirror_address *a;

	(void)state;
	world_begin_with(ONE, VIP, 24, 0);
	a = world_change(0, VIP);
	assert_int_equal(ip_parse("192.0.3.9", &a->peer), 0);
	hear();
	assert_null(world_has(0, VIP));
	assert_int_equal(
		world.commands[world.command_count - 1].address.peer.bytes[2],
		3);
	world_end();
}

/* Two batonds of one machine: it is told, and not taken from each other. */
static void another_daemon_keeps_it_too(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_pass(2 * TICK_SECOND);
	world_refreshed(0, VIP);
	assert_int_equal(noted(), LEDGER_OTHERS_SHARED);
	assert_int_equal(told(LEDGER_OTHERS_SHARED), 1);
	world_mark();
	world_link(0, false, false);
	world_pass(0);
	assert_non_null(world_has(0, VIP));
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	assert_int_equal(noted(), LEDGER_OTHERS_SHARED);
	world_address_goes(0, VIP);
	world_pass(0);
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	world_end();
	/* One that is not seen any more does not count for ever. */
	world_begin(ONE, 1);
	world_be_active(0);
	world_pass(2 * TICK_SECOND);
	world_refreshed(0, VIP);
	world_pass(20 * TICK_SECOND);
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	world_link(0, false, false);
	world_pass(0);
	assert_null(world_has(0, VIP));
	world_end();
}

/* What the process before us asked for may be notified only now. */
static void the_process_before_is_no_other_daemon(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_die();
	world_go_on(false);
	world_refreshed(0, VIP);
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	world_end();
}

/* What the process before us noted has ended while there was none. */
static void what_the_process_before_noted_is_looked_at(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_address_comes(0, VIP, 24, 0);
	world_pass(0);
	assert_int_equal(noted(), LEDGER_OTHERS_FOUND);
	world_die();
	world_address_goes(0, VIP);
	world_go_on(false);
	world_pass(0);
	assert_int_equal(noted(), LEDGER_OTHERS_NONE);
	world_end();
}

/* Of two virtual routers that share it, one alone may be Active. */
static void what_the_other_one_has_is_not_theirs(void **state)
{
	(void)state;
	world_begin(ONE INSTANCE("B", "8", "192.0.2.7/24"), 1);
	world_be_active(0);
	assert_int_equal(told(LEDGER_OTHERS_TAKEN), 0);
	assert_int_equal(told(LEDGER_OTHERS_REMOVED), 0);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	world_end();
}

static void elsewhere_it_is_left(void **state)
{
	struct ledger_held *held;

	(void)state;
	world_begin(ONE, 2);
	held = ledger_held_at(world.router.ledger, 0);
	world_address_comes(1, VIP, 32, 0);
	world_pass(0);
	assert_string_equal(held->also_on, "eth1");
	assert_int_equal(told(LEDGER_OTHERS_ELSEWHERE), 1);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	world_address_goes(1, VIP);
	assert_string_equal(held->also_on, "");
	world_end();
}

/* RFC 9568 1.6; unless it is the owner's. */
static void a_virtual_address_is_no_source(void **state)
{
	struct ip ip;

	(void)state;
	assert_int_equal(ip_parse("10.99.0.1", &ip), 0);
	world_begin(INSTANCE("A", "7", "10.99.0.1/24"), 1);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(0)->interface, VRRP_INTERFACE_NO_SOURCE);
	world_end();
	world_begin("vrrp_instance A {\n interface eth0\n version 3\n"
		    " virtual_router_id 7\n priority 255\n"
		    " virtual_ipaddress {\n 10.99.0.1/24\n}\n}\n",
		    1);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_true(ip_equal(&world_core(0)->source, &ip));
	world_end();
}

/* Who took it away is told as what it was. */
static void nobody_is_blamed_for_what_another_did(void **state)
{
	static const struct {
		uint32_t port;
		uint8_t by;
	} cases[] = {
		{ 0, LEDGER_BY_KERNEL },
		{ WORLD_US, LEDGER_BY_US },
		{ WORLD_STRANGER, LEDGER_BY_OTHERS },
	};

	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		struct mirror_event event = {
			.change = MIRROR_ADDRESS_REMOVED,
			.port = cases[n].port,
		};
		struct mirror_address gone, *held;
		struct ledger_event e;

		world_begin(ONE, 1);
		world_be_active(0);
		held = world_change(0, VIP);
		gone = *held;
		*held = world.addresses[--world.address_count];
		event.address = &gone;
		event.link = &world.links[0];
		world_tell(&event);
		world_pass(0);
		assert_true(ledger_read_event(
			world.router.ledger, ledger_newest(world.router.ledger),
			&e));
		assert_int_equal(e.type, LEDGER_EVENT_HOLDING);
		assert_int_equal(e.by, cases[n].by);
		world_end();
	}
}

/* ---- a kernel without marks ---- */

static int switch_off(void **state)
{
	(void)state;
	return setenv("BATON_UNTAGGED", "1", 1);
}

static int switch_on(void **state)
{
	(void)state;
	return unsetenv("BATON_UNTAGGED");
}

/* What the ledger knows as ours is adopted, and removed with us. */
static void without_marks_the_ledger_knows(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	assert_int_equal(world_has(0, VIP)->tag, 0);
	world_die();
	world_go_on(true);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	world_die();
	world_replace(ONE INSTANCE("B", "8", "192.0.2.8/24"), false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_SET, NULL), 0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_link(0, false, false);
	world_pass(0);
	assert_null(world_has(0, VIP));
	world_end();
}

/* What it is not to have any more goes, and nothing of others. */
static void without_marks_leftovers_go(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_address_comes(0, "192.0.2.50", 24, 0);
	world_die();
	world_replace(INSTANCE("A", "7", "192.0.2.7/25"), false);
	world_pass(0);
	assert_int_equal(world_has(0, VIP)->prefix, 25);
	assert_int_equal(world_asked(WORLD_REMOVE, VIP), 1);
	world_die();
	world_replace(INSTANCE("A", "7", "192.0.2.8/24"), false);
	world_pass(0);
	assert_null(world_has(0, VIP));
	assert_non_null(world_has(0, "192.0.2.50"));
	world_end();
}

/* Ours may be the first of the interface, and is no source. */
static void without_marks_ours_is_no_source(void **state)
{
	struct ip ip;

	(void)state;
	assert_int_equal(ip_parse("10.99.0.1", &ip), 0);
	world_begin_with(INSTANCE("A", "7", "192.0.2.7/24"), VIP, 24, 0);
	world_be_active(0);
	assert_true(ip_equal(&world_core(0)->source, &ip));
	/* Nothing is set again and again for a mark that does not come. */
	world_mark();
	world_changed(0, world_change(0, VIP));
	world_pass(0);
	assert_int_equal(world_asked(WORLD_SET, NULL), 0);
	world_end();
}

#define UNTAGGED(test)                                                         \
	cmocka_unit_test_setup_teardown(test, switch_off, switch_on)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_taken_over),
		cmocka_unit_test(beside_an_active_it_goes),
		cmocka_unit_test(in_fault_it_goes),
		cmocka_unit_test(while_drained_it_stays),
		cmocka_unit_test(who_insists_is_not_fought_with),
		cmocka_unit_test(who_changes_it_takes_nothing),
		cmocka_unit_test(other_settings_are_put_right),
		cmocka_unit_test(with_a_peer_it_goes_too),
		cmocka_unit_test(another_daemon_keeps_it_too),
		cmocka_unit_test(the_process_before_is_no_other_daemon),
		cmocka_unit_test(what_the_process_before_noted_is_looked_at),
		cmocka_unit_test(what_the_other_one_has_is_not_theirs),
		cmocka_unit_test(elsewhere_it_is_left),
		cmocka_unit_test(a_virtual_address_is_no_source),
		cmocka_unit_test(nobody_is_blamed_for_what_another_did),
		UNTAGGED(without_marks_the_ledger_knows),
		UNTAGGED(without_marks_leftovers_go),
		UNTAGGED(without_marks_ours_is_no_source),
	};

	return cmocka_run_group_tests_name("router_theirs", tests, NULL, NULL);
}
