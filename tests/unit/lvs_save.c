/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the core knows, over a reload or a crash: the records, and how the next
 * core goes on.
 */
#include "lvs_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S TICK_SECOND

static void fields_stay_where_they_are(void **state)
{
	assert_int_equal(offsetof(struct lvs_saved_server, since), 0);
	assert_int_equal(offsetof(struct lvs_saved_server, until), 8);
	assert_int_equal(offsetof(struct lvs_saved_server, ramp), 16);
	assert_int_equal(offsetof(struct lvs_saved_server, ordered), 24);
	assert_int_equal(offsetof(struct lvs_saved_server, health), 28);
	assert_int_equal(offsetof(struct lvs_saved_server, told), 29);
	assert_int_equal(offsetof(struct lvs_saved_server, order), 30);
	assert_int_equal(offsetof(struct lvs_saved_server, step), 31);
	assert_int_equal(offsetof(struct lvs_saved_server, held), 32);
	assert_int_equal(offsetof(struct lvs_saved_server, leaves), 33);
	assert_int_equal(sizeof(struct lvs_saved_server), 34);
	assert_int_equal(offsetof(struct lvs_saved_service, since), 0);
	assert_int_equal(offsetof(struct lvs_saved_service, quorum), 8);
	assert_int_equal(offsetof(struct lvs_saved_service, told), 9);
	assert_int_equal(offsetof(struct lvs_saved_service, panic), 10);
	assert_int_equal(sizeof(struct lvs_saved_service), 11);
	/* The numbers, too. */
	assert_int_equal(LVS_HEALTH_UP, 1);
	assert_int_equal(LVS_HEALTH_DOWN, 2);
	assert_int_equal(LVS_HEALTH_WAITS, 3);
	assert_int_equal(LVS_ORDER_DRAINING, 1);
	assert_int_equal(LVS_ORDER_DRAINED, 2);
	assert_int_equal(LVS_ORDER_DISABLED, 3);
}

static struct lvs_saved_server some_record(void)
{
	return (struct lvs_saved_server){
		.since = 11,
		.until = 12,
		.ramp = 13,
		.ordered = 14,
		.health = LVS_HEALTH_DOWN,
		.told = LVS_HEALTH_DOWN,
		.order = LVS_ORDER_DRAINING,
		.step = 3,
		.held = 1,
		.leaves = 1,
	};
}

static void a_record_is_read(void **state)
{
	struct lvs_saved_server saved = some_record();
	struct lvs_server s = { .ordered = LVS_WEIGHT_UNSET };

	assert_true(lvs_read_server(&saved, sizeof(saved), &s));
	assert_int_equal(s.since, 11);
	assert_int_equal(s.until, 12);
	assert_int_equal(s.ramp, 13);
	assert_int_equal(s.ordered, 14);
	assert_int_equal(s.health, LVS_HEALTH_DOWN);
	assert_int_equal(s.told, LVS_HEALTH_DOWN);
	assert_int_equal(s.order, LVS_ORDER_DRAINING);
	assert_int_equal(s.step, 3);
	assert_true(s.held);
	assert_true(s.leaves);
	/* What the writer did not know stays as it is. */
	s = (struct lvs_server){ .order = LVS_ORDER_DISABLED };
	assert_true(lvs_read_server(
		&saved, offsetof(struct lvs_saved_server, order), &s));
	assert_int_equal(s.order, LVS_ORDER_DISABLED);
	assert_int_equal(s.ordered, 14);
	/* Half a field is none. */
	s = (struct lvs_server){ .ordered = 5 };
	assert_false(lvs_read_server(
		&saved, offsetof(struct lvs_saved_server, ordered) + 3, &s));
	assert_int_equal(s.ordered, 5);
}

static void what_is_no_value_is_refused(void **state)
{
	struct lvs_saved_server saved;
	struct lvs_saved_service service = { .since = 1,
					     .quorum = LVS_HEALTH_UP };
	struct lvs_server s = { .step = 9 };
	struct lvs_service v = { .panic = true };

#define REFUSED(field, value)                                                  \
	saved = some_record();                                                 \
	saved.field = (value);                                                 \
	assert_false(lvs_read_server(&saved, sizeof(saved), &s))
	REFUSED(since, -1);
	REFUSED(until, INT64_MAX - 1);
	REFUSED(ramp, INT64_MIN);
	REFUSED(ordered, -2);
	REFUSED(health, LVS_HEALTHS);
	REFUSED(health, LVS_HEALTH_UNKNOWN);
	REFUSED(told, LVS_HEALTHS);
	REFUSED(order, LVS_ORDERS);
	REFUSED(held, 2);
	REFUSED(leaves, 2);
	assert_int_equal(s.step, 9);
	assert_int_equal(s.health, LVS_HEALTH_UNKNOWN);
	assert_true(lvs_read_service(&service, sizeof(service), &v));
	assert_int_equal(v.quorum, LVS_HEALTH_UP);
	service.quorum = LVS_HEALTH_WAITS;
	assert_false(lvs_read_service(&service, sizeof(service), &v));
	service.quorum = LVS_HEALTH_UNKNOWN;
	assert_false(lvs_read_service(&service, sizeof(service), &v));
	service.quorum = LVS_HEALTH_UP;
	service.panic = 2;
	assert_false(lvs_read_service(&service, sizeof(service), &v));
}

