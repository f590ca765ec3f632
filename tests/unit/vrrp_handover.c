/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planned changes of a virtual router: handover, its end, a way back, and
 * preemption that makes before it breaks (src/vrrp/handover.c).
 */
#include "../conformance/router.h"

/* Of priority 100, in which the successor says nothing yet. */
#define HEIRS_SKEW ((tick_t)609375000)

static void hand_over(struct router *r)
{
	router_event(r, &(struct vrrp_event){ .type = VRRP_EVENT_HANDOVER });
}

static void start(struct router *r)
{
	router_event(r, &(struct vrrp_event){ .type = VRRP_EVENT_STARTUP });
}

static void it_ends_as_a_backup_of_the_heir(void **state)
{
	struct router r;
	struct peer heir;

	router_active(&r, IP_V4, 3, 200);
	hand_over(&r);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 0);
	heir = peer_of(&r, 100);
	heir.advert.interval = 3 * TICK_SECOND;
	r.now += HEIRS_SKEW;
	router_hear(&r, &heir);
	assert_no_action(&r);
	/* The successor was heard: no more priority 0. */
	assert_int_equal(router_run(&r, r.now + 100 * TICK_MILLISECOND - 1), 0);
	router_time(&r, r.now + 1);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HANDOVER);
	assert_true(ip_equal(&r.v.active, &heir.source));
	assert_int_equal(r.v.active_priority, 100);
	/* 9 s and 56/256 of 3 s */
	assert_tick(r.v.down_timer, r.now + 9000000000 + 656250000);
}

static void what_was_given_is_not_taken_back(void **state)
{
	static const uint8_t priorities[] = { 200, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(priorities); i++) {
		struct router r;
		struct peer heir;

		router_active(&r, IP_V4, 3, priorities[i]);
		heir = peer_of(&r, 100);
		hand_over(&r);
		r.now += HEIRS_SKEW;
		router_hear(&r, &heir);
		router_run(&r, r.v.leave_timer);
		for (int n = 0; n < 20; n++) {
			r.now += TICK_SECOND;
			router_hear(&r, &heir);
			assert_no_action(&r);
			assert_true(r.v.down_timer > r.now + 3 * TICK_SECOND);
		}
		/* Its heir dies: it serves, and preempts again later. */
		router_time(&r, r.v.down_timer);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
		assert_false(r.v.yielded);
	}
}

static void nobody_there_and_it_remains(void **state)
{
	struct router r;
	tick_t told;

	router_active(&r, IP_V4, 3, 100);
	told = r.now;
	hand_over(&r);
	assert_int_equal(
		router_run(&r, told + 996093750 + 100 * TICK_MILLISECOND - 1),
		2);
	router_time(&r, r.now + 1);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 100);
	assert_non_null(note_of(&r, VRRP_NOTE_NO_SUCCESSOR));
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_false(vrrp_leaving(&r.v));
	assert_tick(r.v.adver_timer, r.now + TICK_SECOND);
	assert_tick(vrrp_deadline(&r.v), r.v.adver_timer);
}

static void only_an_active_hands_over(void **state)
{
	struct router r;

	router_backup(&r, IP_V4, 3, 100);
	hand_over(&r);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	router_interface(&r, VRRP_INTERFACE_DOWN, (struct ip){ 0 });
	hand_over(&r);
	assert_int_equal(r.out.count, 0);
	router_new(&r, IP_V4, 3, 100);
	vrrp_init(&r.v, &r.config);
	hand_over(&r);
	assert_int_equal(r.out.count, 0);
	/* One that is told twice does so once. */
	router_active(&r, IP_V4, 3, 100);
	hand_over(&r);
	r.now += TICK_MILLISECOND;
	hand_over(&r);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
}

