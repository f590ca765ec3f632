/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist D: state Initialize (RFC 9568 6.4.1), and the announcements that
 * becoming Active asks for.
 */
#include "router.h"
#include "vrrp/checksum.h"
#include "vrrp/frame.h"

static const uint8_t mac[VRRP_MAC_SIZE] = { 0x02, 0, 0, 0, 0, 0x0a };

static void P046_positive(void **state)
{
	static const uint8_t families[] = { IP_V4, IP_V6 };

	for (size_t i = 0; i < ARRAY_LENGTH(families); i++) {
		struct router r;

		router_new(&r, families[i], 3, 255);
		router_start(&r);
		assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
			     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
		assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_OWNER);
		assert_int_equal(sent_by(&r).advert.priority, 255);
		assert_tick(r.v.adver_timer, START + TICK_SECOND);
		assert_tick(r.v.down_timer, TICK_NEVER);
		assert_true(ip_equal(&r.v.active, &r.source));
	}
}

static void P046_negative(void **state)
{
	struct router r;

	/* 254 is not 255: it listens first. */
	router_new(&r, IP_V4, 3, 254);
	router_start(&r);
	assert_order(&r, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
	/* Nor does an owner speak where it cannot. */
	router_new(&r, IP_V4, 3, 255);
	r.source = (struct ip){ 0 };
	vrrp_init(&r.v, &r.config);
	router_interface(&r, VRRP_INTERFACE_NO_CARRIER, r.source);
	assert_int_equal(r.out.count, 0);
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_STARTUP });
	assert_order(&r, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_NO_CARRIER);
	assert_tick(vrrp_deadline(&r.v), TICK_NEVER);
}

static void P047_positive(void **state)
{
	static const uint8_t expected[VRRP_GARP_SIZE] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00,
		0x00, 0x00, 0x0a, 0x08, 0x06, 0x00, 0x01, 0x08, 0x00,
		0x06, 0x04, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
		0x0a, 192,  0,    2,    9,    0x02, 0x00, 0x00, 0x00,
		0x00, 0x0a, 192,  0,    2,    9,
	};
	struct ip address = ip_of("192.0.2.9");
	uint8_t frame[VRRP_GARP_SIZE];

	assert_int_equal(vrrp_frame_garp(&address, mac, frame, sizeof(frame)),
			 VRRP_GARP_SIZE);
	assert_memory_equal(frame, expected, sizeof(expected));
}

static void P047_negative(void **state)
{
	struct ip a = ip_of("192.0.2.9"), b = ip_of("192.0.2.10");
	uint8_t one[VRRP_GARP_SIZE], other[VRRP_GARP_SIZE];

	/* Two addresses differ in exactly the two places. */
	vrrp_frame_garp(&a, mac, one, sizeof(one));
	vrrp_frame_garp(&b, mac, other, sizeof(other));
	for (size_t i = 0; i < sizeof(one); i++)
		assert_int_equal(one[i] != other[i], i == 31 || i == 41);
	assert_int_equal(vrrp_frame_garp(&a, mac, one, sizeof(one) - 1), 0);
}

static void P048_positive(void **state)
{
	static const uint8_t to[6] = { 0x33, 0x33, 0, 0, 0, 1 };
	static const uint8_t option[8] = { 2, 1, 0x02, 0, 0, 0, 0, 0x0a };
	struct ip address = ip_of("2001:db8::9"), nodes = ip_of("ff02::1");
	uint8_t frame[VRRP_NA_SIZE];

	assert_int_equal(
		vrrp_frame_na(&address, true, mac, frame, sizeof(frame)),
		VRRP_NA_SIZE);
	assert_memory_equal(frame, to, 6);
	assert_int_equal(frame[20], 58);
	assert_int_equal(frame[21], 255);
	assert_memory_equal(frame + 38, nodes.bytes, 16);
	assert_int_equal(frame[54], 136);
	assert_int_equal(frame[55], 0);
	assert_int_equal(frame[58], 0x80 | 0x20);
	assert_memory_equal(frame + 62, address.bytes, 16);
	assert_memory_equal(frame + 78, option, 8);
	assert_int_equal(checksum_end(checksum_add_pseudo(
				 checksum_add(0, frame + 54, 32), &address,
				 &nodes, 32, 58)),
			 0);
}

static void P048_negative(void **state)
{
	struct ip address = ip_of("2001:db8::9");
	uint8_t frame[VRRP_NA_SIZE];

	/* Never solicited; no router where nothing is forwarded. */
	vrrp_frame_na(&address, true, mac, frame, sizeof(frame));
	assert_int_equal(frame[58] & 0x40, 0);
	vrrp_frame_na(&address, false, mac, frame, sizeof(frame));
	assert_int_equal(frame[58], 0x20);
	assert_int_equal(
		vrrp_frame_na(&address, true, mac, frame, sizeof(frame) - 1),
		0);
}

