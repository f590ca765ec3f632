/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which record of the old ledger is whose (src/router/adopt.c), where there is
 * another configuration.
 */
#include "router_world.h"

#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, inside, addresses)                                  \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n" inside   \
	"\n virtual_ipaddress {\n" addresses "\n}\n}\n"
#define ONE INSTANCE("A", "7", "", "192.0.2.7/24")

static const struct ledger_counters *counters(uint32_t instance)
{
	return ledger_counters_at(world.router.ledger, instance);
}

#define TO(peer) "unicast_peer {\n " peer "\n}"
#define TWIN_A   INSTANCE("A", "7", TO("10.99.0.2"), "192.0.2.7/24")
#define TWIN_B   INSTANCE("B", "7", TO("10.99.0.3"), "192.0.2.8/24")

/* One VRID on one interface, to other peers: each goes on as itself. */
static void twins_are_known_by_their_names(void **state)
{
	(void)state;
	world_begin(TWIN_A TWIN_B, 1);
	world_be_active(0);
	world_be_active(1);
	ledger_counters_at(world.router.ledger, 1)->resigns_sent = 777;
	world_die();
	world_replace(TWIN_B TWIN_A, false);
	assert_int_equal(counters(0)->resigns_sent, 777);
	assert_int_equal(counters(1)->resigns_sent, 0);
	world_die();
	world_replace(TWIN_A, false);
	assert_int_equal(counters(0)->resigns_sent, 0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

/* Its interface, family and VRID are enough where it is the only one. */
static void another_name_and_another_group_at_once(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	ledger_counters_at(world.router.ledger, 0)->resigns_sent = 777;
	world_die();
	world_replace(
		INSTANCE("Z", "7", "mcast_dst_ip 224.0.0.22", "192.0.2.7/24"),
		false);
	assert_int_equal(counters(0)->resigns_sent, 777);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

#define GROUP "vrrp_sync_group G {\n group {\n A\n B\n}\n}\n"
#define TWO   ONE INSTANCE("B", "8", "", "192.0.2.8/24")

/*
 * It was to end with the process before it, and was handing over; but the
 * keeper that wanted that is no more, and the next one goes on.
 */
static void what_was_to_end_serves_on(void **state)
{
	static const char *const texts[] = { ONE, TWO, GROUP TWO };

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(texts); n++) {
		world_begin(texts[n], 1);
		world_be_active(0);
		turn_stop(&world.router);
		assert_false(world_core(0)->started);
		world_die();
		world_replace(texts[n], false);
		world_pass(10 * TICK_SECOND);
		assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
		assert_non_null(world_has(0, "192.0.2.7"));
		world_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twins_are_known_by_their_names),
		cmocka_unit_test(another_name_and_another_group_at_once),
		cmocka_unit_test(what_was_to_end_serves_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