static void a_startup_meanwhile_ends_as_backup(void **state)
{
	struct router r;
	struct peer heir;

	router_active(&r, IP_V4, 3, 200);
	router_shutdown(&r);
	start(&r);
	assert_int_equal(r.out.count, 0);
	heir = peer_of(&r, 100);
	r.now += HEIRS_SKEW;
	router_hear(&r, &heir);
	router_time(&r, r.v.leave_timer);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HANDOVER);
	assert_true(r.v.started);
	/* And a shutdown during a handover ends in Initialize. */
	router_active(&r, IP_V4, 3, 200);
	hand_over(&r);
	router_shutdown(&r);
	assert_int_equal(r.out.count, 0);
	r.now += HEIRS_SKEW;
	router_hear(&r, &heir);
	router_time(&r, r.v.leave_timer);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
}

static void a_reload_meanwhile_keeps_the_heirs_interval(void **state)
{
	struct router r;
	struct peer heir;
	struct vrrp_config changed;

	router_active(&r, IP_V4, 3, 200);
	changed = r.config;
	heir = peer_of(&r, 100);
	hand_over(&r);
	r.now += HEIRS_SKEW;
	router_hear(&r, &heir);
	changed.interval = TICK_CENTISECOND;
	router_configure(&r, &changed);
	assert_no_action(&r);
	assert_true(vrrp_leaving(&r.v));
	router_time(&r, r.v.leave_timer);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_tick(r.v.down_timer, r.now + 3218750000);
}

static void no_interface_ends_it(void **state)
{
	struct router r;

	router_active(&r, IP_V4, 3, 100);
	hand_over(&r);
	router_interface(&r, VRRP_INTERFACE_MISSING, (struct ip){ 0 });
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_INTERFACE_MISSING);
	assert_false(vrrp_leaving(&r.v));
	router_interface(&r, VRRP_INTERFACE_UP, r.source);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
}

static void another_that_leaves_is_no_heir(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	hand_over(&r);
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_false(r.v.heir);
	/* The first one is; a second one takes its place, in the same time. */
	p = peer_of(&r, 50);
	r.now += 700 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_true(r.v.heir);
	p = peer_of(&r, 250);
	peer_from(&p, 13);
	r.now += 50 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_no_action(&r);
	assert_tick(r.v.leave_timer, r.now + 50 * TICK_MILLISECOND);
	assert_int_equal(r.v.active.bytes[3], 13);
	/* That the first one says 0 is no news. */
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_no_action(&r);
	assert_true(r.v.heir);
}

/*
 * Whoever lost to us lets go, with a last word: it is no successor. That one
 * waits for its Skew_Time, of which three quarters are 457.03125 ms.
 */
static void a_last_word_is_no_heirs(void **state)
{
	struct router r;
	struct peer loser, heir;

	for (int at_once = 0; at_once < 2; at_once++) {
		router_active(&r, IP_V4, 3, at_once ? 200 : 100);
		hand_over(&r);
		loser = peer_of(&r, 100);
		peer_from(&loser, 10);
		r.now += at_once ? 0 : 457031249;
		router_hear(&r, &loser);
		assert_no_action(&r);
		assert_false(r.v.heir);
		assert_tick(r.v.leave_timer, r.v.resigned_at + 1096093750);
	}
	router_active(&r, IP_V4, 3, 100);
	hand_over(&r);
	r.now += 457031250;
	router_hear(&r, &loser);
	assert_true(r.v.heir);
	/* A better one may speak at any time; and it has its losers. */
	router_active(&r, IP_V4, 3, 100);
	hand_over(&r);
	heir = peer_of(&r, 100);
	router_hear(&r, &heir);
	assert_true(r.v.heir);
	r.now += 50 * TICK_MILLISECOND;
	router_hear(&r, &loser);
	assert_true(ip_equal(&r.v.active, &heir.source));
	router_time(&r, r.v.leave_timer);
	assert_true(ip_equal(&first_of(&r, VRRP_ACTION_STATE)->state.peer,
			     &heir.source));
}

/* Three successors may be lost, in each handover anew. */
static void each_handover_has_its_own_successors(void **state)
{
	struct router r;
	struct peer heir, gone;

	router_active(&r, IP_V4, 3, 200);
	heir = peer_of(&r, 100);
	gone = peer_of(&r, 0);
	for (int handover = 0; handover < 2; handover++) {
		hand_over(&r);
		for (int lost = 0; lost < 4; lost++) {
			r.now += HEIRS_SKEW;
			router_hear(&r, &heir);
			assert_true(r.v.heir);
			router_hear(&r, &gone);
			assert_int_equal(r.v.heir, lost == 3);
		}
		router_time(&r, r.v.leave_timer);
		assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HANDOVER);
		router_time(&r, r.v.down_timer);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	}
}

