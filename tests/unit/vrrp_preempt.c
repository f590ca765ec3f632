/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Backup that is about to preempt, and then is not to: its own priority
 * sinks, or Preempt_Mode is switched off, while its Active_Down_Timer runs on
 * beside a living lower Active (6.4.2 (450), src/vrrp/backup.c).
 */
#include "../conformance/router.h"

/*
 * At START a Backup of priority 200, that for 2 s has heard each second one
 * with 100, whose interval is 2 s. It would preempt at 3.21875 s.
 */
static struct peer about_to_preempt(struct router *r)
{
	struct peer lower;

	router_backup(r, IP_V4, 3, 200);
	lower = peer_of(r, 100);
	lower.advert.interval = 2 * TICK_SECOND;
	for (int i = 0; i < 2; i++) {
		r->now += TICK_SECOND;
		router_hear(r, &lower);
	}
	assert_int_equal(r->v.down_cause, VRRP_CAUSE_PREEMPT);
	return lower;
}

/* From what it heard last: 3 * 2 s, and its own skew of 2 s. */
static void it_waits_for(struct router *r, const struct peer *lower,
			 tick_t skew)
{
	tick_t heard = r->now;

	assert_int_equal(r->v.state, VRRP_BACKUP);
	assert_tick(r->v.down_timer, heard + 6 * TICK_SECOND + skew);
	assert_int_equal(r->v.down_cause, VRRP_CAUSE_SILENCE);
	/* It goes on hearing it, and never is Active. */
	for (int i = 0; i < 5; i++) {
		assert_int_equal(router_run(r, r->now + 2 * TICK_SECOND), 0);
		router_hear(r, lower);
		assert_no_action(r);
	}
	/* When it dies, it serves. */
	router_time(r, vrrp_deadline(&r->v));
	assert_entered(r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
}

static void its_priority_sinks(void **state)
{
	static const struct {
		uint8_t priority;
		tick_t skew;
	} cases[] = { { 50, 1609375000 }, { 100, 1218750000 } };

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct router r;
		struct peer lower = about_to_preempt(&r);

		router_priority(&r, cases[i].priority);
		it_waits_for(&r, &lower, cases[i].skew);
	}
}

/* Still the better one: it preempts when it would have, but for its skew. */
static void it_sinks_not_far_enough(void **state)
{
	struct router r;
	tick_t then;

	about_to_preempt(&r);
	then = r.v.down_timer;
	router_priority(&r, 101);
	/* 99/256 s later */
	assert_tick(r.v.down_timer, then + 386718750);
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
}

static void it_is_told_not_to_preempt(void **state)
{
	struct router r;
	struct peer lower = about_to_preempt(&r);
	struct vrrp_config changed = r.config;

	changed.preempt = false;
	router_configure(&r, &changed);
	it_waits_for(&r, &lower, 437500000);
	/* Or only later. */
	lower = about_to_preempt(&r);
	changed = r.config;
	changed.preempt_delay = 60 * TICK_SECOND;
	router_configure(&r, &changed);
	assert_tick(r.v.down_timer, r.now + 6437500000);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	r.now += TICK_SECOND;
	router_hear(&r, &lower);
	assert_tick(r.v.preempt_timer, r.now + 60 * TICK_SECOND);
	/* An owner preempts whatever Preempt_Mode says (6.1). */
	about_to_preempt(&r);
	changed = r.config;
	changed.preempt = false;
	changed.priority = 255;
	router_configure(&r, &changed);
	assert_true(r.v.down_timer < r.now + 2 * TICK_SECOND);
}

static void let_wait(struct router *r, bool waits)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	event.track.waits = waits;
	router_event(r, &event);
}

/* For something without which it had better not serve. */
static void it_is_told_to_wait(void **state)
{
	struct router r;
	struct peer lower = about_to_preempt(&r);

	let_wait(&r, true);
	it_waits_for(&r, &lower, 437500000);
	/* Then it preempts as any. */
	router_backup(&r, IP_V4, 3, 200);
	let_wait(&r, true);
	lower = peer_of(&r, 100);
	router_hear(&r, &lower);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_SILENCE);
	let_wait(&r, false);
	router_hear(&r, &lower);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_PREEMPT);
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
}

