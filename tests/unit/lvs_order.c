/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the core: slow start, drains and other orders. */
#include "lvs_fixture.h"

#include "lvs/ramp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S TICK_SECOND

/* ---- slow start ---- */

static void a_ramp_has_ten_steps(void **state)
{
	static const tick_t durations[] = { 1, 7, 10, 30 * S, 7 * S + 3 };

	for (size_t n = 0; n < sizeof(durations) / sizeof(durations[0]); n++) {
		tick_t d = durations[n];

		assert_int_equal(lvs_ramp_step(5, d, 5), 0);
		assert_int_equal(lvs_ramp_step(5, d, 5 + d), LVS_RAMP_STEPS);
		for (uint8_t step = 0; step < LVS_RAMP_STEPS; step++) {
			tick_t next = lvs_ramp_next(5, d, step);

			assert_true(lvs_ramp_step(5, d, next) > step);
			assert_true(lvs_ramp_step(5, d, next - 1) <= step);
		}
		assert_int_equal(lvs_ramp_next(5, d, LVS_RAMP_STEPS),
				 TICK_NEVER);
	}
	assert_int_equal(lvs_ramp_step(9, S, 5), 0);
	assert_int_equal(lvs_ramp_step(5, 0, 5), LVS_RAMP_STEPS);
	assert_int_equal(lvs_ramp_step(5, INT64_MAX, 6), LVS_RAMP_STEPS);
	assert_int_equal(lvs_ramp_weight(100, 0), 10);
	assert_int_equal(lvs_ramp_weight(100, 1), 19);
	assert_int_equal(lvs_ramp_weight(100, 9), 91);
	assert_int_equal(lvs_ramp_weight(100, LVS_RAMP_STEPS), 100);
	assert_int_equal(lvs_ramp_weight(1, 0), 1);
	assert_int_equal(lvs_ramp_weight(0, 3), 0);
	assert_int_equal(lvs_ramp_weight(INT32_MAX, LVS_RAMP_STEPS), INT32_MAX);
}

static void after_a_recovery_the_weight_grows(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.service.slow_start = 30 * S;
	p.servers[1].weight = 5;
	play_begin(&p);
	/* Not at the start. */
	assert_string_equal(play_table(&p), "a:1 b:5 ");
	play_bad(&p, 'b');
	play_changed(&p);
	play_good(&p, 'b');
	/* All are scaled, once; then only the one that recovers changes. */
	assert_string_equal(play_changed(&p), "b:50 a:100 ");
	play_pass(&p, 3 * S - 1);
	assert_string_equal(play_changed(&p), "");
	play_pass(&p, 1);
	assert_string_equal(play_changed(&p), "b:95 ");
	play_pass(&p, 24 * S);
	assert_string_equal(play_changed(&p), "b:455 ");
	play_pass(&p, 3 * S);
	assert_string_equal(play_changed(&p), "a:1 b:5 ");
	assert_int_equal(lvs_deadline(&p.core), TICK_NEVER);
	play_end(&p);
}

static void a_ramp_ends_with_its_server(void **state)
{
	struct play p;

	play_configure(&p, 3);
	p.service.slow_start = 30 * S;
	play_begin(&p);
	play_bad(&p, 'a');
	play_bad(&p, 'b');
	play_good(&p, 'a');
	play_pass(&p, 15 * S);
	play_good(&p, 'b');
	assert_string_equal(play_table(&p), "a:55 b:10 c:100 ");
	play_bad(&p, 'a');
	assert_string_equal(play_table(&p), "b:10 c:100 ");
	lvs_disable(&p.core, p.now, 1);
	assert_string_equal(play_table(&p), "c:1 ");
	assert_int_equal(lvs_deadline(&p.core), TICK_NEVER);
	lvs_enable(&p.core, p.now, 1);
	assert_string_equal(play_table(&p), "b:1 c:1 ");
	play_end(&p);
}

