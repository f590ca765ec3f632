/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist F: state Active (RFC 9568 6.4.3), what of it is seen in the
 * actions. Answers to ARP and ND are in tests/netns.
 */
#include "router.h"

static void P073_positive(void **state)
{
	const tick_t told = START + 3609375000;
	const struct vrrp_action *entered;
	struct router r;
	struct peer p;

	/*
	 * DEVIATION of 6.4.3 in when the addresses go: priority 0 at once and
	 * twice more, and the addresses stay until the successor was heard and
	 * had 100 ms.
	 */
	router_active(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 0);
	assert_tick(r.v.adver_timer, TICK_NEVER);
	assert_true(vrrp_leaving(&r.v));
	for (int i = 1; i <= 2; i++) {
		/* 1 s / 64 */
		assert_tick(vrrp_deadline(&r.v), told + i * 15625000);
		router_time(&r, vrrp_deadline(&r.v) - 1);
		assert_unchanged(&r);
		router_time(&r, vrrp_deadline(&r.v));
		assert_order(&r, VRRP_ACTION_SEND);
		assert_int_equal(sent_by(&r).advert.priority, 0);
	}
	r.now = told + 804687500; /* the Skew_Time of 50 */
	p = peer_of(&r, 50);
	router_hear(&r, &p);
	assert_no_action(&r);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	router_time(&r, r.now + 100 * TICK_MILLISECOND - 1);
	assert_unchanged(&r);
	router_time(&r, r.now + 1);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
	entered = first_of(&r, VRRP_ACTION_STATE);
	assert_true(ip_equal(&entered->state.peer, &p.source));
	assert_int_equal(entered->state.peer_priority, 50);
	assert_tick(vrrp_deadline(&r.v), TICK_NEVER);
}

/* Nobody follows: the longest Skew_Time there is, 255/256, and 100 ms. */
static void P073_alone(void **state)
{
	static const struct {
		uint8_t version;
		tick_t interval, serves;
	} rows[] = {
		{ 3, TICK_SECOND, 996093750 + 100 * TICK_MILLISECOND },
		{ 3, TICK_CENTISECOND, 9960937 + 100 * TICK_MILLISECOND },
		{ 2, 10 * TICK_SECOND, 996093750 + 100 * TICK_MILLISECOND },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct router r;
		tick_t told;

		router_new(&r, IP_V4, rows[i].version, 100);
		r.config.interval = rows[i].interval;
		router_start(&r);
		router_time(&r, r.v.down_timer);
		told = r.now;
		router_shutdown(&r);
		assert_int_equal(router_run(&r, told + rows[i].serves - 1), 2);
		assert_int_equal(r.v.state, VRRP_ACTIVE);
		router_time(&r, told + rows[i].serves);
		assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
		assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
		/* Nobody caused it. */
		assert_int_equal(
			first_of(&r, VRRP_ACTION_STATE)->state.peer.family,
			IP_NONE);
	}
}