/* All servers after a crash or a reload: what changed, and what is told. */
static void nothing_flaps(void **state)
{
	struct play p, next;

	play_configure(&p, 4);
	p.servers[1].inhibit = true;
	p.follows[2][0].alpha = true;
	play_sorry(&p);
	play_begin(&p);
	play_bad(&p, 'a');
	play_bad(&p, 'b');
	lvs_set_weight(&p.core, p.now, 3, 9);
	assert_string_equal(play_table(&p), "b:0 d:9 ");
	play_configure(&next, 4);
	next.servers[1].inhibit = true;
	next.follows[2][0].alpha = true;
	play_sorry(&next);
	play_move(&p, &next);
	/* Nothing is known of the checks, and nothing changes. */
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_told(&next), "");
	assert_string_equal(play_table(&next), "b:0 d:9 ");
	/* The first new verdict of each counts. */
	play_good(&next, 'a');
	assert_string_equal(play_told(&next), "up:a ");
	play_good(&next, 'c');
	assert_string_equal(play_told(&next), "up:c ");
	play_bad(&next, 'b');
	assert_string_equal(play_told(&next), "");
	assert_string_equal(play_table(&next), "a:1 b:0 c:1 d:9 ");
	play_end(&next);
}

static void what_changed_meanwhile_counts_at_once(void **state)
{
	struct play p, next;

	play_configure(&p, 3);
	play_begin(&p);
	play_bad(&p, 'a');
	play_configure(&next, 3);
	play_move(&p, &next);
	play_good(&next, 'a');
	play_bad(&next, 'b');
	assert_string_equal(play_told(&next), "");
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_told(&next), "up:a down:b ");
	assert_string_equal(play_table(&next), "a:1 c:1 ");
	play_end(&next);
}

static void a_reload_changes_what_it_says(void **state)
{
	struct play p, next;

	play_configure(&p, 3);
	play_begin(&p);
	play_bad(&p, 'b');
	play_configure(&next, 4);
	next.servers[0].weight = 5;
	next.servers[1].inhibit = true;
	next.servers[2].follow_count = 0;
	next.follows[3][0].alpha = true;
	next.service.quorum = 7;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	/* d is new and waits; 6 of 7 are there. */
	assert_string_equal(play_told(&next), "quorum-down ");
	assert_string_equal(play_table(&next), "a:5 b:0 c:1 ");
	play_end(&next);
	/* A server that failed and has no checks any more is up. */
	play_configure(&p, 1);
	play_begin(&p);
	play_bad(&p, 'a');
	play_configure(&next, 1);
	next.servers[0].follow_count = 0;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_told(&next), "up:a quorum-up ");
	play_end(&next);
}

static void what_was_not_told_is_told_later(void **state)
{
	struct play p, next;

	play_configure(&p, 1);
	p.follows[0][0].alpha = true;
	play_begin(&p);
	play_configure(&next, 1);
	next.follows[0][0].alpha = true;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_told(&next), "");
	play_good(&next, 'a');
	assert_string_equal(play_told(&next), "up:a quorum-up ");
	play_end(&next);
}

static void panic_goes_on(void **state)
{
	struct play p, next;

	play_configure(&p, 3);
	p.service.panic = 50;
	play_begin(&p);
	play_bad(&p, 'a');
	play_bad(&p, 'b');
	play_told(&p);
	play_configure(&next, 3);
	next.service.panic = 50;
	play_move(&p, &next);
	play_bad(&next, 'b');
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_told(&next), "");
	assert_string_equal(play_table(&next), "b:1 c:1 ");
	/* A reload without it ends it. */
	play_configure(&p, 3);
	play_move(&next, &p);
	lvs_begin(&p.core, p.now);
	assert_string_equal(play_told(&p), "panic-over ");
	assert_string_equal(play_table(&p), "c:1 ");
	play_end(&p);
}

