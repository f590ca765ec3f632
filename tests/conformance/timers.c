/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checklist G: timers (RFC 9568 6.1), to the nanosecond. */
#include "router.h"

static void P083_positive(void **state)
{
	for (unsigned cs = 1; cs <= 4095; cs++) {
		struct router r;
		struct peer p;
		struct message m;

		router_new(&r, IP_V4, 3, 255);
		r.config.interval = cs * TICK_CENTISECOND;
		router_start(&r);
		assert_tick(r.v.adver_timer, START + cs * TICK_CENTISECOND);
		p = sent_by(&r);
		m = message_of(&p);
		assert_int_equal(m.bytes[4] << 8 | m.bytes[5], cs);
	}
}

static void P083_negative(void **state)
{
	struct router r;
	struct peer p;

	/* Each one is another one, on the way back too. */
	for (unsigned cs = 1; cs <= 4095; cs++) {
		router_backup(&r, IP_V4, 3, 100);
		p = peer_of(&r, 200);
		p.advert.interval = cs * TICK_CENTISECOND;
		router_hear(&r, &p);
		assert_tick(r.v.active_interval, cs * TICK_CENTISECOND);
		assert_int_equal(note_of(&r, VRRP_NOTE_INTERVAL_MISMATCH) !=
					 NULL,
				 cs != 100);
	}
}

static void P084_positive(void **state)
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
		{ 1, 4095 * TICK_CENTISECOND, 40790039062 },
		{ 255, 4095 * TICK_CENTISECOND, 159960937 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		assert_tick(
			vrrp_skew_time(3, rows[i].priority, rows[i].interval),
			rows[i].skew);
	/* Version 2: a part of a second, whatever the interval. */
	assert_tick(vrrp_skew_time(2, 100, 10 * TICK_SECOND), 609375000);
}

static void P084_negative(void **state)
{
	/* No two priorities of one interval share a time, down to 1 cs. */
	for (unsigned p = 1; p < 255; p++) {
		tick_t skew = vrrp_skew_time(3, (uint8_t)p, TICK_CENTISECOND);
		tick_t above =
			vrrp_skew_time(3, (uint8_t)(p + 1), TICK_CENTISECOND);

		assert_in_range(skew - above, 39062, 39063);
		assert_true(skew > 0 && skew < TICK_CENTISECOND);
	}
}

static void P085_positive(void **state)
{
	struct router r;

	router_new(&r, IP_V4, 3, 100);
	for (unsigned p = 1; p <= 255; p++)
		for (unsigned cs = 1; cs <= 4095; cs += 7) {
			tick_t interval = cs * TICK_CENTISECOND;

			assert_tick(vrrp_active_down_interval(
					    &r.config, (uint8_t)p, interval),
				    3 * interval + (256 - p) * interval / 256);
		}
	/* Three of them, or as many as are configured. */
	for (uint8_t n = 1; n <= VRRP_DOWN_ADVERTS_MAX; n++) {
		r.config.down_timer_adverts = n;
		assert_tick(vrrp_active_down_interval(&r.config, 100,
						      10 * TICK_CENTISECOND),
			    n * 10 * TICK_CENTISECOND + 60937500);
	}
	r.config.down_timer_adverts = VRRP_DOWN_ADVERTS_DEFAULT;
	r.config.version = 2;
	assert_tick(vrrp_active_down_interval(&r.config, 100, TICK_SECOND),
		    3609375000);
}

static void P085_negative(void **state)
{
	struct router r;
	struct peer p;

	/* It is the sender's interval and our own priority that count. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 10 * TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_tick(vrrp_down_interval(&r.v), 360937500);
	router_time(&r, START + 360937500 - 1);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	/* And it counts from when the packet came, not was read. */
	router_backup(&r, IP_V4, 3, 100);
	{
		struct message m = message_of(&p);
		struct vrrp_event event = {
			.type = VRRP_EVENT_ADVERT,
			.datagram = { .bytes = m.bytes,
				      .length = m.length,
				      .source = m.source,
				      .destination = m.destination,
				      .ttl = 255,
				      .received = START + 5 },
		};

		r.now = START + 3 * TICK_MILLISECOND;
		router_event(&r, &event);
	}
	assert_tick(r.v.down_timer, START + 5 + 360937500);
}

/* An Active for `age`, at `interval`, that hears a losing advert. */
static const struct vrrp_action *flapping(struct router *r, tick_t interval,
					  tick_t age)
{
	struct peer p;

	router_new(r, IP_V4, 3, 200);
	r->config.interval = interval;
	router_start(r);
	router_time(r, r->v.down_timer);
	p = peer_of(r, 100);
	router_run(r, r->now + age);
	router_hear(r, &p);
	assert_int_equal(r->v.state, VRRP_ACTIVE);
	return note_of(r, VRRP_NOTE_FLAPPING);
}

