/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist B: the fields of the message (RFC 9568 5.2, RFC 3768 5.3). What is
 * refused leaves the router as it was, byte for byte.
 */
#include "packets.h"

static void P014_positive(void **state)
{
	assert_int_equal(first_message(IP_V4, 3, 100).bytes[0], 0x31);
	assert_int_equal(first_message(IP_V6, 3, 100).bytes[0], 0x31);
	assert_int_equal(first_message(IP_V4, 2, 100).bytes[0], 0x21);
}

static void P014_negative(void **state)
{
	struct router r;
	struct message v3 = message_for(IP_V4, 3, 200);
	struct peer p;

	/* A version 2 router stays one, whatever others speak. */
	router_active(&r, IP_V4, 2, 100);
	router_hear_message(&r, &v3);
	assert_dropped(&r, VRRP_DROP_VERSION);
	router_time(&r, r.v.adver_timer);
	p = sent_by(&r);
	assert_int_equal(message_of(&p).bytes[0], 0x21);
}

static void P015_positive(void **state)
{
	struct message m = message_for(IP_V4, 3, 200);

	assert_int_equal(m.bytes[0] & 0x0f, 1);
	assert_heard(IP_V4, 3, &m);
	m = message_for(IP_V4, 2, 200);
	assert_heard(IP_V4, 2, &m);
}

static void P015_negative(void **state)
{
	for (unsigned type = 0; type < 16; type++) {
		struct message m = message_for(IP_V4, 3, 200);

		if (type == 1)
			continue;
		m.bytes[0] = (uint8_t)(0x30 | type);
		message_sum(&m);
		assert_refused(IP_V4, 3, &m, VRRP_DROP_TYPE);
		/* 7: what one vendor sends for fast advertisements in v2. */
		m = message_for(IP_V4, 2, 200);
		m.bytes[0] = (uint8_t)(0x20 | type);
		message_sum(&m);
		assert_refused(IP_V4, 2, &m, VRRP_DROP_TYPE);
	}
}

static void P016_positive(void **state)
{
	static const uint8_t vrids[] = { 1, 10, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(vrids); i++) {
		struct router r;
		struct peer p;

		router_new(&r, IP_V4, 3, 100);
		r.config.vrid = vrids[i];
		router_start(&r);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		assert_accepted(&r);
		router_time(&r, r.v.down_timer);
		p = sent_by(&r);
		assert_int_equal(message_of(&p).bytes[1], vrids[i]);
	}
}

static void P016_negative(void **state)
{
	struct message m = message_for(IP_V4, 3, 200);
	struct vrrp_advert advert = { .version = 3,
				      .vrid = 0,
				      .priority = 100,
				      .count = 1,
				      .family = IP_V4,
				      .interval = TICK_SECOND,
				      .addresses = m.bytes };
	uint8_t bytes[64];

	m.bytes[1] = 0;
	message_sum(&m);
	assert_refused(IP_V4, 3, &m, VRRP_DROP_VRID);
	assert_int_equal(vrrp_encode(&advert, &m.source, bytes, sizeof(bytes)),
			 0);
}

static void P017_positive(void **state)
{
	assert_int_equal(first_message(IP_V4, 3, 255).bytes[2], 255);
	assert_int_equal(first_message(IP_V6, 3, 255).bytes[2], 255);
	assert_int_equal(first_message(IP_V4, 2, 255).bytes[2], 255);
}

static void P017_negative(void **state)
{
	struct router r;

	/* An owner stays one, whatever is tracked; nobody else is one. */
	router_active(&r, IP_V4, 3, 255);
	router_priority(&r, 100);
	assert_int_equal(r.out.count, 0);
	assert_int_equal(r.v.priority, 255);
	assert_tick(vrrp_deadline(&r.v), vrrp_deadline(&r.before));
	router_time(&r, r.v.adver_timer);
	assert_int_equal(sent_by(&r).advert.priority, 255);
	assert_int_equal(first_message(IP_V4, 3, 254).bytes[2], 254);
}

static void P018_positive(void **state)
{
	struct router r;

	for (unsigned priority = 1; priority <= 254; priority++)
		assert_int_equal(
			first_message(IP_V4, 3, (uint8_t)priority).bytes[2],
			priority);
	/* The least that tracking may leave. */
	router_active(&r, IP_V4, 3, 100);
	router_priority(&r, 1);
	router_time(&r, r.v.adver_timer);
	assert_int_equal(sent_by(&r).advert.priority, 1);
}

