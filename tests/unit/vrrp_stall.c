/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A virtual router that did not run for a while, and what it makes of what
 * waited in its socket.
 */
#include "../conformance/router.h"

static void say(struct router *r, enum vrrp_event_type type)
{
	router_event(r, &(struct vrrp_event){ .type = type });
}

static void who_slept_steps_back(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	router_active(&r, IP_V4, 3, 200);
	timer = r.v.adver_timer;
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	assert_int_equal(r.out.count, 0);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STALLED);
	/* To a better one it yields without a last word, too. */
	router_active(&r, IP_V4, 3, 200);
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	p = peer_of(&r, 210);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	router_active(&r, IP_V4, 3, 200);
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	/* It takes over again as one that preempts, when it is ready. */
	for (int i = 0; i < 3; i++) {
		r.now += TICK_SECOND;
		router_hear(&r, &p);
	}
	/* A lower one is no news of a better one: it listens first. */
	router_time(&r, r.v.down_timer);
	assert_int_equal(r.out.count, 0);
	assert_tick(r.v.down_timer, r.now + 1500 * TICK_MILLISECOND);
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
	/* Nobody served meanwhile: it goes on, and stands its ground. */
	router_active(&r, IP_V4, 3, 200);
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	assert_true(r.v.adver_timer == timer);
	router_time(&r, r.now);
	assert_order(&r, VRRP_ACTION_SEND);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	/* Who resigns does not serve; but it is no time to speak yet. */
	router_active(&r, IP_V4, 3, 200);
	say(&r, VRRP_EVENT_STALLED);
	p.advert.priority = 0;
	router_hear(&r, &p);
	assert_no_action(&r);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	router_time(&r, r.v.adver_timer);
	assert_order(&r, VRRP_ACTION_SEND);
}

/* One that was in the socket since then. */
static void hear_late(struct router *r, const struct peer *p, tick_t came)
{
	struct message m = message_of(p);
	struct vrrp_event event = { .type = VRRP_EVENT_ADVERT };

	event.datagram = (struct vrrp_datagram){ .bytes = m.bytes,
						 .length = m.length,
						 .source = m.source,
						 .destination = m.destination,
						 .ttl = 255,
						 .received = came };
	router_event(r, &event);
}

/*
 * The socket kept what came first, and the Active's last words are lost: by
 * what is known its time is over, and yet somebody serves.
 */
static void a_backup_that_slept_listens_first(void **state)
{
	struct router r;
	struct peer p;
	tick_t slept;

	router_backup(&r, IP_V4, 3, 200);
	p = peer_of(&r, 210);
	router_hear(&r, &p);
	slept = r.now;
	r.now += 60 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	assert_int_equal(r.out.count, 0);
	for (int i = 1; i <= 8; i++)
		hear_late(&r, &p, slept + i * TICK_SECOND);
	assert_tick(r.v.down_timer, slept + 8 * TICK_SECOND + 3218750000);
	router_time(&r, r.now);
	assert_int_equal(r.out.count, 0);
	assert_tick(r.v.down_timer, r.now + 1500 * TICK_MILLISECOND);
	/* There it is; from now on all is as always. */
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	router_time(&r, r.now + 3218750000);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	/* Or nobody is there. */
	router_backup(&r, IP_V4, 3, 200);
	router_hear(&r, &p);
	r.now += 60 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	router_time(&r, r.now);
	assert_int_equal(r.out.count, 0);
	router_time(&r, r.now + 1500 * TICK_MILLISECOND);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
}

/* What is heard in time needs no second word. */
static void a_backup_that_heard_in_time_does_not(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 200);
	p = peer_of(&r, 210);
	r.now += 60 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	hear_late(&r, &p, r.now - 500 * TICK_MILLISECOND + 1);
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	/* Nor does one that is not late: before its time nothing is done. */
	router_backup(&r, IP_V4, 3, 200);
	router_hear(&r, &p);
	say(&r, VRRP_EVENT_STALLED);
	router_time(&r, r.v.down_timer - 1);
	assert_unchanged(&r);
	/* Preemption, and its delay, and questions, wait too. */
	router_backup(&r, IP_V4, 3, 200);
	r.config.preempt_delay = 5 * TICK_SECOND;
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	r.now += 60 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	router_time(&r, r.now);
	assert_tick(vrrp_deadline(&r.v), r.now + 1500 * TICK_MILLISECOND);
	assert_int_equal(r.out.count, 0);
	/* By an interval that is doubted nobody listens for a minute. */
	router_misled(&r);
	r.now += 60 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	router_time(&r, r.now);
	assert_int_equal(r.out.count, 0);
	assert_tick(vrrp_deadline(&r.v), r.now + 1500 * TICK_MILLISECOND);
}

/*
 * Its socket was full of what a stranger says, and had no room for the Active.
 * What is in it in time, but not from an Active, is no news of one.
 */