static void no_ramp_where_none_belongs(void **state)
{
	struct play p;

	/* Weights that mean something else. */
	play_configure(&p, 2);
	p.service.slow_start = 30 * S;
	p.service.fixed_weights = true;
	play_begin(&p);
	play_bad(&p, 'a');
	play_good(&p, 'a');
	assert_string_equal(play_table(&p), "a:1 b:1 ");
	play_end(&p);
	/* The first verdict of alpha is no recovery; its first failure is. */
	play_configure(&p, 2);
	p.service.slow_start = 30 * S;
	p.follows[0][0].alpha = p.follows[1][0].alpha = true;
	play_begin(&p);
	play_good(&p, 'a');
	play_bad(&p, 'b');
	assert_string_equal(play_table(&p), "a:1 ");
	play_good(&p, 'b');
	assert_string_equal(play_table(&p), "a:100 b:10 ");
	play_end(&p);
	/* One that was held has served all along. */
	play_configure(&p, 1);
	p.service.slow_start = 30 * S;
	p.service.panic = 100;
	play_begin(&p);
	play_bad(&p, 'a');
	assert_string_equal(play_table(&p), "a:1 ");
	play_good(&p, 'a');
	assert_string_equal(play_table(&p), "a:1 ");
	play_end(&p);
	/* Nor one that would be let go if its check did not bring it back. */
	play_configure(&p, 3);
	p.service.slow_start = 30 * S;
	p.service.panic = 60;
	p.follows[0][0].check = p.follows[1][0].check;
	play_begin(&p);
	play_bad(&p, 'b');
	assert_string_equal(play_told(&p), "quorum-up down:b down:a panic ");
	assert_string_equal(play_table(&p), "a:1 c:1 ");
	play_good(&p, 'b');
	assert_string_equal(play_table(&p), "a:100 b:10 c:100 ");
	play_end(&p);
	/* What cannot be scaled for all is not scaled for one. */
	play_configure(&p, 2);
	p.service.slow_start = 30 * S;
	p.servers[0].weight = INT32_MAX / 100;
	play_begin(&p);
	play_bad(&p, 'b');
	play_good(&p, 'b');
	assert_string_equal(play_table(&p), "a:21474836 b:1 ");
	play_end(&p);
}

/* ---- drains ---- */

static void a_drain_ends_without_connections(void **state)
{
	struct play p;

	play_configure(&p, 2);
	play_begin(&p);
	play_told(&p);
	play_changed(&p);
	lvs_drain(&p.core, p.now, 0, p.now + 60 * S);
	assert_string_equal(play_changed(&p), "a:0 ");
	lvs_connections(&p.core, 0, 3);
	assert_string_equal(play_told(&p), "");
	assert_string_equal(play_changed(&p), "");
	lvs_connections(&p.core, 0, 0);
	assert_string_equal(play_told(&p), "drained:a ");
	assert_string_equal(play_changed(&p), "a:- ");
	assert_int_equal(lvs_deadline(&p.core), TICK_NEVER);
	/* It stays out until it is enabled. */
	lvs_connections(&p.core, 0, 0);
	play_good(&p, 'a');
	lvs_drain(&p.core, p.now, 0, p.now + 60 * S);
	assert_string_equal(play_table(&p), "b:1 ");
	lvs_enable(&p.core, p.now, 0);
	assert_string_equal(play_table(&p), "a:1 b:1 ");
	assert_string_equal(play_told(&p), "");
	play_end(&p);
}

static void a_drain_ends_at_its_deadline(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.servers[1].inhibit = true;
	play_begin(&p);
	play_told(&p);
	lvs_drain(&p.core, p.now, 0, p.now + 60 * S);
	lvs_drain(&p.core, p.now, 1, TICK_NEVER);
	assert_string_equal(play_told(&p), "quorum-down ");
	assert_string_equal(play_table(&p), "a:0 b:0 ");
	play_pass(&p, 10 * S);
	/* Again: another deadline. */
	lvs_drain(&p.core, p.now, 0, p.now + 60 * S);
	play_pass(&p, 60 * S - 1);
	assert_string_equal(play_told(&p), "");
	play_pass(&p, 1);
	assert_string_equal(play_told(&p), "drain-late:a ");
	assert_string_equal(play_table(&p), "b:0 ");
	/* Without a deadline it waits for its connections. */
	play_pass(&p, 10000 * S);
	assert_string_equal(play_told(&p), "");
	lvs_connections(&p.core, 1, 0);
	assert_string_equal(play_told(&p), "drained:b ");
	/* Where weight 0 stands for removal it does so here too. */
	assert_string_equal(play_table(&p), "b:0 ");
	lvs_enable(&p.core, p.now, 1);
	assert_string_equal(play_table(&p), "b:1 ");
	play_end(&p);
}

