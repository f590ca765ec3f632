/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * down_timer_adverts: how many advertisements of an Active may be missing
 * before a Backup takes over (src/vrrp/timer.c, src/vrrp/backup.c).
 */
#include "../conformance/router.h"

/* A Backup of priority 100, at START. */
static void backup_with(struct router *r, uint8_t adverts)
{
	router_new(r, IP_V4, 3, 100);
	r->config.down_timer_adverts = adverts;
	router_start(r);
}

static void a_backup_waits_for_so_many(void **state)
{
	static const uint8_t adverts[] = { 1, 2, 3, 7, 100 };

	for (size_t i = 0; i < ARRAY_LENGTH(adverts); i++) {
		tick_t own = adverts[i] * TICK_SECOND + 609375000;
		tick_t learned = adverts[i] * 20 * TICK_CENTISECOND + 121875000;
		struct router r;
		struct peer p;

		backup_with(&r, adverts[i]);
		assert_tick(vrrp_deadline(&r.v), START + own);
		router_time(&r, START + own - 1);
		assert_int_equal(r.v.state, VRRP_BACKUP);
		/* Of an Active it is that one's interval which counts. */
		p = peer_of(&r, 200);
		p.advert.interval = 20 * TICK_CENTISECOND;
		router_hear(&r, &p);
		assert_tick(vrrp_deadline(&r.v), r.now + learned);
		router_time(&r, r.now + learned);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_SILENCE);
	}
}

static void skew_time_is_what_it_was(void **state)
{
	struct router r;
	struct peer p;

	/* Priority 0 is no silence. */
	backup_with(&r, 10);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	p.advert.priority = 0;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), START + 609375000);
}

static void another_number_keeps_the_start(void **state)
{
	struct router r;
	struct peer p;
	struct vrrp_config changed;

	backup_with(&r, 3);
	p = peer_of(&r, 200);
	p.advert.interval = 2 * TICK_SECOND;
	router_hear(&r, &p);
	r.now += TICK_SECOND;
	changed = r.config;
	changed.down_timer_adverts = 5;
	router_configure(&r, &changed);
	assert_no_action(&r);
	assert_tick(r.v.down_timer, START + 10 * TICK_SECOND + 1218750000);
	changed.down_timer_adverts = 1;
	router_configure(&r, &changed);
	assert_tick(r.v.down_timer, START + 2 * TICK_SECOND + 1218750000);
}

/* A lesser one is not the Active as long as a better one may live. */
static void a_lesser_one_is_followed_after(uint8_t adverts, tick_t silence)
{
	struct router r;
	struct peer better, lesser;

	router_new(&r, IP_V4, 3, 100);
	r.config.down_timer_adverts = adverts;
	r.config.preempt = false;
	router_start(&r);
	better = peer_of(&r, 200);
	lesser = peer_of(&r, 50);
	peer_from(&lesser, 13);
	router_hear(&r, &better);
	r.now = START + silence - 1;
	router_hear(&r, &lesser);
	assert_true(ip_equal(&r.v.active, &better.source));
	r.now++;
	router_hear(&r, &lesser);
	assert_true(ip_equal(&r.v.active, &lesser.source));
}

static void a_lesser_one_is_followed_in_time(void **state)
{
	a_lesser_one_is_followed_after(1, TICK_SECOND);
	a_lesser_one_is_followed_after(2, 2 * TICK_SECOND);
	a_lesser_one_is_followed_after(3, 3 * TICK_SECOND);
	/* The others may wait for three only, whatever we do. */
	a_lesser_one_is_followed_after(4, 3 * TICK_SECOND);
	a_lesser_one_is_followed_after(100, 3 * TICK_SECOND);
}