static void P073_negative(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	router_active(&r, IP_V4, 3, 100);
	timer = r.v.adver_timer;
	router_shutdown(&r);
	/* It neither advertises nor announces nor answers any more. */
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_no_action(&r);
	router_run(&r, timer - 1);
	router_time(&r, timer);
	assert_int_equal(r.out.count, 0);
	router_time(&r, r.v.leave_timer);
	assert_int_equal(r.v.state, VRRP_INIT);
	router_time(&r, r.now + 10 * TICK_SECOND);
	assert_int_equal(r.out.count, 0);
	/* A second Shutdown is none. */
	router_active(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	r.now += 100 * TICK_MILLISECOND;
	router_shutdown(&r);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	/* When the carrier goes meanwhile there is nobody to wait for. */
	router_interface(&r, VRRP_INTERFACE_NO_CARRIER, (struct ip){ 0 });
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
	/* Without a carrier nobody can be told. */
	router_active(&r, IP_V4, 3, 100);
	router_interface(&r, VRRP_INTERFACE_NO_CARRIER, (struct ip){ 0 });
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	router_shutdown(&r);
	assert_order(&r, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
}

static void P074_positive(void **state)
{
	struct router r;
	struct peer p;
	tick_t first;

	/* It followed another interval before. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 20 * TICK_CENTISECOND;
	router_hear(&r, &p);
	router_time(&r, r.v.down_timer);
	first = r.now;
	for (int i = 1; i <= 5; i++) {
		assert_tick(r.v.adver_timer, first + i * TICK_SECOND);
		router_time(&r, r.v.adver_timer);
		assert_order(&r, VRRP_ACTION_SEND);
		assert_int_equal(sent_by(&r).advert.priority, 100);
		assert_tick(sent_by(&r).advert.interval, TICK_SECOND);
	}
}

static void P074_negative(void **state)
{
	struct router r;

	/* Not before it is due, but for the slack of a batch. */
	router_active(&r, IP_V4, 3, 100);
	assert_tick(vrrp_slack(&r.v), TICK_MILLISECOND);
	router_time(&r, r.v.adver_timer - TICK_MILLISECOND - 1);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	/* Slept for three intervals: one advert, not three. */
	assert_int_equal(router_run(&r, r.now), 0);
	router_time(&r, START + 100 * TICK_SECOND + 300 * TICK_MILLISECOND);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_true(r.v.adver_timer > r.now);
	assert_true(r.v.adver_timer <= r.now + TICK_SECOND);
	/* Also when the next one would be due at this very moment. */
	router_time(&r, r.v.adver_timer + TICK_SECOND);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_tick(r.v.adver_timer, r.now + TICK_SECOND);
	/* No slack for another deadline: an announcement's. */
	router_new(&r, IP_V4, 3, 255);
	r.config.announce.repeat = 2;
	r.config.announce.interval = 50 * TICK_MILLISECOND;
	router_start(&r);
	assert_tick(vrrp_deadline(&r.v), START + 50 * TICK_MILLISECOND);
	assert_tick(vrrp_slack(&r.v), 0);
}

static void P075_positive(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 0);
	r.now += 700 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_int_equal(sent_by(&r).advert.priority, 100);
	assert_tick(r.v.adver_timer, r.now + TICK_SECOND);
}

static void P075_negative(void **state)
{
	struct router r;
	struct peer p;

	/* It resigns nothing, not even with a higher address or interval. */
	router_active(&r, IP_V4, 3, 1);
	p = peer_of(&r, 0);
	peer_from(&p, 254);
	p.advert.interval = TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_true(ip_equal(&r.v.active, &r.source));
}

static void P076_positive(void **state)
{
	static const uint8_t families[] = { IP_V4, IP_V6 };

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		struct router r;
		struct peer p;
		const struct vrrp_action *entered;

		router_active(&r, families[i], 3, 100);
		p = peer_of(&r, 101);
		p.advert.interval = 30 * TICK_CENTISECOND;
		peer_from(&p, 1);
		r.now += 5 * TICK_MILLISECOND;
		router_hear(&r, &p);
		/* DEVIATION: a last word, so that the winner announces. */
		assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_RELEASE,
			     VRRP_ACTION_STATE);
		assert_int_equal(sent_by(&r).advert.priority, 100);
		assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_PRIORITY);
		entered = first_of(&r, VRRP_ACTION_STATE);
		assert_true(ip_equal(&entered->state.peer, &p.source));
		assert_int_equal(entered->state.peer_priority, 101);
		assert_tick(r.v.adver_timer, TICK_NEVER);
		assert_tick(r.v.active_interval, 30 * TICK_CENTISECOND);
		assert_tick(r.v.down_timer, r.now + 900000000 + 182812500);
		assert_true(ip_equal(&r.v.active, &p.source));
		/* The change of state tells who it is. */
		assert_null(note_of(&r, VRRP_NOTE_NEW_ACTIVE));
	}
}

static void P076_silently(void **state)
{
	struct router r;
	struct peer p;

	/* As the standard has it, where higher_prio_send_advert is off. */
	router_new(&r, IP_V4, 3, 100);
	r.config.higher_prio_send_advert = false;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = peer_of(&r, 101);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
}