static void what_is_dead_has_nothing_to_drain(void **state)
{
	struct play p;

	play_configure(&p, 3);
	p.servers[1].inhibit = true;
	play_begin(&p);
	play_bad(&p, 'a');
	play_told(&p);
	lvs_drain(&p.core, p.now, 0, p.now + 60 * S);
	assert_string_equal(play_told(&p), "drained:a ");
	lvs_drain(&p.core, p.now, 1, p.now + 60 * S);
	play_bad(&p, 'b');
	assert_string_equal(play_told(&p), "down:b ");
	assert_string_equal(play_table(&p), "b:0 c:1 ");
	lvs_drain(&p.core, p.now, 2, p.now + 60 * S);
	play_bad(&p, 'c');
	assert_string_equal(play_told(&p), "quorum-down down:c drained:c ");
	/* Back in use, it is what its checks say. */
	lvs_enable(&p.core, p.now, 2);
	assert_string_equal(play_table(&p), "b:0 ");
	play_good(&p, 'c');
	assert_string_equal(play_told(&p), "up:c quorum-up ");
	assert_string_equal(play_table(&p), "b:0 c:1 ");
	play_end(&p);
}

static void a_disabled_one_is_out_at_once(void **state)
{
	struct play p;

	play_configure(&p, 2);
	play_sorry(&p);
	play_begin(&p);
	play_told(&p);
	lvs_disable(&p.core, p.now, 0);
	assert_string_equal(play_table(&p), "b:1 ");
	/* It is healthy all the same. */
	assert_string_equal(play_told(&p), "");
	lvs_drain(&p.core, p.now, 0, p.now + S);
	assert_string_equal(play_table(&p), "b:1 ");
	lvs_disable(&p.core, p.now, 1);
	assert_string_equal(play_told(&p), "quorum-down ");
	assert_string_equal(play_table(&p), "S:1 ");
	lvs_enable(&p.core, p.now, 0);
	assert_string_equal(play_told(&p), "quorum-up ");
	assert_string_equal(play_table(&p), "a:1 ");
	play_end(&p);
}

static void an_ordered_weight_is_in_place_of_the_configured(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.service.quorum = 2;
	play_begin(&p);
	play_told(&p);
	lvs_set_weight(&p.core, p.now, 0, 7);
	assert_string_equal(play_table(&p), "a:7 b:1 ");
	lvs_set_weight(&p.core, p.now, 0, 0);
	assert_string_equal(play_table(&p), "a:0 b:1 ");
	assert_string_equal(play_told(&p), "quorum-down ");
	lvs_verdict(&p.core, p.now, 0,
		    &(struct lvs_verdict){ .state = LVS_CHECK_GOOD,
					   .weighs = LVS_WEIGHS_ADD,
					   .value = 4 });
	assert_string_equal(play_table(&p), "a:0 b:1 ");
	lvs_set_weight(&p.core, p.now, 0, LVS_WEIGHT_UNSET);
	assert_string_equal(play_table(&p), "a:5 b:1 ");
	assert_string_equal(play_told(&p), "quorum-up ");
	play_end(&p);
}

/* As a reload does it that changes nothing else. */
static void configure(struct play *p, uint32_t server, int32_t weight)
{
	int32_t was = p->servers[server].weight;

	p->servers[server].weight = weight;
	lvs_configured_weight(&p->core, p->now, server, was);
}

