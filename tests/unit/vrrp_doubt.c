/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A long interval that perhaps nobody keeps: a Backup asks whether somebody
 * serves before it believes it (src/vrrp/backup.c).
 */
#include "../conformance/router.h"

#define GAP_LEAST (200 * TICK_MILLISECOND)
#define GAP_MOST  (250 * TICK_MILLISECOND)

static void say(struct router *r, enum vrrp_event_type type)
{
	router_event(r, &(struct vrrp_event){ .type = type });
}

static void a_forged_interval_costs_seconds(void **state)
{
	struct router r;
	tick_t heard, asked;

	router_misled(&r);
	heard = r.now;
	/* Its own Active_Down_Interval passes in silence first. */
	assert_tick(vrrp_deadline(&r.v), heard + 3609375000);
	router_time(&r, heard + 3609375000 - 1);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	asked = heard + 3609375000;
	for (int i = 0; i < 3; i++) {
		router_time(&r, asked);
		assert_order(&r, VRRP_ACTION_PROBE);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		assert_true(vrrp_deadline(&r.v) >= asked + GAP_LEAST);
		assert_true(vrrp_deadline(&r.v) < asked + GAP_MOST);
		asked = vrrp_deadline(&r.v);
	}
	router_time(&r, asked);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_NO_ANSWER);
	/* It may be dead or never have been: the order of 6.4.2. */
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
		     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
	/* The event names the sender. */
	assert_int_equal(first_of(&r, VRRP_ACTION_STATE)->state.peer.bytes[3],
			 12);
	assert_true(r.now - heard < 3609375000 + 3 * GAP_MOST);
}

static void an_answer_is_believed(void **state)
{
	struct router r;

	router_misled(&r);
	for (int i = 0; i < 10; i++) {
		router_time(&r, vrrp_deadline(&r.v));
		assert_order(&r, VRRP_ACTION_PROBE);
		r.now += TICK_MILLISECOND;
		say(&r, VRRP_EVENT_ANSWERED);
		assert_int_equal(r.out.count, 0);
		assert_tick(r.v.probe_timer, r.now + 3609375000);
	}
	assert_int_equal(r.v.state, VRRP_BACKUP);
	/* One that nobody asked for changes nothing. */
	say(&r, VRRP_EVENT_ANSWERED);
	assert_unchanged(&r);
	router_active(&r, IP_V4, 3, 100);
	say(&r, VRRP_EVENT_ANSWERED);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
}

static void an_advertisement_is_believed(void **state)
{
	struct router r;
	struct peer p = router_misled(&r);

	router_time(&r, vrrp_deadline(&r.v));
	router_time(&r, vrrp_deadline(&r.v));
	router_hear(&r, &p);
	assert_int_equal(r.v.probes, 0);
	assert_tick(r.v.probe_timer, r.now + 3609375000);
	p.advert.interval = TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.probe_timer, TICK_NEVER);
}

/* It believed for longer, so another one served first. */
static void a_lower_one_ends_the_doubt(void **state)
{
	struct router r;
	struct peer lower;

	router_misled(&r);
	lower = peer_of(&r, 50);
	lower.source.bytes[3] = 13;
	/* As long as ours ends sooner, P060 holds. */
	r.now += 500 * TICK_MILLISECOND;
	router_time(&r, r.now + 3109375000);
	assert_order(&r, VRRP_ACTION_PROBE);
	router_hear(&r, &lower);
	assert_no_action(&r);
	assert_tick(r.v.down_timer, r.now + 3609375000);
	assert_tick(vrrp_deadline(&r.v), r.v.down_timer);
	assert_int_equal(r.v.probes, 0);
	/* From its first one on: the others move nothing. */
	for (int i = 0; i < 3; i++) {
		tick_t then = r.v.down_timer;

		r.now += TICK_SECOND;
		router_hear(&r, &lower);
		assert_tick(r.v.down_timer, then);
	}
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
}

/* What was forged may end sooner than ours would, and then it counts. */
static void a_timer_that_ends_sooner_stays(void **state)
{
	struct router r;
	struct peer lower;
	tick_t fires;

	router_misled(&r);
	lower = peer_of(&r, 50);
	lower.source.bytes[3] = 13;
	fires = r.v.down_timer;
	r.now = fires - TICK_SECOND;
	router_hear(&r, &lower);
	assert_tick(r.v.down_timer, fires);
	assert_tick(r.v.active_interval, 4095 * TICK_CENTISECOND);
}

static void a_resignation_is_not_doubted_for_long(void **state)
{
	struct router r;
	struct peer p = router_misled(&r);

	/* 156/256 of our own second, and not of 40.95 s. */
	p.advert.priority = 0;
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + 609375000);
	router_time(&r, r.now + 609375000);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_RESIGNED);
	/* One that is long and believed counts as the RFC says. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 255);
	p.advert.interval = 10 * TICK_SECOND;
	router_hear(&r, &p);
	p.advert.priority = 0;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + 6093750000);
}

static void honest_intervals_are_not_doubted(void **state)
{
	static const struct {
		tick_t own, theirs;
		bool doubted;
	} rows[] = {
		{ TICK_SECOND, 10 * TICK_SECOND, false },
		{ TICK_SECOND, 1001 * TICK_CENTISECOND, true },
		{ TICK_CENTISECOND, 3 * TICK_SECOND, false },
		{ TICK_CENTISECOND, 301 * TICK_CENTISECOND, true },
		{ 10 * TICK_SECOND, 4095 * TICK_CENTISECOND, false },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct router r;
		struct peer p;

		router_new(&r, IP_V4, 3, 100);
		r.config.interval = rows[i].own;
		router_start(&r);
		p = peer_of(&r, 200);
		p.advert.interval = rows[i].theirs;
		router_hear(&r, &p);
		assert_int_equal(r.v.probe_timer != TICK_NEVER,
				 rows[i].doubted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forged_interval_costs_seconds),
		cmocka_unit_test(an_answer_is_believed),
		cmocka_unit_test(an_advertisement_is_believed),
		cmocka_unit_test(a_lower_one_ends_the_doubt),
		cmocka_unit_test(a_timer_that_ends_sooner_stays),
		cmocka_unit_test(a_resignation_is_not_doubted_for_long),
		cmocka_unit_test(honest_intervals_are_not_doubted),
	};

	return RUN(tests);
}
