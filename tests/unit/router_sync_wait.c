/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A router that returns waits for connections to be synced
 * (src/router/sync_wait.c). The process `lvs` is the test.
 */
#include "ledger/lvs.h"
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A Backup that hears nobody stays one for two minutes. */
#define CONF(wait)                                                             \
	"global_defs {\n lvs_sync_daemon eth0 inst A\n" wait "\n}\n"           \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 40\n priority 100\n"                \
	" track_interface {\n eth1\n}\n virtual_ipaddress {\n "                \
	"192.0.2.7/24\n}\n}\n"                                                 \
	"vrrp_instance B {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 8\n advert_int 40\n virtual_ipaddress {\n "        \
	"192.0.2.8/24\n}\n}\n"

static unsigned waits_told(void)
{
	struct ledger *l = world.router.ledger;
	struct ledger_event event;
	unsigned count = 0;

	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		count += ledger_read_event(l, n, &event) &&
			 event.type == LEDGER_EVENT_SYNC_WAIT;
	return count;
}

static void steady_since(tick_t when)
{
	ledger_lvs(world.router.ledger)->sync_steady = (uint64_t)when;
	world_pass(0);
}

static void until_it_is_steady(void **state)
{
	(void)state;
	world_begin(CONF(""), 2);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_true(world_core(0)->waits);
	assert_false(world_core(1)->waits); /* no daemon is bound to it */
	assert_true(world.router.instances[0].record->sync_until ==
		    world_core(0)->since + 60 * TICK_SECOND);
	/* What is of before, or of later, says nothing. */
	steady_since(world_core(0)->since);
	assert_true(world_core(0)->waits);
	steady_since(world.router.now + TICK_SECOND);
	assert_true(world_core(0)->waits);
	world_pass(TICK_SECOND / 2);
	steady_since(world_core(0)->since + 1);
	assert_false(world_core(0)->waits);
	assert_true(world.router.instances[0].record->sync_until == 0);
	assert_int_equal(waits_told(), 2);
	/* It is, until the next fault. */
	steady_since(0);
	world_pass(TICK_SECOND);
	assert_false(world_core(0)->waits);
	world_link(1, true, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_link(1, true, true);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_true(world_core(0)->waits);
	world_end();
}

static void not_for_ever(void **state)
{
	(void)state;
	world_begin(CONF("lvs_sync_wait 5"), 2);
	world_pass(4 * TICK_SECOND);
	assert_true(world_core(0)->waits);
	world_die();
	world_go_on(false);
	assert_true(world_core(0)->waits);
	world_pass(TICK_SECOND);
	world_pass(0);
	assert_false(world_core(0)->waits);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	/* Who goes on does not begin anew. */
	world_die();
	world_go_on(false);
	world_pass(0);
	assert_false(world_core(0)->waits);
	world_end();
	world_begin(CONF("lvs_sync_wait 0"), 2);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_false(world_core(0)->waits);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(until_it_is_steady),
		cmocka_unit_test(not_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
