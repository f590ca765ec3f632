/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a virtual router does not believe: a long interval that nobody keeps,
 * priority 0 from another than the Active, a sender that is no peer, another
 * machine with our address; and itself, after it did not run.
 */
#include "../conformance/router.h"

#define GAP_LEAST (200 * TICK_MILLISECOND)
#define GAP_MOST  (250 * TICK_MILLISECOND)

static void say(struct router *r, enum vrrp_event_type type)
{
	router_event(r, &(struct vrrp_event){ .type = type });
}

static void conflict(struct router *r)
{
	router_event(r, &(struct vrrp_event){
				.type = VRRP_EVENT_CONFLICT,
				.conflict = { .address = r->addresses[0],
					      .mac = 0x020000000005 } });
}

/* A Backup that heard priority 255 with an interval of 40.95 s. */
static struct peer forged(struct router *r)
{
	struct peer p;

	router_active(r, IP_V4, 3, 100);
	p = peer_of(r, 255);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(r, &p);
	assert_entered(r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_PRIORITY);
	return p;
}

static void a_forged_interval_costs_seconds(void **state)
{
	struct router r;
	tick_t heard, asked;

	forged(&r);
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

	forged(&r);
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
	struct peer p = forged(&r);

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

	forged(&r);
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

	forged(&r);
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
	struct peer p = forged(&r);

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

static void only_the_active_resigns(void **state)
{
	struct router r;
	struct peer active, other;
	tick_t timer;

	router_backup(&r, IP_V4, 3, 100);
	active = peer_of(&r, 200);
	router_hear(&r, &active);
	timer = r.v.down_timer;
	other = peer_of(&r, 0);
	peer_from(&other, 77);
	r.now += TICK_MILLISECOND;
	router_hear(&r, &other);
	assert_no_action(&r);
	assert_tick(r.v.down_timer, timer);
	assert_non_null(note_of(&r, VRRP_NOTE_FOREIGN_RESIGN));
	assert_int_equal(
		note_of(&r, VRRP_NOTE_FOREIGN_RESIGN)->note.peer.bytes[3], 77);
	/* Unless the operator wants it. */
	r.config.resign_any = true;
	router_hear(&r, &other);
	assert_tick(r.v.down_timer, r.now + 609375000);
	assert_null(note_of(&r, VRRP_NOTE_FOREIGN_RESIGN));
	/* Who heard no Active yet knows none that could stop. */
	router_backup(&r, IP_V4, 3, 100);
	timer = r.v.down_timer;
	router_hear(&r, &other);
	assert_no_action(&r);
	assert_non_null(note_of(&r, VRRP_NOTE_FOREIGN_RESIGN));
	assert_tick(r.v.down_timer, timer);
	/* The Active's own ends a doubt as well. */
	active = forged(&r);
	active.advert.priority = 0;
	router_hear(&r, &active);
	assert_tick(r.v.probe_timer, TICK_NEVER);
}

/* The form that we would send anyway is no news; any other is. */
static void the_usual_checksum_is_not_told(void **state)
{
	static const struct {
		enum vrrp_checksum ours, theirs;
		bool told;
	} cases[] = {
		{ VRRP_CHECKSUM_AUTO, VRRP_CHECKSUM_RFC5798, false },
		{ VRRP_CHECKSUM_AUTO, VRRP_CHECKSUM_RFC9568, true },
		{ VRRP_CHECKSUM_RFC9568, VRRP_CHECKSUM_RFC5798, true },
		{ VRRP_CHECKSUM_RFC9568, VRRP_CHECKSUM_RFC9568, false },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct router r;
		struct peer p;

		router_backup(&r, IP_V4, 3, 100);
		r.config.checksum = cases[i].ours;
		p = peer_of(&r, 200);
		p.advert.checksum = cases[i].theirs;
		router_hear(&r, &p);
		assert_int_equal(note_of(&r, VRRP_NOTE_CHECKSUM_FORM) != NULL,
				 cases[i].told);
		assert_int_equal(r.v.peer_checksum, cases[i].theirs);
	}
}

/* How we will speak is learned from the Active, and not from a stranger. */
static void only_the_active_sets_the_checksum(void **state)
{
	static const uint8_t said[] = { 0, 1, 150 };

	for (size_t i = 0; i < ARRAY_LENGTH(said); i++) {
		struct peer active, other;
		struct router r;

		router_backup(&r, IP_V4, 3, 100);
		r.config.checksum = VRRP_CHECKSUM_AUTO;
		other = peer_of(&r, 0);
		peer_from(&other, 77);
		other.advert.checksum = VRRP_CHECKSUM_RFC5798;
		router_hear(&r, &other);
		assert_int_equal(r.v.peer_checksum, VRRP_CHECKSUM_AUTO);
		active = peer_of(&r, 200);
		active.advert.checksum = VRRP_CHECKSUM_RFC9568;
		router_hear(&r, &active);
		assert_non_null(note_of(&r, VRRP_NOTE_CHECKSUM_FORM));
		other.advert.priority = said[i];
		router_hear(&r, &other);
		assert_null(note_of(&r, VRRP_NOTE_CHECKSUM_FORM));
		assert_int_equal(r.v.peer_checksum, VRRP_CHECKSUM_RFC9568);
		/* Two that serve must understand each other. */
		router_time(&r, r.v.down_timer);
		other.advert.priority = 1;
		router_hear(&r, &other);
		assert_int_equal(r.v.peer_checksum, VRRP_CHECKSUM_RFC5798);
		assert_int_equal(first_of(&r, VRRP_ACTION_SEND)->send.checksum,
				 VRRP_CHECKSUM_RFC5798);
	}
}

/* Two packets of a stranger, a lesser advertisement and priority 0. */
static void a_lesser_one_is_not_the_active(void **state)
{
	static const struct {
		bool preempt;
		tick_t delay;
		uint8_t ours, active, lesser;
	} rows[] = {
		{ true, 0, 100, 200, 1 },
		{ true, 0, 100, 200, 150 }, /* (425): it moves the timer */
		{ true, 500 * TICK_MILLISECOND, 100, 200, 1 },
		{ false, 0, 100, 200, 1 },
		{ false, 0, 100, 50, 1 }, /* the incumbent is a lower one */
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		bool moves = !rows[i].preempt || rows[i].lesser >= 100;
		struct peer active, other;
		struct router r;
		tick_t heard, timer;

		router_new(&r, IP_V4, 3, rows[i].ours);
		r.config.preempt = rows[i].preempt;
		r.config.preempt_delay = rows[i].delay;
		router_start(&r);
		active = peer_of(&r, rows[i].active);
		router_hear(&r, &active);
		heard = r.now;
		other = peer_of(&r, rows[i].lesser);
		peer_from(&other, 77);
		r.now = heard + 3 * TICK_SECOND - 1;
		router_hear(&r, &other);
		assert_no_action(&r);
		assert_null(note_of(&r, VRRP_NOTE_NEW_ACTIVE));
		assert_true(ip_equal(&r.v.active, &active.source));
		assert_int_equal(r.v.active_priority, rows[i].active);
		assert_tick(r.v.preempt_timer, TICK_NEVER);
		timer = moves ? r.now : heard;
		assert_tick(vrrp_deadline(&r.v), timer + 3609375000);
		assert_int_equal(r.v.down_cause, VRRP_CAUSE_SILENCE);
		other.advert.priority = 0;
		router_hear(&r, &other);
		assert_non_null(note_of(&r, VRRP_NOTE_FOREIGN_RESIGN));
		assert_unchanged(&r);
		/* After three intervals it may have taken over. */
		r.now++;
		other.advert.priority = rows[i].lesser;
		router_hear(&r, &other);
		assert_non_null(note_of(&r, VRRP_NOTE_NEW_ACTIVE));
		other.advert.priority = 0;
		router_hear(&r, &other);
		assert_tick(vrrp_deadline(&r.v), r.now + 609375000);
	}
}

/* Whom a lesser one may follow at once. */
static void a_lesser_one_is_followed(void **state)
{
	struct peer active, other;
	struct router r;

	/* The Active itself, when its priority sinks. */
	router_backup(&r, IP_V4, 3, 100);
	active = peer_of(&r, 200);
	router_hear(&r, &active);
	active.advert.priority = 50;
	router_hear(&r, &active);
	assert_int_equal(r.v.active_priority, 50);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_PREEMPT);
	/* One that resigned. */
	router_backup(&r, IP_V4, 3, 100);
	active = peer_of(&r, 200);
	router_hear(&r, &active);
	active.advert.priority = 0;
	router_hear(&r, &active);
	other = peer_of(&r, 150);
	peer_from(&other, 77);
	router_hear(&r, &other);
	assert_int_equal(r.v.active_priority, 150);
	/* One that we preempt: the delay is for whoever lives. */
	router_new(&r, IP_V4, 3, 200);
	r.config.preempt_delay = 60 * TICK_SECOND;
	router_start(&r);
	active = peer_of(&r, 100);
	router_hear(&r, &active);
	other = peer_of(&r, 50);
	peer_from(&other, 77);
	r.now += TICK_SECOND;
	router_hear(&r, &other);
	assert_int_equal(r.v.active_priority, 50);
	assert_tick(r.v.down_timer, r.now + 3218750000);
	/* One whose interval is doubted: three of ours. */
	active = forged(&r);
	other = peer_of(&r, 150);
	peer_from(&other, 77);
	r.now += 3 * TICK_SECOND - 1;
	router_hear(&r, &other);
	assert_true(ip_equal(&r.v.active, &active.source));
	r.now++;
	router_hear(&r, &other);
	assert_true(ip_equal(&r.v.active, &other.source));
}

