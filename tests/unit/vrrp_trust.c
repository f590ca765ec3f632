/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a virtual router believes: priority 0 from another than the Active, a
 * lesser sender, one that is no peer, another machine with our address.
 */
#include "../conformance/router.h"

static void conflict(struct router *r)
{
	router_event(r, &(struct vrrp_event){
				.type = VRRP_EVENT_CONFLICT,
				.conflict = { .address = r->addresses[0],
					      .mac = 0x020000000005 } });
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
	active = router_misled(&r);
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
	active = router_misled(&r);
	other = peer_of(&r, 150);
	peer_from(&other, 77);
	r.now += 3 * TICK_SECOND - 1;
	router_hear(&r, &other);
	assert_true(ip_equal(&r.v.active, &active.source));
	r.now++;
	router_hear(&r, &other);
	assert_true(ip_equal(&r.v.active, &other.source));
}

static void what_is_no_routers_address_is_not_heard(void **state)
{
	static const struct {
		uint8_t family;
		bool unicast; /* only then it is heard */
		const char *source;
	} rows[] = {
		{ IP_V4, false, "0.0.0.0" },
		{ IP_V4, false, "0.1.2.3" },
		{ IP_V4, false, "127.0.0.1" },
		{ IP_V4, false, "224.0.0.18" },
		{ IP_V4, false, "240.0.0.1" },
		{ IP_V4, false, "255.255.255.255" },
		{ IP_V6, false, "::" },
		{ IP_V6, false, "::1" },
		{ IP_V6, false, "ff02::12" },
		{ IP_V6, true, "2001:db8::77" },
		{ IP_V4, true, "198.51.100.7" },
		{ IP_V6, true, "fe80::77" },
	};

	for (size_t i = 0; i < 2 * ARRAY_LENGTH(rows); i++) {
		bool unicast = i % 2, heard = rows[i / 2].unicast;
		const char *source = rows[i / 2].source;
		struct vrrp_peer peer = { ip_of(source), VRRP_TTL, VRRP_TTL };
		struct router r;
		struct peer p;

		router_new(&r, rows[i / 2].family, 3, 100);
		r.config.unicast = unicast;
		r.config.peers = &peer;
		r.config.peer_count = unicast;
		router_start(&r);
		p = peer_of(&r, 200);
		p.source = ip_of(source);
		if (unicast)
			p.destination = p.advert.destination = r.source;
		router_hear(&r, &p);
		/* In multicast IPv6 stays on its link. */
		if (!unicast && strncmp(source, "2001", 4) == 0)
			heard = false;
		if (heard)
			assert_accepted(&r);
		else
			assert_dropped(&r, VRRP_DROP_SOURCE);
	}
}

static void only_peers_are_heard(void **state)
{
	struct vrrp_peer peers[2];
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 100);
	peers[0] = (struct vrrp_peer){ ip_of("192.0.2.12"), 0, 0 };
	peers[1] = (struct vrrp_peer){ ip_of("192.0.2.13"), 0, 0 };
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
		cmocka_unit_test(only_the_active_resigns),
		cmocka_unit_test(only_the_active_sets_the_checksum),
		cmocka_unit_test(a_lesser_one_is_not_the_active),
		cmocka_unit_test(a_lesser_one_is_followed),
		cmocka_unit_test(what_is_no_routers_address_is_not_heard),
		cmocka_unit_test(only_peers_are_heard),
		cmocka_unit_test(a_conflict_is_told_and_defended),
		cmocka_unit_test(only_who_serves_defends),
	};

	return RUN(tests);
}