static void P018_negative(void **state)
{
	struct router r;

	router_active(&r, IP_V4, 3, 100);
	router_priority(&r, 0);
	assert_int_equal(r.v.priority, 1);
	router_priority(&r, 255);
	assert_int_equal(r.v.priority, 254);
}

static void P019_positive(void **state)
{
	struct router r;

	router_active(&r, IP_V4, 3, 100);
	router_shutdown(&r);
	assert_int_equal(sent_by(&r).advert.priority, 0);
	router_run(&r, r.now + 2 * TICK_SECOND);
	assert_int_equal(r.v.state, VRRP_INIT);
}

static void P019_negative(void **state)
{
	struct router r;
	struct peer p;

	/* A whole life without an end: never priority 0. */
	router_active(&r, IP_V4, 3, 1);
	assert_int_equal(sent_by(&r).advert.priority, 1);
	router_time(&r, r.v.adver_timer);
	assert_int_equal(sent_by(&r).advert.priority, 1);
	p = peer_of(&r, 0);
	router_hear(&r, &p);
	assert_int_equal(sent_by(&r).advert.priority, 1);
	p = peer_of(&r, 9);
	router_hear(&r, &p);
	assert_int_equal(sent_by(&r).advert.priority, 1);
	router_hear(&r, &p);
	assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 0);
	router_time(&r, r.v.down_timer);
	assert_int_equal(sent_by(&r).advert.priority, 1);
	router_interface(&r, VRRP_INTERFACE_DOWN, (struct ip){ 0 });
	assert_int_equal(count_of(&r, VRRP_ACTION_SEND), 0);
}

static void P021_positive(void **state)
{
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 3, 100);
	r.config.address_count = 1;
	router_start(&r);
	p = peer_of(&r, 200);
	assert_int_equal(p.advert.count, 1);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_true(ip_equal(&r.v.active, &p.source));
}

/* Where we have none ourselves: keepalived's no_virtual_ipaddress. */
static void P021_none(void **state)
{
	static const uint8_t kinds[][2] = { { IP_V4, 3 },
					    { IP_V4, 2 },
					    { IP_V6, 3 } };

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		struct router r;
		struct peer p;
		struct message m;

		router_new(&r, kinds[i][0], kinds[i][1], 100);
		r.config.address_count = 0;
		r.config.strict = true;
		router_start(&r);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		assert_accepted(&r);
		assert_true(ip_equal(&r.v.active, &p.source));
		router_time(&r, r.v.down_timer);
		p = sent_by(&r);
		m = message_of(&p);
		assert_int_equal(m.bytes[3], 0);
		assert_int_equal(m.length, kinds[i][1] == 2 ? 16 : 8);
	}
}

static void P021_negative(void **state)
{
	struct message m = message_for(IP_V4, 3, 200);

	m.bytes[3] = 0;
	m.length = 8;
	message_sum(&m);
	assert_refused(IP_V4, 3, &m, VRRP_DROP_COUNT_ZERO);
	m = message_for(IP_V4, 2, 200);
	m.bytes[3] = 0;
	m.length = 16;
	memset(m.bytes + 8, 0, 8);
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_COUNT_ZERO);
	m = message_for(IP_V6, 3, 200);
	m.bytes[3] = 0;
	m.length = 8;
	message_sum(&m);
	assert_refused(IP_V6, 3, &m, VRRP_DROP_COUNT_ZERO);
}

static void P022_positive(void **state)
{
	struct vrrp_advert advert = { .version = 3,
				      .vrid = 10,
				      .count = 2,
				      .family = IP_V4,
				      .interval = TICK_SECOND,
				      .addresses = golden_v4 + 8 };
	struct ip source = ip_of("192.0.2.11");
	uint8_t bytes[64];

	assert_int_equal(first_message(IP_V4, 3, 100).bytes[4] & 0xf0, 0);
	assert_int_equal(first_message(IP_V6, 3, 100).bytes[4] & 0xf0, 0);
	/* Not even where version 2 has its authentication type. */
	advert.auth_type = 0xff;
	assert_int_equal(vrrp_encode(&advert, &source, bytes, sizeof(bytes)),
			 16);
	assert_int_equal(bytes[4], 0);
}

