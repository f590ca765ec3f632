/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An interval that is not ours, and that perhaps nobody keeps (src/vrrp/
 * doubt.c): a longer one is asked about before its silence is believed, and a
 * short one that was not kept is not believed twice.
 */
#include "../conformance/router.h"

/* Of priority 100 at 1 s: Active_Down_Interval, and all three probes. */
#define OWN         ((tick_t)3609375000)
#define PROBES_MOST (750 * TICK_MILLISECOND)
#define PROBE_LEAST (190 * TICK_MILLISECOND)

static void say(struct router *r, enum vrrp_event_type type)
{
	router_event(r, &(struct vrrp_event){ .type = type });
}

/* Three probes from now on, and Active when our own timer is over. */
static void asks_three_times(struct router *r, tick_t heard)
{
	tick_t asked = vrrp_deadline(&r->v);

	assert_true(asked >= heard + OWN - PROBES_MOST);
	router_time(r, asked - 1);
	assert_int_equal(r->out.count, 0);
	assert_unchanged(r);
	for (int i = 0; i < 3; i++) {
		router_time(r, asked);
		assert_order(r, VRRP_ACTION_PROBE);
		assert_int_equal(r->v.state, VRRP_BACKUP);
		assert_true(vrrp_deadline(&r->v) >= asked + PROBE_LEAST);
		asked = vrrp_deadline(&r->v);
	}
	assert_tick(asked, heard + OWN);
	router_time(r, asked);
	assert_entered(r, VRRP_ACTIVE, VRRP_CAUSE_NO_ANSWER);
}

static void a_forged_interval_costs_one_of_ours(void **state)
{
	static const tick_t said[] = { 101, 200, 360, 361, 999, 1001, 4095 };

	for (size_t i = 0; i < ARRAY_LENGTH(said); i++) {
		struct router r;
		struct peer p;

		router_active(&r, IP_V4, 3, 100);
		p = peer_of(&r, 255);
		p.advert.interval = said[i] * TICK_CENTISECOND;
		router_hear(&r, &p);
		assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_PRIORITY);
		asks_three_times(&r, r.now);
		/* Perhaps dead, perhaps never there: the order of 6.4.2. */
		assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
			     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
		/* The event names the sender. */
		assert_true(
			ip_equal(&first_of(&r, VRRP_ACTION_STATE)->state.peer,
				 &p.source));
	}
}

/* It is the same for one that has heard nobody yet. */
static void a_backup_that_heard_nobody_asks_too(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 100);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	asks_three_times(&r, r.now);
}

/* Its own Active_Down_Interval scales, and so do the questions. */
static void at_small_intervals_too(void **state)
{
	struct router r;
	struct peer p;
	tick_t heard;

	router_new(&r, IP_V4, 3, 100);
	r.config.interval = TICK_CENTISECOND;
	router_start(&r);
	p = peer_of(&r, 200);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(&r, &p);
	heard = r.now;
	while (r.v.state == VRRP_BACKUP)
		router_time(&r, vrrp_deadline(&r.v));
	assert_int_equal(r.v.probes, 0);
	assert_tick(r.now, heard + 36093750);
}

static void an_answer_is_believed_for_as_long(void **state)
{
	struct router r;

	router_misled(&r);
	for (int i = 0; i < 10; i++) {
		router_time(&r, vrrp_deadline(&r.v));
		assert_order(&r, VRRP_ACTION_PROBE);
		r.now += TICK_MILLISECOND;
		say(&r, VRRP_EVENT_ANSWERED);
		assert_int_equal(r.out.count, 0);
	}
	assert_int_equal(r.v.state, VRRP_BACKUP);
	/* The last one: it costs no more than an advertisement. */
	asks_three_times(&r, r.now);
	/* One that nobody asked for changes nothing. */
	router_misled(&r);
	say(&r, VRRP_EVENT_ANSWERED);
	assert_unchanged(&r);
	router_active(&r, IP_V4, 3, 100);
	say(&r, VRRP_EVENT_ANSWERED);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
}

/* A kernel may answer for a router that is dead: not for longer than this. */
static void answers_do_not_outlive_the_active_down_interval(void **state)
{
	struct router r;
	tick_t heard;

	router_misled(&r);
	heard = r.now;
	while (r.v.state == VRRP_BACKUP) {
		router_time(&r, vrrp_deadline(&r.v));
		say(&r, VRRP_EVENT_ANSWERED);
	}
	assert_tick(r.v.since, heard + 122850000000 + 24953906250);
}

