/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes an event, and how often (src/router/journal.c): what others
 * send and do is counted always, and told a few times in a while.
 */
#include "router_world.h"

#include "ledger/trouble.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(name, id)                                                     \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n"                         \
	" virtual_ipaddress {\n 192.0.2." id "/24\n}\n}\n"
#define TWO INSTANCE("A", "7") INSTANCE("B", "8")

static const struct ip peer = { .family = IP_V4, .bytes = { 10, 99, 0, 9 } };

static unsigned told(enum ledger_event_type type, uint32_t instance, int code)
{
	struct ledger *l = world.router.ledger;
	struct ledger_event event;
	unsigned count = 0;

	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		count += ledger_read_event(l, n, &event) &&
			 event.type == type && event.instance == instance &&
			 event.code == code;
	return count;
}

static uint64_t counted(enum vrrp_drop drop, uint32_t instance)
{
	return ledger_count(world.router.ledger, LEDGER_DROPS, drop, instance);
}

static void drop(uint32_t id, enum vrrp_drop reason, unsigned times)
{
	while (times-- > 0)
		journal_drop(&world.router, id, reason, &peer);
}

static void drops_are_counted_and_told_a_few_times(void **state)
{
	(void)state;
	world_begin(TWO, 1);
	drop(0, VRRP_DROP_CHECKSUM, 10);
	assert_int_equal(counted(VRRP_DROP_CHECKSUM, 0), 10);
	assert_int_equal(told(LEDGER_EVENT_DROP, 0, VRRP_DROP_CHECKSUM),
			 JOURNAL_LIMIT);
	/* Each reason and each instance has its own share. */
	drop(0, VRRP_DROP_TTL, 1);
	drop(1, VRRP_DROP_CHECKSUM, 1);
	assert_int_equal(told(LEDGER_EVENT_DROP, 0, VRRP_DROP_TTL), 1);
	assert_int_equal(told(LEDGER_EVENT_DROP, 1, VRRP_DROP_CHECKSUM), 1);
	assert_int_equal(counted(VRRP_DROP_CHECKSUM, 1), 1);
	/* In the next window they are told again. */
	world_pass(JOURNAL_WINDOW);
	drop(0, VRRP_DROP_CHECKSUM, 10);
	assert_int_equal(told(LEDGER_EVENT_DROP, 0, VRRP_DROP_CHECKSUM),
			 2 * JOURNAL_LIMIT);
	assert_int_equal(counted(VRRP_DROP_CHECKSUM, 0), 20);
	world_end();
}

/* What others say while we are out is theirs alone. */
static void drops_of_one_that_is_out_are_not_told(void **state)
{
	(void)state;
	world_begin(TWO, 1);
	drop(0, VRRP_DROP_NOT_RUNNING, 2);
	assert_int_equal(counted(VRRP_DROP_NOT_RUNNING, 0), 2);
	assert_int_equal(told(LEDGER_EVENT_DROP, 0, VRRP_DROP_NOT_RUNNING), 0);
	world_end();
}

static void packets_of_nobody_have_a_share_too(void **state)
{
	(void)state;
	world_begin(TWO, 1);
	for (unsigned n = 0; n < 5; n++)
		journal_unknown(&world.router, 1, VRRP_DROP_VRID, 66, &peer);
	assert_int_equal(counted(VRRP_DROP_VRID, LEDGER_NO_INSTANCE), 5);
	assert_int_equal(
		told(LEDGER_EVENT_DROP, LEDGER_NO_INSTANCE, VRRP_DROP_VRID),
		JOURNAL_LIMIT);
	/* That of the last instance is its own. */
	drop(1, VRRP_DROP_VRID, 1);
	assert_int_equal(told(LEDGER_EVENT_DROP, 1, VRRP_DROP_VRID), 1);
	drop(0, VRRP_DROP_VRID + 1, 1);
	assert_int_equal(told(LEDGER_EVENT_DROP, 0, VRRP_DROP_VRID + 1), 1);
	world_end();
}