static void P049_positive(void **state)
{
	static const struct {
		uint8_t priority;
		tick_t interval, down;
	} rows[] = {
		{ 100, TICK_SECOND, 3609375000 },
		{ 200, TICK_SECOND, 3218750000 },
		{ 254, TICK_CENTISECOND, 30078125 },
		{ 1, TICK_CENTISECOND, 39960937 },
		{ 100, 10 * TICK_CENTISECOND, 360937500 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct router r;

		router_new(&r, IP_V4, 3, rows[i].priority);
		r.config.interval = rows[i].interval;
		router_start(&r);
		assert_order(&r, VRRP_ACTION_STATE);
		assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
		assert_tick(r.v.active_interval, rows[i].interval);
		assert_tick(r.v.down_timer, START + rows[i].down);
		assert_tick(r.v.adver_timer, TICK_NEVER);
	}
}

static void P049_negative(void **state)
{
	struct router r;
	struct peer p;

	/* A second Startup is none; nor is it one after what was learned. */
	router_backup(&r, IP_V4, 3, 100);
	r.now += TICK_SECOND;
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_STARTUP });
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	/* Not one nanosecond before the timer is it Active. */
	router_time(&r, START + 3609375000 - 1);
	assert_int_equal(r.out.count, 0);
	assert_unchanged(&r);
	router_time(&r, START + 3609375000);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	/* A start after a fault begins anew: nothing that was learned stays. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 30 * TICK_CENTISECOND;
	router_hear(&r, &p);
	p.advert.priority = 0;
	router_hear(&r, &p);
	router_interface(&r, VRRP_INTERFACE_NO_CARRIER, (struct ip){ 0 });
	assert_int_equal(r.v.active.family, IP_NONE);
	assert_int_equal(r.v.active_priority, 0);
	assert_int_equal(r.v.down_cause, VRRP_CAUSE_NONE);
	router_interface(&r, VRRP_INTERFACE_UP, r.source);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_STARTUP);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_tick(r.v.down_timer, r.now + 3609375000);
}

static void P050_positive(void **state)
{
	static const uint8_t priorities[] = { 0, 1, 100, 254, 255 };
	struct router r;

	for (size_t i = 0; i < ARRAY_LENGTH(priorities); i++) {
		struct peer p;

		router_new(&r, IP_V4, 3, 100);
		vrrp_init(&r.v, &r.config);
		p = peer_of(&r, priorities[i]);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_NOT_RUNNING);
		/* After the end as well, and in FAULT. */
		router_active(&r, IP_V4, 3, 100);
		router_shutdown(&r);
		router_run(&r, r.v.leave_timer);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_NOT_RUNNING);
		router_active(&r, IP_V4, 3, 100);
		router_interface(&r, VRRP_INTERFACE_NO_CARRIER,
				 (struct ip){ 0 });
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_NOT_RUNNING);
	}
}

static void P050_negative(void **state)
{
	struct router r;
	struct peer p;

	/* Of what came before it knows nothing when it starts. */
	router_new(&r, IP_V4, 3, 100);
	vrrp_init(&r.v, &r.config);
	p = peer_of(&r, 200);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(&r, &p);
	router_interface(&r, VRRP_INTERFACE_UP, r.source);
	router_event(&r, &(struct vrrp_event){ .type = VRRP_EVENT_STARTUP });
	assert_tick(r.v.down_timer, START + 3609375000);
	assert_int_equal(r.v.active.family, IP_NONE);
	router_hear(&r, &p);
	assert_accepted(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P046 + an owner starts as Active", P046_positive),
		PROOF("P046 - nobody else does, nor without a carrier",
		      P046_negative),
		PROOF("P047 + the GARP, byte for byte", P047_positive),
		PROOF("P047 - nothing else of it depends on the address",
		      P047_negative),
		PROOF("P048 + the NA: R, O, target, option, group",
		      P048_positive),
		PROOF("P048 - never S; no R when not forwarding",
		      P048_negative),
		PROOF("P049 + others start as Backup, to the nanosecond",
		      P049_positive),
		PROOF("P049 - only once, and never Active too early",
		      P049_negative),
		PROOF("P050 + packets before and after are ignored",
		      P050_positive),
		PROOF("P050 - and leave nothing behind", P050_negative),
	};

	return RUN(tests);
}
