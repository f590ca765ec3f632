/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts that instances track (src/router/scripts.c) and when one may start
 * (src/router/starts.c). The process that runs them is the test.
 */
#include "ledger/words.h"
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SCRIPTS                                                                \
	"vrrp_script a {\n script /a\n}\n"                                     \
	"vrrp_script b {\n script /b\n weight 20\n}\n"
#define INSTANCE(name, id, list)                                               \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n"          \
	" track_script {\n" list "\n}\n virtual_ipaddress {\n 192.0.2." id     \
	"/24\n}\n}\n"

static void result(uint32_t script, enum ledger_verdict verdict)
{
	struct ledger *l = world.router.ledger;

	ledger_result_at(l, script)->verdict = (uint8_t)verdict;
	ledger_runner(l)->changes++;
	world_pass(0);
}

static void without_a_weight_it_is_waited_for(void **state)
{
	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "a") INSTANCE("B", "8", "b"), 1);
	world_pass(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	assert_int_equal(world_core(1)->state, VRRP_ACTIVE);
	result(0, LEDGER_VERDICT_GOOD);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(world_core(0)->priority, 100);
	assert_int_equal(world_core(1)->priority, 100);
	result(1, LEDGER_VERDICT_GOOD);
	assert_int_equal(world_core(1)->priority, 120);
	world_end();
}

static void the_first_result_may_be_bad(void **state)
{
	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "a"), 1);
	result(0, LEDGER_VERDICT_BAD);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(0)->faults, 1 << VRRP_FAULT_SCRIPT);
	result(0, LEDGER_VERDICT_GOOD);
	world_be_active(0);
	world_end();
}

static void what_cannot_be_run_says_nothing(void **state)
{
	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "a\nb"), 1);
	result(0, LEDGER_VERDICT_UNUSABLE);
	world_be_active(0);
	result(1, LEDGER_VERDICT_GOOD);
	assert_int_equal(world_core(0)->priority, 120);
	result(1, LEDGER_VERDICT_UNUSABLE);
	assert_int_equal(world_core(0)->priority, 100);
	world_end();
}

static void a_drained_one_stays_out(void **state)
{
	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "a"), 1);
	world.router.ledger->drained = true;
	result(0, LEDGER_VERDICT_GOOD);
	assert_int_equal(world_core(0)->state, VRRP_INIT);
	world_end();
}

/* Another process, and one with another configuration. */
static void who_goes_on_knows_it(void **state)
{
	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "a\nb"), 1);
	result(0, LEDGER_VERDICT_GOOD);
	result(1, LEDGER_VERDICT_GOOD);
	world_be_active(0);
	assert_int_equal(world_core(0)->priority, 120);
	world_die();
	world_go_on(true);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(0)->priority, 120);
	world_die();
	/* Other numbers, and one that nobody has run yet: it holds nobody. */
	world_replace("vrrp_script c {\n script /c\n}\n" SCRIPTS INSTANCE(
			      "A", "7", "c\nb\na"),
		      true);
	world_pass(0);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_int_equal(world_core(0)->priority, 120);
	result(1, LEDGER_VERDICT_BAD); /* a */
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world_end();
}

/* All who track one are told, in one turn. */
static void it_is_shared(void **state)
{
	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "a") INSTANCE("B", "8", "a")
			    INSTANCE("C", "9", "b"),
		    1);
	result(0, LEDGER_VERDICT_GOOD);
	for (uint32_t n = 0; n < 3; n++)
		world_be_active(n);
	result(0, LEDGER_VERDICT_BAD);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	assert_int_equal(world_core(1)->state, VRRP_FAULT);
	assert_int_equal(world_core(2)->state, VRRP_ACTIVE);
	world_end();
}

/* Events of a type, and of a code if it is trouble; the newest as a line. */
static unsigned events(enum ledger_event_type type, unsigned code, char *line,
		       size_t size)
{
	struct ledger *l = world.router.ledger;
	unsigned count = 0;

	for (uint64_t n = 1; n <= ledger_newest(l); n++) {
		struct ledger_event e;
		struct text t;

		if (!ledger_read_event(l, n, &e) || e.type != type ||
		    (type == LEDGER_EVENT_TROUBLE && e.code != code))
			continue;
		count++;
		t = text_over(line, size);
		text_format(&t, "%s: ", e.name);
		words_event(l, &e, &t);
	}
	return count;
}

/* A script that is good and bad in turn, and what comes of it. */
static void one_that_flaps_is_summed_up(void **state)
{
	char line[200];

	(void)state;
	world_begin(SCRIPTS INSTANCE("A", "7", "b"), 1);
	world_be_active(0);
	for (unsigned n = 0; n < 100; n++)
		result(1, n % 2 ? LEDGER_VERDICT_BAD : LEDGER_VERDICT_GOOD);
	assert_int_equal(events(LEDGER_EVENT_SCRIPT, 0, line, sizeof(line)),
			 FLAPPING_TOLD);
	assert_int_equal(events(LEDGER_EVENT_PRIORITY, 0, line, sizeof(line)),
			 FLAPPING_TOLD);
	result(1, LEDGER_VERDICT_GOOD);
	assert_int_equal(world_core(0)->priority, 120); /* it counts */
	world_pass(FLAPPING_WINDOW + TICK_SECOND);
	assert_int_equal(events(LEDGER_EVENT_TROUBLE, LEDGER_TROUBLE_VERDICTS,
				line, sizeof(line)),
			 1);
	assert_string_equal(line, "b: it is tracked, and changed 81 more times "
				  "in 10 s; it is good now");
	assert_int_equal(events(LEDGER_EVENT_TROUBLE, LEDGER_TROUBLE_PRIORITIES,
				line, sizeof(line)),
			 1);
	assert_string_equal(line, "A: 81 more changes of its priority in 10 s, "
				  "by what it tracks; it is 120 now");
	result(1, LEDGER_VERDICT_BAD); /* the next window */
	assert_int_equal(events(LEDGER_EVENT_SCRIPT, 0, line, sizeof(line)),
			 FLAPPING_TOLD + 1);
	world_end();
}

/* For startup_script, and not for ever. */
static void the_begin_is_waited_for(void **state)
{
	static const char text[] =
		"global_defs {\n startup_script /s\n startup_script_timeout 2\n}\n"
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n";

	(void)state;
	for (unsigned told = 0; told < 2; told++) {
		world_begin(text, 1);
		world_pass(TICK_SECOND);
		assert_int_equal(world_core(0)->state, VRRP_INIT);
		if (told)
			ledger_runner(world.router.ledger)->startup =
				LEDGER_STARTUP_OVER;
		world_pass(told ? 0 : 5 * TICK_SECOND);
		assert_int_equal(world_core(0)->state,
				 told ? VRRP_BACKUP : VRRP_INIT);
		world_pass(2 * TICK_SECOND);
		assert_int_equal(world_core(0)->state, VRRP_BACKUP);
		world_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_begin_is_waited_for),
		cmocka_unit_test(without_a_weight_it_is_waited_for),
		cmocka_unit_test(the_first_result_may_be_bad),
		cmocka_unit_test(what_cannot_be_run_says_nothing),
		cmocka_unit_test(a_drained_one_stays_out),
		cmocka_unit_test(who_goes_on_knows_it),
		cmocka_unit_test(it_is_shared),
		cmocka_unit_test(one_that_flaps_is_summed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