static void only_peers_are_heard(void **state)
{
	struct ip peers[2];
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 100);
	peers[0] = ip_of("192.0.2.12");
	peers[1] = ip_of("192.0.2.13");
	r.config.peers = peers;
	r.config.peer_count = 2;
	router_start(&r);
	for (uint8_t last = 12; last <= 14; last++) {
		p = peer_of(&r, 200);
		peer_from(&p, last);
		router_hear(&r, &p);
		if (last == 14)
			assert_dropped(&r, VRRP_DROP_PEER);
		else
			assert_accepted(&r);
	}
	/* A broken packet of a stranger is first of all broken. */
	p.ttl = 64;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_TTL);
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
	forged(&r);
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

static void a_conflict_is_told_and_defended(void **state)
{
	const struct vrrp_action *note;
	struct router r;
	tick_t first;
	unsigned announced = 0;

	router_active(&r, IP_V4, 3, 100);
	first = r.now;
	conflict(&r);
	assert_no_action(&r);
	note = note_of(&r, VRRP_NOTE_CONFLICT);
	assert_non_null(note);
	assert_true(ip_equal(&note->note.peer, &r.addresses[0]));
	assert_true(note->note.value == 0x020000000005);
	/* Not at once: 50 ms later. */
	assert_tick(vrrp_deadline(&r.v), first + 50 * TICK_MILLISECOND);
	router_time(&r, vrrp_deadline(&r.v));
	assert_order(&r, VRRP_ACTION_ANNOUNCE);
	/* 1000 in a second: told each time, defended once. */
	while (r.now < first + TICK_SECOND) {
		conflict(&r);
		assert_non_null(note_of(&r, VRRP_NOTE_CONFLICT));
		router_time(&r, tick_min(r.now + TICK_MILLISECOND,
					 first + TICK_SECOND));
		announced += count_of(&r, VRRP_ACTION_ANNOUNCE);
	}
	assert_int_equal(announced, 0);
	conflict(&r);
	router_run(&r, r.now + 50 * TICK_MILLISECOND - 1);
	router_time(&r, r.now + 1);
	assert_int_equal(count_of(&r, VRRP_ACTION_ANNOUNCE), 1);
}

