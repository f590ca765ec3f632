/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual servers that instances track (src/router/targets.c). The process
 * `lvs` is the test.
 */
#include "ledger/lvs.h"
#include "lvs/save.h"
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SERVER(port)                                                           \
	"virtual_server 192.0.2.80 " port                                      \
	" {\n protocol TCP\n lvs_method DR\n"                                  \
	" real_server 10.0.0.1 " port " {\n}\n}\n"
#define INSTANCE(list)                                                         \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n priority 100\n"               \
	" track_virtual_server {\n" list "\n}\n virtual_ipaddress {\n "        \
	"192.0.2.7/24\n}\n}\n"
#define ONE SERVER("80") INSTANCE("192.0.2.80:80")

/* What `lvs` writes of a virtual server. */
static void write_server(uint32_t n, enum lvs_health quorum)
{
	struct ledger *l = world.router.ledger;
	struct ledger_lvs_virtual *to = ledger_lvs_virtual_at(l, n);
	struct lvs_saved_service saved = {
		.since = 1,
		.quorum = (uint8_t)quorum,
	};

	to->key = ledger_target_at(l, n)->key;
	to->length = sizeof(saved);
	memcpy(to->saved, &saved, sizeof(saved));
}

/* It begins, or goes on, with as many servers. */
static void begin(uint32_t servers)
{
	struct ledger *l = world.router.ledger;

	ledger_lvs_use(l, servers, 0);
	ledger_lvs(l)->numbered = 1;
	ledger_lvs(l)->quorums++;
	world_pass(0);
}

static void quorum(uint32_t n, enum lvs_health health)
{
	write_server(n, health);
	ledger_lvs(world.router.ledger)->quorums++;
	world_pass(0);
}

static void without_a_weight_it_must_be_there(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_pass(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	write_server(0, LVS_HEALTH_UP);
	begin(1);
	world_be_active(0);
	quorum(0, LVS_HEALTH_DOWN);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(0)->faults, 1 << VRRP_FAULT_VIRTUAL);
	quorum(0, LVS_HEALTH_UP);
	world_be_active(0);
	world_end();
}

static void with_a_weight_it_counts(void **state)
{
	(void)state;
	world_begin(
		SERVER("80") SERVER("81") INSTANCE(
			"192.0.2.80:80 weight -20\n 192.0.2.80:81 weight 7"),
		1);
	world_be_active(0); /* nothing is waited for */
	assert_int_equal(world_core(0)->priority, 100);
	write_server(0, LVS_HEALTH_UP);
	write_server(1, LVS_HEALTH_UP);
	begin(2);
	assert_int_equal(world_core(0)->priority, 107);
	quorum(0, LVS_HEALTH_DOWN);
	assert_int_equal(world_core(0)->priority, 87);
	quorum(1, LVS_HEALTH_DOWN);
	assert_int_equal(world_core(0)->priority, 80);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

/* While another `lvs` writes what it knows, and after its death. */
static void what_was_known_holds(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	write_server(0, LVS_HEALTH_UP);
	begin(1);
	world_be_active(0);
	begin(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	/* ... which `vrrp` looks at again by itself. */
	write_server(0, LVS_HEALTH_DOWN);
	ledger_lvs_use(world.router.ledger, 1, 0);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* In another ledger `lvs` begins later than `vrrp`. */
static void a_reload_changes_nothing(void **state)
{
	(void)state;
	world_begin(SERVER("80") SERVER("81")
			    INSTANCE("192.0.2.80:80\n 192.0.2.80:81 weight -5"),
		    1);
	write_server(0, LVS_HEALTH_UP);
	write_server(1, LVS_HEALTH_DOWN);
	begin(2);
	world_be_active(0);
	assert_int_equal(world_core(0)->priority, 95);
	world_die();
	world_replace(SERVER("81") SERVER("80") INSTANCE(
			      "192.0.2.80:81 weight -5\n 192.0.2.80:80"),
		      false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(0)->priority, 95);
	write_server(0, LVS_HEALTH_UP);
	write_server(1, LVS_HEALTH_DOWN);
	begin(2);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(0)->priority, 100);
	world_end();
}

/* A book of which nothing fits comes to nothing. */
static void nothing_is_believed(void **state)
{
	struct ledger_lvs_virtual *to;

	(void)state;
	world_begin(ONE, 1);
	write_server(0, LVS_HEALTH_UP);
	begin(1);
	world_be_active(0);
	to = ledger_lvs_virtual_at(world.router.ledger, 0);
	quorum(0, LVS_HEALTHS); /* no such health */
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	quorum(0, LVS_HEALTH_DOWN);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	quorum(0, LVS_HEALTH_UP);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	write_server(0, LVS_HEALTH_DOWN);
	to->key++; /* of another one */
	ledger_lvs(world.router.ledger)->quorums++;
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world_end();
}

/* A number that goes back as much as that of `run` goes on. */
static void one_book_hides_nothing_of_the_other(void **state)
{
	struct ledger *l;

	(void)state;
	world_begin("vrrp_script s {\n script \"/bin/true\"\n}\n" SERVER("80")
			    INSTANCE("192.0.2.80:80 weight 5\n}\n"
				     " track_script {\n s"),
		    1);
	l = world.router.ledger;
	write_server(0, LVS_HEALTH_UP);
	ledger_result_at(l, 0)->verdict = LEDGER_VERDICT_GOOD;
	ledger_runner(l)->changes++;
	begin(1);
	world_be_active(0);
	ledger_result_at(l, 0)->verdict = LEDGER_VERDICT_BAD;
	ledger_runner(l)->changes++;
	ledger_lvs(l)->quorums--;
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_weight_it_must_be_there),
		cmocka_unit_test(with_a_weight_it_counts),
		cmocka_unit_test(what_was_known_holds),
		cmocka_unit_test(a_reload_changes_nothing),
		cmocka_unit_test(one_book_hides_nothing_of_the_other),
		cmocka_unit_test(nothing_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