/* Active, told to leave so, and 50 ms ago it heard its heir. */
static struct peer with_an_heir(struct router *r, enum vrrp_event_type type)
{
	struct peer heir;

	router_active(r, IP_V4, 3, 200);
	router_event(r, &(struct vrrp_event){ .type = type });
	heir = peer_of(r, 100);
	heir.advert.interval = 3 * TICK_SECOND;
	r->now += 600 * TICK_MILLISECOND;
	router_hear(r, &heir);
	assert_true(r->v.heir);
	r->now += 50 * TICK_MILLISECOND;
	heir.advert.priority = 0;
	return heir;
}

/* 255/256 s, and 100 ms; three times priority 0 */
#define WHOLE_BOUND (996093750 + 100 * TICK_MILLISECOND)

static void an_heir_that_leaves_is_none(void **state)
{
	struct router r;
	struct peer heir = with_an_heir(&r, VRRP_EVENT_HANDOVER);
	tick_t lost = r.now;

	router_hear(&r, &heir);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 0);
	assert_false(r.v.heir);
	assert_true(ip_equal(&r.v.active, &r.source));
	assert_int_equal(r.v.active_priority, 200);
	assert_tick(r.v.active_interval, TICK_SECOND);
	/* It repeats itself: that starts nothing. */
	router_hear(&r, &heir);
	assert_no_action(&r);
	/* As at the beginning; and then it remains, as with nobody there. */
	assert_int_equal(router_run(&r, lost + WHOLE_BOUND - 1), 2);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	router_time(&r, lost + WHOLE_BOUND);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 200);
	assert_non_null(note_of(&r, VRRP_NOTE_NO_SUCCESSOR));
	assert_false(vrrp_leaving(&r.v));
	/* Told to stop, it stops then. */
	heir = with_an_heir(&r, VRRP_EVENT_SHUTDOWN);
	lost = r.now;
	router_hear(&r, &heir);
	assert_int_equal(router_run(&r, lost + WHOLE_BOUND - 1), 2);
	router_time(&r, lost + WHOLE_BOUND);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
}

static void another_heir_comes(void **state)
{
	struct router r;
	struct peer heir = with_an_heir(&r, VRRP_EVENT_HANDOVER);

	router_hear(&r, &heir);
	heir = peer_of(&r, 50);
	peer_from(&heir, 13);
	r.now += 804687500; /* its Skew_Time */
	router_hear(&r, &heir);
	assert_no_action(&r);
	assert_tick(vrrp_deadline(&r.v), r.now + 100 * TICK_MILLISECOND);
	router_time(&r, r.now + 100 * TICK_MILLISECOND);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HANDOVER);
	assert_int_equal(r.v.active.bytes[3], 13);
	assert_int_equal(r.v.active_priority, 50);
}

/* Somebody says 100, 0, 100, 0, ...: we are not kept for ever. */
static void nobody_is_kept_for_ever(void **state)
{
	struct router r;
	struct peer heir = with_an_heir(&r, VRRP_EVENT_SHUTDOWN);
	unsigned lost = 0;

	for (int i = 0; i < 100; i++) {
		heir.advert.priority = 0;
		router_hear(&r, &heir);
		lost += !r.v.heir;
		heir.advert.priority = 100;
		r.now += HEIRS_SKEW;
		router_hear(&r, &heir);
	}
	assert_int_equal(lost, 3);
	router_time(&r, r.now + 100 * TICK_MILLISECOND);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
	/* The next time it counts anew. */
	heir = with_an_heir(&r, VRRP_EVENT_HANDOVER);
	router_hear(&r, &heir);
	assert_false(r.v.heir);
}

