/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist H: operation beside hosts (RFC 9568 8.1 to 8.3), what of it the
 * core decides: when to announce, and what is told of priorities.
 */
#include "router.h"

/* Where an action stands among those of the last event, or -1. */
static int place_of(const struct router *r, enum vrrp_action_type type)
{
	for (unsigned i = 0; i < r->out.count; i++)
		if (r->out.list[i].type == type)
			return (int)i;
	return -1;
}

static void P093_positive(void **state)
{
	struct router r;

	/* Rounds, a second set, refreshes: as configured, to the end. */
	router_new(&r, IP_V4, 3, 100);
	r.config.announce = (struct vrrp_announce_config){
		.delay = 5 * TICK_SECOND,
		.refresh = 60 * TICK_SECOND,
		.interval = 20 * TICK_MILLISECOND,
		.repeat = 3,
		.refresh_repeat = 2,
	};
	router_start(&r);
	router_time(&r, r.v.down_timer);
	assert_int_equal(count_of(&r, VRRP_ACTION_ANNOUNCE), 1);
	{
		static const tick_t at[] = {
			20, 40, 5000, 5020, 5040, 60000, 60020, 120000, 120020,
		};
		tick_t active = r.now;
		size_t seen = 0;

		while (seen < ARRAY_LENGTH(at)) {
			router_time(&r, vrrp_deadline(&r.v));
			if (!count_of(&r, VRRP_ACTION_ANNOUNCE))
				continue;
			assert_tick(r.now - active,
				    at[seen] * TICK_MILLISECOND);
			seen++;
		}
	}
}

static void P093_negative(void **state)
{
	struct router r;
	struct vrrp_config changed;

	/* None that was not asked for. */
	router_new(&r, IP_V4, 3, 100);
	r.config.announce = (struct vrrp_announce_config){ .repeat = 1 };
	router_start(&r);
	router_time(&r, r.v.down_timer);
	assert_int_equal(count_of(&r, VRRP_ACTION_ANNOUNCE), 1);
	for (int i = 0; i < 200; i++) {
		router_time(&r, vrrp_deadline(&r.v));
		assert_order(&r, VRRP_ACTION_SEND);
	}
	router_new(&r, IP_V4, 3, 100);
	r.config.announce.repeat = 0;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	assert_int_equal(count_of(&r, VRRP_ACTION_ANNOUNCE), 0);
	/* Nor is anything planned where there are no rounds. */
	router_new(&r, IP_V4, 3, 255);
	r.config.announce.repeat = 0;
	r.config.announce.delay = TICK_SECOND / 2;
	router_start(&r);
	assert_tick(vrrp_deadline(&r.v), r.v.adver_timer);
	/* A time that is another timer's is none for a set that runs. */
	router_new(&r, IP_V4, 3, 255);
	r.config.announce.repeat = 3;
	r.config.announce.interval = TICK_SECOND / 2 * 3;
	router_start(&r);
	router_time(&r, r.v.adver_timer);
	assert_order(&r, VRRP_ACTION_SEND);
	/* Refreshes end with their being configured. */
	router_new(&r, IP_V4, 3, 255);
	r.config.announce.refresh = TICK_SECOND / 2;
	r.config.announce.refresh_repeat = 1;
	router_start(&r);
	changed = r.config;
	changed.announce.refresh = 0;
	router_configure(&r, &changed);
	router_time(&r, START + TICK_SECOND / 2);
	assert_tick(r.v.announce.refresh, TICK_NEVER);
}

/* After a losing advert: a set at once and, delayed, another. */
static void P093_losing(void **state)
{
	static const tick_t at[] = { 20, 5000, 5020 };
	struct router r;
	struct peer p;
	tick_t heard;

	router_new(&r, IP_V4, 3, 255);
	r.config.announce = (struct vrrp_announce_config){
		.lower_delay = 5 * TICK_SECOND,
		.interval = 20 * TICK_MILLISECOND,
		.repeat = 1,
		.lower_repeat = 2,
	};
	router_start(&r);
	r.now += 500 * TICK_MILLISECOND;
	heard = r.now;
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
	for (size_t seen = 0; seen < ARRAY_LENGTH(at);) {
		router_time(&r, vrrp_deadline(&r.v));
		if (!count_of(&r, VRRP_ACTION_ANNOUNCE))
			continue;
		assert_tick(r.now - heard, at[seen] * TICK_MILLISECOND);
		seen++;
	}
	for (int i = 0; i < 20; i++) {
		router_time(&r, vrrp_deadline(&r.v));
		assert_order(&r, VRRP_ACTION_SEND);
	}
	/* One that is heard while a set runs, or is due, adds none. */
	router_hear(&r, &p);
	heard = r.now;
	r.now += 200 * TICK_MILLISECOND;
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_tick(r.v.announce.again, heard + 5 * TICK_SECOND);
	/* Without the delay there is one set. */
	router_active(&r, IP_V4, 3, 255);
	router_hear(&r, &p);
	assert_tick(r.v.announce.again, TICK_NEVER);
	router_new(&r, IP_V4, 3, 255);
	r.config.announce.lower_delay = TICK_SECOND;
	r.config.announce.lower_repeat = 0;
	router_start(&r);
	router_hear(&r, &p);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_tick(r.v.announce.again, TICK_NEVER);
}