/* After the better one resigned: Skew_Time runs, and a lower one was faster. */
static void a_resignation_is_no_excuse(void **state)
{
	struct router r;
	struct peer better, lower;

	router_backup(&r, IP_V4, 3, 200);
	better = peer_of(&r, 250);
	router_hear(&r, &better);
	better.advert.priority = 0;
	router_hear(&r, &better);
	lower = peer_of(&r, 100);
	lower.advert.interval = 2 * TICK_SECOND;
	peer_from(&lower, 10);
	r.now += 100 * TICK_MILLISECOND;
	router_hear(&r, &lower);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_RESIGNED);
	router_priority(&r, 50);
	it_waits_for(&r, &lower, 1609375000);
}

/* Who was heard, and is heard no more, is nobody to wait for. */
static void the_lower_one_is_gone(void **state)
{
	struct router r;
	struct peer lower = about_to_preempt(&r), better;
	tick_t then;

	/* It resigned. */
	lower.advert.priority = 0;
	router_hear(&r, &lower);
	router_priority(&r, 50);
	/* 206/256 s */
	assert_tick(r.v.down_timer, r.now + 804687500);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_RESIGNED);
	/* A better one came and was accepted. */
	about_to_preempt(&r);
	better = peer_of(&r, 220);
	peer_from(&better, 10);
	router_hear(&r, &better);
	then = r.now;
	r.now += TICK_SECOND;
	router_priority(&r, 50);
	assert_tick(r.v.down_timer, then + 3 * TICK_SECOND + 804687500);
	/* It is silent for so long that its time is over. */
	about_to_preempt(&r);
	then = r.now;
	r.now = then + 20 * TICK_SECOND;
	router_priority(&r, 50);
	assert_tick(r.v.down_timer, then + 7609375000);
	router_time(&r, r.now);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
}

/* In version 2 an interval is never learned: all have ours, or are dropped. */
static void version_2_keeps_its_own_interval(void **state)
{
	struct router r;
	struct peer lower;
	struct vrrp_config changed;

	router_backup(&r, IP_V4, 2, 200);
	lower = peer_of(&r, 100);
	r.now += TICK_SECOND;
	router_hear(&r, &lower);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_PREEMPT);
	changed = r.config;
	changed.priority = 50;
	changed.interval = 2 * TICK_SECOND;
	router_configure(&r, &changed);
	/* Version 2: the skew is 206/256 of a second. */
	assert_tick(r.v.down_timer, r.now + 6 * TICK_SECOND + 804687500);
}

/* The one that was preempted ends with a word; if it goes on, that is told. */
static void the_last_word_is_no_news(void **state)
{
	struct router r;
	struct peer lower = about_to_preempt(&r);

	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
	r.now += 10 * TICK_MILLISECOND;
	router_hear(&r, &lower);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	assert_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
	r.now += 100 * TICK_MILLISECOND;
	router_hear(&r, &lower);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
	/* A word that comes an interval later is none. */
	lower = about_to_preempt(&r);
	router_time(&r, r.v.down_timer);
	r.now += TICK_SECOND;
	router_hear(&r, &lower);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_priority_sinks),
		cmocka_unit_test(it_sinks_not_far_enough),
		cmocka_unit_test(it_is_told_not_to_preempt),
		cmocka_unit_test(it_is_told_to_wait),
		cmocka_unit_test(a_resignation_is_no_excuse),
		cmocka_unit_test(the_lower_one_is_gone),
		cmocka_unit_test(version_2_keeps_its_own_interval),
		cmocka_unit_test(the_last_word_is_no_news),
	};

	return cmocka_run_group_tests_name("vrrp_preempt", tests, NULL, NULL);
}
