/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is tracked: faults and weights (src/vrrp/track.c, src/vrrp/machine.c).
 */
#include "../conformance/router.h"
#include "vrrp/track.h"

#define FAULT (1 << VRRP_FAULT_TRACKED_INTERFACE)

static void what_one_contributes(void **state)
{
	static const struct {
		int16_t weight;
		bool reverse, good;
		int32_t sum;
		uint16_t faults;
	} rows[] = {
		{ 30, false, true, 30, 0 },  { 30, false, false, 0, 0 },
		{ -30, false, true, 0, 0 },  { -30, false, false, -30, 0 },
		{ 30, true, true, -30, 0 },  { 30, true, false, 0, 0 },
		{ -30, true, true, 0, 0 },   { -30, true, false, 30, 0 },
		{ 0, false, true, 0, 0 },    { 0, false, false, 0, FAULT },
		{ 0, true, true, 0, FAULT }, { 0, true, false, 0, 0 },
	};
	struct vrrp_track all = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const struct vrrp_tracked one = {
			.weight = rows[i].weight,
			.reverse = rows[i].reverse,
			.fault = VRRP_FAULT_TRACKED_INTERFACE,
			.good = rows[i].good,
		};
		struct vrrp_track sum = { 0 };

		vrrp_track_add(&sum, &one);
		assert_int_equal(sum.weight, rows[i].sum);
		assert_int_equal(sum.faults, rows[i].faults);
		vrrp_track_add(&all, &one);
	}
	assert_int_equal(all.weight, 0);
	assert_int_equal(all.faults, FAULT);
}

/* As keepalived does it with the number in a file. */
static void a_number_is_multiplied(void **state)
{
	static const struct {
		int32_t number;
		int16_t weight;
		bool reverse;
		int32_t sum;
		uint16_t faults;
	} rows[] = {
		{ 16, 2, false, 32, 0 },
		{ 16, 2, true, -32, 0 },
		{ 16, -2, false, -32, 0 },
		{ 0, 2, false, 0, 0 },
		{ 126, 2, false, 252, 0 },
		{ 127, 2, false, 253, 0 },
		{ INT32_MAX, 254, false, 253, 0 },
		{ INT32_MIN, -254, false, 253, 0 },
		{ -253, 1, false, -253, 0 },
		{ -254, 1, false, 0, FAULT },
		{ -127, 2, false, 0, FAULT },
		{ 127, 2, true, 0, FAULT },
		{ INT32_MIN, 254, false, 0, FAULT },
		{ INT32_MAX, -254, false, 0, FAULT },
		{ 0, 0, false, 0, 0 },
		{ 1, 0, false, 0, FAULT },
		{ -1, 0, false, 0, FAULT },
		{ 0, 0, true, 0, FAULT },
		{ 1, 0, true, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		const struct vrrp_tracked one = {
			.weight = rows[i].weight,
			.reverse = rows[i].reverse,
			.fault = VRRP_FAULT_TRACKED_INTERFACE,
		};
		struct vrrp_track sum = { 0 };

		vrrp_track_add_number(&sum, &one, rows[i].number);
		assert_int_equal(sum.weight, rows[i].sum);
		assert_int_equal(sum.faults, rows[i].faults);
	}
	assert_true(vrrp_target_may_fault(VRRP_TARGET_SCRIPT, 0));
	assert_false(vrrp_target_may_fault(VRRP_TARGET_SCRIPT, 5));
	assert_false(vrrp_target_may_fault(VRRP_TARGET_PROCESS, 5));
	assert_true(vrrp_target_may_fault(VRRP_TARGET_FILE, 5));
}

static void the_priority_stays_in_its_bounds(void **state)
{
	(void)state;
	assert_int_equal(vrrp_effective_priority(100, 0), 100);
	assert_int_equal(vrrp_effective_priority(100, -99), 1);
	assert_int_equal(vrrp_effective_priority(100, -100), 1);
	assert_int_equal(vrrp_effective_priority(100, -60000), 1);
	assert_int_equal(vrrp_effective_priority(100, 154), 254);
	assert_int_equal(vrrp_effective_priority(100, 155), 254);
	assert_int_equal(vrrp_effective_priority(100, 60000), 254);
	/* An owner is one whatever it tracks. */
	assert_int_equal(vrrp_effective_priority(255, -100), 255);
}

static void track(struct router *r, uint16_t faults, int32_t weight)
{
	router_event(r, &(struct vrrp_event){
				.type = VRRP_EVENT_TRACK,
				.track = { .faults = faults, .weight = weight },
			});
}

/* It says so twice, since one may be lost, and lets go at once. */
static void an_active_with_a_fault_resigns(void **state)
{
	struct router r;

	(void)state;
	router_active(&r, IP_V4, 3, 100);
	track(&r, FAULT, 0);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_SEND,
		     VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_int_equal(r.out.list[0].send.priority, 0);
	assert_int_equal(r.out.list[1].send.priority, 0);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_TRACKED_INTERFACE);
	assert_tick(vrrp_deadline(&r.v), TICK_NEVER);
	/* And it starts as anew when that is over. */
	track(&r, 0, 0);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
	assert_tick(vrrp_deadline(&r.v), r.now + 3609375000);
}