static void a_flood_is_no_news_of_the_active(void **state)
{
	static const uint8_t said[] = { 0, 1 };

	for (size_t i = 0; i < 2 * ARRAY_LENGTH(said); i++) {
		struct router r;
		struct peer active, other;
		tick_t listens;

		router_new(&r, IP_V4, 3, 200);
		r.config.preempt_delay = i < 2 ? 0 : 10 * TICK_MILLISECOND;
		router_start(&r);
		active = peer_of(&r, 210);
		router_hear(&r, &active);
		other = peer_of(&r, said[i % 2]);
		peer_from(&other, 77);
		r.now += 60 * TICK_SECOND;
		say(&r, VRRP_EVENT_STALLED);
		for (int k = 1; k <= 10; k++)
			hear_late(&r, &other, r.now - k * TICK_MILLISECOND);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		if (vrrp_deadline(&r.v) > r.now)
			r.now = vrrp_deadline(&r.v);
		router_time(&r, r.now);
		assert_int_equal(r.out.count, 0);
		listens = r.now + 1500 * TICK_MILLISECOND;
		assert_true(vrrp_deadline(&r.v) >= listens);
		/* There it is. */
		r.now += TICK_SECOND;
		router_hear(&r, &active);
		assert_tick(vrrp_deadline(&r.v), r.now + 3218750000);
	}
}

/* That the Active stops is news of it: then it need not listen for it. */
static void a_resignation_is_news_of_the_active(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 200);
	p = peer_of(&r, 210);
	router_hear(&r, &p);
	r.now += 60 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	p.advert.priority = 0;
	hear_late(&r, &p, r.now - TICK_MILLISECOND);
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_RESIGNED);
}

/* It steps back for the first word that waited; what follows is older still. */
static void who_stepped_back_does_not_return_at_once(void **state)
{
	struct router r;
	struct peer p;
	tick_t slept;

	for (int higher = 0; higher < 2; higher++) {
		router_active(&r, IP_V4, 3, 200);
		p = peer_of(&r, higher ? 210 : 200);
		peer_from(&p, 10);
		slept = r.now;
		r.now += 60 * TICK_SECOND;
		say(&r, VRRP_EVENT_STALLED);
		for (int i = 1; i <= 8; i++)
			hear_late(&r, &p, slept + i * TICK_SECOND);
		router_time(&r, r.now);
		assert_int_equal(r.out.count, 0);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		assert_tick(r.v.down_timer, r.now + 1500 * TICK_MILLISECOND);
	}
}

/* What waited in the socket is old; the wait begins when it is read. */
static void who_slept_waits_from_then_on(void **state)
{
	struct router r;
	struct peer p;
	tick_t came;

	router_active(&r, IP_V4, 3, 200);
	p = peer_of(&r, 100);
	came = r.now + 3 * TICK_SECOND;
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_STALLED);
	hear_late(&r, &p, came);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STALLED);
	assert_tick(r.v.down_timer, r.now + 3218750000);
}

/* Who goes on after a death has missed what was said meanwhile. */
static void who_is_adopted_listens(void **state)
{
	struct router r;

	router_backup(&r, IP_V4, 3, 100);
	r.now += 3 * TICK_SECOND;
	say(&r, VRRP_EVENT_ADOPTED);
	assert_int_equal(r.out.count, 0);
	assert_tick(r.v.down_timer, r.now + 1500 * TICK_MILLISECOND);
	/* It does not come nearer, */
	router_backup(&r, IP_V4, 3, 100);
	say(&r, VRRP_EVENT_ADOPTED);
	assert_tick(r.v.down_timer, r.now + 3609375000);
	/* and an Active goes on as it was. */
	router_active(&r, IP_V4, 3, 200);
	say(&r, VRRP_EVENT_ADOPTED);
	assert_int_equal(r.out.count, 0);
	assert_tick(r.v.down_timer, TICK_NEVER);
}

/* Others have taken over from one that was dead for long. */
static void who_was_dead_for_long_listens_before_it_speaks(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 200);
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_ADOPTED);
	assert_int_equal(r.out.count, 0);
	assert_tick(r.v.adver_timer, r.now + 1500 * TICK_MILLISECOND);
	r.now += TICK_SECOND;
	router_time(&r, r.now); /* for something else */
	assert_no_action(&r);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STALLED);
	/* Nobody has: it goes on. */
	router_active(&r, IP_V4, 3, 200);
	r.now += 10 * TICK_SECOND;
	say(&r, VRRP_EVENT_ADOPTED);
	router_time(&r, r.v.adver_timer);
	assert_order(&r, VRRP_ACTION_SEND);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_slept_steps_back),
		cmocka_unit_test(a_backup_that_slept_listens_first),
		cmocka_unit_test(a_backup_that_heard_in_time_does_not),
		cmocka_unit_test(a_flood_is_no_news_of_the_active),
		cmocka_unit_test(a_resignation_is_news_of_the_active),
		cmocka_unit_test(who_stepped_back_does_not_return_at_once),
		cmocka_unit_test(who_slept_waits_from_then_on),
		cmocka_unit_test(who_is_adopted_listens),
		cmocka_unit_test(
			who_was_dead_for_long_listens_before_it_speaks),
	};

	return RUN(tests);
}