static void P086_positive(void **state)
{
	struct router r;
	const struct vrrp_action *note;

	/* A Backup that missed us for its Active_Down_Interval. */
	note = flapping(&r, TICK_CENTISECOND, TICK_SECOND);
	assert_non_null(note);
	assert_tick(note->note.value, TICK_CENTISECOND);
	assert_int_equal(note->note.peer.bytes[3], 12);
	assert_non_null(flapping(&r, 99 * TICK_CENTISECOND, 10 * TICK_SECOND));
}

static void P086_negative(void **state)
{
	struct router r;
	struct peer p;

	/* To the nanosecond: it could have heard us three times, or not. */
	assert_null(flapping(&r, TICK_CENTISECOND, 36093749));
	assert_non_null(flapping(&r, TICK_CENTISECOND, 36093750));
	/* At long intervals it is no overload; both just began: an election.*/
	assert_null(flapping(&r, TICK_SECOND, 10 * TICK_SECOND));
	assert_null(flapping(&r, TICK_CENTISECOND, 20 * TICK_MILLISECOND));
	/* A flood tells it as often as it is answered. */
	assert_non_null(flapping(&r, TICK_CENTISECOND, TICK_SECOND));
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_FLAPPING));
	/* A resigning or a winning one is no sign of it. */
	r.now += TICK_SECOND;
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_FLAPPING));
	p = peer_of(&r, 250);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_FLAPPING));
}

static void P087_positive(void **state)
{
	static const tick_t intervals[] = { TICK_CENTISECOND,
					    10 * TICK_CENTISECOND,
					    TICK_SECOND };

	/* Each at its moment, or with its batch up to the slack before. */
	for (size_t i = 0; i < ARRAY_LENGTH(intervals); i++) {
		struct router r;
		tick_t interval = intervals[i], first;

		router_new(&r, IP_V4, 3, 255);
		r.config.interval = interval;
		r.config.phase = interval / 3;
		router_start(&r);
		/* The next moment of its phase: never after the interval. */
		first = r.v.adver_timer;
		assert_true(first > START && first <= START + interval);
		assert_tick(first % interval, r.config.phase);
		for (int n = 0; n < 50; n++) {
			tick_t due = first + n * interval;

			assert_tick(r.v.adver_timer, due);
			assert_tick(vrrp_slack(&r.v),
				    tick_min(interval / 100, TICK_MILLISECOND));
			router_time(&r, due - n % 2 * vrrp_slack(&r.v));
			assert_order(&r, VRRP_ACTION_SEND);
		}
	}
}

static void P087_negative(void **state)
{
	struct router r;
	tick_t due;

	/* Late once: the next one is not late for that. */
	router_active(&r, IP_V4, 3, 100);
	due = r.v.adver_timer;
	router_time(&r, due + 400 * TICK_MILLISECOND);
	assert_order(&r, VRRP_ACTION_SEND);
	assert_tick(r.v.adver_timer, due + TICK_SECOND);
	/* A down timer has no slack: never early. */
	router_backup(&r, IP_V4, 3, 100);
	assert_tick(vrrp_slack(&r.v), 0);
	router_time(&r, r.v.down_timer - 1);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	router_shutdown(&r);
	assert_tick(vrrp_slack(&r.v), 0);
}

static void P088_positive(void **state)
{
	struct router r;
	struct vrrp_config changed;

	router_active(&r, IP_V4, 3, 100);
	changed = r.config;
	changed.priority = 150;
	changed.interval = 20 * TICK_CENTISECOND;
	r.now += 300 * TICK_MILLISECOND;
	router_configure(&r, &changed);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	/* It comes no later than the new interval asks. */
	assert_tick(r.v.adver_timer, r.now + 200 * TICK_MILLISECOND);
	router_time(&r, r.v.adver_timer);
	assert_int_equal(sent_by(&r).advert.priority, 150);
	assert_tick(sent_by(&r).advert.interval, 20 * TICK_CENTISECOND);
	assert_tick(r.v.adver_timer, r.now + 200 * TICK_MILLISECOND);
	assert_tick(r.v.active_interval, 20 * TICK_CENTISECOND);
	assert_int_equal(r.v.active_priority, 150);
	/* A tracked priority too. */
	router_priority(&r, 60);
	router_time(&r, r.v.adver_timer);
	assert_int_equal(sent_by(&r).advert.priority, 60);
}

