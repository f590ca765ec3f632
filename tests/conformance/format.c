/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist B: the message (RFC 9568 5.2, RFC 3768 5.3). What is refused
 * leaves the router as it was, byte for byte.
 */
#include "router.h"
#include "vrrp/checksum.h"

/* protocol vectors: VRID 10, 192.0.2.1 and .2, from 192.0.2.251 */
static const uint8_t golden_v4[] = { 0x31, 0x0a, 0xc8, 0x02, 0x00, 0x64,
				     0x82, 0x8a, 0xc0, 0x00, 0x02, 0x01,
				     0xc0, 0x00, 0x02, 0x02 };
static const uint8_t golden_v4_pseudo[] = { 0x31, 0x0a, 0xc8, 0x02, 0x00, 0x64,
					    0xde, 0xfb, 0xc0, 0x00, 0x02, 0x01,
					    0xc0, 0x00, 0x02, 0x02 };
static const uint8_t golden_v6[] = { 0x31, 0x0a, 0x64, 0x02, 0x00, 0x64, 0x3f,
				     0x5d, 0xfe, 0x80, 0,    0,    0,    0,
				     0,    0,    0,    0,    0,    0,    0,
				     0,    0,    1,    0x20, 0x01, 0x0d, 0xb8,
				     0,    0,    0,    0,    0,    0,    0,
				     0,    0,    0,    0,    1 };
static const uint8_t golden_v2[24] = { 0x21, 0x0a, 0xc8, 0x02, 0x00, 0x01,
				       0x92, 0xed, 0xc0, 0x00, 0x02, 0x01,
				       0xc0, 0x00, 0x02, 0x02 };

static struct message golden(const uint8_t *bytes, size_t length)
{
	struct message m = { .length = length, .ttl = 255 };
	bool v4 = bytes[8] == 192;

	memcpy(m.bytes, bytes, length);
	m.source = ip_of(v4 ? "192.0.2.251" : "fe80::c8");
	m.destination = vrrp_group(v4 ? IP_V4 : IP_V6);
	return m;
}
#define GOLDEN(vector) golden(vector, sizeof(vector))

/* The first message that a fresh Active sends. */
static struct message first_message(uint8_t family, uint8_t version,
				    uint8_t priority)
{
	struct router r;
	struct peer p;

	router_active(&r, family, version, priority);
	p = sent_by(&r);
	return message_of(&p);
}

/* A Backup and an Active both drop it for that reason. */
static void refused(uint8_t family, uint8_t version, const struct message *m,
		    enum vrrp_drop reason)
{
	struct router r;

