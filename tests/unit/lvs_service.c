/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual server of the core: real servers come and go by their checks, the
 * quorum, the sorry server, inhibit, weights, panic, and what is told.
 */
#include "lvs_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Each step: a bad, A good; then what is told, and the table. */
struct step {
	char event;
	const char *told, *table;
};

static void play_steps(struct play *p, const struct step *steps)
{
	for (; steps->table; steps++) {
		if (steps->event >= 'a')
			play_bad(p, steps->event);
		else if (steps->event)
			play_good(p, (char)(steps->event - 'A' + 'a'));
		assert_string_equal(play_told(p), steps->told);
		assert_string_equal(play_table(p), steps->table);
	}
	play_end(p);
}

static void what_fails_leaves_the_table(void **state)
{
	struct play p;

	play_configure(&p, 2);
	play_begin(&p);
	play_steps(&p,
		   (const struct step[]){ { 0, "quorum-up ", "a:1 b:1 " },
					  { 'A', "", "a:1 b:1 " },
					  { 'a', "down:a ", "b:1 " },
					  { 'a', "", "b:1 " },
					  { 'b', "down:b quorum-down ", "" },
					  { 'A', "up:a quorum-up ", "a:1 " },
					  { 'B', "up:b ", "a:1 b:1 " },
					  { 0 } });
}

static void inhibited_it_stays_with_weight_0(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.servers[0].inhibit = true;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 " },
			       { 'a', "down:a ", "a:0 b:1 " },
			       { 'b', "down:b quorum-down ", "a:0 " },
			       { 'A', "up:a quorum-up ", "a:1 " },
			       { 0 } });
}

static void with_alpha_it_waits_for_its_check(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.follows[0][0].alpha = true;
	p.follows[1][0].alpha = true;
	p.servers[1].inhibit = true;
	play_begin(&p);
	/* Without a sorry server nothing is told of the quorum. */
	play_steps(&p,
		   (const struct step[]){ { 0, "", "b:0 " },
					  { 'a', "down:a ", "b:0 " },
					  { 'B', "up:b quorum-up ", "b:1 " },
					  { 'A', "up:a ", "a:1 b:1 " },
					  { 'b', "down:b ", "a:1 b:0 " },
					  { 0 } });
	play_configure(&p, 1);
	p.follows[0][0].alpha = true;
	play_sorry(&p);
	play_begin(&p);
	play_steps(&p,
		   (const struct step[]){ { 0, "quorum-down ", "S:1 " },
					  { 'A', "up:a quorum-up ", "a:1 " },
					  { 0 } });
}

static void the_start_is_told_if_asked(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.follows[1][0].alpha = true;
	p.service.init_told = true;
	play_begin(&p);
	play_steps(&p, (const struct step[]){ { 0, "up:a quorum-up ", "a:1 " },
					      { 'B', "up:b ", "a:1 b:1 " },
					      { 0 } });
}

static void the_sorry_server_serves_without_quorum(void **state)
{
	struct play p;

	play_configure(&p, 3);
	p.service.quorum = 2;
	play_sorry(&p);
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 c:1 " },
			       { 'a', "down:a ", "b:1 c:1 " },
			       { 'b', "down:b quorum-down ", "S:1 " },
			       { 'c', "down:c ", "S:1 " },
			       { 'A', "up:a ", "S:1 " },
			       { 'B', "up:b quorum-up ", "a:1 b:1 " },
			       { 0 } });
	/* Inhibited: it is always there, and live servers stay with 0. */
	play_configure(&p, 2);
	p.service.quorum = 2;
	p.servers[0].inhibit = true;
	play_sorry(&p);
	p.service.sorry_inhibit = true;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 S:0 " },
			       { 'b', "down:b quorum-down ", "a:0 S:1 " },
			       { 'B', "up:b quorum-up ", "a:1 b:1 S:0 " },
			       { 0 } });
}

static void a_sorry_server_may_be_a_real_one(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.servers[0].weight = p.servers[1].weight = 7;
	p.service.sorry = p.servers[1].address;
	p.service.sorry_port = 80;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:7 b:7 " },
			       { 'b', "down:b ", "a:7 " },
			       { 'a', "down:a quorum-down ", "b:1 " },
			       { 'B', "up:b quorum-up ", "b:7 " },
			       { 0 } });
	play_configure(&p, 2);
	p.service.sorry = p.servers[1].address;
	p.service.sorry_port = 80;
	p.service.sorry_inhibit = true;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 " },
			       { 'b', "down:b ", "a:1 b:0 " },
			       { 'a', "down:a quorum-down ", "b:1 " },
			       { 0 } });
}