static void a_configured_weight_changes_in_place(void **state)
{
	struct play p;

	play_configure(&p, 3);
	p.service.quorum = 4;
	p.service.slow_start = 30 * S;
	p.servers[2].weight = 2;
	play_begin(&p);
	play_told(&p);
	play_changed(&p);
	configure(&p, 0, 3);
	assert_string_equal(play_changed(&p), "a:3 ");
	assert_string_equal(play_told(&p), "");
	/* Three of six are no quorum any more. */
	play_bad(&p, 'a');
	assert_string_equal(play_told(&p), "down:a quorum-down ");
	configure(&p, 1, 2);
	assert_string_equal(play_told(&p), "quorum-up ");
	/* More than all have cannot be asked of them. */
	configure(&p, 1, 1);
	configure(&p, 0, 0);
	assert_string_equal(play_told(&p), "quorum-down quorum-up ");
	/* What its check makes of it is of the new one. */
	lvs_verdict(&p.core, p.now, 1,
		    &(struct lvs_verdict){ .state = LVS_CHECK_GOOD,
					   .weighs = LVS_WEIGHS_PERCENT,
					   .value = 50 });
	configure(&p, 1, 100);
	assert_string_equal(play_table(&p), "b:50 c:2 ");
	/* All are scaled, or none. */
	configure(&p, 0, 10);
	play_good(&p, 'a');
	assert_string_equal(play_table(&p), "a:100 b:5000 c:200 ");
	play_changed(&p);
	configure(&p, 2, INT32_MAX);
	assert_string_equal(play_changed(&p), "c:2147483647 a:1 b:50 ");
	/* An order stays before it. */
	lvs_set_weight(&p.core, p.now, 2, 7);
	configure(&p, 2, 8);
	assert_string_equal(play_table(&p), "a:100 b:5000 c:700 ");
	play_end(&p);
}

static void panic_is_of_those_that_nobody_ordered_away(void **state)
{
	struct play p;

	/* Half of four may go; of three, one; of two, one. */
	play_configure(&p, 4);
	p.service.panic = 50;
	play_begin(&p);
	play_bad(&p, 'a');
	play_bad(&p, 'b');
	play_bad(&p, 'c');
	assert_string_equal(play_told(&p),
			    "quorum-up down:a down:b down:c panic ");
	/* An operator's order is obeyed, and nobody comes back for it. */
	lvs_disable(&p.core, p.now, 3);
	assert_string_equal(play_told(&p), "quorum-down ");
	assert_string_equal(play_table(&p), "c:1 ");
	lvs_disable(&p.core, p.now, 2);
	assert_string_equal(play_told(&p), "panic-over ");
	assert_string_equal(play_table(&p), "");
	lvs_enable(&p.core, p.now, 3);
	assert_string_equal(play_told(&p), "quorum-up ");
	play_bad(&p, 'd');
	assert_string_equal(play_told(&p), "down:d quorum-down panic ");
	/* One that is enabled and failed stays out. */
	lvs_enable(&p.core, p.now, 2);
	assert_string_equal(play_table(&p), "d:1 ");
	/* One that is out is ordered away: another may go. */
	play_good(&p, 'a');
	lvs_disable(&p.core, p.now, 1);
	assert_string_equal(play_table(&p), "a:1 d:1 ");
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ramp_has_ten_steps),
		cmocka_unit_test(after_a_recovery_the_weight_grows),
		cmocka_unit_test(a_ramp_ends_with_its_server),
		cmocka_unit_test(no_ramp_where_none_belongs),
		cmocka_unit_test(a_drain_ends_without_connections),
		cmocka_unit_test(a_drain_ends_at_its_deadline),
		cmocka_unit_test(what_is_dead_has_nothing_to_drain),
		cmocka_unit_test(a_disabled_one_is_out_at_once),
		cmocka_unit_test(
			an_ordered_weight_is_in_place_of_the_configured),
		cmocka_unit_test(a_configured_weight_changes_in_place),
		cmocka_unit_test(panic_is_of_those_that_nobody_ordered_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