static void the_last_mistake_is_remembered(void **state)
{
	struct ledger_record *record;

	(void)state;
	world_begin(TWO, 1);
	record = ledger_record_at(world.router.ledger, 1);
	drop(1, VRRP_DROP_CHECKSUM, 1);
	assert_true(ip_equal(&record->last_mistake_peer, &peer));
	assert_int_equal(record->last_mistake_code, VRRP_DROP_CHECKSUM);
	assert_int_equal(record->sequence % 2, 0);
	record = ledger_record_at(world.router.ledger, 0);
	assert_int_equal(record->last_mistake_peer.family, IP_NONE);
	world_end();
}

static unsigned told_of_holdings(uint32_t instance)
{
	return told(LEDGER_EVENT_HOLDING, instance, holding_address.number);
}

/* Whoever takes an address away may do it again and again. */
static void repairs_are_told_a_few_times(void **state)
{
	(void)state;
	world_begin(TWO, 1);
	world_be_active(0);
	world_be_active(1);
	assert_int_equal(told_of_holdings(0), 0);
	for (unsigned n = 0; n < 6; n++) {
		world_address_goes(0, "192.0.2.7");
		world_pass(TICK_SECOND);
	}
	assert_int_equal(told_of_holdings(0), JOURNAL_LIMIT);
	assert_int_equal(told_of_holdings(1), 0);
	world_end();
}

/* A refusal is told once, and again when it is another one. */
static void a_refusal_is_told_once(void **state)
{
	(void)state;
	world_begin(TWO, 1);
	world.answer = EPERM;
	world_be_active(0);
	world_pass(20 * TICK_SECOND);
	assert_int_equal(told_of_holdings(0), 1);
	world.answer = ENOMEM;
	world_pass(20 * TICK_SECOND);
	assert_int_equal(told_of_holdings(0), 2);
	world_end();
}

/* Of thousands at once the first ones are told, and how many more there were.
 */
static void a_burst_of_refusals_is_summed_up(void **state)
{
	struct ledger *l;
	struct ledger_event e;
	uint64_t before;

	(void)state;
	world_begin(TWO, 1);
	l = world.router.ledger;
	world.router.now = world.now;
	before = ledger_server(l)->events;
	for (int n = 0; n < 3000; n++)
		journal_holding(&world.router, (uint32_t)n % 2,
				LEDGER_HOLDING_FAILED, 1 + n / 2 % 100);
	assert_int_equal(ledger_server(l)->events - before, JOURNAL_BURST);
	world_pass(JOURNAL_WINDOW + TICK_SECOND);
	assert_int_equal(told(LEDGER_EVENT_TROUBLE, LEDGER_NO_INSTANCE,
			      LEDGER_TROUBLE_MORE),
			 1);
	for (uint64_t n = before; n < ledger_server(l)->events; n++)
		if (ledger_read_event(l, n + 1, &e) &&
		    e.type == LEDGER_EVENT_TROUBLE)
			assert_int_equal(ledger_value_number(e.value),
					 3000 - JOURNAL_BURST);
	/* That was all; the next window has room again. */
	journal_holding(&world.router, 0, LEDGER_HOLDING_FAILED, EPERM);
	world_pass(2 * JOURNAL_WINDOW);
	assert_int_equal(told(LEDGER_EVENT_TROUBLE, LEDGER_NO_INSTANCE,
			      LEDGER_TROUBLE_MORE),
			 1);
	world_end();
}

static void change(uint32_t id, enum vrrp_state to)
{
	struct vrrp_action action = {
		.type = VRRP_ACTION_STATE,
		.state = { .from = VRRP_ACTIVE + VRRP_BACKUP - to,
			   .to = to,
			   .cause = VRRP_CAUSE_RESIGNED },
	};

	journal_state(&world.router, id, &action);
}