static void P076_negative(void **state)
{
	struct router r;
	struct peer p;

	/* 99 is not higher, and what is dropped deposes nobody. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 99);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	p = peer_of(&r, 255);
	p.ttl = 64;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_TTL);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

static void ties(const char *ours, const char *theirs, bool yields)
{
	struct ip own = ip_of(ours);
	struct router r;
	struct peer p;

	router_new(&r, own.family, 3, 100);
	r.source = own;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = peer_of(&r, 100);
	p.source = ip_of(theirs);
	router_hear(&r, &p);
	if (yields) {
		assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_RELEASE,
			     VRRP_ACTION_STATE);
		assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_ADDRESS);
	} else {
		assert_int_equal(r.v.state, VRRP_ACTIVE);
		assert_int_equal(count_of(&r, VRRP_ACTION_STATE), 0);
	}
}

static void P077_positive(void **state)
{
	/* As numbers in network order: not as text, not signed. */
	ties("192.0.2.9", "192.0.2.10", true);
	ties("10.0.0.255", "10.0.1.0", true);
	ties("9.255.255.255", "10.0.0.1", true);
	ties("127.0.0.1", "192.0.2.1", true);
	ties("fe80::9", "fe80::10", true);
	ties("fe80::ffff", "fe80::1:0", true);
	ties("fe80::7fff:ffff:ffff:ffff", "fe80::8000:0:0:0", true);
}

static void P077_negative(void **state)
{
	ties("192.0.2.10", "192.0.2.9", false);
	ties("10.0.1.0", "10.0.0.255", false);
	ties("192.0.2.1", "127.0.0.1", false);
	ties("fe80::10", "fe80::9", false);
	ties("fe80::8000:0:0:0", "fe80::7fff:ffff:ffff:ffff", false);
}

static void P078_positive(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 100);
	peer_from(&p, 10);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
	assert_non_null(note_of(&r, VRRP_NOTE_SAME_PRIORITY));
}

static void P078_negative(void **state)
{
	struct router r;
	struct peer p;

	/* The priority comes first, the address is only for a tie. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 101);
	peer_from(&p, 10);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 99);
	peer_from(&p, 254);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

static void P079_positive(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	router_active(&r, IP_V4, 3, 100);
	timer = r.v.adver_timer;
	p = peer_of(&r, 50);
	r.now += 400 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	assert_int_equal(sent_by(&r).advert.priority, 100);
	assert_tick(r.v.adver_timer, timer);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
}

static void P079_negative(void **state)
{
	struct router r;
	struct peer p;

	/* Discarded: nothing of it is kept. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 50);
	p.advert.interval = TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_tick(r.v.down_timer, TICK_NEVER);
	assert_true(ip_equal(&r.v.active, &r.source));
	assert_int_equal(r.v.active_priority, 100);
	/* A winning one is not answered but by the last word (P076). */
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 1);
	router_hear(&r, &p);
	assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 0);
	/* Told not to: its next advert tells, and the hosts are told now. */
	router_new(&r, IP_V4, 3, 255);
	r.config.lower_prio_no_advert = true;
	router_start(&r);
	p = peer_of(&r, 50);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_ANNOUNCE);
	assert_tick(r.v.adver_timer, START + TICK_SECOND);
}

/*
 * The loser hears our answer and lets go with a last word, that comes too soon
 * after it to be answered again. The hosts are told all the same.
 */
static void P079_last_word(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 100);
	r.config.announce.repeat = 1;
	p = peer_of(&r, 50);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	r.now += TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_no_action(&r);
	assert_tick(vrrp_deadline(&r.v), r.now + 200 * TICK_MILLISECOND);
	router_time(&r, vrrp_deadline(&r.v));
	assert_order(&r, VRRP_ACTION_ANNOUNCE);
	/* Once; and not where it is not wanted. */
	assert_tick(vrrp_deadline(&r.v), r.v.adver_timer);
	r.config.announce.lower_repeat = 0;
	for (int i = 0; i < 2; i++)
		router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.v.adver_timer);
}

static void P080_positive(void **state)
{
	struct router r;
	struct peer p;
	unsigned sent = 0, announced = 0, suppressed = 0;

	/* 1000 in a second: ten answers, and each other one announces. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 50);
	for (int i = 0; i < 1000; i++) {
		router_hear(&r, &p);
		sent += count_of(&r, VRRP_ACTION_SEND);
		announced += count_of(&r, VRRP_ACTION_ANNOUNCE);
		suppressed += note_of(&r, VRRP_NOTE_ANSWER_SUPPRESSED) != NULL;
		for (tick_t next = r.now + TICK_MILLISECOND; r.now < next;) {
			router_time(&r, tick_min(next, vrrp_deadline(&r.v)));
			announced += count_of(&r, VRRP_ACTION_ANNOUNCE);
		}
	}
	assert_int_equal(sent, 10);
	assert_int_equal(announced, 5);
	assert_int_equal(suppressed, 990);
	/* 200 at one moment: one. */
	r.now += TICK_SECOND;
	sent = announced = 0;
	for (uint8_t i = 0; i < 200; i++) {
		p = peer_of(&r, i % 100);
		peer_from(&p, i == 11 ? 12 : i);
		router_hear(&r, &p);
		sent += count_of(&r, VRRP_ACTION_SEND);
		announced += count_of(&r, VRRP_ACTION_ANNOUNCE);
	}
	assert_int_equal(sent, 1);
	assert_in_range(announced, 0, 1);
}