static void claims_first(uint8_t family, uint8_t priority)
{
	struct router r;

	router_active(&r, family, 3, priority);
	assert_true(place_of(&r, VRRP_ACTION_CLAIM) >= 0);
	assert_true(place_of(&r, VRRP_ACTION_ANNOUNCE) >
		    place_of(&r, VRRP_ACTION_CLAIM));
}

/* Whoever holds no address announces none, whatever time it is. */
static void never_without(uint8_t family)
{
	struct router r;
	struct peer p;

	router_new(&r, family, 3, 100);
	r.config.announce.delay = TICK_SECOND;
	r.config.announce.refresh = TICK_SECOND;
	r.config.announce.refresh_repeat = 1;
	router_start(&r);
	p = peer_of(&r, 200);
	for (int i = 0; i < 10; i++) {
		router_hear(&r, &p);
		assert_int_equal(count_of(&r, VRRP_ACTION_ANNOUNCE), 0);
		router_time(&r, r.now + TICK_SECOND);
		assert_int_equal(count_of(&r, VRRP_ACTION_ANNOUNCE), 0);
	}
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

static void P094_positive(void **state)
{
	claims_first(IP_V4, 100);
	claims_first(IP_V4, 255);
}

static void P094_negative(void **state)
{
	never_without(IP_V4);
}

static void P099_positive(void **state)
{
	claims_first(IP_V6, 100);
	claims_first(IP_V6, 255);
}

static void P099_negative(void **state)
{
	never_without(IP_V6);
}

static void P106_positive(void **state)
{
	struct router low, high;
	struct peer p;

	/* Two owners hear each other: one is left, that of higher address. */
	router_active(&low, IP_V4, 3, 255);
	router_new(&high, IP_V4, 3, 255);
	high.source = ip_of("192.0.2.12");
	router_start(&high);
	p = sent_by(&high);
	router_hear(&low, &p);
	assert_int_equal(low.v.state, VRRP_BACKUP);
	p = peer_of(&high, 255);
	p.source = low.source;
	router_hear(&high, &p);
	assert_int_equal(high.v.state, VRRP_ACTIVE);
}

static void P106_negative(void **state)
{
	struct router r;
	struct peer p;

	/* The one that yielded stays so while the other is heard. */
	router_active(&r, IP_V4, 3, 255);
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	for (int i = 0; i < 20; i++) {
		router_time(&r, r.now + TICK_SECOND);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		router_hear(&r, &p);
		assert_no_action(&r);
	}
}

static void P107_positive(void **state)
{
	struct router r;
	struct peer p;
	const struct vrrp_action *note;

	router_active(&r, IP_V4, 3, 255);
	p = peer_of(&r, 255);
	peer_from(&p, 10);
	router_hear(&r, &p);
	note = note_of(&r, VRRP_NOTE_TWO_OWNERS);
	assert_non_null(note);
	assert_true(ip_equal(&note->note.peer, &p.source));
}

static void P107_negative(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 254);
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_TWO_OWNERS));
	router_active(&r, IP_V4, 3, 255);
	p = peer_of(&r, 255);
	p.source = r.source;
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_TWO_OWNERS));
}

static void P108_positive(void **state)
{
	struct router r;
	struct peer p;
	const struct vrrp_action *note;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	note = note_of(&r, VRRP_NOTE_SAME_PRIORITY);
	assert_non_null(note);
	assert_tick(note->note.value, 100);
	assert_true(ip_equal(&note->note.peer, &p.source));
}

static void P108_negative(void **state)
{
	for (unsigned priority = 0; priority < 256; priority++) {
		struct router r;
		struct peer p;

		router_backup(&r, IP_V4, 3, 100);
		p = peer_of(&r, (uint8_t)priority);
		router_hear(&r, &p);
		assert_int_equal(note_of(&r, VRRP_NOTE_SAME_PRIORITY) != NULL,
				 priority == 100);
	}
}

static void P109_positive(void **state)
{
	struct router r;
	struct peer p;

	/* It is the effective priority that must differ. */
	router_backup(&r, IP_V4, 3, 100);
	router_priority(&r, 90);
	p = peer_of(&r, 90);
	router_hear(&r, &p);
	assert_non_null(note_of(&r, VRRP_NOTE_SAME_PRIORITY));
}

static void P109_negative(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	router_priority(&r, 90);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_SAME_PRIORITY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P093 + announcements as planned, to the nanosecond",
		      P093_positive),
		PROOF("P093 + and after a losing advert", P093_losing),
		PROOF("P093 - and no others", P093_negative),
		PROOF("P094 + addresses first, then their GARP", P094_positive),
		PROOF("P094 - no GARP without addresses", P094_negative),
		PROOF("P099 + addresses first, then their NA", P099_positive),
		PROOF("P099 - no NA without addresses", P099_negative),
		PROOF("P106 + of two owners one stays", P106_positive),
		PROOF("P106 - and they do not take turns", P106_negative),
		PROOF("P107 + another owner is told of", P107_positive),
		PROOF("P107 - nobody else is taken for one", P107_negative),
		PROOF("P108 + an equal priority is told of", P108_positive),
		PROOF("P108 - no other is", P108_negative),
		PROOF("P109 + the effective priority must differ",
		      P109_positive),
		PROOF("P109 - the configured one need not", P109_negative),
	};

	return RUN(tests);
}