/* DEVIATION from the order of 6.4.2 (410), for an Active that lives. */
static void the_living_are_preempted_when_all_is_ready(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 200);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	router_time(&r, r.v.down_timer);
	assert_order(&r, VRRP_ACTION_CLAIM, VRRP_ACTION_ANNOUNCE,
		     VRRP_ACTION_SEND, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
	router_new(&r, IP_V4, 3, 200);
	r.config.preempt_delay = 2 * TICK_SECOND;
	router_start(&r);
	router_hear(&r, &p);
	router_time(&r, r.v.preempt_timer);
	assert_order(&r, VRRP_ACTION_CLAIM, VRRP_ACTION_ANNOUNCE,
		     VRRP_ACTION_SEND, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT_DELAY);
	/* After priority 0 nobody is to be deposed: 6.4.2. */
	router_backup(&r, IP_V4, 3, 200);
	router_hear(&r, &p);
	p.advert.priority = 0;
	router_hear(&r, &p);
	router_time(&r, r.v.down_timer);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
		     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_RESIGNED);
}

/* Up, and not started. */
static void stay_out(struct router *r)
{
	router_new(r, IP_V4, 3, 100);
	vrrp_init(&r->v, &r->config);
	router_interface(r, VRRP_INTERFACE_UP, r->source);
}

/* From a program of this machine: the other routers see no change. */
static void a_takeover_speaks_at_once(void **state)
{
	static const struct vrrp_event takeover = {
		.type = VRRP_EVENT_TAKEOVER,
	};
	struct router r;

	stay_out(&r);
	router_event(&r, &takeover);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
		     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_TAKEOVER);
	assert_int_equal(sent_by(&r).advert.priority, 100);
	assert_tick(r.v.adver_timer, r.now + TICK_SECOND);
	/* Only one that stays out takes over. */
	router_event(&r, &takeover);
	assert_no_action(&r);
	router_backup(&r, IP_V4, 3, 100);
	router_event(&r, &takeover);
	assert_no_action(&r);
	/* With a reason to be in FAULT it ends what the other one served. */
	stay_out(&r);
	router_event(&r, &(struct vrrp_event){
				 .type = VRRP_EVENT_TRACK,
				 .track.faults = 1 << VRRP_FAULT_SCRIPT });
	router_event(&r, &takeover);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_SEND,
		     VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_int_equal(first_of(&r, VRRP_ACTION_SEND)->send.priority,
			 VRRP_PRIORITY_RESIGN);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_SCRIPT);
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_TRACK });
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
}

/* It is told to stop, what it tracks fails, and it is told to go on. */
static void who_returns_with_a_fault_does_not_serve(void **state)
{
	struct vrrp_event bad = { .type = VRRP_EVENT_TRACK };
	struct router r;

	router_active(&r, IP_V4, 3, 200);
	router_shutdown(&r);
	bad.track.faults = 1 << VRRP_FAULT_SCRIPT;
	router_event(&r, &bad);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	start(&r);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_SCRIPT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_as_a_backup_of_the_heir),
		cmocka_unit_test(a_takeover_speaks_at_once),
		cmocka_unit_test(what_was_given_is_not_taken_back),
		cmocka_unit_test(nobody_there_and_it_remains),
		cmocka_unit_test(only_an_active_hands_over),
		cmocka_unit_test(a_startup_meanwhile_ends_as_backup),
		cmocka_unit_test(a_reload_meanwhile_keeps_the_heirs_interval),
		cmocka_unit_test(no_interface_ends_it),
		cmocka_unit_test(another_that_leaves_is_no_heir),
		cmocka_unit_test(a_last_word_is_no_heirs),
		cmocka_unit_test(each_handover_has_its_own_successors),
		cmocka_unit_test(an_heir_that_leaves_is_none),
		cmocka_unit_test(another_heir_comes),
		cmocka_unit_test(nobody_is_kept_for_ever),
		cmocka_unit_test(the_living_are_preempted_when_all_is_ready),
		cmocka_unit_test(who_returns_with_a_fault_does_not_serve),
	};

	return cmocka_run_group_tests_name("vrrp_handover", tests, NULL, NULL);
}
