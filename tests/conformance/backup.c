/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist E: state Backup (RFC 9568 6.4.2), what of it is seen in the
 * actions. That nothing of a Backup is on the wire is in tests/netns.
 */
#include "router.h"

static void P056_positive(void **state)
{
	struct router r;

	router_backup(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	assert_order(&r, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
	assert_tick(vrrp_deadline(&r.v), TICK_NEVER);
}

static void P056_negative(void **state)
{
	struct router r;

	router_backup(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	assert_null(first_of(&r, VRRP_ACTION_SEND));
	/* The timer that ran before does nothing any more. */
	router_time(&r, START + 10 * TICK_SECOND);
	assert_int_equal(r.out.count, 0);
	assert_int_equal(r.v.state, VRRP_INIT);
	/* And a second Shutdown is none. */
	router_shutdown(&r);
	assert_int_equal(r.out.count, 0);
}

static void P057_positive(void **state)
{
	static const uint8_t families[] = { IP_V4, IP_V6 };

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		struct router r;
		struct peer p;

		router_backup(&r, families[i], 3, 100);
		p = peer_of(&r, 200);
		p.advert.interval = 30 * TICK_CENTISECOND;
		router_hear(&r, &p);
		/* 900 ms and 156/256 of 300 ms */
		router_time(&r, START + 900000000 + 182812500);
		assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
			     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
		assert_int_equal(sent_by(&r).advert.priority, 100);
		/* Its own interval and not the one it followed. */
		assert_tick(r.v.adver_timer, r.now + TICK_SECOND);
		assert_tick(r.v.active_interval, TICK_SECOND);
		assert_tick(r.v.down_timer, TICK_NEVER);
	}
}

static void P057_negative(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	/* As long as it is heard in time, to the last nanosecond. */
	for (int i = 0; i < 20; i++) {
		router_hear(&r, &p);
		router_time(&r, r.v.down_timer - 1);
		assert_int_equal(r.out.count, 0);
		assert_unchanged(&r);
	}
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

static void P058_positive(void **state)
{
	static const struct {
		uint8_t priority;
		tick_t interval, skew;
	} rows[] = {
		{ 100, TICK_SECOND, 609375000 },
		{ 200, TICK_SECOND, 218750000 },
		{ 254, TICK_CENTISECOND, 78125 },
		{ 1, TICK_CENTISECOND, 9960937 },
		{ 100, 10 * TICK_CENTISECOND, 60937500 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct router r;
		struct peer p;

		router_new(&r, IP_V4, 3, rows[i].priority);
		r.config.interval = rows[i].interval;
		router_start(&r);
		p = peer_of(&r, 255);
		router_hear(&r, &p);
		p = peer_of(&r, 0);
		r.now += TICK_MILLISECOND;
		router_hear(&r, &p);
		assert_accepted(&r);
		assert_tick(r.v.down_timer, r.now + rows[i].skew);
		router_time(&r, r.v.down_timer - 1);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		router_time(&r, r.v.down_timer);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_RESIGNED);
	}
}

static void P058_negative(void **state)
{
	struct router r;
	struct peer p;

	/* A successor that speaks in that time ends it. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_no_action(&r);
	p = peer_of(&r, 150);
	peer_from(&p, 13);
	r.now += 400 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, r.now + 3609375000);
	/* An end told three times postpones nothing. */
	p = peer_of(&r, 0);
	peer_from(&p, 13);
	router_hear(&r, &p);
	router_hear(&r, &p);
	r.now += 300 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, r.now + 309375000);
	/* And its interval is not followed. */
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_tick(r.v.active_interval, TICK_SECOND);
}

static void P059_positive(void **state)
{
	static const struct {
		bool preempt;
		uint8_t theirs;
	} rows[] = { { true, 100 }, { true, 101 },  { true, 255 },
		     { false, 1 },  { false, 100 }, { false, 255 } };

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct router r;
		struct peer p;

		router_new(&r, IP_V4, 3, 100);
		r.config.preempt = rows[i].preempt;
		router_start(&r);
		p = peer_of(&r, rows[i].theirs);
		p.advert.interval = 20 * TICK_CENTISECOND;
		r.now += TICK_SECOND;
		router_hear(&r, &p);
		assert_no_action(&r);
		assert_tick(r.v.active_interval, 20 * TICK_CENTISECOND);
		assert_tick(r.v.down_timer, r.now + 600000000 + 121875000);
		assert_tick(vrrp_down_interval(&r.v), 721875000);
		assert_non_null(note_of(&r, VRRP_NOTE_INTERVAL_LEARNED));
		assert_true(ip_equal(&r.v.active, &p.source));
		assert_int_equal(r.v.active_priority, rows[i].theirs);
	}
}

static void P059_negative(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	/* Lower, and it preempts: none of that. */
	router_backup(&r, IP_V4, 3, 100);
	timer = r.v.down_timer;
	p = peer_of(&r, 99);
	p.advert.interval = 20 * TICK_CENTISECOND;
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_no_action(&r);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_tick(r.v.down_timer, timer);
	assert_null(note_of(&r, VRRP_NOTE_INTERVAL_LEARNED));
}

static void P060_positive(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	router_backup(&r, IP_V4, 3, 100);
	timer = r.v.down_timer;
	p = peer_of(&r, 50);
	router_hear(&r, &p);
	/* It is the Active for now, and known as such; told once. */
	assert_true(ip_equal(&r.v.active, &p.source));
	assert_int_equal(r.v.active_priority, 50);
	assert_non_null(note_of(&r, VRRP_NOTE_NEW_ACTIVE));
	while (r.now + TICK_SECOND < timer) {
		router_hear(&r, &p);
		assert_no_action(&r);
		assert_null(note_of(&r, VRRP_NOTE_NEW_ACTIVE));
		assert_tick(r.v.down_timer, timer);
		r.now += TICK_SECOND;
	}
	router_time(&r, timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
}

static void P060_negative(void **state)
{
	struct router r;
	struct peer p;

	/* Without preemption it lives, and its silence is waited for. */
	router_new(&r, IP_V4, 3, 100);
	r.config.preempt = false;
	router_start(&r);
	p = peer_of(&r, 50);
	for (int i = 0; i < 20; i++) {
		router_hear(&r, &p);
		assert_tick(r.v.down_timer, r.now + 3609375000);
		router_time(&r, r.now + TICK_SECOND);
		assert_int_equal(r.v.state, VRRP_BACKUP);
	}
	router_time(&r, r.v.down_timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
}

static void P061_positive(void **state)
{
	static const uint8_t senders[] = { 10, 12, 1, 254 };

	for (size_t i = 0; i < ARRAY_LENGTH(senders); i++) {
		struct router r;
		struct peer p;

		router_backup(&r, IP_V4, 3, 100);
		p = peer_of(&r, 100);
		peer_from(&p, senders[i]);
		r.now += TICK_SECOND;
		router_hear(&r, &p);
		assert_no_action(&r);
		assert_tick(r.v.down_timer, r.now + 3609375000);
		assert_true(ip_equal(&r.v.active, &p.source));
	}
}

static void P061_negative(void **state)
{
	struct router low, high;
	struct peer p;

	/* Two senders of different address do the very same to a Backup. */
	router_backup(&low, IP_V4, 3, 100);
	p = peer_of(&low, 100);
	peer_from(&p, 10);
	router_hear(&low, &p);
	router_backup(&high, IP_V4, 3, 100);
	p = peer_of(&high, 100);
	peer_from(&p, 12);
	router_hear(&high, &p);
	assert_int_equal(low.out.count, high.out.count);
	assert_tick(low.v.down_timer, high.v.down_timer);
	assert_int_equal(low.v.down_cause, high.v.down_cause);
	assert_int_equal(low.v.state, high.v.state);
}

static void P062_positive(void **state)
{
	struct router r;
	struct peer p;
	struct vrrp_config owner;
	tick_t timer;

	/* It can be a Backup: by losing to another owner. */
	router_new(&r, IP_V4, 3, 255);
	r.config.preempt = false;
	router_start(&r);
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	timer = r.v.down_timer;
	p = peer_of(&r, 254);
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, timer);
	router_time(&r, timer);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);

	/* Or by becoming the owner. */
	router_new(&r, IP_V4, 3, 100);
	r.config.preempt = false;
	router_start(&r);
	p = peer_of(&r, 254);
	router_hear(&r, &p);
	owner = r.config;
	owner.priority = 255;
	router_configure(&r, &owner);
	timer = r.v.down_timer;
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, timer);
	router_time(&r, timer);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

static void P062_negative(void **state)
{
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 254);
	r.config.preempt = false;
	router_start(&r);
	p = peer_of(&r, 1);
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, r.now + 3 * TICK_SECOND + 7812500);
}

