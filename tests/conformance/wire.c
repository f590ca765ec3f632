/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist A: the IP header and the frame (RFC 9568 5.1, 7.2). What the
 * daemon really sends is looked at in tests/netns/test_wire.py.
 */
#include "router.h"
#include "vrrp/checksum.h"
#include "vrrp/frame.h"

static const uint8_t mac[VRRP_MAC_SIZE] = { 0x02, 0, 0, 0, 0, 0x0a };

#define ETHERNET 14
#define V4       (ETHERNET + 20)
#define V6       (ETHERNET + 40)

/* The frame of what a router sends first as Active; its length. */
static size_t frame_of(uint8_t family, uint8_t version, uint8_t *frame)
{
	struct router r;
	struct peer p;

	router_active(&r, family, version, 100);
	p = sent_by(&r);
	p.advert.addresses = p.addresses;
	return vrrp_frame_advert(&p.advert, &p.source, mac, frame,
				 VRRP_FRAME_MAX);
}

static void P003_positive(void **state)
{
	static const uint8_t expected[V4] = {
		/* the group's MAC, ours, IPv4; header length 5, CS6 */
		0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 0x02, 0x00, 0x00, 0x00,
		0x00, 0x0a, 0x08, 0x00, 0x45, 0xc0,
		/* 36 bytes, no fragment, TTL, protocol, sum by RFC 1071 */
		0x00, 0x24, 0x00, 0x00, 0x40, 0x00, 0xff, 0x70, 0xd8, 0x8b, 192,
		0, 2, 11, 224, 0, 0, 18
	};
	uint8_t frame[VRRP_FRAME_MAX];

	assert_int_equal(frame_of(IP_V4, 3, frame), V4 + 16);
	assert_int_equal(frame[ETHERNET + 8], 255);
	assert_memory_equal(frame, expected, sizeof(expected));
}

/* A wrong TTL is refused by each state, and by both versions. */
static void refuses_ttl(uint8_t family, uint8_t version, uint8_t ttl)
{
	struct router r;
	struct peer p;

	router_backup(&r, family, version, 100);
	p = peer_of(&r, 200);
	p.ttl = ttl;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_TTL);

	router_active(&r, family, version, 100);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_TTL);
}

static void accepts_ttl_255(uint8_t family, uint8_t version)
{
	struct router r;
	struct peer p;

	router_backup(&r, family, version, 100);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_true(ip_equal(&r.v.active, &p.source));
}

static void P003_negative(void **state)
{
	uint8_t frame[VRRP_FRAME_MAX];

	/* Nothing that we send would be refused by ourselves. */
	assert_int_equal(frame_of(IP_V4, 2, frame), V4 + 24);
	assert_int_not_equal(frame[ETHERNET + 8], 1); /* multicast's default */
	assert_int_equal(frame[ETHERNET + 8], VRRP_TTL);
}

static void P004_positive(void **state)
{
	accepts_ttl_255(IP_V4, 3);
	accepts_ttl_255(IP_V4, 2);
}

static void P004_negative(void **state)
{
	static const uint8_t ttls[] = { 254, 1, 64, 0, 128 };

	for (size_t i = 0; i < ARRAY_LENGTH(ttls); i++) {
		refuses_ttl(IP_V4, 3, ttls[i]);
		refuses_ttl(IP_V4, 2, ttls[i]);
	}
}

static void P007_positive(void **state)
{
	static const uint8_t expected[ETHERNET + 8] = {
		0x33, 0x33, 0x00, 0x00, 0x00, 0x12, 0x02, 0x00,
		0x00, 0x00, 0x00, 0x0a, 0x86, 0xdd, 0x6c, 0x00,
		0x00, 0x00, 0x00, 0x28, 0x70, 0xff,
	};
	uint8_t frame[VRRP_FRAME_MAX];

	assert_int_equal(frame_of(IP_V6, 3, frame), V6 + 40);
	assert_int_equal(frame[ETHERNET + 7], 255);
	assert_memory_equal(frame, expected, sizeof(expected));
}

static void P007_negative(void **state)
{
	uint8_t frame[VRRP_NA_SIZE];
	struct ip address = ip_of("2001:db8::1");

	/* Nor has the other thing we send a hop limit of the kernel's. */
	assert_int_equal(
		vrrp_frame_na(&address, true, mac, frame, sizeof(frame)),
		VRRP_NA_SIZE);
	assert_int_not_equal(frame[ETHERNET + 7], 1);
	assert_int_equal(frame[ETHERNET + 7], 255);
}

static void P008_positive(void **state)
{
	accepts_ttl_255(IP_V6, 3);
}

static void P008_negative(void **state)
{
	for (unsigned ttl = 0; ttl < 255; ttl++)
		refuses_ttl(IP_V6, 3, (uint8_t)ttl);
}

static void P009_positive(void **state)
{
	uint8_t frame[VRRP_FRAME_MAX];

	frame_of(IP_V4, 3, frame);
	assert_int_equal(frame[ETHERNET + 9], 112);
	frame_of(IP_V4, 2, frame);
	assert_int_equal(frame[ETHERNET + 9], 112);
	frame_of(IP_V6, 3, frame);
	assert_int_equal(frame[ETHERNET + 6], 112);
}

