/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adoption (src/router/adopt.c): a process dies or is replaced, and another
 * goes on with what the ledger says and the kernel has.
 */
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id, inside, addresses)                                  \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n" inside   \
	"\n virtual_ipaddress {\n" addresses "\n}\n}\n"
#define ONE   INSTANCE("A", "7", "", "192.0.2.7/24")
#define OTHER INSTANCE("B", "8", "", "192.0.2.8/24")

#define BRIEF (20 * TICK_MILLISECOND)

static struct ledger_record *record(uint32_t instance)
{
	return ledger_record_at(world.router.ledger, instance);
}

static const struct ledger_counters *counters(uint32_t instance)
{
	return ledger_counters_at(world.router.ledger, instance);
}

/* Time passes, and there is no process. */
static void sleep_dead(tick_t time)
{
	assert_true(world.dead);
	world.now += time;
}

static bool has_quarantined(uint32_t instance)
{
	struct ledger *l = world.router.ledger;
	struct ledger_event event;

	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		if (ledger_read_event(l, n, &event) &&
		    event.type == LEDGER_EVENT_PROCESS &&
		    event.code == LEDGER_PROCESS_QUARANTINED &&
		    event.instance == instance)
			return true;
	return false;
}

/* Of the same ledger: what was Active is, and the kernel is not asked again. */
static void after_a_crash_it_goes_on(void **state)
{
	struct vrrp_saved before;

	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	before = *world_core(0);
	world_die();
	sleep_dead(BRIEF);
	world_go_on(true);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(0)->adver_timer, before.adver_timer);
	assert_int_equal(world_core(0)->since, before.since);
	assert_int_equal(counters(0)->became_active, 1);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	assert_int_equal(world_asked(WORLD_REMOVE, NULL), 0);
	assert_int_equal(world_state_of(0), LEDGER_HOLDING_INSTALLED);
	assert_true(ledger_server(world.router.ledger)->adopted);
	world_end();
}

static void what_went_meanwhile_comes_back(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_die();
	world_address_goes(0, "192.0.2.7");
	world_go_on(true);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_ADD, "192.0.2.7"), 1);
	assert_non_null(world_has(0, "192.0.2.7"));
	/* A Backup's is nobody's. */
	world_link(0, false, false);
	world_pass(0);
	world_die();
	world_address_comes(0, "192.0.2.7", 24, SYS_ADDRESS_TAG);
	world_go_on(true);
	world_pass(0);
	assert_null(world_has(0, "192.0.2.7"));
	world_end();
}

/* Between the two nothing was heard: one advertisement is waited for. */
static void a_backup_listens_after_a_crash(void **state)
{
	tick_t down;

	(void)state;
	world_begin(ONE, 1);
	world_pass(250 * TICK_MILLISECOND);
	down = world_core(0)->down_timer;
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world_die();
	sleep_dead(BRIEF);
	world_go_on(false); /* another has listened all the time */
	assert_int_equal(world_core(0)->down_timer, down);
	world_die();
	world_go_on(true);
	assert_int_equal(world_core(0)->down_timer,
			 world.now + 150 * TICK_MILLISECOND);
	/* That is in the ledger: the next one does not wait again. */
	world_die();
	sleep_dead(BRIEF);
	world_go_on(false);
	assert_int_equal(world_core(0)->down_timer,
			 world.now - BRIEF + 150 * TICK_MILLISECOND);
	world_end();
}

/* One that would wait longer anyway does. */
static void a_backup_does_not_listen_less(void **state)
{
	tick_t down;

	(void)state;
	world_begin(ONE, 1);
	down = world_core(0)->down_timer;
	world_die();
	sleep_dead(BRIEF);
	world_go_on(true);
	assert_int_equal(world_core(0)->down_timer, down);
	world_end();
}