static void P088_negative(void **state)
{
	struct router r;
	struct vrrp_config changed;
	tick_t timer;

	/* A longer interval does not put off the advert that is due. */
	router_active(&r, IP_V4, 3, 100);
	timer = r.v.adver_timer;
	changed = r.config;
	changed.interval = 10 * TICK_SECOND;
	router_configure(&r, &changed);
	assert_no_action(&r);
	assert_tick(r.v.adver_timer, timer);
	router_time(&r, timer);
	assert_tick(r.v.adver_timer, timer + 10 * TICK_SECOND);
	/* The same configuration again is no change at all. */
	changed = r.config;
	router_configure(&r, &changed);
	assert_int_equal(r.out.count, 0);
	assert_tick(r.v.adver_timer, timer + 10 * TICK_SECOND);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

/* A Backup's timer keeps the moment that it was started at. */
static void P088_backup(void **state)
{
	struct router r;
	struct peer p;
	struct vrrp_config changed;

	/* Nobody was heard: the configured interval is all there is. */
	router_backup(&r, IP_V4, 3, 100);
	r.now += TICK_SECOND;
	changed = r.config;
	changed.interval = 2 * TICK_SECOND;
	router_configure(&r, &changed);
	assert_no_action(&r);
	assert_tick(r.v.active_interval, 2 * TICK_SECOND);
	assert_tick(r.v.down_timer, START + 7218750000);
	/* The Active's interval is its own; our priority is ours. */
	p = peer_of(&r, 250);
	p.advert.interval = 40 * TICK_CENTISECOND;
	router_hear(&r, &p);
	changed.interval = 3 * TICK_SECOND;
	changed.priority = 200;
	r.now += 100 * TICK_MILLISECOND;
	router_configure(&r, &changed);
	assert_tick(r.v.active_interval, 40 * TICK_CENTISECOND);
	assert_tick(r.v.down_timer, START + TICK_SECOND + 1287500000);
	assert_int_equal(r.v.active_priority, 250);
	router_priority(&r, 56);
	assert_tick(r.v.down_timer, START + TICK_SECOND + 1512500000);
	/* After an end it is Skew_Time that changes. */
	p.advert.priority = 0;
	router_hear(&r, &p);
	assert_tick(r.v.down_timer, r.now + 312500000);
	router_priority(&r, 128);
	assert_tick(r.v.down_timer, r.now + 200000000);
	/* Version 2 learns no interval, so it follows at once. */
	router_backup(&r, IP_V4, 2, 100);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	changed = r.config;
	changed.interval = 2 * TICK_SECOND;
	router_configure(&r, &changed);
	assert_tick(r.v.active_interval, 2 * TICK_SECOND);
	assert_tick(r.v.down_timer, START + 6609375000);
	/* What was learned in version 3 is no interval of version 2. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 40 * TICK_CENTISECOND;
	router_hear(&r, &p);
	changed = r.config;
	changed.version = 2;
	router_configure(&r, &changed);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_tick(r.v.down_timer, START + 3609375000);
	/* Another version with the same interval: the skew is another. */
	changed.interval = 2 * TICK_SECOND;
	router_configure(&r, &changed);
	changed.version = 3;
	router_configure(&r, &changed);
	assert_tick(r.v.down_timer, START + 7218750000);
}

static void P088_delay(void **state)
{
	struct router r;
	struct peer p;
	struct vrrp_config changed;

	/* A delay that runs counts from when it began, or ends. */
	router_new(&r, IP_V4, 3, 100);
	r.config.preempt_delay = 30 * TICK_SECOND;
	router_start(&r);
	p = peer_of(&r, 50);
	router_hear(&r, &p);
	r.now += TICK_SECOND;
	changed = r.config;
	changed.preempt_delay = 10 * TICK_SECOND;
	router_configure(&r, &changed);
	assert_tick(r.v.preempt_timer, START + 10 * TICK_SECOND);
	changed.preempt = false;
	router_configure(&r, &changed);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	changed.preempt = true;
	router_configure(&r, &changed);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
	router_hear(&r, &p);
	assert_tick(r.v.preempt_timer, r.now + 10 * TICK_SECOND);
	changed.preempt_delay = 0;
	router_configure(&r, &changed);
	assert_tick(r.v.preempt_timer, TICK_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P083 + intervals of 1 to 4095 cs are kept",
		      P083_positive),
		PROOF("P083 - and told from each other", P083_negative),
		PROOF("P084 + Skew_Time to the nanosecond", P084_positive),
		PROOF("P084 - no two priorities share it", P084_negative),
		PROOF("P085 + Active_Down_Interval for all priorities",
		      P085_positive),
		PROOF("P085 - of the sender's interval, from its arrival",
		      P085_negative),
		PROOF("P086 + flapping at small intervals is told",
		      P086_positive),
		PROOF("P086 - an election or a long interval is not",
		      P086_negative),
		PROOF("P087 + adverts never later than the interval",
		      P087_positive),
		PROOF("P087 - nor is a timer early, nor lateness kept",
		      P087_negative),
		PROOF("P088 + a change is in the next advert", P088_positive),
		PROOF("P088 + a Backup's timer keeps its start", P088_backup),
		PROOF("P088 + and so does a delay that runs", P088_delay),
		PROOF("P088 - and puts nothing off", P088_negative),
	};

	return RUN(tests);
}