/* A long interval is doubted before our own Active_Down_Interval is over. */
static void it_asks_after_so_many_of_its_own(void **state)
{
	static const uint8_t adverts[] = { 1, 3, 10 };

	for (size_t i = 0; i < ARRAY_LENGTH(adverts); i++) {
		tick_t own = adverts[i] * TICK_SECOND + 609375000;
		struct router r;
		struct peer p;

		backup_with(&r, adverts[i]);
		p = peer_of(&r, 255);
		p.advert.interval = VRRP_INTERVAL_MAX_V3;
		router_hear(&r, &p);
		for (int n = 0; n < 3; n++) {
			router_time(&r, vrrp_deadline(&r.v));
			assert_order(&r, VRRP_ACTION_PROBE);
			assert_true(r.now > START + own - TICK_SECOND);
		}
		router_time(&r, vrrp_deadline(&r.v));
		assert_tick(r.now, START + own);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_NO_ANSWER);
	}
}

/* An Active is not late before the best Backup has taken over. */
static void who_is_late_is_told_by_it(void **state)
{
	struct vrrp_config c = { VRRP_CONFIG_DEFAULTS, .version = 3,
				 .interval = TICK_SECOND };

	assert_tick(vrrp_lateness_limit(&c), 2 * TICK_SECOND + 7812500);
	c.down_timer_adverts = 1;
	assert_tick(vrrp_lateness_limit(&c), 7812500);
	c.down_timer_adverts = 100;
	c.interval = TICK_CENTISECOND;
	assert_tick(vrrp_lateness_limit(&c), 99 * TICK_CENTISECOND + 78125);
	/* Version 2: of a second, whatever the interval. */
	c.version = 2;
	c.interval = 10 * TICK_SECOND;
	assert_tick(vrrp_lateness_limit(&c), 990 * TICK_SECOND + 7812500);
}

/* Flapping of our own making: whoever spoke had time to hear us. */
static void flapping_is_told_by_it(void **state)
{
	static const struct {
		uint8_t adverts;
		tick_t age;
	} rows[] = { { 1, 16093750 }, { 5, 56093750 } };

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		for (tick_t early = 0; early < 2; early++) {
			struct router r;
			struct peer p;

			router_new(&r, IP_V4, 3, 200);
			r.config.down_timer_adverts = rows[i].adverts;
			r.config.interval = TICK_CENTISECOND;
			router_start(&r);
			router_time(&r, r.v.down_timer);
			router_run(&r, r.now + rows[i].age - early);
			p = peer_of(&r, 100);
			router_hear(&r, &p);
			assert_int_equal(
				note_of(&r, VRRP_NOTE_FLAPPING) == NULL, early);
		}
}

/* After an early one the next would be late for the best Backup. */
static void no_advertisement_is_early(void **state)
{
	static const uint8_t adverts[] = { 1, 2, 3 };

	for (size_t i = 0; i < ARRAY_LENGTH(adverts); i++) {
		struct router r;

		router_new(&r, IP_V4, 3, 255);
		r.config.down_timer_adverts = adverts[i];
		router_start(&r);
		assert_tick(vrrp_slack(&r.v),
			    adverts[i] == 1 ? 0 : TICK_MILLISECOND);
		router_time(&r, r.v.adver_timer - 1);
		assert_int_equal(r.out.count, adverts[i] == 1 ? 0 : 1);
	}
}

static void init(struct router *r)
{
	vrrp_init(&r->v, &r->config);
}

static void configure(struct router *r)
{
	router_configure(r, &r->config);
}

/* A configuration that nobody filled in is not run. */
static void none_is_refused(void **state)
{
	static const uint8_t none[] = { 0, 101, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(none); i++) {
		struct router r;

		router_backup(&r, IP_V4, 3, 100);
		r.config.down_timer_adverts = none[i];
		assert_traps(init, &r);
		assert_traps(configure, &r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backup_waits_for_so_many),
		cmocka_unit_test(skew_time_is_what_it_was),
		cmocka_unit_test(another_number_keeps_the_start),
		cmocka_unit_test(a_lesser_one_is_followed_in_time),
		cmocka_unit_test(it_asks_after_so_many_of_its_own),
		cmocka_unit_test(who_is_late_is_told_by_it),
		cmocka_unit_test(flapping_is_told_by_it),
		cmocka_unit_test(no_advertisement_is_early),
		cmocka_unit_test(none_is_refused),
	};

	return RUN(tests);
}
