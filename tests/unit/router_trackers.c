/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What instances track beside their own interface (src/router/trackers.c), and
 * when a link counts (src/router/links.c).
 */
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, inside)                                             \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n" inside   \
	"\n virtual_ipaddress {\n 192.0.2." id "/24\n}\n}\n"
#define TRACK(lines) "track_interface {\n" lines "\n}"

static unsigned events_of(enum ledger_event_type type)
{
	struct ledger *l = world.router.ledger;
	struct ledger_event event;
	unsigned count = 0;

	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		count += ledger_read_event(l, n, &event) && event.type == type;
	return count;
}

static void a_fault_comes_and_goes(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", TRACK("eth1")) INSTANCE("B", "8", ""),
		    2);
	world_be_active(0);
	world_be_active(1);
	world_mark();
	world_link(1, true, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	assert_null(world_has(0, "192.0.2.7"));
	assert_non_null(world_has(0, "192.0.2.8"));
	world_link(1, true, true);
	world_be_active(0);
	world_link(1, true, true); /* no news */
	world_pass(0);
	/* Once down, once up. */
	assert_int_equal(events_of(LEDGER_EVENT_TRACKED), 2);
	world_end();
}

/* track_src_ip: not any address, but the one that was written. */
static void a_source_that_is_tracked(void **state)
{
	(void)state;
	world_begin(
		INSTANCE("A", "7", "mcast_src_ip 192.0.2.100\ntrack_src_ip\n")
			INSTANCE("B", "8", "mcast_src_ip 192.0.2.100\n"),
		1);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(0)->faults, 1 << VRRP_FAULT_SOURCE);
	world_be_active(1);
	world_address_comes(0, "192.0.2.100", 24, 0);
	world_be_active(0);
	world_address_goes(0, "192.0.2.100");
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	world_end();
}

static void weights_are_summed_up(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7",
			     TRACK("eth1 weight 20\neth2 weight -30\n"
				   "eth3 weight 5 reverse")),
		    4);
	assert_int_equal(world_core(0)->priority, 100 + 20 - 5);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->priority, 100 - 5);
	world_link(2, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->priority, 100 - 5 - 30);
	world_link(3, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->priority, 100 - 30);
	assert_int_equal(events_of(LEDGER_EVENT_PRIORITY), 4);
	world_end();
}

static void a_link_that_flaps_is_summed_up(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", TRACK("eth1 weight 20")), 2);
	for (unsigned n = 0; n < 100; n++) {
		world_link(1, n % 2, n % 2);
		world_pass(0);
	}
	assert_int_equal(events_of(LEDGER_EVENT_TRACKED), FLAPPING_TOLD);
	assert_int_equal(events_of(LEDGER_EVENT_TROUBLE), 0);
	world_pass(FLAPPING_WINDOW + TICK_SECOND);
	/* Of the link, and of the priority. */
	assert_int_equal(events_of(LEDGER_EVENT_TROUBLE), 2);
	world_end();
}

static void all_that_track_it_are_told(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", TRACK("eth1"))
			    INSTANCE("B", "8", TRACK("eth1 weight -9")),
		    2);
	world_be_active(0);
	world_be_active(1);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(1)->priority, 91);
	world_end();
}

/* As keepalived: an interface that an address is on is needed all the same. */
static void an_address_needs_its_interface(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7",
			     TRACK("eth1 weight -20") "virtual_ipaddress "
						      "{\n 10.0.0.7/24 dev "
						      "eth1\n}\n"),
		    2);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* Its own interface is tracked anyway, unless it says that it is not. */
static void the_own_link_may_be_tracked_again(void **state)
{
	(void)state;
	world_begin("vrrp_instance A {\n interface eth0\n version 3\n"
		    " virtual_router_id 7\n advert_int 0.1\n"
		    " dont_track_primary\n virtual_ipaddress {\n"
		    " 192.0.2.7/24\n}\n virtual_routes {\n"
		    " 10.1.0.0/16 dev eth0\n}\n}\n",
		    1);
	world_be_active(0);
	world_link(0, true, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* Static ones are tracked by the members of their group. */
static void a_group_tracks_what_is_static(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", "") INSTANCE("B", "8", "")
			    INSTANCE("C", "9", "") "track_group G {\n group {\n"
						   " A\n C\n}\n}\n"
						   "track_group H {\n group {\n"
						   " B\n}\n}\n"
						   "static_routes {\n"
						   " 10.7.0.0/16 dev eth1"
						   " track_group G\n}\n",
		    2);
	for (uint32_t n = 0; n < 3; n++)
		world_be_active(n);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(2)->state, VRRP_FAULT);
	world_end();
}