static void P022_negative(void **state)
{
	struct router r;
	struct message m = message_for(IP_V4, 3, 200);

	/* Its bits are not part of the interval, nor a reason to drop. */
	m.bytes[4] |= 0xf0;
	message_sum(&m);
	router_backup(&r, IP_V4, 3, 100);
	router_hear_message(&r, &m);
	assert_accepted(&r);
	assert_tick(r.v.active_interval, TICK_SECOND);
	assert_tick(r.v.down_timer, START + 3609375000);
}

static void P023_positive(void **state)
{
	static const unsigned values[] = { 1, 100, 255, 256, 4095 };

	for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
		struct router r;
		struct peer p;
		struct message m;

		router_new(&r, IP_V4, 3, 100);
		r.config.interval = values[i] * TICK_CENTISECOND;
		router_start(&r);
		router_time(&r, r.v.down_timer);
		p = sent_by(&r);
		m = message_of(&p);
		assert_int_equal(m.bytes[4] << 8 | m.bytes[5], values[i]);
	}
}

static void P023_negative(void **state)
{
	struct vrrp_advert advert = { .version = 3,
				      .vrid = 10,
				      .priority = 100,
				      .count = 1,
				      .family = IP_V4,
				      .addresses = golden_v4 + 8 };
	struct ip source = ip_of("192.0.2.11");
	uint8_t bytes[64];
	static const tick_t refused[] = {
		4096 * TICK_CENTISECOND, TICK_CENTISECOND - 1,
		TICK_CENTISECOND + 1,    0,
		-TICK_CENTISECOND,
	};

	for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
		advert.interval = refused[i];
		assert_int_equal(
			vrrp_encode(&advert, &source, bytes, sizeof(bytes)), 0);
	}
}

static void P024_positive(void **state)
{
	struct router r;
	struct message m = message_for(IP_V4, 3, 200);

	m.bytes[4] = 0;
	m.bytes[5] = 1;
	message_sum(&m);
	router_backup(&r, IP_V4, 3, 100);
	router_hear_message(&r, &m);
	assert_accepted(&r);
	assert_tick(r.v.active_interval, TICK_CENTISECOND);
	assert_tick(r.v.down_timer, START + 36093750);
}

static void P024_negative(void **state)
{
	struct message m = message_for(IP_V4, 3, 255);

	m.bytes[4] = m.bytes[5] = 0;
	message_sum(&m);
	assert_refused(IP_V4, 3, &m, VRRP_DROP_INTERVAL_ZERO);
	m.bytes[4] = 0xf0; /* Reserve does not make it one */
	message_sum(&m);
	assert_refused(IP_V4, 3, &m, VRRP_DROP_INTERVAL_ZERO);
	m = message_for(IP_V6, 3, 255);
	m.bytes[4] = m.bytes[5] = 0;
	message_sum(&m);
	assert_refused(IP_V6, 3, &m, VRRP_DROP_INTERVAL_ZERO);
	m = message_for(IP_V4, 2, 255);
	m.bytes[5] = 0;
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_INTERVAL_ZERO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P014 + the version sent is the configured one",
		      P014_positive),
		PROOF("P014 - and no other after hearing another",
		      P014_negative),
		PROOF("P015 + type 1 is heard", P015_positive),
		PROOF("P015 - every other type is dropped", P015_negative),
		PROOF("P016 + VRIDs 1 to 255 are sent and heard",
		      P016_positive),
		PROOF("P016 - VRID 0 is neither", P016_negative),
		PROOF("P017 + an owner sends priority 255", P017_positive),
		PROOF("P017 - always, and nobody else does", P017_negative),
		PROOF("P018 + others send 1 to 254", P018_positive),
		PROOF("P018 - 0 and 255 cannot be tracked to", P018_negative),
		PROOF("P019 + the end is told with priority 0", P019_positive),
		PROOF("P019 - nothing else is", P019_negative),
		PROOF("P021 + one address is enough", P021_positive),
		PROOF("P021 + none where we have none", P021_none),
		PROOF("P021 - none is dropped", P021_negative),
		PROOF("P022 + Reserve is sent as 0", P022_positive),
		PROOF("P022 - and ignored when it is not", P022_negative),
		PROOF("P023 + intervals are 12 bits of centiseconds",
		      P023_positive),
		PROOF("P023 - others cannot be sent", P023_negative),
		PROOF("P024 + interval 1 is heard", P024_positive),
		PROOF("P024 - interval 0 is dropped", P024_negative),
	};

	return RUN(tests);
}