	router_backup(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_dropped(&r, reason);
	router_active(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_dropped(&r, reason);
}

/* A Backup hears it and takes its sender for the Active. */
static void heard(uint8_t family, uint8_t version, const struct message *m)
{
	struct router r;

	router_backup(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_accepted(&r);
	assert_true(ip_equal(&r.v.active, &m->source));
	assert_tick(r.v.down_timer, r.now + vrrp_down_interval(&r.v));
}

static struct message message_from(uint8_t family, uint8_t version,
				   uint8_t priority)
{
	struct router r;
	struct peer p;

	router_new(&r, family, version, 100);
	p = peer_of(&r, priority);
	return message_of(&p);
}

static void P014_positive(void **state)
{
	assert_int_equal(first_message(IP_V4, 3, 100).bytes[0], 0x31);
	assert_int_equal(first_message(IP_V6, 3, 100).bytes[0], 0x31);
	assert_int_equal(first_message(IP_V4, 2, 100).bytes[0], 0x21);
}

static void P014_negative(void **state)
{
	struct router r;
	struct message v3 = message_from(IP_V4, 3, 200);
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
	struct message m = message_from(IP_V4, 3, 200);

	assert_int_equal(m.bytes[0] & 0x0f, 1);
	heard(IP_V4, 3, &m);
	m = message_from(IP_V4, 2, 200);
	heard(IP_V4, 2, &m);
}

static void P015_negative(void **state)
{
	for (unsigned type = 0; type < 16; type++) {
		struct message m = message_from(IP_V4, 3, 200);

		if (type == 1)
			continue;
		m.bytes[0] = (uint8_t)(0x30 | type);
		message_sum(&m);
		refused(IP_V4, 3, &m, VRRP_DROP_TYPE);
		/* 7: what one vendor sends for fast advertisements in v2. */
		m = message_from(IP_V4, 2, 200);
		m.bytes[0] = (uint8_t)(0x20 | type);
		message_sum(&m);
		refused(IP_V4, 2, &m, VRRP_DROP_TYPE);
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
	struct message m = message_from(IP_V4, 3, 200);
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
	refused(IP_V4, 3, &m, VRRP_DROP_VRID);
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
	assert_unchanged(&r);
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

static void to_nothing(struct router *r)
{
	router_priority(r, 0);
}

static void to_owner(struct router *r)
{
	router_priority(r, 255);
}

static void P018_negative(void **state)
{
	struct router r;

	router_active(&r, IP_V4, 3, 100);
	assert_traps(to_nothing, &r);
	assert_traps(to_owner, &r);
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
	struct message m = message_from(IP_V4, 3, 200);

	m.bytes[3] = 0;
	m.length = 8;
	message_sum(&m);
	refused(IP_V4, 3, &m, VRRP_DROP_COUNT_ZERO);
	m = message_from(IP_V4, 2, 200);
	m.bytes[3] = 0;
	m.length = 16;
	memset(m.bytes + 8, 0, 8);
	message_sum(&m);
	refused(IP_V4, 2, &m, VRRP_DROP_COUNT_ZERO);
	m = message_from(IP_V6, 3, 200);
	m.bytes[3] = 0;
	m.length = 8;
	message_sum(&m);
	refused(IP_V6, 3, &m, VRRP_DROP_COUNT_ZERO);
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
	struct message m = message_from(IP_V4, 3, 200);

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
	struct message m = message_from(IP_V4, 3, 200);

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
	struct message m = message_from(IP_V4, 3, 255);

	m.bytes[4] = m.bytes[5] = 0;
	message_sum(&m);
	refused(IP_V4, 3, &m, VRRP_DROP_INTERVAL_ZERO);
	m.bytes[4] = 0xf0; /* Reserve does not make it one */
	message_sum(&m);
	refused(IP_V4, 3, &m, VRRP_DROP_INTERVAL_ZERO);
	m = message_from(IP_V6, 3, 255);
	m.bytes[4] = m.bytes[5] = 0;
	message_sum(&m);
	refused(IP_V6, 3, &m, VRRP_DROP_INTERVAL_ZERO);
	m = message_from(IP_V4, 2, 255);
	m.bytes[5] = 0;
	message_sum(&m);
	refused(IP_V4, 2, &m, VRRP_DROP_INTERVAL_ZERO);
}

static void P025_positive(void **state)
{
	struct message m = GOLDEN(golden_v4);
	const struct vrrp_action *note;
	struct router r;
	struct peer p;

	heard(IP_V4, 3, &m);
	/* The field is split: the other form is heard too. */
	m = GOLDEN(golden_v4_pseudo);
	heard(IP_V4, 3, &m);

	/* And sent: as configured, or as the last peer sent it. */
	router_new(&r, IP_V4, 3, 200);
	r.config.checksum = VRRP_CHECKSUM_RFC9568;
	r.source = ip_of("192.0.2.251");
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = sent_by(&r);
	assert_memory_equal(message_of(&p).bytes, golden_v4, 16);
	router_new(&r, IP_V4, 3, 200);
	r.source = ip_of("192.0.2.251");
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = sent_by(&r);
	assert_memory_equal(message_of(&p).bytes, golden_v4_pseudo, 16);
	m = message_from(IP_V4, 3, 100);
	router_hear_message(&r, &m);
	p = sent_by(&r);
	assert_memory_equal(message_of(&p).bytes, golden_v4, 16);
	/* Which form a peer uses is told once. */
	note = note_of(&r, VRRP_NOTE_CHECKSUM_FORM);
	assert_non_null(note);
	assert_tick(note->note.value, VRRP_CHECKSUM_RFC9568);
	router_hear_message(&r, &m);
	assert_null(note_of(&r, VRRP_NOTE_CHECKSUM_FORM));
}

static void P025_negative(void **state)
{
	struct message m = GOLDEN(golden_v4);

	for (unsigned bit = 0; bit < 16; bit++) {
		m = GOLDEN(golden_v4);
		m.bytes[6 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused(IP_V4, 3, &m, VRRP_DROP_CHECKSUM);
	}
	/* The pseudo-header is the sender's own. */
	m = GOLDEN(golden_v4_pseudo);
	m.source = ip_of("192.0.2.252");
	refused(IP_V4, 3, &m, VRRP_DROP_CHECKSUM);
}

static void P026_positive(void **state)
{
	struct message m = GOLDEN(golden_v6);
	struct router r;
	struct peer p;

	heard(IP_V6, 3, &m);
	/* There is only one form: nothing to tell. */
	router_backup(&r, IP_V6, 3, 100);
	router_hear_message(&r, &m);
	assert_null(note_of(&r, VRRP_NOTE_CHECKSUM_FORM));
	router_new(&r, IP_V6, 3, 100);
	r.source = ip_of("fe80::c8");
	r.config.checksum = VRRP_CHECKSUM_RFC9568; /* of no effect */
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = sent_by(&r);
	assert_memory_equal(message_of(&p).bytes, golden_v6, 40);
}

static void P026_negative(void **state)
{
	struct message m = GOLDEN(golden_v6);
	uint16_t sum;

	/* Without the pseudo-header, and with that of another sender. */
	m.bytes[6] = m.bytes[7] = 0;
	sum = checksum_end(checksum_add(0, m.bytes, m.length));
	m.bytes[6] = (uint8_t)(sum >> 8);
	m.bytes[7] = (uint8_t)sum;
	refused(IP_V6, 3, &m, VRRP_DROP_CHECKSUM);
	m = GOLDEN(golden_v6);
	m.source = ip_of("fe80::c9");
	refused(IP_V6, 3, &m, VRRP_DROP_CHECKSUM);
}

static void P027_positive(void **state)
{
	struct message m = GOLDEN(golden_v2);
	struct router r;
	struct peer p;

	heard(IP_V4, 2, &m);
	router_backup(&r, IP_V4, 2, 100);
	router_hear_message(&r, &m);
	assert_null(note_of(&r, VRRP_NOTE_CHECKSUM_FORM));
	/* Old bytes in the unused field are ignored, yet summed. */
	memcpy(m.bytes + 16, "anything", 8);
	message_sum(&m);
	heard(IP_V4, 2, &m);
	router_new(&r, IP_V4, 2, 200);
	r.source = ip_of("192.0.2.251");
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = sent_by(&r);
	assert_memory_equal(message_of(&p).bytes, golden_v2, 24);
}

static void P027_negative(void **state)
{
	struct message m = GOLDEN(golden_v2);

	/* The sum of the first 16 bytes alone is not enough. */
	memcpy(m.bytes + 16, "anything", 8);
	refused(IP_V4, 2, &m, VRRP_DROP_CHECKSUM);
	/* Version 2 never had a pseudo-header. */
	m = GOLDEN(golden_v2);
	m.bytes[6] = m.bytes[7] = 0;
	{
		uint16_t sum = checksum_end(checksum_add_pseudo(
			checksum_add(0, m.bytes, m.length), &m.source,
			&m.destination, m.length, VRRP_PROTOCOL));

		m.bytes[6] = (uint8_t)(sum >> 8);
		m.bytes[7] = (uint8_t)sum;
	}
	refused(IP_V4, 2, &m, VRRP_DROP_CHECKSUM);
}

static void P028_positive(void **state)
{
	struct message v4 = message_from(IP_V4, 3, 200);
	struct message v6 = message_from(IP_V6, 3, 200);

	assert_int_equal(v4.length, 8 + 2 * 4);
	assert_int_equal(v6.length, 8 + 2 * 16);
	heard(IP_V4, 3, &v4);
	heard(IP_V6, 3, &v6);
}

static void P028_negative(void **state)
{
	struct message v4 = message_from(IP_V4, 3, 200);
	struct message v6 = message_from(IP_V6, 3, 200);
	struct message m;

	/* One VRID over two families is two virtual routers. */
	refused(IP_V4, 3, &v6, VRRP_DROP_VRID);
	refused(IP_V6, 3, &v4, VRRP_DROP_VRID);
	/* IPv4 addresses inside IPv6, and the other way round. */
	m = v6;
	m.length = 8 + 2 * 4;
	message_sum(&m);
	refused(IP_V6, 3, &m, VRRP_DROP_LENGTH);
	m = v4;
	m.length = 8 + 2 * 16;
	message_sum(&m);
	refused(IP_V4, 3, &m, VRRP_DROP_LENGTH);
	/* Version 2 knows no IPv6. */
	m = v6;
	m.bytes[0] = 0x21;
	message_sum(&m);
	refused(IP_V6, 3, &m, VRRP_DROP_VERSION);
}

static void P029_positive(void **state)
{
	struct message m = first_message(IP_V6, 3, 100);
	struct ip first = ip_from_bytes(IP_V6, m.bytes + 8);

	assert_true(ip_is_link_local(&first));
}

static void P029_negative(void **state)
{
	struct message m = first_message(IP_V6, 3, 100);
	struct ip second = ip_from_bytes(IP_V6, m.bytes + 24);

	/* Only the first; and it is not the address that we send from. */
	assert_false(ip_is_link_local(&second));
	assert_memory_not_equal(m.bytes + 8, m.source.bytes, 16);
}

/* A peer whose file has no link-local address. */
static void without_link_local(struct router *r, struct peer *p, bool strict)
{
	router_new(r, IP_V6, 3, 100);
	r->addresses[0] = ip_of("2001:db8::1");
	r->config.address_count = 1;
	r->config.strict = strict;
	router_start(r);
	*p = peer_of(r, 200);
}

static void P030_positive(void **state)
{
	struct router r;
	struct peer p;
	const struct vrrp_action *note;

	without_link_local(&r, &p, false);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_true(ip_equal(&r.v.active, &p.source));
	note = note_of(&r, VRRP_NOTE_NOT_LINK_LOCAL);
	assert_non_null(note);
	assert_true(ip_equal(&note->note.peer, &p.source));
}

static void P030_negative(void **state)
{
	struct router r;
	struct peer p;

	without_link_local(&r, &p, true);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
	assert_non_null(note_of(&r, VRRP_NOTE_NOT_LINK_LOCAL));

	router_backup(&r, IP_V6, 3, 100);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_null(note_of(&r, VRRP_NOTE_NOT_LINK_LOCAL));
}

static void P031_positive(void **state)
{
	struct message m = first_message(IP_V4, 3, 100);

	assert_memory_equal(m.bytes + 8, golden_v4 + 8, 8);
}

static void P031_negative(void **state)
{
	static const uint8_t file_order[] = { 192, 0, 2,  9, 192, 0,
					      2,   1, 10, 0, 0,   1 };
	struct router r;
	struct peer p;

	/* They are not sorted. */
	router_new(&r, IP_V4, 3, 100);
	r.addresses[0] = ip_of("192.0.2.9");
	r.addresses[1] = ip_of("192.0.2.1");
	r.addresses[2] = ip_of("10.0.0.1");
	r.config.address_count = 3;
	router_start(&r);
	router_time(&r, r.v.down_timer);
	p = sent_by(&r);
	assert_memory_equal(message_of(&p).bytes + 8, file_order, 12);
}

static void P032_positive(void **state)
{
	struct message m;

	m = GOLDEN(golden_v4);
	heard(IP_V4, 3, &m);
	m = GOLDEN(golden_v2);
	heard(IP_V4, 2, &m);
	m = GOLDEN(golden_v6);
	heard(IP_V6, 3, &m);
}

/* As many addresses as fit: the count's byte, and an MTU of 1500. */
static void P032_most(void **state)
{
	static uint8_t addresses[256 * 16], bytes[8 + 256 * 16];
	struct ip v4 = ip_of("192.0.2.11"), v6 = ip_of("fe80::b");
	struct vrrp_advert advert = { .version = 3,
				      .vrid = 10,
				      .count = 255,
				      .family = IP_V4,
				      .interval = TICK_SECOND,
				      .addresses = addresses };

	assert_int_equal(vrrp_encode(&advert, &v4, bytes, sizeof(bytes)),
			 8 + 255 * 4);
	advert.family = IP_V6;
	assert_int_equal(vrrp_encode(&advert, &v6, bytes, sizeof(bytes)), 0);
	advert.count = 90;
	assert_int_equal(vrrp_encode(&advert, &v6, bytes, sizeof(bytes)),
			 8 + 90 * 16);
	advert.count = 91;
	assert_int_equal(vrrp_encode(&advert, &v6, bytes, sizeof(bytes)), 0);
}

static void every_other_length(uint8_t family, uint8_t version,
			       const struct message *good)
{
	for (size_t length = 0; length <= good->length + 32; length++) {
		struct message m = *good;

		if (length == good->length)
			continue;
		m.length = length;
		if (length >= 8)
			message_sum(&m);
		refused(family, version, &m,
			length < 8 ? VRRP_DROP_TRUNCATED : VRRP_DROP_LENGTH);
	}
}

static void P032_negative(void **state)
{
	struct message v3 = GOLDEN(golden_v4);
	struct message v2 = GOLDEN(golden_v2);
	struct message v6 = GOLDEN(golden_v6);

	/* Also the version 2 trailer behind version 3, and padding. */
	every_other_length(IP_V4, 3, &v3);
	every_other_length(IP_V4, 2, &v2);
	every_other_length(IP_V6, 3, &v6);
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
		PROOF("P025 + IPv4 sum of the message, both ways",
		      P025_positive),
		PROOF("P025 - a wrong one is dropped", P025_negative),
		PROOF("P026 + IPv6 sum with pseudo-header, both ways",
		      P026_positive),
		PROOF("P026 - without it dropped", P026_negative),
		PROOF("P027 + version 2 sums its trailer", P027_positive),
		PROOF("P027 - a sum without it is dropped", P027_negative),
		PROOF("P028 + addresses are of the carrier's family",
		      P028_positive),
		PROOF("P028 - mixed ones are dropped", P028_negative),
		PROOF("P029 + the first IPv6 address is link-local",
		      P029_positive),
		PROOF("P029 - the others need not be", P029_negative),
		PROOF("P030 + a peer without link-local is heard and told",
		      P030_positive),
		PROOF("P030 - strict drops it; no note without need",
		      P030_negative),
		PROOF("P031 + addresses in configured order", P031_positive),
		PROOF("P031 - also when that is not sorted", P031_negative),
		PROOF("P032 + exactly the right length is heard",
		      P032_positive),
		PROOF("P032 + up to 255 or 90 addresses", P032_most),
		PROOF("P032 - every other length is dropped", P032_negative),
	};

	return RUN(tests);
}