static void a_replacement_knows_what_was_counted(void **state)
{
	static const struct ip peer = { .family = IP_V4,
					.bytes = { 10, 99, 0, 9 } };
	struct ledger_counters before;
	struct ledger *l;

	(void)state;
	world_begin(OTHER ONE, 1);
	world_be_active(1);
	l = world.router.ledger;
	journal_drop(&world.router, 1, VRRP_DROP_CHECKSUM, &peer);
	ledger_count_add(l, LEDGER_NOTES, 0, 1, 3);
	ledger_count_add(l, LEDGER_DROPS, VRRP_DROP_VRID, LEDGER_NO_INSTANCE,
			 4);
	record(1)->since_real = 77;
	record(1)->peer = peer;
	record(1)->peer_priority = 99;
	ledger_server(l)->turns = 1000;
	ledger_server(l)->packets_received = 11;
	ledger_server(l)->packets_overflowed = 12;
	ledger_server(l)->packets_malformed = 13;
	ledger_server(l)->netlink_overruns = 14;
	ledger_server(l)->turns_late = 15;
	ledger_server(l)->lateness_turn[3] = 16;
	ledger_server(l)->lateness_advert[4] = 17;
	ledger_server(l)->lateness_turn_max = 18;
	ledger_server(l)->lateness_advert_max = 19;
	before = *counters(1);
	world_die();
	world_replace(ONE, false);
	l = world.router.ledger;
	assert_int_equal(ledger_count(l, LEDGER_DROPS, VRRP_DROP_CHECKSUM, 0),
			 1);
	assert_int_equal(ledger_count(l, LEDGER_NOTES, 0, 0), 3);
	assert_int_equal(ledger_count(l, LEDGER_DROPS, VRRP_DROP_VRID,
				      LEDGER_NO_INSTANCE),
			 4);
	assert_memory_equal(&before, counters(0), sizeof(before));
	assert_int_equal(record(0)->since_real, 77);
	assert_true(ip_equal(&record(0)->peer, &peer));
	assert_int_equal(record(0)->peer_priority, 99);
	assert_true(ip_equal(&record(0)->last_mistake_peer, &peer));
	assert_int_equal(record(0)->last_mistake_type, LEDGER_EVENT_DROP);
	assert_int_equal(record(0)->last_mistake_code, VRRP_DROP_CHECKSUM);
	assert_int_equal(ledger_server(l)->turns, 1000);
	assert_int_equal(ledger_server(l)->packets_received, 11);
	assert_int_equal(ledger_server(l)->packets_overflowed, 12);
	assert_int_equal(ledger_server(l)->packets_malformed, 13);
	assert_int_equal(ledger_server(l)->netlink_overruns, 14);
	assert_int_equal(ledger_server(l)->turns_late, 15);
	assert_int_equal(ledger_server(l)->lateness_turn[3], 16);
	assert_int_equal(ledger_server(l)->lateness_advert[4], 17);
	assert_int_equal(ledger_server(l)->lateness_turn_max, 18);
	assert_int_equal(ledger_server(l)->lateness_advert_max, 19);
	/* This process counts on from there. */
	assert_int_equal(world.router.overflows_before, 12);
	assert_int_equal(world.router.malformed_before, 13);
	assert_int_equal(world.router.overruns_before, 14);
	world_end();
}

/* By interface, family and VRID, whatever its name and its place. */
static void a_replacement_finds_its_own(void **state)
{
	tick_t since;

	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_be_active(1);
	since = world_core(0)->since;
	world_die();
	sleep_dead(BRIEF);
	world_replace(INSTANCE("C", "9", "", "192.0.2.9/24")
			      INSTANCE("X", "7", "", "192.0.2.7/24"),
		      false);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(counters(0)->became_active, 0);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(1)->since, since);
	world_pass(0);
	/* What B had is nobody's; what X has was A's. */
	assert_null(world_has(0, "192.0.2.8"));
	assert_non_null(world_has(0, "192.0.2.7"));
	assert_int_equal(world_asked(WORLD_ADD, NULL), 0);
	world_end();
}

/* Its group alone may change, and its configured name. */
static void another_group_is_the_same_router(void **state)
{
	(void)state;
	world_begin(INSTANCE("A", "7", "mcast_dst_ip 224.0.0.20",
			     "192.0.2.7/24") OTHER,
		    1);
	world_be_active(0);
	record(0)->since_real = 70;
	world_die();
	world_replace(OTHER INSTANCE("A", "7", "mcast_dst_ip 224.0.0.22",
				     "192.0.2.7/24"),
		      false);
	assert_int_equal(record(1)->since_real, 70);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	world_end();
}

/* The core hears that it is configured otherwise. */
static void another_priority_is_told(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_die();
	world_replace("vrrp_instance A {\n interface eth0\n version 3\n"
		      " virtual_router_id 7\n advert_int 0.05\n priority 42\n"
		      " virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n",
		      false);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(0)->priority, 42);
	/* And not later than the shorter interval says. */
	assert_in_range(world_core(0)->adver_timer, 0,
			world.now + 50 * TICK_MILLISECOND);
	world_end();
}

/* What the old record says of the old configuration may be nonsense. */
static void a_config_that_cannot_be_is_not_believed(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world_die();
	ledger_configured_at(world.router.ledger, 0)->interval = 0;
	world_replace(ONE, false);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(0)->active_interval,
			 100 * TICK_MILLISECOND);
	world_pass(0);
	world_die();
	ledger_configured_at(world.router.ledger, 0)->down_timer_adverts = 0;
	ledger_configured_at(world.router.ledger, 0)->version = 4;
	world_replace(ONE, false);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