static void P080_negative(void **state)
{
	struct router r;
	struct peer p;
	tick_t timer;

	/* Each one of a slow stream is answered. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 50);
	for (int i = 0; i < 10; i++) {
		router_hear(&r, &p);
		assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 1);
		assert_null(note_of(&r, VRRP_NOTE_ANSWER_SUPPRESSED));
		r.now += 100 * TICK_MILLISECOND;
	}
	/* A flood neither delays the own adverts nor wards off a winner. */
	router_active(&r, IP_V4, 3, 100);
	timer = r.v.adver_timer;
	for (int i = 0; i < 100; i++) {
		router_hear(&r, &p);
		assert_tick(r.v.adver_timer, timer);
	}
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

static void P081_positive(void **state)
{
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 100);
	r.config.preempt = false;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = peer_of(&r, 101);
	router_hear(&r, &p);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_PRIORITY);
}

static void P081_negative(void **state)
{
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 100);
	r.config.preempt = false;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = peer_of(&r, 99);
	router_hear(&r, &p);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
}

static void P082_positive(void **state)
{
	static const uint8_t priorities[] = { 0, 1, 100, 101, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(priorities); i++) {
		struct router r;
		struct peer p;

		router_active(&r, IP_V4, 3, 100);
		p = peer_of(&r, priorities[i]);
		p.source = r.source;
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_OWN_SOURCE);
		router_active(&r, IP_V6, 3, 100);
		p = peer_of(&r, priorities[i]);
		p.source = r.source;
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_OWN_SOURCE);
	}
}

static void P082_negative(void **state)
{
	struct router r;
	struct peer p;

	/* The own priority from another address is a tie like any. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	/* Our own adverts, looped back, keep no Backup down either. */
	router_backup(&r, IP_V4, 3, 100);
	p.source = r.source;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_OWN_SOURCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P073 + Shutdown: priority 0 thrice, heir, Initialize",
		      P073_positive),
		PROOF("P073 + without an heir the longest Skew_Time",
		      P073_alone),
		PROOF("P073 - nothing after it; nothing without a carrier",
		      P073_negative),
		PROOF("P074 + adverts at the own interval", P074_positive),
		PROOF("P074 - not sooner, and one after a sleep",
		      P074_negative),
		PROOF("P075 + priority 0 is answered, the timer reset",
		      P075_positive),
		PROOF("P075 - and changes nothing else", P075_negative),
		PROOF("P076 + a higher priority is yielded to", P076_positive),
		PROOF("P076 + without a word where it is told so",
		      P076_silently),
		PROOF("P076 - a lower or malformed one is not", P076_negative),
		PROOF("P077 + a tie is for the higher address", P077_positive),
		PROOF("P077 - as numbers, both families", P077_negative),
		PROOF("P078 + the higher address stays", P078_positive),
		PROOF("P078 - the priority comes first", P078_negative),
		PROOF("P079 + a losing advert is answered at once",
		      P079_positive),
		PROOF("P079 - nothing of it is kept", P079_negative),
		PROOF("P079 + a last word is followed by an announcement",
		      P079_last_word),
		PROOF("P080 + floods are answered ten times a second",
		      P080_positive),
		PROOF("P080 - a slow stream always; winners win",
		      P080_negative),
		PROOF("P081 + without preemption Active yields the same",
		      P081_positive),
		PROOF("P081 - and stays the same", P081_negative),
		PROOF("P082 + an own advert heard again is dropped",
		      P082_positive),
		PROOF("P082 - another's with our priority is not",
		      P082_negative),
	};

	return RUN(tests);
}