static void P009_negative(void **state)
{
	struct router r;
	struct peer p;
	struct message m;
	uint16_t sum;

	/*
	 * Over IPv6 the protocol's number is part of the checksum: a message
	 * that was summed for another one (UDP) is not VRRP's.
	 */
	router_backup(&r, IP_V6, 3, 100);
	p = peer_of(&r, 200);
	m = message_of(&p);
	m.bytes[6] = m.bytes[7] = 0;
	sum = checksum_end(
		checksum_add_pseudo(checksum_add(0, m.bytes, m.length),
				    &m.source, &m.destination, m.length, 17));
	m.bytes[6] = (uint8_t)(sum >> 8);
	m.bytes[7] = (uint8_t)sum;
	router_hear_message(&r, &m);
	assert_dropped(&r, VRRP_DROP_CHECKSUM);
	message_sum(&m);
	router_hear_message(&r, &m);
	assert_accepted(&r);
}

static void P011_positive(void **state)
{
	struct router r;
	struct peer p;
	struct message m;

	router_new(&r, IP_V4, 3, 77);
	r.config.vrid = 201;
	r.config.interval = 7 * TICK_CENTISECOND;
	r.config.checksum = VRRP_CHECKSUM_RFC9568;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = sent_by(&r);
	m = message_of(&p);
	assert_int_equal(m.length, 16);
	assert_int_equal(m.bytes[0], 0x31);
	assert_int_equal(m.bytes[1], 201);
	assert_int_equal(m.bytes[2], 77);
	assert_int_equal(m.bytes[3], 2);
	assert_int_equal(m.bytes[4], 0);
	assert_int_equal(m.bytes[5], 7);
	/* 3 1 c9 4d 02 00 07 c0 00 02 01 c0 00 02 02, by RFC 1071 by hand */
	assert_int_equal(m.bytes[6] << 8 | m.bytes[7],
			 0xffff - ((0x31c9 + 0x4d02 + 0x0007 + 0xc000 + 0x0201 +
				    0xc000 + 0x0202) %
				   0xffff));
}

static void P011_negative(void **state)
{
	struct router r;
	struct vrrp_config changed;
	struct peer before, after;

	/* What the configuration does not say is not on the wire. */
	router_active(&r, IP_V4, 3, 100);
	before = sent_by(&r);
	changed = r.config;
	changed.priority = 150;
	changed.interval = 50 * TICK_CENTISECOND;
	router_configure(&r, &changed);
	router_time(&r, r.v.adver_timer);
	after = sent_by(&r);
	assert_int_equal(before.advert.priority, 100);
	assert_int_equal(after.advert.priority, 150);
	assert_tick(after.advert.interval, 50 * TICK_CENTISECOND);
	assert_int_equal(after.advert.vrid, before.advert.vrid);
}

static void P012_positive(void **state)
{
	static const uint8_t group_mac[6] = { 0x01, 0, 0x5e, 0, 0, 0x12 };
	static const uint8_t ends[] = { 192, 0, 2, 11, 224, 0, 0, 18 };
	uint8_t frame[VRRP_FRAME_MAX];

	assert_int_equal(frame_of(IP_V4, 2, frame), V4 + 24);
	assert_memory_equal(frame, group_mac, 6);
	assert_memory_equal(frame + 6, mac, 6);
	assert_int_equal(frame[ETHERNET + 8], 255);
	assert_memory_equal(frame + ETHERNET + 12, ends, 8);
	assert_int_equal(frame[V4], 0x21);
}

static void P012_negative(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 2, 100);
	p = peer_of(&r, 200);
	p.ttl = 254;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_TTL);
	p.ttl = 255;
	p.destination = ip_of("224.0.0.17");
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_DESTINATION);
	p.destination = vrrp_group(IP_V4);
	router_hear(&r, &p);
	assert_accepted(&r);
}

static void P013_positive(void **state)
{
	uint8_t frame[VRRP_FRAME_MAX];

	frame_of(IP_V4, 3, frame);
	assert_int_equal(frame[ETHERNET + 1], 48 << 2); /* CS6 */
	frame_of(IP_V6, 3, frame);
	assert_int_equal((frame[ETHERNET] << 8 | frame[ETHERNET + 1]) >> 4,
			 0x600 | 48 << 2);
}

static void P013_negative(void **state)
{
	uint8_t frame[VRRP_FRAME_MAX];

	/* The bits beside it are none of ours: no ECN, no flow label. */
	frame_of(IP_V4, 3, frame);
	assert_int_equal(frame[ETHERNET], 0x45);
	assert_int_equal(frame[ETHERNET + 1] & 3, 0);
	frame_of(IP_V6, 3, frame);
	assert_int_equal(frame[ETHERNET + 1] & 0x3f, 0);
	assert_int_equal(frame[ETHERNET + 2] | frame[ETHERNET + 3], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P003 + IPv4 TTL sent is 255", P003_positive),
		PROOF("P003 - nor does version 2 send another", P003_negative),
		PROOF("P004 + a TTL of 255 is heard", P004_positive),
		PROOF("P004 - any other TTL is dropped", P004_negative),
		PROOF("P007 + IPv6 hop limit sent is 255", P007_positive),
		PROOF("P007 - nor has an NA another", P007_negative),
		PROOF("P008 + a hop limit of 255 is heard", P008_positive),
		PROOF("P008 - any other hop limit is dropped", P008_negative),
		PROOF("P009 + protocol and next header are 112", P009_positive),
		PROOF("P009 - a sum made for another is refused",
		      P009_negative),
		PROOF("P011 + fields and sum as configured", P011_positive),
		PROOF("P011 - old values are not sent again", P011_negative),
		PROOF("P012 + version 2: TTL, source, group", P012_positive),
		PROOF("P012 - version 2: other TTL or group dropped",
		      P012_negative),
		PROOF("P013 + adverts are marked CS6", P013_positive),
		PROOF("P013 - and no other bit is", P013_negative),
	};

	return RUN(tests);
}