/*
 * It died within a step: the core counts as it was before. The second one,
 * since those before it are saved while that is found out.
 */
static void half_of_a_core_is_none(void **state)
{
	struct vrrp_saved before;

	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_be_active(1);
	world_pass(TICK_SECOND);
	before = *world_core(1);
	world_die();
	memset(ledger_change(world.router.ledger, 1), 0xff, sizeof(before) / 2);
	world_go_on(false);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(1)->adver_timer, before.adver_timer);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world_end();
}

static void a_core_that_cannot_be_starts_anew(void **state)
{
	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_be_active(1);
	world_die();
	memset(ledger_core_at(world.router.ledger, 0), 0xff,
	       sizeof(struct vrrp_saved));
	world_go_on(false);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	world_pass(0);
	assert_null(world_has(0, "192.0.2.7"));
	assert_non_null(world_has(0, "192.0.2.8"));
	world_end();
}

static void die_within_a_record(tick_t later)
{
	world_die();
	sleep_dead(later);
	ledger_begin(&record(0)->sequence);
	world_go_on(false);
	world_pass(0);
}

static void who_kills_its_process_is_left_out(void **state)
{
	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_be_active(1);
	for (unsigned n = 1; n < LEDGER_QUARANTINE; n++) {
		die_within_a_record(TICK_SECOND);
		assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
		assert_int_equal(record(0)->deaths, n);
		assert_true(world_core(0)->started);
		assert_int_equal(record(0)->sequence % 2, 0);
	}
	assert_false(has_quarantined(0));
	die_within_a_record(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	assert_true(has_quarantined(0));
	assert_false(has_quarantined(1));
	assert_true(world_core(1)->started);
	/* And it stays so, also in a process with another configuration. */
	world_die();
	world_replace(ONE OTHER, false);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	/* A newer program may do better. */
	strcpy(world.router.ledger->version, "older");
	world_die();
	world_replace(ONE OTHER, false);
	world_pass(0);
	assert_int_equal(record(0)->deaths, 0);
	assert_true(world_core(0)->started);
	world_end();
}

static void deaths_far_apart_do_not_count(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world.router.ledger->deaths.most = LEDGER_QUARANTINE; /* once */
	for (unsigned n = 0; n < 2 * LEDGER_QUARANTINE; n++) {
		die_within_a_record(60 * TICK_SECOND);
		assert_int_equal(record(0)->deaths, 1);
	}
	assert_true(world_core(0)->started);
	/* Nor is one that did not die within the record. */
	world_die();
	world_go_on(false);
	assert_int_equal(record(0)->deaths, 1);
	world_end();
}

/* Also where it is the adoption that kills each heir. */
static void who_kills_its_heirs_is_left_out(void **state)
{
	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_be_active(1);
	ledger_count_add(world.router.ledger, LEDGER_NOTES, 0, 1, 5);
	world_die();
	world_heirs_die(ONE OTHER, 0, LEDGER_QUARANTINE - 1);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(record(0)->deaths, LEDGER_QUARANTINE - 1);
	world_die();
	world_heirs_die(ONE OTHER, 0, 1);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	assert_true(has_quarantined(0));
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	/* What was counted is counted once. */
	assert_int_equal(ledger_count(world.router.ledger, LEDGER_NOTES, 0, 1),
			 5);
	world_end();
}

/* Nobody has died so often: a process that was taken over has written that. */
static void a_quarantine_that_never_was(void **state)
{
	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_be_active(1);
	record(0)->deaths = 255;
	ledger_core_at(world.router.ledger, 0)->started = false;
	world_die();
	world_replace(ONE OTHER, false);
	assert_int_equal(record(0)->deaths, 1);
	assert_false(has_quarantined(0));
	world_pass(0); /* what starts anew gives back what it had */
	record(0)->deaths = 255;
	ledger_core_at(world.router.ledger, 0)->started = false;
	world_die();
	world_go_on(false);
	assert_in_range(record(0)->deaths, 0, LEDGER_QUARANTINE - 1);
	assert_false(has_quarantined(0));
	world_end();
}

/* Nor is a time later than now. */
static void times_to_come_are_not_believed(void **state)
{
	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	record(0)->died = record(0)->refreshed = INT64_MAX;
	world_die();
	world_replace(ONE OTHER, false);
	assert_in_range(record(0)->refreshed, 0, world.now);
	assert_in_range(record(0)->died, 0, world.now);
	record(0)->died = record(0)->refreshed = INT64_MAX;
	world_die();
	world_go_on(false);
	assert_in_range(record(0)->refreshed, 0, world.now);
	assert_in_range(record(0)->died, 0, world.now);
	world_end();
}

/* The keeper said that nothing runs, and nobody told the one that died. */
static void what_is_drained_is_not_started(void **state)
{
	struct vrrp left;

	(void)state;
	world_begin(ONE OTHER, 1);
	world_be_active(0);
	world_die();
	world.router.ledger->drained = true;
	vrrp_init(&left, &world.loaded->model->instances[1].vrrp);
	left.since = 77;
	vrrp_save(&left, ledger_core_at(world.router.ledger, 1));
	world_go_on(false);
	assert_int_equal(world_core(1)->state, VRRP_INIT);
	assert_int_equal(world_core(1)->since, 77);
	world_pass(3 * TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	assert_int_equal(world_core(1)->state, VRRP_INIT);
	assert_null(world_has(0, "192.0.2.7"));
	world_end();
}

static void nothing_starts_before_its_time(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_die();
	ledger_core_at(world.router.ledger, 0)->state = VRRP_INIT;
	ledger_core_at(world.router.ledger, 0)->started = false;
	world.router.ledger->starts_at = world.now + 1;
	world_go_on(false);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	world_end();
}

/* Frames of a turn that did not end may not have left. */
static void what_was_not_sent_is_sent(void **state)
{
	uint64_t sent;
	tick_t turn;

	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	turn = (tick_t)ledger_server(world.router.ledger)->heartbeat;
	sent = counters(0)->adverts_sent;
	record(0)->sent = turn;
	record(0)->announced = turn;
	record(0)->announcing = false;
	world_die();
	world_go_on(true);
	assert_int_equal(counters(0)->adverts_sent, sent);
	assert_false(record(0)->announcing);
	world_die();
	record(0)->sent = turn + 1;
	record(0)->announced = turn + 1;
	world_go_on(true);
	assert_int_equal(counters(0)->adverts_sent, sent + 1);
	assert_true(record(0)->announcing);
	world_pass(0);
	/* Who yielded has done all that it was asked for. */
	world_die();
	sent = counters(0)->adverts_sent;
	record(0)->sent = record(0)->announced = world.now + 1;
	record(0)->announcing = false;
	ledger_server(world.router.ledger)->heartbeat = LEDGER_YIELDED;
	world_replace(ONE, false);
	assert_int_equal(counters(0)->adverts_sent, sent);
	assert_false(record(0)->announcing);
	world_end();
}

/* Refreshed when it was due anyway, or soon. */
static void leases_go_on(void **state)
{
	tick_t gap;

	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	gap = world_has(0, "192.0.2.7")->valid * TICK_SECOND / 4;
	world_pass(2 * gap);
	world_die();
	world_replace(ONE, false);
	world_pass(40 * TICK_MILLISECOND);
	assert_int_equal(world_asked(WORLD_SET, NULL), 0);
	world_pass(20 * TICK_MILLISECOND);
	assert_int_equal(world_asked(WORLD_SET, "192.0.2.7"), 1);
	world_pass(gap - 20 * TICK_MILLISECOND);
	assert_int_equal(world_asked(WORLD_SET, NULL), 1);
	world_die();
	sleep_dead(gap);
	world_replace(ONE, false);
	world_pass(0);
	assert_int_equal(world_asked(WORLD_SET, NULL), 1);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(after_a_crash_it_goes_on),
		cmocka_unit_test(what_went_meanwhile_comes_back),
		cmocka_unit_test(a_backup_listens_after_a_crash),
		cmocka_unit_test(a_backup_does_not_listen_less),
		cmocka_unit_test(a_replacement_knows_what_was_counted),
		cmocka_unit_test(a_replacement_finds_its_own),
		cmocka_unit_test(another_group_is_the_same_router),
		cmocka_unit_test(another_priority_is_told),
		cmocka_unit_test(a_config_that_cannot_be_is_not_believed),
		cmocka_unit_test(half_of_a_core_is_none),
		cmocka_unit_test(a_core_that_cannot_be_starts_anew),
		cmocka_unit_test(who_kills_its_process_is_left_out),
		cmocka_unit_test(deaths_far_apart_do_not_count),
		cmocka_unit_test(who_kills_its_heirs_is_left_out),
		cmocka_unit_test(a_quarantine_that_never_was),
		cmocka_unit_test(times_to_come_are_not_believed),
		cmocka_unit_test(what_is_drained_is_not_started),
		cmocka_unit_test(nothing_starts_before_its_time),
		cmocka_unit_test(what_was_not_sent_is_sent),
		cmocka_unit_test(leases_go_on),
	};

	return cmocka_run_group_tests_name("router_adopt", tests, NULL, NULL);
}