static void a_ramp_goes_on(void **state)
{
	struct play p, next;

	play_configure(&p, 2);
	p.service.slow_start = 100 * S;
	play_begin(&p);
	play_bad(&p, 'a');
	play_good(&p, 'a');
	play_pass(&p, 55 * S);
	assert_string_equal(play_table(&p), "a:55 b:100 ");
	/* Longer now: it does not go back. */
	play_configure(&next, 2);
	next.service.slow_start = 1000 * S;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_table(&next), "a:55 b:100 ");
	/* Shorter: it is further. */
	play_configure(&p, 2);
	p.service.slow_start = 80 * S;
	play_move(&next, &p);
	lvs_begin(&p.core, p.now);
	assert_string_equal(play_table(&p), "a:64 b:100 ");
	play_pass(&p, 25 * S);
	assert_string_equal(play_table(&p), "a:1 b:1 ");
	play_end(&p);
	/* None any more. */
	play_configure(&p, 2);
	p.service.slow_start = 100 * S;
	play_begin(&p);
	play_bad(&p, 'a');
	play_good(&p, 'a');
	play_configure(&next, 2);
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_table(&next), "a:1 b:1 ");
	play_end(&next);
}

static void orders_go_on(void **state)
{
	struct play p, next;

	play_configure(&p, 4);
	play_begin(&p);
	lvs_drain(&p.core, p.now, 0, p.now + 60 * S);
	lvs_disable(&p.core, p.now, 1);
	lvs_drain(&p.core, p.now, 2, p.now + 60 * S);
	lvs_connections(&p.core, 2, 0);
	play_configure(&next, 4);
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_told(&next), "");
	assert_string_equal(play_table(&next), "a:0 d:1 ");
	play_pass(&next, 60 * S);
	assert_string_equal(play_told(&next), "drain-late:a ");
	assert_string_equal(play_table(&next), "d:1 ");
	lvs_enable(&next.core, next.now, 1);
	assert_string_equal(play_table(&next), "b:1 d:1 ");
	play_end(&next);
}

static void what_leaves_the_file_drains(void **state)
{
	struct play p, next;

	play_configure(&p, 3);
	play_begin(&p);
	play_configure(&next, 2);
	next.service.drain_timeout = 60 * S;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	/* That is told, with omega or not. */
	assert_string_equal(play_told(&next), "down:C ");
	assert_string_equal(play_table(&next), "a:1 b:1 c:0 ");
	play_pass(&next, 20 * S);
	/* Once more: the deadline stays. */
	play_configure(&p, 2);
	play_move(&next, &p);
	lvs_begin(&p.core, p.now);
	assert_string_equal(play_told(&p), "");
	play_pass(&p, 40 * S - 1);
	assert_string_equal(play_table(&p), "a:1 b:1 c:0 ");
	play_pass(&p, 1);
	assert_string_equal(play_told(&p), "drain-late:C ");
	assert_string_equal(play_table(&p), "a:1 b:1 ");
	/* Drained it is forgotten. */
	play_configure(&next, 2);
	play_move(&p, &next);
	assert_int_equal(next.core.leaving_count, 0);
	play_end(&next);
}

static void what_returns_to_the_file_serves(void **state)
{
	struct play p, next;

	play_configure(&p, 2);
	play_begin(&p);
	play_configure(&next, 1);
	next.service.drain_timeout = 60 * S;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_table(&next), "a:1 b:0 ");
	play_configure(&p, 2);
	play_move(&next, &p);
	lvs_begin(&p.core, p.now);
	assert_string_equal(play_table(&p), "a:1 b:1 ");
	assert_int_equal(lvs_deadline(&p.core), TICK_NEVER);
	play_end(&p);
}

static void what_does_not_serve_is_gone_at_once(void **state)
{
	struct play p, next;

	/* Dead, disabled, drained; and one for which there is no room. */
	play_configure(&p, 7);
	play_begin(&p);
	play_bad(&p, 'b');
	lvs_disable(&p.core, p.now, 2);
	lvs_drain(&p.core, p.now, 3, TICK_NEVER);
	lvs_connections(&p.core, 3, 0);
	play_configure(&next, 1);
	next.service.drain_timeout = 60 * S;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_string_equal(play_table(&next), "a:1 f:0 e:0 ");
	play_end(&next);
	/* One that is the sorry server now. */
	play_configure(&p, 2);
	play_begin(&p);
	play_configure(&next, 1);
	next.service.drain_timeout = 60 * S;
	next.service.sorry = p.servers[1].address;
	next.service.sorry_port = 80;
	play_move(&p, &next);
	lvs_begin(&next.core, next.now);
	assert_int_equal(next.core.leaving_count, 0);
	play_end(&next);
}