static void an_advertisement_is_believed(void **state)
{
	struct router r;
	struct peer p = router_misled(&r);

	router_time(&r, vrrp_deadline(&r.v));
	router_time(&r, vrrp_deadline(&r.v));
	router_hear(&r, &p);
	assert_int_equal(r.v.probes, 0);
	assert_true(r.v.probe_timer > r.now + 2 * TICK_SECOND);
	p.advert.interval = TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.probe_timer, TICK_NEVER);
}

/* Heard as often as it says, it is asked no more; its death is noticed. */
static void who_keeps_its_interval_is_believed(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 2 * TICK_SECOND;
	for (int i = 0; i < 3; i++) {
		assert_true(i == 0 || r.v.probe_timer != TICK_NEVER);
		/* At 2 s beside our 1 s it is never even asked. */
		r.now += 2 * TICK_SECOND;
		assert_true(vrrp_deadline(&r.v) > r.now);
		router_hear(&r, &p);
	}
	assert_tick(r.v.probe_timer, TICK_NEVER);
	assert_tick(vrrp_deadline(&r.v), r.now + 6000000000 + 1218750000);
	/* What it says for another reason takes nothing away. */
	r.now += TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_tick(r.v.probe_timer, TICK_NEVER);
	router_time(&r, vrrp_deadline(&r.v));
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	/* And then it begins anew. */
	router_hear(&r, &p);
	assert_true(r.v.probe_timer != TICK_NEVER);
}

/* Answers of the same Active do not count, nor those of two. */
static void who_keeps_it_not_is_not_believed(void **state)
{
	struct router r;
	struct peer p = router_misled(&r), other = p;

	/* Early. */
	for (int i = 0; i < 5; i++) {
		r.now += TICK_SECOND;
		router_hear(&r, &p);
	}
	assert_int_equal(r.v.kept, 0);
	/* In turn. */
	peer_from(&other, 77);
	p.advert.interval = other.advert.interval = 2 * TICK_SECOND;
	for (int i = 0; i < 10; i++) {
		r.now += 2 * TICK_SECOND;
		router_hear(&r, i % 2 ? &p : &other);
	}
	assert_int_equal(r.v.kept, 0);
	/* Each time another one. */
	for (int i = 0; i < 10; i++) {
		p.advert.interval = (i % 2 ? 3 : 2) * TICK_SECOND;
		r.now += 2 * TICK_SECOND;
		router_hear(&r, &p);
	}
	assert_int_equal(r.v.kept, 0);
	assert_true(r.v.probe_timer != TICK_NEVER);
}

/* Without who gave up on it: the next one it hears is the first one. */
static void whom_nobody_answers_for_begins_anew(void **state)
{
	struct router r;
	struct peer p = router_misled(&r);

	for (int i = 0; i < 5; i++) {
		while (r.v.state == VRRP_BACKUP)
			router_time(&r, vrrp_deadline(&r.v));
		r.now += 30 * TICK_SECOND;
		router_hear(&r, &p);
		assert_int_equal(r.v.kept, 0);
		assert_true(r.v.probe_timer < r.now + OWN);
	}
}

/* Of 1 cs: 30 ms and 6.09375 ms. */
#define SHORT ((tick_t)36093750)

static void a_short_one_misleads_once(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 255);
	p.advert.interval = TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + SHORT);
	router_time(&r, r.now + SHORT);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	/* For a minute it waits as long as for one of ours ... */
	for (int i = 0; i < 3; i++) {
		router_hear(&r, &p);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		assert_tick(vrrp_deadline(&r.v), r.now + OWN);
		router_time(&r, r.now + OWN);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	}
	/* ... unless it is kept ... */
	for (int i = 0; i < 3; i++) {
		assert_true(i == 0 || vrrp_deadline(&r.v) == r.now + OWN);
		r.now += TICK_CENTISECOND;
		router_hear(&r, &p);
	}
	assert_tick(vrrp_deadline(&r.v), r.now + SHORT);
	assert_non_null(note_of(&r, VRRP_NOTE_INTERVAL_LEARNED));
	router_time(&r, r.now + SHORT);
	/* ... and then it is as before. */
	r.now += 60 * TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + SHORT);
}