/* Who comes and goes is told some times, and then how often it did. */
static void changes_of_state_are_summed_up(void **state)
{
	struct ledger *l;
	struct ledger_event e;
	uint32_t became;
	char line[128];
	struct text t = text_over(line, sizeof(line));

	(void)state;
	world_begin(TWO, 1);
	world_pass(2 * FLAPPING_WINDOW); /* their start is another matter */
	l = world.router.ledger;
	became = (uint32_t)world.router.instances[0].counters->became_active;
	for (int n = 0; n < 1000; n++)
		change(0, n % 2 ? VRRP_BACKUP : VRRP_ACTIVE);
	assert_int_equal(told(LEDGER_EVENT_STATE, 0, VRRP_CAUSE_RESIGNED),
			 FLAPPING_TOLD);
	/* All of them count, and the others have a share of their own. */
	assert_int_equal(world.router.instances[0].counters->became_active,
			 became + 500);
	change(1, VRRP_ACTIVE);
	assert_int_equal(told(LEDGER_EVENT_STATE, 1, VRRP_CAUSE_RESIGNED), 1);
	world_pass(FLAPPING_WINDOW + TICK_SECOND);
	assert_int_equal(told(LEDGER_EVENT_TROUBLE, 0, LEDGER_TROUBLE_FLAPPING),
			 1);
	assert_int_equal(told(LEDGER_EVENT_TROUBLE, 1, LEDGER_TROUBLE_FLAPPING),
			 0);
	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		if (ledger_read_event(l, n, &e) &&
		    e.type == LEDGER_EVENT_TROUBLE)
			trouble_words(&e, &t);
	assert_string_equal(
		line, "980 more changes of state in 10 s; it is backup now");
	/* The next window has room again, and nothing is left over. */
	change(0, VRRP_ACTIVE);
	assert_int_equal(told(LEDGER_EVENT_STATE, 0, VRRP_CAUSE_RESIGNED),
			 FLAPPING_TOLD + 1);
	world_pass(3 * FLAPPING_WINDOW);
	assert_int_equal(told(LEDGER_EVENT_TROUBLE, 0, LEDGER_TROUBLE_FLAPPING),
			 1);
	world_end();
}

static void lateness_is_counted_by_powers_of_two(void **state)
{
	uint64_t buckets[LEDGER_LATENESS] = { 0 };
	uint64_t sum = 0;
	tick_t most = 0;

	(void)state;
	journal_lateness(buckets, &most, &sum, -5);
	journal_lateness(buckets, &most, &sum, TICK_MICROSECOND);
	assert_int_equal(buckets[0], 2);
	journal_lateness(buckets, &most, &sum, TICK_MICROSECOND + 1);
	journal_lateness(buckets, &most, &sum, 2 * TICK_MICROSECOND);
	assert_int_equal(buckets[1], 2);
	journal_lateness(buckets, &most, &sum, 1000 * TICK_SECOND);
	assert_int_equal(buckets[LEDGER_LATENESS - 1], 1);
	assert_int_equal(most, 1000 * TICK_SECOND);
	assert_int_equal(sum, 4 * TICK_MICROSECOND + 1 + 1000 * TICK_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drops_are_counted_and_told_a_few_times),
		cmocka_unit_test(drops_of_one_that_is_out_are_not_told),
		cmocka_unit_test(packets_of_nobody_have_a_share_too),
		cmocka_unit_test(the_last_mistake_is_remembered),
		cmocka_unit_test(repairs_are_told_a_few_times),
		cmocka_unit_test(a_refusal_is_told_once),
		cmocka_unit_test(a_burst_of_refusals_is_summed_up),
		cmocka_unit_test(changes_of_state_are_summed_up),
		cmocka_unit_test(lateness_is_counted_by_powers_of_two),
	};

	return cmocka_run_group_tests_name("router_journal", tests, NULL, NULL);
}