static void the_quorum_has_hysteresis(void **state)
{
	struct play p;

	/* Lost below 2 - 1, gained from 2 + 1 on. */
	play_configure(&p, 3);
	p.service.quorum = 2;
	p.service.hysteresis = 1;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 c:1 " },
			       { 'a', "down:a ", "b:1 c:1 " },
			       { 'b', "down:b ", "c:1 " },
			       { 'c', "down:c quorum-down ", "" },
			       { 'A', "up:a ", "a:1 " },
			       { 'B', "up:b ", "a:1 b:1 " },
			       { 'C', "up:c quorum-up ", "a:1 b:1 c:1 " },
			       { 0 } });
	/* More than there is cannot be asked for. */
	play_configure(&p, 2);
	p.service.quorum = 5;
	p.service.hysteresis = 9;
	p.servers[0].weight = 2;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:2 b:1 " },
			       { 'a', "down:a ", "b:1 " },
			       { 'b', "down:b quorum-down ", "" },
			       { 'A', "up:a ", "a:2 " },
			       { 'B', "up:b quorum-up ", "a:2 b:1 " },
			       { 0 } });
	/* No weight at all is no quorum. */
	play_configure(&p, 1);
	p.servers[0].weight = 0;
	play_sorry(&p);
	play_begin(&p);
	play_steps(&p, (const struct step[]){ { 0, "quorum-down ", "S:1 " },
					      { 0 } });
}

static void it_is_up_if_no_check_has_failed(void **state)
{
	struct play p;

	/* Two checks each; the second one is shared. */
	play_configure(&p, 2);
	for (unsigned n = 0; n < 2; n++) {
		p.follows[n][1].check = 9;
		p.servers[n].follow_count = 2;
	}
	p.follows[1][0].alpha = true;
	play_begin(&p);
	assert_string_equal(play_table(&p), "a:1 ");
	play_good(&p, 'b');
	assert_string_equal(play_told(&p), "quorum-up up:b ");
	play_bad(&p, 'a');
	lvs_verdict(&p.core, p.now, 9,
		    &(struct lvs_verdict){ .state = LVS_CHECK_FAILED });
	assert_string_equal(play_told(&p), "down:a down:b quorum-down ");
	play_good(&p, 'a');
	assert_string_equal(play_told(&p), "");
	lvs_verdict(&p.core, p.now, 9,
		    &(struct lvs_verdict){ .state = LVS_CHECK_GOOD });
	assert_string_equal(play_table(&p), "a:1 b:1 ");
	/* A verdict holds until there is a new one. */
	play_bad(&p, 'a');
	lvs_verdict(&p.core, p.now, 0,
		    &(struct lvs_verdict){ .state = LVS_CHECK_NOT_YET });
	assert_string_equal(play_table(&p), "b:1 ");
	play_end(&p);
	/* Without checks it is always up. */
	play_configure(&p, 1);
	p.servers[0].follow_count = 0;
	play_begin(&p);
	assert_string_equal(play_table(&p), "a:1 ");
	play_end(&p);
}

static void weigh(struct play *p, enum lvs_weighs weighs, int32_t value)
{
	const struct lvs_verdict v = { .state = LVS_CHECK_GOOD,
				       .weighs = (uint8_t)weighs,
				       .value = value };

	lvs_verdict(&p->core, p->now, 0, &v);
}

static void checks_change_weights(void **state)
{
	static const struct {
		enum lvs_weighs weighs;
		int32_t value;
		const char *table;
	} rows[] = {
		{ LVS_WEIGHS_ADD, 5, "a:15 " },
		{ LVS_WEIGHS_ADD, -4, "a:6 " },
		{ LVS_WEIGHS_ADD, -11, "a:0 " },
		{ LVS_WEIGHS_ADD, INT32_MAX, "a:2147483647 " },
		{ LVS_WEIGHS_SET, 3, "a:3 " },
		{ LVS_WEIGHS_SET, 0, "a:0 " },
		{ LVS_WEIGHS_PERCENT, 75, "a:7 " },
		{ LVS_WEIGHS_PERCENT, 1, "a:1 " },
		{ LVS_WEIGHS_PERCENT, 0, "a:0 " },
		{ LVS_WEIGHS_PERCENT, 200, "a:20 " },
		{ LVS_WEIGHS_NOT, 0, "a:10 " },
	};
	struct play p;

	play_configure(&p, 1);
	p.servers[0].weight = 10;
	play_begin(&p);
	play_changed(&p);
	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		weigh(&p, rows[n].weighs, rows[n].value);
		assert_string_equal(play_changed(&p), rows[n].table);
		weigh(&p, rows[n].weighs, rows[n].value);
		assert_string_equal(play_changed(&p), "");
	}
	/* The server is up and its weight 0: the quorum is lost. */
	play_told(&p);
	weigh(&p, LVS_WEIGHS_SET, 0);
	assert_string_equal(play_told(&p), "quorum-down ");
	weigh(&p, LVS_WEIGHS_SET, 1);
	assert_string_equal(play_told(&p), "quorum-up ");
	play_end(&p);
}