static void only_who_serves_defends(void **state)
{
	struct router r;

	router_backup(&r, IP_V4, 3, 100);
	conflict(&r);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	/* The successor announces while the other leaves: no conflict. */
	router_active(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	conflict(&r);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_usual_checksum_is_not_told),
		cmocka_unit_test(a_forged_interval_costs_seconds),
		cmocka_unit_test(an_answer_is_believed),
		cmocka_unit_test(an_advertisement_is_believed),
		cmocka_unit_test(a_lower_one_ends_the_doubt),
		cmocka_unit_test(a_timer_that_ends_sooner_stays),
		cmocka_unit_test(a_resignation_is_not_doubted_for_long),
		cmocka_unit_test(honest_intervals_are_not_doubted),
		cmocka_unit_test(only_the_active_resigns),
		cmocka_unit_test(only_the_active_sets_the_checksum),
		cmocka_unit_test(a_lesser_one_is_not_the_active),
		cmocka_unit_test(a_lesser_one_is_followed),
		cmocka_unit_test(only_peers_are_heard),
		cmocka_unit_test(who_slept_steps_back),
		cmocka_unit_test(a_backup_that_slept_listens_first),
		cmocka_unit_test(a_backup_that_heard_in_time_does_not),
		cmocka_unit_test(a_flood_is_no_news_of_the_active),
		cmocka_unit_test(a_resignation_is_news_of_the_active),
		cmocka_unit_test(who_stepped_back_does_not_return_at_once),
		cmocka_unit_test(who_slept_waits_from_then_on),
		cmocka_unit_test(a_conflict_is_told_and_defended),
		cmocka_unit_test(only_who_serves_defends),
	};

	return cmocka_run_group_tests_name("vrrp_doubt", tests, NULL, NULL);
}
