/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checklist J: what no RFC states and every operator wants. */
#include "router.h"

/* A Backup with preempt_delay that just heard a lower Active. */
static struct peer holding(struct router *r)
{
	struct peer p;

	router_new(r, IP_V4, 3, 100);
	r->config.preempt_delay = 30 * TICK_SECOND;
	router_start(r);
	p = peer_of(r, 50);
	router_hear(r, &p);
	return p;
}

static void P117_positive(void **state)
{
	struct router r;
	struct peer p = holding(&r);

	/* It lives for the whole delay, and not a moment longer. */
	while (r.now + TICK_SECOND < START + 30 * TICK_SECOND) {
		router_time(&r, r.now + TICK_SECOND);
		assert_int_equal(r.out.count, 0);
		router_hear(&r, &p);
		assert_no_action(&r);
	}
	router_time(&r, START + 30 * TICK_SECOND - 1);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	router_time(&r, START + 30 * TICK_SECOND);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT_DELAY);
}

static void P117_negative(void **state)
{
	struct router r;
	struct peer p = holding(&r);

	/* A dead one is not waited for. */
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + 3609375000);
	router_time(&r, r.now + 3609375000);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	/* Nor is there a delay when nobody is there at all. */
	router_new(&r, IP_V4, 3, 100);
	r.config.preempt_delay = 30 * TICK_SECOND;
	router_start(&r);
	router_time(&r, START + 3609375000);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
}

static void P118_positive(void **state)
{
	struct router r;
	struct peer p, higher;

	/*
	 * Equal or higher: cancelled. While that one may live no lower one is
	 * the Active; the next one after it starts anew.
	 */
	p = holding(&r);
	higher = peer_of(&r, 100);
	peer_from(&higher, 13);
	r.now = START + 20 * TICK_SECOND;
	router_hear(&r, &p);
	router_hear(&r, &higher);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	r.now = START + 22 * TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	r.now = START + 23 * TICK_SECOND;
	router_hear(&r, &p);
	assert_tick(r.v.preempt_timer, START + 53 * TICK_SECOND);
	/* The lower one stops: the Skew_Time is all there is to wait. */
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	assert_tick(vrrp_deadline(&r.v), r.now + 609375000);
}

static void P118_negative(void **state)
{
	struct router r;
	struct peer p = holding(&r);
	struct peer another = peer_of(&r, 60);
	struct peer bad = peer_of(&r, 200);

	/* Other lower ones, and malformed ones, do not. */
	peer_from(&another, 13);
	bad.ttl = 1;
	for (int i = 0; i < 10; i++) {
		r.now += TICK_SECOND;
		router_hear(&r, &p);
		router_hear(&r, &another);
		router_hear(&r, &bad);
		assert_dropped(&r, VRRP_DROP_TTL);
		assert_tick(r.v.preempt_timer, START + 30 * TICK_SECOND);
	}
}

/* The own priority falls to the Active's, or below: nothing to preempt. */
static void P118_priority(void **state)
{
	struct router r;
	struct peer p = holding(&r);

	r.now += TICK_SECOND;
	router_priority(&r, 51);
	assert_tick(r.v.preempt_timer, START + 30 * TICK_SECOND);
	router_priority(&r, 50);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	router_priority(&r, 100);
	router_hear(&r, &p);
	assert_tick(r.v.preempt_timer, START + 31 * TICK_SECOND);
}

static void P119_positive(void **state)
{
	struct ip other = ip_of("192.0.2.50");
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	router_interface(&r, VRRP_INTERFACE_UP, other);
	assert_no_action(&r);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_true(ip_equal(&r.v.active, &other));
	router_time(&r, r.v.adver_timer);
	p = sent_by(&r);
	assert_true(ip_equal(&p.source, &other));
	/* Ties are judged by the new one. */
	p = peer_of(&r, 100);
	peer_from(&p, 49);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	peer_from(&p, 51);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

static void P119_negative(void **state)
{
	struct router r;
	struct peer p;

	/* The old address is another router's now. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.source = r.source;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_OWN_SOURCE);
	router_interface(&r, VRRP_INTERFACE_UP, ip_of("192.0.2.50"));
	router_hear(&r, &p);
	assert_accepted(&r);
	/* Nor does a Backup take itself for the Active. */
	assert_int_equal(r.v.state, VRRP_BACKUP);
	router_interface(&r, VRRP_INTERFACE_UP, ip_of("192.0.2.51"));
	assert_true(ip_equal(&r.v.active, &p.source));
	/* Without an address there is nothing to send from. */
	router_active(&r, IP_V4, 3, 100);
	router_interface(&r, VRRP_INTERFACE_NO_SOURCE, (struct ip){ 0 });
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_NO_SOURCE);
	/* It comes back: all over again. */
	router_interface(&r, VRRP_INTERFACE_UP, ip_of("192.0.2.50"));
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
	assert_tick(r.v.down_timer, r.now + 3609375000);
}