static void in_panic_no_further_one_goes(void **state)
{
	struct play p;

	/* Half of four: two may be out. */
	play_configure(&p, 4);
	p.service.panic = 50;
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 c:1 d:1 " },
			       { 'a', "down:a ", "b:1 c:1 d:1 " },
			       { 'b', "down:b ", "c:1 d:1 " },
			       { 'c', "down:c panic ", "c:1 d:1 " },
			       { 'd', "down:d quorum-down ", "c:1 d:1 " },
			       /* One is back: that held for longest goes. */
			       { 'A', "up:a quorum-up ", "a:1 d:1 " },
			       { 'C', "up:c panic-over ", "a:1 c:1 " },
			       { 'D', "up:d ", "a:1 c:1 d:1 " },
			       { 'a', "down:a ", "c:1 d:1 " },
			       { 'c', "down:c panic ", "c:1 d:1 " },
			       { 'C', "up:c panic-over ", "c:1 d:1 " },
			       { 0 } });
	/* Rounded towards staying: one of three may go. */
	play_configure(&p, 3);
	p.service.panic = 50;
	play_begin(&p);
	play_steps(&p,
		   (const struct step[]){ { 0, "quorum-up ", "a:1 b:1 c:1 " },
					  { 'a', "down:a ", "b:1 c:1 " },
					  { 'b', "down:b panic ", "b:1 c:1 " },
					  { 0 } });
}

static void the_quorum_comes_before_panic(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.service.panic = 50;
	play_sorry(&p);
	play_begin(&p);
	play_steps(&p, (const struct step[]){
			       { 0, "quorum-up ", "a:1 b:1 " },
			       { 'a', "down:a ", "b:1 " },
			       { 'b', "down:b quorum-down ", "S:1 " },
			       /* What was taken out meanwhile stays so. */
			       { 'A', "up:a quorum-up ", "a:1 " },
			       { 'B', "up:b ", "a:1 b:1 " },
			       { 0 } });
}

static void only_what_changed_is_shown(void **state)
{
	struct play p;

	play_configure(&p, 3);
	play_sorry(&p);
	play_begin(&p);
	assert_string_equal(play_changed(&p), "a:1 b:1 c:1 S:- ");
	assert_string_equal(play_changed(&p), "");
	play_bad(&p, 'b');
	assert_string_equal(play_changed(&p), "b:- ");
	play_bad(&p, 'b');
	assert_string_equal(play_changed(&p), "");
	/* Once, whatever happened in between. */
	play_good(&p, 'b');
	play_bad(&p, 'b');
	play_bad(&p, 'c');
	assert_string_equal(play_changed(&p), "b:- c:- ");
	play_bad(&p, 'a');
	assert_string_equal(play_changed(&p), "a:- b:- c:- S:1 ");
	play_end(&p);
}

static void omega_tells_the_end(void **state)
{
	struct play p;

	play_configure(&p, 2);
	p.service.omega = true;
	play_begin(&p);
	play_bad(&p, 'a');
	play_told(&p);
	lvs_stop(&p.core);
	assert_string_equal(play_told(&p), "down:b quorum-down ");
	play_end(&p);
	play_configure(&p, 2);
	play_begin(&p);
	play_told(&p);
	lvs_stop(&p.core);
	assert_string_equal(play_told(&p), "");
	play_end(&p);
}

static void a_service_may_be_empty(void **state)
{
	struct play p;

	play_configure(&p, 0);
	play_sorry(&p);
	play_begin(&p);
	assert_string_equal(play_table(&p), "S:1 ");
	play_end(&p);
	play_configure(&p, 0);
	p.config.service_count = 0;
	p.config.check_count = 0;
	p.config.leaving_max = 0;
	play_begin(&p);
	assert_int_equal(lvs_deadline(&p.core), TICK_NEVER);
	assert_int_equal(lvs_changed(&p.core), LVS_NONE);
	play_end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fails_leaves_the_table),
		cmocka_unit_test(inhibited_it_stays_with_weight_0),
		cmocka_unit_test(with_alpha_it_waits_for_its_check),
		cmocka_unit_test(the_start_is_told_if_asked),
		cmocka_unit_test(the_sorry_server_serves_without_quorum),
		cmocka_unit_test(a_sorry_server_may_be_a_real_one),
		cmocka_unit_test(the_quorum_has_hysteresis),
		cmocka_unit_test(it_is_up_if_no_check_has_failed),
		cmocka_unit_test(checks_change_weights),
		cmocka_unit_test(in_panic_no_further_one_goes),
		cmocka_unit_test(the_quorum_comes_before_panic),
		cmocka_unit_test(only_what_changed_is_shown),
		cmocka_unit_test(omega_tells_the_end),
		cmocka_unit_test(a_service_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