static void known_from_the_kernel_alone(void **state)
{
	struct lvs_saved_server saved;
	struct play p;

	play_configure(&p, 3);
	play_init(&p);
	saved = lvs_known_server(LVS_HEALTH_DOWN, p.now);
	assert_int_equal(lvs_adopt_server(&p.core, p.now, 0,
					  &p.servers[1].address, 80, &saved,
					  sizeof(saved)),
			 LVS_ADOPTED);
	/* The first record counts; a zero one says nothing. */
	saved = lvs_known_server(LVS_HEALTH_UP, p.now);
	assert_int_equal(lvs_adopt_server(&p.core, p.now, 0,
					  &p.servers[1].address, 80, &saved,
					  sizeof(saved)),
			 LVS_GONE);
	memset(&saved, 0, sizeof(saved));
	assert_int_equal(lvs_adopt_server(&p.core, p.now, 0,
					  &p.servers[2].address, 80, &saved,
					  sizeof(saved)),
			 LVS_GONE);
	lvs_begin(&p.core, p.now);
	assert_string_equal(play_table(&p), "a:1 c:1 ");
	assert_string_equal(play_told(&p), "quorum-up ");
	play_good(&p, 'b');
	assert_string_equal(play_told(&p), "up:b ");
	play_end(&p);
}

/* Whatever a record says, the core that adopts it works. */
static void no_record_breaks_the_core(void **state)
{
	uint64_t x = 1;

	for (unsigned n = 0; n < 20000; n++) {
		struct lvs_saved_server saved;
		struct lvs_saved_service service;
		struct play p;

		play_configure(&p, 3);
		p.service.panic = n % 3 ? 50 : 0;
		p.service.slow_start = n % 2 ? 30 * S : 0;
		p.service.drain_timeout = n % 5 ? S : 0;
		play_sorry(&p);
		play_init(&p);
		for (uint8_t s = 0; s < 6; s++) {
			struct ip ip = p.servers[0].address;
			uint8_t *bytes = (uint8_t *)&saved;

			ip.bytes[3] = (uint8_t)(s + 1);
			for (size_t i = 0; i < sizeof(saved); i++) {
				x = x * UINT64_C(6364136223846793005) + 1;
				bytes[i] = (uint8_t)(x >> 60);
			}
			saved.health = (uint8_t)(x >> 33) % LVS_HEALTHS;
			saved.held = x >> 35 & 1;
			saved.leaves = x >> 36 & 1;
			saved.order = (uint8_t)(x >> 37) % LVS_ORDERS;
			saved.told = (uint8_t)(x >> 41) % LVS_HEALTHS;
			saved.since =
				x >> 45 & 1 ? TICK_NEVER : (tick_t)x >> 20;
			saved.ramp = x >> 46 & 1 ? TICK_NEVER : p.now - S;
			saved.until = x >> 47 & 1 ? p.now + S : 0;
			lvs_adopt_server(&p.core, p.now, 0, &ip, 80, &saved,
					 sizeof(saved));
		}
		service = (struct lvs_saved_service){
			.quorum = (uint8_t)(x >> 50) % LVS_HEALTHS,
			.told = (uint8_t)(x >> 52) % LVS_HEALTHS,
			.panic = x >> 55 & 1,
		};
		lvs_adopt_service(&p.core, 0, &service, sizeof(service));
		lvs_begin(&p.core, p.now);
		play_bad(&p, (char)('a' + (x >> 56) % 3));
		lvs_enable(&p.core, p.now, (uint32_t)(x >> 58) % 3);
		play_pass(&p, 100 * S);
		assert_int_equal(lvs_deadline(&p.core), TICK_NEVER);
		play_end(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_stay_where_they_are),
		cmocka_unit_test(a_record_is_read),
		cmocka_unit_test(what_is_no_value_is_refused),
		cmocka_unit_test(nothing_flaps),
		cmocka_unit_test(what_changed_meanwhile_counts_at_once),
		cmocka_unit_test(a_reload_changes_what_it_says),
		cmocka_unit_test(what_was_not_told_is_told_later),
		cmocka_unit_test(panic_goes_on),
		cmocka_unit_test(a_ramp_goes_on),
		cmocka_unit_test(orders_go_on),
		cmocka_unit_test(what_leaves_the_file_drains),
		cmocka_unit_test(what_returns_to_the_file_serves),
		cmocka_unit_test(what_does_not_serve_is_gone_at_once),
		cmocka_unit_test(known_from_the_kernel_alone),
		cmocka_unit_test(no_record_breaks_the_core),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