/* An Active in the midst of its announcements. */
static void announcing(struct router *r)
{
	router_new(r, IP_V4, 3, 100);
	r->config.announce = (struct vrrp_announce_config){
		.delay = TICK_SECOND,
		.refresh = TICK_SECOND,
		.interval = TICK_MILLISECOND,
		.repeat = 100,
		.refresh_repeat = 100,
	};
	router_start(r);
	router_time(r, r->v.down_timer);
	for (int i = 0; i < 10; i++) {
		router_time(r, vrrp_deadline(&r->v));
		assert_int_equal(count_of(r, VRRP_ACTION_ANNOUNCE), 1);
	}
}

static void silent_from_now_on(struct router *r)
{
	assert_int_equal(count_of(r, VRRP_ACTION_ANNOUNCE), 0);
	assert_tick(r->v.announce.next, TICK_NEVER);
	assert_tick(r->v.announce.again, TICK_NEVER);
	assert_tick(r->v.announce.refresh, TICK_NEVER);
	for (int i = 0; i < 300; i++) {
		router_time(r, r->now + 10 * TICK_MILLISECOND);
		assert_int_equal(count_of(r, VRRP_ACTION_ANNOUNCE), 0);
	}
}

static void P121_positive(void **state)
{
	struct router r;
	struct peer p;

	announcing(&r);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	silent_from_now_on(&r);
	announcing(&r);
	router_shutdown(&r);
	silent_from_now_on(&r);
	announcing(&r);
	router_interface(&r, VRRP_INTERFACE_DOWN, (struct ip){ 0 });
	silent_from_now_on(&r);
}

static void P121_negative(void **state)
{
	struct router r;
	struct peer p;
	unsigned rounds = 0;

	/* What deposes nobody stops nothing. */
	announcing(&r);
	p = peer_of(&r, 50);
	router_hear(&r, &p);
	p = peer_of(&r, 200);
	p.ttl = 1;
	router_hear(&r, &p);
	for (int i = 0; i < 89; i++) {
		router_time(&r, vrrp_deadline(&r.v));
		rounds += count_of(&r, VRRP_ACTION_ANNOUNCE);
	}
	assert_int_equal(rounds, 89);
}

static void P122_positive(void **state)
{
	struct router r;
	struct peer p;

	/* The state is told last, after what it stands for. */
	router_active(&r, IP_V4, 3, 100);
	assert_int_equal(r.out.list[r.out.count - 1].type, VRRP_ACTION_STATE);
	assert_non_null(first_of(&r, VRRP_ACTION_CLAIM));
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_int_equal(r.out.list[r.out.count - 1].type, VRRP_ACTION_STATE);
	assert_non_null(first_of(&r, VRRP_ACTION_RELEASE));
}

static void P122_negative(void **state)
{
	struct router r;

	/* Nobody claims who is not Active, or releases who was not. */
	router_backup(&r, IP_V4, 3, 100);
	assert_null(first_of(&r, VRRP_ACTION_CLAIM));
	assert_null(first_of(&r, VRRP_ACTION_RELEASE));
	router_interface(&r, VRRP_INTERFACE_DOWN, (struct ip){ 0 });
	assert_order(&r, VRRP_ACTION_STATE);
}

static void P123_positive(void **state)
{
	struct router r;
	struct vrrp_config again;

	/* Ten seconds without a turn of the loop, then the configuration. */
	router_active(&r, IP_V4, 3, 100);
	r.now += 10 * TICK_SECOND;
	again = r.config;
	router_configure(&r, &again);
	assert_no_action(&r);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	router_time(&r, r.now);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 100);
}

static void P123_negative(void **state)
{
	struct router r;
	struct peer p;
	struct vrrp_config again;

	/* As a Backup it acts on what waited in the socket first. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	r.now += 10 * TICK_SECOND;
	again = r.config;
	router_configure(&r, &again);
	assert_no_action(&r);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	router_hear(&r, &p);
	router_time(&r, r.now);
	assert_int_equal(r.out.count, 0);
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P117 + a lower Active lives for preempt_delay",
		      P117_positive),
		PROOF("P117 - a dead one is not waited for", P117_negative),
		PROOF("P118 + an equal one or priority 0 cancels it",
		      P118_positive),
		PROOF("P118 + so does an own priority that falls",
		      P118_priority),
		PROOF("P118 - a lower or malformed one does not",
		      P118_negative),
		PROOF("P119 + a new address is the source", P119_positive),
		PROOF("P119 - the old one is not; none is FAULT",
		      P119_negative),
		PROOF("P121 + announcements end with Active", P121_positive),
		PROOF("P121 - and with nothing else", P121_negative),
		PROOF("P122 + the state is told after the addresses",
		      P122_positive),
		PROOF("P122 - which only an Active has", P122_negative),
		PROOF("P123 + a slow reload leaves an Active Active",
		      P123_positive),
		PROOF("P123 - and a Backup Backup", P123_negative),
	};

	return RUN(tests);
}