/* One each 45 ms names 10 ms and does not keep them. */
static void who_names_less_than_it_keeps_is_not_believed(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 255);
	p.advert.interval = TICK_CENTISECOND;
	for (int i = 0; i < 100; i++) {
		router_hear(&r, &p);
		router_run(&r, r.now + 45 * TICK_MILLISECOND);
		assert_int_equal(r.v.state, i == 0 ? VRRP_ACTIVE : VRRP_BACKUP);
	}
}

/* It hands over, and the successor that it hears was never there. */
static void a_forged_heir_costs_no_more(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	say(&r, VRRP_EVENT_HANDOVER);
	p = peer_of(&r, 200);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(&r, &p);
	router_run(&r, r.v.leave_timer);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	asks_three_times(&r, r.v.since);
}

/* Another process goes on: it listens no longer than for one of ours. */
static void who_adopts_a_doubt_doubts(void **state)
{
	struct router r;
	struct peer p;
	tick_t due;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 30 * TICK_SECOND;
	router_hear(&r, &p);
	due = r.v.down_timer;
	r.now = due - TICK_SECOND;
	say(&r, VRRP_EVENT_ADOPTED);
	assert_tick(r.v.down_timer, due + 500 * TICK_MILLISECOND);
}

/* As if it had been so when the timer was started. */
static void a_new_configuration_asks_anew(void **state)
{
	struct router r;
	struct vrrp_config other;
	tick_t heard;

	router_misled(&r);
	heard = r.now;
	other = r.config;
	other.priority = 255;
	router_time(&r, vrrp_deadline(&r.v));
	router_configure(&r, &other);
	assert_int_equal(r.v.probes, 0);
	assert_true(r.v.probe_timer >= heard + 3 * TICK_SECOND - PROBES_MOST);
	assert_true(r.v.probe_timer < heard + OWN - PROBES_MOST);
	other.interval = 4095 * TICK_CENTISECOND;
	router_configure(&r, &other);
	assert_tick(r.v.probe_timer, TICK_NEVER);
	/* What was kept by another measure was not. */
	other.interval = 2 * TICK_SECOND;
	router_configure(&r, &other);
	assert_true(r.v.probe_timer != TICK_NEVER);
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
	router_time(&r, r.now + 3 * TICK_SECOND);
	assert_order(&r, VRRP_ACTION_PROBE);
	router_hear(&r, &lower);
	assert_no_action(&r);
	assert_tick(r.v.down_timer, r.now + OWN);
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
	/* One that is kept counts as the RFC says. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 255);
	p.advert.interval = 2 * TICK_SECOND;
	for (int i = 0; i < 3; i++) {
		r.now += 2 * TICK_SECOND;
		router_hear(&r, &p);
	}
	p.advert.priority = 0;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + 1218750000);
}

/* Nor one that is ours, or that is shorter. */
static void other_intervals_are_not_doubted(void **state)
{
	static const tick_t said[] = { 1, 99, 100 };

	for (size_t i = 0; i < ARRAY_LENGTH(said); i++) {
		struct router r;
		struct peer p;

		router_backup(&r, IP_V4, 3, 100);
		p = peer_of(&r, 200);
		p.advert.interval = said[i] * TICK_CENTISECOND;
		router_hear(&r, &p);
		assert_tick(r.v.probe_timer, TICK_NEVER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forged_interval_costs_one_of_ours),
		cmocka_unit_test(a_backup_that_heard_nobody_asks_too),
		cmocka_unit_test(at_small_intervals_too),
		cmocka_unit_test(an_answer_is_believed_for_as_long),
		cmocka_unit_test(
			answers_do_not_outlive_the_active_down_interval),
		cmocka_unit_test(who_keeps_its_interval_is_believed),
		cmocka_unit_test(who_keeps_it_not_is_not_believed),
		cmocka_unit_test(whom_nobody_answers_for_begins_anew),
		cmocka_unit_test(a_short_one_misleads_once),
		cmocka_unit_test(who_names_less_than_it_keeps_is_not_believed),
		cmocka_unit_test(a_forged_heir_costs_no_more),
		cmocka_unit_test(who_adopts_a_doubt_doubts),
		cmocka_unit_test(a_new_configuration_asks_anew),
		cmocka_unit_test(an_advertisement_is_believed),
		cmocka_unit_test(a_lower_one_ends_the_doubt),
		cmocka_unit_test(a_timer_that_ends_sooner_stays),
		cmocka_unit_test(a_resignation_is_not_doubted_for_long),
		cmocka_unit_test(other_intervals_are_not_doubted),
	};

	return RUN(tests);
}