static void a_backup_with_a_fault_is_silent(void **state)
{
	struct router r;

	(void)state;
	router_backup(&r, IP_V4, 3, 100);
	track(&r, FAULT, 0);
	assert_order(&r, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_TRACKED_INTERFACE);
}

static void all_reasons_must_be_gone(void **state)
{
	struct ip nobody = { .family = IP_NONE };
	struct router r;

	(void)state;
	router_backup(&r, IP_V4, 3, 100);
	track(&r, FAULT, 0);
	router_interface(&r, VRRP_INTERFACE_NO_CARRIER, nobody);
	assert_no_action(&r);
	track(&r, 0, 0);
	assert_no_action(&r);
	assert_int_equal(r.v.state, VRRP_FAULT);
	router_interface(&r, VRRP_INTERFACE_UP, r.source);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
}

static void who_starts_with_a_fault_waits(void **state)
{
	struct router r;

	(void)state;
	router_backup(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	track(&r, FAULT, 0);
	assert_no_action(&r);
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_STARTUP });
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_TRACKED_INTERFACE);
}

/* Without a link nobody would hear it. */
static void the_own_interface_is_the_first_reason(void **state)
{
	struct ip nobody = { .family = IP_NONE };
	struct router r;

	(void)state;
	router_active(&r, IP_V4, 3, 100);
	router_interface(&r, VRRP_INTERFACE_DOWN, nobody);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_INTERFACE_DOWN);
}

static void a_weight_moves_the_timer_and_not_its_start(void **state)
{
	struct router r;
	struct peer p;

	(void)state;
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	r.now += TICK_SECOND;
	track(&r, 0, 56);
	assert_int_equal(r.v.priority, 156);
	/* Skew_Time is 100/256 s and no longer 156/256 s. */
	assert_tick(vrrp_deadline(&r.v), r.now + 2390625000);
	/* A reload keeps the weight. */
	router_configure(&r, &r.config);
	assert_int_equal(r.v.priority, 156);
}

/* The next regular one tells it, and none comes earlier for it. */
static void an_active_says_its_weight_when_it_is_time(void **state)
{
	struct router r;
	tick_t due;

	(void)state;
	router_active(&r, IP_V4, 3, 100);
	due = r.v.adver_timer;
	track(&r, 0, -30);
	assert_no_action(&r);
	assert_tick(r.v.adver_timer, due);
	router_time(&r, due);
	assert_int_equal(first_of(&r, VRRP_ACTION_SEND)->send.priority, 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_one_contributes),
		cmocka_unit_test(a_number_is_multiplied),
		cmocka_unit_test(the_priority_stays_in_its_bounds),
		cmocka_unit_test(an_active_with_a_fault_resigns),
		cmocka_unit_test(a_backup_with_a_fault_is_silent),
		cmocka_unit_test(all_reasons_must_be_gone),
		cmocka_unit_test(who_starts_with_a_fault_waits),
		cmocka_unit_test(the_own_interface_is_the_first_reason),
		cmocka_unit_test(a_weight_moves_the_timer_and_not_its_start),
		cmocka_unit_test(an_active_says_its_weight_when_it_is_time),
	};

	return RUN(tests);
}