static void P063_positive(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(&r, &p);
	/* 122.85 s and 156/256 of 40.95 s */
	assert_tick(r.v.down_timer, START + 122850000000 + 24953906250);
	p.advert.interval = TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, START + 30000000 + 6093750);
}

static void P063_negative(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = TICK_CENTISECOND;
	router_hear(&r, &p);
	/* Exactly: not rounded to the centisecond in either direction. */
	router_time(&r, START + 36093749);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	router_time(&r, START + 36093750);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

static void P064_positive(void **state)
{
	struct router r;
	struct peer slow, fast;

	router_backup(&r, IP_V4, 3, 100);
	slow = peer_of(&r, 200);
	slow.advert.interval = 2 * TICK_SECOND;
	fast = peer_of(&r, 150);
	fast.advert.interval = 10 * TICK_CENTISECOND;
	peer_from(&fast, 13);
	for (int i = 0; i < 10; i++) {
		router_hear(&r, &slow);
		assert_tick(r.v.down_timer, r.now + 6000000000 + 1218750000);
		assert_non_null(note_of(&r, VRRP_NOTE_INTERVAL_LEARNED));
		r.now += 100 * TICK_MILLISECOND;
		router_hear(&r, &fast);
		assert_tick(r.v.down_timer, r.now + 300000000 + 60937500);
		assert_non_null(note_of(&r, VRRP_NOTE_INTERVAL_LEARNED));
		/* The better one is the Active all the while. */
		assert_true(ip_equal(&r.v.active, &slow.source));
		r.now += 100 * TICK_MILLISECOND;
	}
}

static void P064_negative(void **state)
{
	struct router r;
	struct peer good, bad;
	tick_t timer;

	/* One that is dropped or discarded is not followed. */
	router_backup(&r, IP_V4, 3, 100);
	good = peer_of(&r, 200);
	router_hear(&r, &good);
	timer = r.v.down_timer;
	bad = peer_of(&r, 50);
	bad.advert.interval = TICK_CENTISECOND;
	peer_from(&bad, 13);
	router_hear(&r, &bad);
	assert_tick(r.v.down_timer, timer);
	bad = peer_of(&r, 250);
	bad.advert.interval = TICK_CENTISECOND;
	bad.ttl = 254;
	router_hear(&r, &bad);
	assert_dropped(&r, VRRP_DROP_TTL);
	assert_tick(r.v.active_interval, TICK_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P056 + Shutdown ends the timer", P056_positive),
		PROOF("P056 - and sends nothing, then or later", P056_negative),
		PROOF("P057 + silence: advert, claim, announce, state",
		      P057_positive),
		PROOF("P057 - never while the Active is heard in time",
		      P057_negative),
		PROOF("P058 + priority 0 sets the timer to Skew_Time",
		      P058_positive),
		PROOF("P058 - a successor ends it, repeats change nothing",
		      P058_negative),
		PROOF("P059 + an Active is followed", P059_positive),
		PROOF("P059 - a lower one is not", P059_negative),
		PROOF("P060 + a lower one does not touch the timer",
		      P060_positive),
		PROOF("P060 - without preemption it does", P060_negative),
		PROOF("P061 + equal priority is an Active", P061_positive),
		PROOF("P061 - whatever its address", P061_negative),
		PROOF("P062 + an owner preempts without preemption",
		      P062_positive),
		PROOF("P062 - priority 254 does not", P062_negative),
		PROOF("P063 + 4095 and 1 cs, to the nanosecond", P063_positive),
		PROOF("P063 - without rounding", P063_negative),
		PROOF("P064 + the timer follows each accepted advert",
		      P064_positive),
		PROOF("P064 - and no other", P064_negative),
	};

	return RUN(tests);
}
