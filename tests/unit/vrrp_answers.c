/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an Active says when it hears another one, where the configuration
 * differs from the default (src/vrrp/active.c).
 */
#include "../conformance/router.h"

/* An Active of priority 200 that does not answer those that lose. */
static void silent(struct router *r)
{
	router_new(r, IP_V4, 3, 200);
	r->config.lower_prio_no_advert = true;
	router_start(r);
	router_time(r, r->v.down_timer);
}

static void a_losing_one_is_not_answered(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	silent(&r);
	timer = r.v.adver_timer;
	p = peer_of(&r, 100);
	r.now += 400 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_ANNOUNCE);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
	/* Its next regular one tells, when it is due. */
	assert_tick(r.v.adver_timer, timer);
	router_time(&r, timer);
	assert_order(&r, VRRP_ACTION_SEND);
	/* The same for an equal one of lower address. */
	p = peer_of(&r, 200);
	peer_from(&p, 10);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_ANNOUNCE);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

/* What is limited for an answer is limited without it. */
static void a_flood_asks_for_few_announcements(void **state)
{
	struct router r;
	struct peer p;
	unsigned announced = 0;

	silent(&r);
	p = peer_of(&r, 100);
	for (int i = 0; i < 1000; i++) {
		router_hear(&r, &p);
		assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 0);
		/* Nothing that was wanted is suppressed. */
		assert_null(note_of(&r, VRRP_NOTE_ANSWER_SUPPRESSED));
		announced += count_of(&r, VRRP_ACTION_ANNOUNCE);
		for (tick_t next = r.now + TICK_MILLISECOND; r.now < next;) {
			router_time(&r, tick_min(next, vrrp_deadline(&r.v)));
			announced += count_of(&r, VRRP_ACTION_ANNOUNCE);
		}
	}
	assert_in_range(announced, 4, 10);
}

/* The Backups have learned its interval, and would soon take over from us. */
static void a_shorter_interval_is_answered(void **state)
{
	struct router r;
	struct peer p;

	silent(&r);
	p = peer_of(&r, 100);
	p.advert.interval = TICK_SECOND - TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	r.now += TICK_SECOND / 2;
	p.advert.interval = TICK_SECOND + TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 0);
}

static void priority_0_is_answered_nevertheless(void **state)
{
	struct router r;
	struct peer p;

	silent(&r);
	p = peer_of(&r, 0);
	r.now += 300 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_tick(r.v.adver_timer, r.now + TICK_SECOND);
}

/* Who slept yields to whoever serves, also without answers. */
static void who_slept_yields_nevertheless(void **state)
{
	struct router r;
	struct peer p;

	silent(&r);
	r.now += 10 * TICK_SECOND;
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_STALLED });
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STALLED);
}

/* Of priority 100, and it yields to those that are better without a word. */
static void quiet(struct router *r)
{
	router_new(r, IP_V4, 3, 100);
	r->config.higher_prio_send_advert = false;
	router_start(r);
	router_time(r, r->v.down_timer);
	assert_int_equal(r->v.state, VRRP_ACTIVE);
}

static void it_yields_without_a_word(void **state)
{
	static const uint8_t priorities[] = { 100, 101, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(priorities); i++) {
		struct router r;
		struct peer p;

		quiet(&r);
		p = peer_of(&r, priorities[i]);
		p.advert.interval = 30 * TICK_CENTISECOND;
		router_hear(&r, &p);
		assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
		assert_entered(&r, VRRP_BACKUP,
			       priorities[i] > 100 ? VRRP_CAUSE_HIGHER_PRIORITY
						   : VRRP_CAUSE_HIGHER_ADDRESS);
		/* All else is as always. */
		assert_true(ip_equal(&r.v.active, &p.source));
		assert_tick(r.v.active_interval, 30 * TICK_CENTISECOND);
		assert_tick(r.v.down_timer, r.now + 900000000 + 182812500);
	}
}

/* It is no part of the other one's answers. */
static void it_answers_those_that_lose(void **state)
{
	struct router r;
	struct peer p;

	quiet(&r);
	p = peer_of(&r, 99);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
}

/* Who slept has nothing to tell, also if it would otherwise. */
static void who_slept_says_nothing(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	assert_true(r.config.higher_prio_send_advert);
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_STALLED });
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
}

/* An owner, Active from START, that ignores the others. */
static void deaf(struct router *r)
{
	router_new(r, IP_V4, 3, 255);
	r->config.owner_ignore_adverts = true;
	router_start(r);
	assert_int_equal(r->v.state, VRRP_ACTIVE);
}

