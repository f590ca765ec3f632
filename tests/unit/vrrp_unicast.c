/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements by unicast: whom a virtual router hears, how many routers
 * they may have crossed, and the packets that it sends.
 */
#include "../conformance/router.h"

#include "vrrp/checksum.h"
#include "vrrp/frame.h"

/* A Backup with two peers; the second must be 2 hops away at most. */
static struct vrrp_peer *unicast(struct router *r, uint8_t family)
{
	static struct vrrp_peer peers[2];

	peers[0] = (struct vrrp_peer){
		ip_of(family == IP_V4 ? "192.0.2.12" : "fe80::12"), 0, 255
	};
	peers[1] = (struct vrrp_peer){
		ip_of(family == IP_V4 ? "192.0.2.13" : "fe80::13"), 253, 254
	};
	router_new(r, family, 3, 100);
	r->config.unicast = true;
	r->config.peers = peers;
	r->config.peer_count = 2;
	router_start(r);
	return peers;
}

static struct peer from(const struct router *r, const struct ip *source)
{
	struct peer p = peer_of(r, 200);

	p.source = *source;
	p.destination = p.advert.destination = r->source;
	return p;
}

static void only_peers_are_heard(void **state)
{
	const uint8_t families[] = { IP_V4, IP_V6 };

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct router r;
		struct vrrp_peer *peers = unicast(&r, families[n]);
		struct peer p = from(&r, &peers[0].address);
		struct ip stranger = p.source;

		router_hear(&r, &p);
		assert_accepted(&r);
		assert_true(ip_equal(&r.v.active, &peers[0].address));
		stranger.bytes[ip_size(families[n]) - 1]++; /* .13, fe80::13 */
		stranger.bytes[ip_size(families[n]) - 1]++;
		p = from(&r, &stranger);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_PEER);
	}
}

/* The group is another LAN, and who is told nobody hears nobody. */
static void nothing_else_is_heard(void **state)
{
	struct router r;
	struct vrrp_peer *peers = unicast(&r, IP_V4);
	struct peer p = from(&r, &peers[0].address);

	(void)state;
	p.destination = p.advert.destination = ip_of("224.0.0.18");
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_DESTINATION);
	r.config.peer_count = 0;
	p = from(&r, &peers[0].address);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_PEER);
	/* Nor does one that uses the group hear what was sent to it alone. */
	router_backup(&r, IP_V4, 3, 100);
	p = from(&r, &peers[0].address);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_DESTINATION);
}

static void a_peer_is_as_far_away_as_is_written(void **state)
{
	static const struct {
		unsigned peer;
		uint8_t ttl;
		bool heard;
	} cases[] = {
		{ 0, 0, true },    { 0, 64, true },  { 0, 255, true },
		{ 1, 252, false }, { 1, 253, true }, { 1, 254, true },
		{ 1, 255, false }, { 1, 0, false },
	};

	(void)state;
	for (unsigned n = 0; n < ARRAY_LENGTH(cases); n++) {
		struct router r;
		struct vrrp_peer *peers = unicast(&r, IP_V4);
		struct peer p = from(&r, &peers[cases[n].peer].address);

		p.ttl = cases[n].ttl;
		router_hear(&r, &p);
		if (cases[n].heard)
			assert_accepted(&r);
		else
			assert_dropped(&r, VRRP_DROP_TTL);
	}
}

/* vrrp_peers is a list of names, and the TTL is the standard's. */
static void in_multicast_the_ttl_is_255(void **state)
{
	struct vrrp_peer peer = { ip_of("192.0.2.12"), 0, 0 };
	struct router r;
	struct peer p;

	(void)state;
	router_new(&r, IP_V4, 3, 100);
	r.config.peers = &peer;
	r.config.peer_count = 1;
	router_start(&r);
	p = peer_of(&r, 200);
	p.source = peer.address;
	router_hear(&r, &p);
	assert_accepted(&r);
	p.ttl = 254;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_TTL);
}

static void without_peers_is_a_fault(void **state)
{
	struct vrrp_event event = {
		.type = VRRP_EVENT_TRACK,
		.track.faults = 1 << VRRP_FAULT_NO_PEER,
	};
	struct router r;

	(void)state;
	unicast(&r, IP_V4);
	router_event(&r, &event);
	assert_entered(&r, VRRP_FAULT, VRRP_CAUSE_NO_PEER);
}

