/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a link decides what it is good for (src/router/usable.c,
 * channels.c), and what was not heard while it was down is announced when it is
 * up again (announcer.c).
 */
#include "router_world.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                   \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n priority 150\n advert_int 0.1\n"               \
	" garp_master_repeat 1\n garp_master_delay 0\n"
#define ONE HEAD " virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n"
#define ELSE                                                                   \
	HEAD " virtual_ipaddress {\n 192.0.2.7/24\n"                           \
	     " 192.0.2.8/24 dev eth1 no_track\n}\n}\n"

static const struct ledger_record *record(void)
{
	return world.router.instances[0].record;
}

static void changed(unsigned link)
{
	world_tell(&(struct mirror_event){ .change = MIRROR_LINK_CHANGED,
					   .link = &world.links[link],
					   .old = &world.links[link] });
	world_pass(0);
}

static void enslave(const char *kind)
{
	strcpy(world.links[1].kind, kind);
	world.links[0].master = *kind ? world.links[1].ifindex : 0;
	changed(0);
}

/* What arrives on a port goes to its master. */
static void a_port_is_no_interface(void **state)
{
	static const char *const kinds[] = { "bridge", "bond", "team",
					     "openvswitch" };

	(void)state;
	world_begin(ONE, 2);
	for (unsigned n = 0; n < 4; n++) {
		world_be_active(0);
		enslave(kinds[n]);
		assert_int_equal(world_core(0)->state, VRRP_FAULT);
		assert_int_equal(world_core(0)->interface, VRRP_INTERFACE_PORT);
		assert_string_equal(record()->related, "eth1");
		assert_null(world_has(0, "192.0.2.7"));
		enslave("");
		assert_int_equal(world_core(0)->state, VRRP_BACKUP);
		assert_string_equal(record()->related, "");
	}
	/* A VRF is no bridge. */
	world_be_active(0);
	enslave("vrf");
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

/* One that only tracks a port is told nothing: it has its signal. */
static void a_port_can_be_tracked(void **state)
{
	(void)state;
	world_begin(HEAD " track_interface {\n eth1\n}\n"
			 " virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n",
		    3);
	world_be_active(0);
	strcpy(world.links[2].kind, "bond");
	world.links[1].master = world.links[2].ifindex;
	changed(1);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

/* Told in the kernel's words, tried again, and told when they change. */
static void a_group_that_is_refused_is_joined_later(void **state)
{
	struct ledger *l;
	struct ledger_event e;
	unsigned told = 0;

	(void)state;
	world_begin(ONE, 1);
	world.join_answer = ENOBUFS;
	world_die(); /* another process joins anew */
	world_go_on(false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(0)->interface,
			 VRRP_INTERFACE_NO_MEMBERSHIP);
	assert_int_equal(record()->link_error, ENOBUFS);
	world_pass(20 * TICK_SECOND);
	world.join_answer = EMFILE;
	world_pass(6 * TICK_SECOND);
	assert_int_equal(record()->link_error, EMFILE);
	l = world.router.ledger;
	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		told += ledger_read_event(l, n, &e) &&
			e.type == LEDGER_EVENT_TROUBLE &&
			e.code == LEDGER_TROUBLE_MEMBERSHIP;
	assert_int_equal(told, 2);
	world.join_answer = 0;
	world_pass(6 * TICK_SECOND);
	assert_int_equal(world_core(0)->interface, VRRP_INTERFACE_UP);
	assert_int_equal(record()->link_error, 0);
	world_end();
}

/* No frame of Ethernet on a tunnel, and none at all where we know no better. */
static void a_tunnel_has_no_frames(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	assert_int_equal(world.sent.protocol, 0);
	world.links[0].type = ARPHRD_NONE;
	changed(0);
	world.others = 0;
	world_pass(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world.sent.protocol, 0x0800);
	assert_int_equal(world.sent.bytes[0], 0x45);
	assert_int_equal(world.sent.length, 20 + 8 + 4);
	assert_int_equal(world.others, 0);
	world.links[0].type = ARPHRD_INFINIBAND;
	changed(0);
	assert_int_equal(world_core(0)->interface, VRRP_INTERFACE_UNSUITABLE);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world.links[0].type = ARPHRD_ETHER;
	changed(0);
	world_be_active(0);
	world_pass(TICK_SECOND);
	assert_int_equal(world.sent.protocol, 0);
	assert_int_equal(world.sent.length, 14 + 20 + 8 + 4);
	world_end();
}

/* Who holds an address on a link that was down says so when it is up. */
static void what_found_the_link_down_is_announced_later(void **state)
{
	(void)state;
	world_begin(ELSE, 2);
	world_link(1, true, false);
	world_be_active(0);
	world_pass(TICK_SECOND);
	assert_int_equal(world.others, 1);
	assert_int_equal(world.router.instances[0].counters->send_errors, 0);
	world_link(1, true, true);
	world_pass(TICK_SECOND);
	assert_int_equal(world.others, 3);
	assert_int_equal(world.sent.ifindex, 1);
	/* Nothing new: nothing is said. */
	changed(1);
	world_pass(TICK_SECOND);
	assert_int_equal(world.others, 3);
	world_link(1, false, false);
	world_pass(TICK_SECOND);
	world_link(1, true, true);
	world_pass(TICK_SECOND);
	assert_int_equal(world.others, 5);
	world_end();
}

/* The kernel refused it when the others were announced. */
static void what_was_refused_is_announced_when_it_is_there(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world.answer = ENOMEM;
	world_be_active(0);
	world_pass(6 * TICK_SECOND);
	assert_int_equal(world.others, 0);
	world.answer = 0;
	world_pass(6 * TICK_SECOND);
	assert_int_equal(world.others, 1);
	/* What is put back without a need to tell anybody is not announced. */
	world_address_goes(0, "192.0.2.7");
	world_pass(TICK_SECOND);
	assert_non_null(world_has(0, "192.0.2.7"));
	assert_int_equal(world.others, 1);
	world_end();
}

/* Again and again, with pauses that grow. */
static void what_could_not_be_sent_is_announced_later(void **state)
{
	unsigned tries;

	(void)state;
	world_begin(ONE, 1);
	world.send_answer = ENOBUFS;
	world_be_active(0);
	world_pass(60 * TICK_SECOND);
	tries = world.others;
	assert_in_range(tries, 6, 8);
	world.send_answer = 0;
	world_pass(40 * TICK_SECOND);
	assert_int_equal(world.others, tries + 1);
	assert_int_equal(world.router.instances[0].counters->announcements_sent,
			 1);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_port_is_no_interface),
		cmocka_unit_test(a_port_can_be_tracked),
		cmocka_unit_test(a_group_that_is_refused_is_joined_later),
		cmocka_unit_test(a_tunnel_has_no_frames),
		cmocka_unit_test(what_found_the_link_down_is_announced_later),
		cmocka_unit_test(
			what_was_refused_is_announced_when_it_is_there),
		cmocka_unit_test(what_could_not_be_sent_is_announced_later),
	};

	return cmocka_run_group_tests_name("router_links", tests, NULL, NULL);
}