/* Not even an equal one, or who resigns, makes it say anything. */
static void an_owner_may_be_deaf(void **state)
{
	static const uint8_t priorities[] = { 0, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(priorities); i++) {
		struct router r;
		struct peer p;

		deaf(&r);
		p = peer_of(&r, priorities[i]);
		router_hear(&r, &p);
		assert_accepted(&r);
		assert_no_action(&r);
		assert_tick(vrrp_deadline(&r.v), START + TICK_SECOND);
		/* Another owner is noted nevertheless. */
		assert_int_equal(note_of(&r, VRRP_NOTE_TWO_OWNERS) != NULL,
				 priorities[i] == 255);
	}
}

/* Where a lesser one served, the hosts must be told; but it is not answered. */
static void a_deaf_owner_announces(void **state)
{
	struct router r;
	struct peer p;

	deaf(&r);
	p = peer_of(&r, 254);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_ANNOUNCE);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
	router_time(&r, START + TICK_SECOND);
	assert_order(&r, VRRP_ACTION_SEND);
	/* Unless its interval is one that misleads the Backups. */
	p.advert.interval = TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
}

/* The Backups of another owner may be misled as well; it is answered. */
static void a_deaf_owner_and_a_faster_one(void **state)
{
	struct router r;
	struct peer p;

	deaf(&r);
	p = peer_of(&r, 255);
	p.advert.interval = TICK_SECOND / 2;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_tick(vrrp_deadline(&r.v), START + TICK_SECOND);
	/* But not more often than any. */
	router_hear(&r, &p);
	assert_no_action(&r);
	/* And priority 0 never is. */
	r.now += TICK_SECOND / 2;
	p.advert.priority = 0;
	router_hear(&r, &p);
	assert_no_action(&r);
}

/* After it slept it serves on, whoever served meanwhile. */
static void a_deaf_owner_slept(void **state)
{
	static const uint8_t priorities[] = { 0, 100, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(priorities); i++) {
		struct vrrp_event slept = { .type = VRRP_EVENT_STALLED };
		struct router r;
		struct peer p;

		deaf(&r);
		r.now += 10 * TICK_SECOND;
		router_event(&r, &slept);
		p = peer_of(&r, priorities[i]);
		router_hear(&r, &p);
		assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 0);
		assert_int_equal(r.v.state, VRRP_ACTIVE);
		router_time(&r, r.now);
		assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 1);
	}
}

/* What the others understand is learned all the same. */
static void a_deaf_owner_speaks_their_form(void **state)
{
	struct router r;
	struct peer p;

	deaf(&r);
	assert_int_equal(sent_by(&r).advert.checksum, VRRP_CHECKSUM_RFC5798);
	p = peer_of(&r, 100);
	assert_int_equal(p.advert.checksum, VRRP_CHECKSUM_RFC9568);
	router_hear(&r, &p);
	router_time(&r, r.v.adver_timer);
	assert_int_equal(sent_by(&r).advert.checksum, VRRP_CHECKSUM_RFC9568);
}

/* Who leaves must hear its successor, and then follow it. */
static void a_deaf_owner_hands_over(void **state)
{
	struct router r;
	struct peer p;

	deaf(&r);
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_HANDOVER });
	p = peer_of(&r, 100);
	r.now += TICK_SECOND * 156 / 256;
	router_hear(&r, &p);
	assert_true(r.v.heir);
	router_time(&r, r.now + 100 * TICK_MILLISECOND);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HANDOVER);
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + 3003906250);
}

/* It is for owners. */
static void others_are_not_deaf(void **state)
{
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 254);
	r.config.owner_ignore_adverts = true;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_PRIORITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_losing_one_is_not_answered),
		cmocka_unit_test(a_flood_asks_for_few_announcements),
		cmocka_unit_test(a_shorter_interval_is_answered),
		cmocka_unit_test(priority_0_is_answered_nevertheless),
		cmocka_unit_test(who_slept_yields_nevertheless),
		cmocka_unit_test(it_yields_without_a_word),
		cmocka_unit_test(it_answers_those_that_lose),
		cmocka_unit_test(who_slept_says_nothing),
		cmocka_unit_test(an_owner_may_be_deaf),
		cmocka_unit_test(a_deaf_owner_announces),
		cmocka_unit_test(a_deaf_owner_and_a_faster_one),
		cmocka_unit_test(a_deaf_owner_slept),
		cmocka_unit_test(a_deaf_owner_speaks_their_form),
		cmocka_unit_test(a_deaf_owner_hands_over),
		cmocka_unit_test(others_are_not_deaf),
	};

	return RUN(tests);
}