/* As keepalived 2.2.7 sent it, version 3 over IPv4 and IPv6. */
static void a_packet_is_keepaliveds(void **state)
{
	static const uint8_t v4[] = {
		0x45, 0xc0, 0x00, 0x20, 0x00, 0x00, 0x40, 0x00,
		0xff, 0x70, 0x65, 0x8b, 10,   9,    0,    2,
		10,   9,    0,    3,    0x31, 0x09, 0xc8, 0x01,
		0x00, 0x64, 0xe7, 0xf3, 0x0a, 0x09, 0x00, 0x01,
	};
	static const uint8_t message6[8] = { 0x31, 0x09, 0xc8, 0x02,
					     0x00, 0x64, 0x7e, 0x29 };
	const uint8_t one[4] = { 10, 9, 0, 1 };
	const struct ip first = ip_of("fe80::1"),
			second = ip_of("2001:db8:9::1");
	uint8_t two[32], packet[100];
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = 9,
		.priority = 200,
		.count = 1,
		.family = IP_V4,
		.interval = TICK_SECOND,
		.checksum = VRRP_CHECKSUM_RFC5798,
		.addresses = one,
		.destination = ip_of("10.9.0.3"),
	};
	struct ip source = ip_of("10.9.0.2");

	(void)state;
	assert_int_equal(vrrp_packet_advert_size(IP_V4, 3, 1), sizeof(v4));
	assert_int_equal(vrrp_packet_advert(&advert, &source, 255, packet,
					    sizeof(packet)),
			 sizeof(v4));
	assert_int_equal(checksum_end(checksum_add(0, packet, 20)), 0);
	packet[10] = v4[10];
	packet[11] = v4[11];
	assert_memory_equal(packet, v4, sizeof(v4));
	assert_int_equal(vrrp_packet_advert(&advert, &source, 255, packet,
					    sizeof(v4) - 1),
			 0);

	memcpy(two, first.bytes, 16);
	memcpy(two + 16, second.bytes, 16);
	advert.family = IP_V6;
	advert.count = 2;
	advert.addresses = two;
	advert.destination = ip_of("2001:db8:9::3");
	source = ip_of("2001:db8:9::2");
	assert_int_equal(
		vrrp_packet_advert(&advert, &source, 7, packet, sizeof(packet)),
		40 + 8 + 32);
	assert_int_equal(packet[7], 7); /* the hop limit */
	assert_memory_equal(packet + 8, source.bytes, 16);
	assert_memory_equal(packet + 24, advert.destination.bytes, 16);
	assert_memory_equal(packet + 40, message6, 8);
}

/* keepalived before 1.3.7 sums up the group; it is answered in its form. */
static void an_old_checksum_is_answered(void **state)
{
	struct router r;
	struct vrrp_peer *peers = unicast(&r, IP_V4);
	struct peer p = from(&r, &peers[0].address);
	struct peer sent;

	(void)state;
	p.advert.priority = 50;
	p.advert.checksum = VRRP_CHECKSUM_OLD_UNICAST;
	router_run(&r, r.now + 4 * TICK_SECOND);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_int_equal(r.v.peer_checksum, VRRP_CHECKSUM_OLD_UNICAST);
	sent = sent_by(&r);
	assert_int_equal(sent.advert.checksum, VRRP_CHECKSUM_OLD_UNICAST);
	/* In multicast nobody ever sent it. */
	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.checksum = VRRP_CHECKSUM_OLD_UNICAST;
	p.advert.destination = ip_of("192.0.2.77");
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_int_equal(r.v.peer_checksum, VRRP_CHECKSUM_RFC5798);
}

/* 10.9.0.2 to 10.9.0.3, with 224.0.0.18 in place of that. */
static void the_bytes_of_an_old_checksum(void **state)
{
	const uint8_t one[4] = { 10, 9, 0, 1 };
	const struct vrrp_advert advert = {
		.version = 3,
		.vrid = 9,
		.priority = 200,
		.count = 1,
		.family = IP_V4,
		.interval = TICK_SECOND,
		.checksum = VRRP_CHECKSUM_OLD_UNICAST,
		.addresses = one,
		.destination = ip_of("10.9.0.3"),
	};
	const struct ip source = ip_of("10.9.0.2");
	uint8_t bytes[100];

	(void)state;
	assert_int_equal(vrrp_encode(&advert, &source, bytes, sizeof(bytes)),
			 12);
	assert_int_equal(bytes[6] << 8 | bytes[7], 0x11ed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_peers_are_heard),
		cmocka_unit_test(nothing_else_is_heard),
		cmocka_unit_test(a_peer_is_as_far_away_as_is_written),
		cmocka_unit_test(in_multicast_the_ttl_is_255),
		cmocka_unit_test(without_peers_is_a_fault),
		cmocka_unit_test(a_packet_is_keepaliveds),
		cmocka_unit_test(an_old_checksum_is_answered),
		cmocka_unit_test(the_bytes_of_an_old_checksum),
	};

	return RUN(tests);
}