static void what_does_not_exist_is_down(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", TRACK("eth1 weight -30")), 1);
	assert_int_equal(world_core(0)->priority, 70);
	world_end();
	world_begin(INSTANCE("A", "7", TRACK("eth1")), 1);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* Not even for a moment, while the interfaces are looked at one by one. */
static void a_start_with_good_ones_has_no_fault(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", TRACK("eth1\neth2\neth3")), 4);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	for (uint64_t n = 1; n <= ledger_server(world.router.ledger)->events;
	     n++) {
		struct ledger_event event;

		assert_true(ledger_read_event(world.router.ledger, n, &event));
		assert_int_not_equal(event.to, VRRP_FAULT);
	}
	world_end();
}

static void the_device_of_an_address_is_tracked(void **state)
{
	(void)state;
	world_begin("vrrp_instance A {\n interface eth0\n version 3\n"
		    " virtual_router_id 7\n advert_int 0.1\n"
		    " virtual_ipaddress {\n 192.0.2.7/24\n"
		    " 10.0.0.7/24 dev eth1\n 10.0.0.8/24 dev eth1\n"
		    " 10.0.1.7/24 dev eth2 no_track\n}\n}\n",
		    3);
	world_be_active(0);
	world_link(2, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* As keepalived: then its weight does not count, it is needed. */
static void what_has_an_address_is_needed(void **state)
{
	(void)state;
	world_begin("vrrp_instance A {\n interface eth0\n version 3\n"
		    " virtual_router_id 7\n advert_int 0.1\n"
		    " track_interface {\n eth1 weight 20\n eth2 weight 5\n}\n"
		    " virtual_ipaddress {\n 192.0.2.7/24\n"
		    " 10.0.0.7/24 dev eth1\n}\n}\n",
		    3);
	world_be_active(0);
	assert_int_equal(world_core(0)->priority, 105);
	world_link(1, false, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

static void the_own_link_may_be_ignored(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", "dont_track_primary")
			    INSTANCE("B", "8", ""),
		    1);
	world_be_active(0);
	world_be_active(1);
	world_link(0, true, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(1)->state, VRRP_FAULT);
	/* But not that nothing can be sent from it. */
	world_address_goes(0, "10.99.0.1");
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

static void a_tracked_link_is_delayed_too(void **state)
{
	(void)state;
	world_begin("interface_up_down_delays {\n eth1 1 2\n}\n" INSTANCE(
			    "A", "7", TRACK("eth1")),
		    2);
	world_be_active(0);
	world_link(1, true, false);
	world_pass(0);
	world_pass(TICK_SECOND / 2);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_pass(TICK_SECOND / 2);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_link(1, true, true);
	world_pass(0);
	world_pass(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_pass(TICK_SECOND);
	assert_int_not_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_comes_and_goes),
		cmocka_unit_test(a_source_that_is_tracked),
		cmocka_unit_test(weights_are_summed_up),
		cmocka_unit_test(a_link_that_flaps_is_summed_up),
		cmocka_unit_test(all_that_track_it_are_told),
		cmocka_unit_test(an_address_needs_its_interface),
		cmocka_unit_test(the_own_link_may_be_tracked_again),
		cmocka_unit_test(a_group_tracks_what_is_static),
		cmocka_unit_test(what_does_not_exist_is_down),
		cmocka_unit_test(a_start_with_good_ones_has_no_fault),
		cmocka_unit_test(the_device_of_an_address_is_tracked),
		cmocka_unit_test(what_has_an_address_is_needed),
		cmocka_unit_test(the_own_link_may_be_ignored),
		cmocka_unit_test(a_tracked_link_is_delayed_too),
	};

	return cmocka_run_group_tests_name("router_trackers", tests, NULL,
					   NULL);
}
