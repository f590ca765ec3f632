/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist C: the receive ladder (RFC 9568 7.1, RFC 3768 7.1). Each thing
 * wrong is dropped for its one reason, by a Backup and by an Active, and
 * leaves the router as it was, byte for byte.
 */
#include "packets.h"

static const struct {
	uint8_t family, version;
} kinds[] = { { IP_V4, 2 }, { IP_V4, 3 }, { IP_V6, 3 } };

/* An untouched one of each kind deposes an Active: it went up the ladder. */
static void climbs(const struct message *m, uint8_t family, uint8_t version)
{
	struct router r;

	router_active(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_accepted(&r);
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

static void all_climb(void)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		struct message m =
			message_for(kinds[i].family, kinds[i].version, 200);

		climbs(&m, kinds[i].family, kinds[i].version);
	}
}

static void P033_positive(void **state)
{
	all_climb();
}

static void P033_negative(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		for (unsigned ttl = 0; ttl < 255; ttl += 2) {
			struct message m = message_for(kinds[i].family,
						       kinds[i].version, 200);

			m.ttl = (uint8_t)ttl;
			assert_refused(kinds[i].family, kinds[i].version, &m,
				       VRRP_DROP_TTL);
		}
}

static void P034_positive(void **state)
{
	all_climb();
}

static void P034_negative(void **state)
{
	struct message v2 = message_for(IP_V4, 2, 200);
	struct message v3 = message_for(IP_V4, 3, 200);

	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		for (unsigned version = 0; version < 16; version++) {
			struct message m = message_for(kinds[i].family,
						       kinds[i].version, 200);

			if (version == 2 || version == 3)
				continue;
			m.bytes[0] = (uint8_t)(version << 4 | 1);
			message_sum(&m);
			assert_refused(kinds[i].family, kinds[i].version, &m,
				       VRRP_DROP_VERSION);
		}
	assert_refused(IP_V4, 3, &v2, VRRP_DROP_VERSION);
	assert_refused(IP_V4, 2, &v3, VRRP_DROP_VERSION);
}

static void P035_positive(void **state)
{
	all_climb();
}

static void P035_negative(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		for (unsigned type = 0; type < 16; type++) {
			struct message m = message_for(kinds[i].family,
						       kinds[i].version, 200);

			if (type == 1)
				continue;
			m.bytes[0] = (uint8_t)(kinds[i].version << 4 | type);
			message_sum(&m);
			assert_refused(kinds[i].family, kinds[i].version, &m,
				       VRRP_DROP_TYPE);
		}
}

static void P036_positive(void **state)
{
	all_climb();
}

static void P036_negative(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		struct message good =
			message_for(kinds[i].family, kinds[i].version, 200);

		for (size_t length = 0; length < good.length; length++) {
			struct message m = good;

			m.length = length;
			if (length >= 8)
				message_sum(&m);
			assert_refused(kinds[i].family, kinds[i].version, &m,
				       length < 8 ? VRRP_DROP_TRUNCATED
						  : VRRP_DROP_LENGTH);
		}
	}
}

static void P037_positive(void **state)
{
	all_climb();
}

static void P037_negative(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++) {
		struct message good =
			message_for(kinds[i].family, kinds[i].version, 200);

		/* From the VRID on; the first byte has reasons of its own. */
		for (size_t at = 1; at < good.length; at++) {
			struct message m = good;

			m.bytes[at] ^= 0x55;
			assert_refused(kinds[i].family, kinds[i].version, &m,
				       at == 3 ? VRRP_DROP_LENGTH
					       : VRRP_DROP_CHECKSUM);
		}
	}
}

static void P038_positive(void **state)
{
	all_climb();
}

static void P038_negative(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		for (unsigned vrid = 0; vrid < 256; vrid++) {
			struct message m = message_for(kinds[i].family,
						       kinds[i].version, 200);

			if (vrid == 10)
				continue;
			m.bytes[1] = (uint8_t)vrid;
			message_sum(&m);
			assert_refused(kinds[i].family, kinds[i].version, &m,
				       VRRP_DROP_VRID);
		}
}

/*
 * Only one thing is wrong with a packet: the first of the ladder. What is
 * wrong with everything loses one fault after the other.
 */
static void P033_order(void **state)
{
	struct message m = message_for(IP_V4, 2, 200);

	m.ttl = 1;
	m.length = 7;
	m.bytes[0] = 0x57;
	assert_refused(IP_V4, 2, &m, VRRP_DROP_TTL);
	m.ttl = 255;
	assert_refused(IP_V4, 2, &m, VRRP_DROP_TRUNCATED);
	m.length = 9;
	assert_refused(IP_V4, 2, &m, VRRP_DROP_VERSION);
	m.bytes[0] = 0x27;
	assert_refused(IP_V4, 2, &m, VRRP_DROP_TYPE);
	m.bytes[0] = 0x21;
	assert_refused(IP_V4, 2, &m, VRRP_DROP_LENGTH);
	/* No address, VRID 0, interval 0, authentication, and a bad sum. */
	m.length = 16;
	memset(m.bytes + 1, 0, 15);
	m.bytes[4] = 1;
	m.bytes[6] = 0xbb;
	assert_refused(IP_V4, 2, &m, VRRP_DROP_CHECKSUM);
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_VRID);
	m.bytes[1] = 9; /* and another's VRID */
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_INTERVAL_ZERO);
	m.bytes[5] = 3;
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_VRID);
	m.bytes[1] = 10;
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_COUNT_ZERO);
	m.bytes[3] = 1; /* and another's address */
	m.length = 20;
	message_sum(&m);
	m.destination = ip_of("192.0.2.11");
	assert_refused(IP_V4, 2, &m, VRRP_DROP_DESTINATION);
	m.destination = vrrp_group(IP_V4);
	m.source = ip_of("192.0.2.11");
	assert_refused(IP_V4, 2, &m, VRRP_DROP_OWN_SOURCE);
	m.source = ip_of("192.0.2.12");
	assert_refused(IP_V4, 2, &m, VRRP_DROP_AUTH_TYPE);
	m.bytes[4] = 0;
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_INTERVAL_MISMATCH);
	m.bytes[5] = 1;
	message_sum(&m);
	assert_refused(IP_V4, 2, &m, VRRP_DROP_ADDRESS_LIST);
}

static void P039_positive(void **state)
{
	struct router r;
	struct peer p;

	/* Two owners: told, and the election has one of them yield. */
	router_active(&r, IP_V4, 3, 255);
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	assert_non_null(note_of(&r, VRRP_NOTE_TWO_OWNERS));
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_ADDRESS);
	/* A router that advertises our own addresses is told of as well. */
	router_active(&r, IP_V4, 3, 255);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_non_null(note_of(&r, VRRP_NOTE_LOSING_ADVERT));
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_ANNOUNCE);
}

static void P039_negative(void **state)
{
	struct router r;
	struct peer p;

	router_active(&r, IP_V4, 3, 255);
	p = peer_of(&r, 254);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_TWO_OWNERS));
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	/* Told to ignore it, an owner does not yield to another one. */
	router_active(&r, IP_V4, 3, 255);
	r.config.owner_ignore_adverts = true;
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	assert_non_null(note_of(&r, VRRP_NOTE_TWO_OWNERS));
	assert_no_action(&r);
	/* Nobody who is no owner is warned of one. */
	router_active(&r, IP_V4, 3, 100);
	p = peer_of(&r, 255);
	router_hear(&r, &p);
	assert_null(note_of(&r, VRRP_NOTE_TWO_OWNERS));
	assert_int_equal(r.v.state, VRRP_BACKUP);
}

static void P040_positive(void **state)
{
	struct router r;
	struct peer p;
	const struct vrrp_action *note;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.interval = 30 * TICK_CENTISECOND;
	router_hear(&r, &p);
	assert_accepted(&r);
	note = note_of(&r, VRRP_NOTE_INTERVAL_MISMATCH);
	assert_non_null(note);
	assert_tick(note->note.value, 30 * TICK_CENTISECOND);
	assert_true(ip_equal(&note->note.peer, &p.source));
	assert_tick(r.v.active_interval, 30 * TICK_CENTISECOND);
}

static void P040_negative(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_null(note_of(&r, VRRP_NOTE_INTERVAL_MISMATCH));
	assert_null(note_of(&r, VRRP_NOTE_INTERVAL_LEARNED));
}

static void P041_positive(void **state)
{
	struct router r;
	struct peer p;

	router_new(&r, IP_V4, 2, 100);
	r.config.interval = 3 * TICK_SECOND;
	router_start(&r);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_tick(r.v.down_timer, START + 9609375000);
}

static void P041_negative(void **state)
{
	for (unsigned seconds = 2; seconds <= 255; seconds++) {
		struct message m = message_for(IP_V4, 2, 200);

		m.bytes[5] = (uint8_t)seconds;
		message_sum(&m);
		assert_refused(IP_V4, 2, &m, VRRP_DROP_INTERVAL_MISMATCH);
	}
}

/* Ways to have other addresses: less, another, more, two that sum up to ours.
 */
#define WAYS 4

static struct peer other_addresses(const struct router *r, uint8_t priority,
				   unsigned way)
{
	struct peer p = peer_of(r, priority);

	if (way == 0)
		p.advert.count = 1;
	else if (way == 1)
		p.addresses[3] = 77;
	else if (way == 2)
		p.advert.count = 3;
	else
		p.addresses[3] = 0, p.addresses[7] = 3;
	return p;
}

static void P042_positive(void **state)
{
	struct router r;
	struct peer p;

	for (unsigned way = 0; way < WAYS; way++) {
		router_backup(&r, IP_V4, 3, 100);
		p = other_addresses(&r, 200, way);
		router_hear(&r, &p);
		assert_accepted(&r);
		assert_non_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
		assert_true(ip_equal(&r.v.active, &p.source));
		/* Version 2: the owner knows best. */
		router_backup(&r, IP_V4, 2, 100);
		p = other_addresses(&r, 255, way);
		router_hear(&r, &p);
		assert_accepted(&r);
		assert_non_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
		assert_true(ip_equal(&r.v.active, &p.source));
	}
}

static void P042_negative(void **state)
{
	struct router r;
	struct peer p;
	uint8_t swapped[4];

	for (unsigned way = 0; way < WAYS; way++) {
		router_backup(&r, IP_V4, 2, 100);
		p = other_addresses(&r, 254, way);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
		router_new(&r, IP_V4, 3, 100);
		r.config.strict = true;
		router_start(&r);
		p = other_addresses(&r, 255, way);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
	}
	/* Another order is the same list. */
	router_backup(&r, IP_V4, 2, 100);
	p = peer_of(&r, 200);
	memcpy(swapped, p.addresses, 4);
	memcpy(p.addresses, p.addresses + 4, 4);
	memcpy(p.addresses + 4, swapped, 4);
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
}

static void P043_positive(void **state)
{
	struct message m = message_for(IP_V4, 2, 200);

	assert_int_equal(m.bytes[4], 0);
	climbs(&m, IP_V4, 2);
}

static void P043_negative(void **state)
{
	static const uint8_t types[] = { 1, 2, 3, 128, 255 };

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		struct message m = message_for(IP_V4, 2, 200);

		m.bytes[4] = types[i];
		memcpy(m.bytes + 16, "password", 8);
		message_sum(&m);
		assert_refused(IP_V4, 2, &m, VRRP_DROP_AUTH_TYPE);
	}
}

static void P045_positive(void **state)
{
	all_climb();
}

static void P045_negative(void **state)
{
	static const char *const elsewhere_v4[] = { "192.0.2.11", "192.0.2.1",
						    "224.0.0.1",
						    "255.255.255.255" };
	static const char *const elsewhere_v6[] = { "fe80::b", "2001:db8::1",
						    "ff02::1" };

	for (size_t i = 0; i < ARRAY_LENGTH(elsewhere_v4); i++) {
		struct message m = message_for(IP_V4, 3, 200);

		m.destination = ip_of(elsewhere_v4[i]);
		assert_refused(IP_V4, 3, &m, VRRP_DROP_DESTINATION);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(elsewhere_v6); i++) {
		struct message m = message_for(IP_V6, 3, 200);

		/* The destination is part of its sum. */
		m.destination = ip_of(elsewhere_v6[i]);
		assert_refused(IP_V6, 3, &m, VRRP_DROP_CHECKSUM);
		message_sum(&m);
		assert_refused(IP_V6, 3, &m, VRRP_DROP_DESTINATION);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P033 + TTL and hop limit 255 go on", P033_positive),
		PROOF("P033 - all others are dropped", P033_negative),
		PROOF("P033 - of many faults the first is the reason",
		      P033_order),
		PROOF("P034 + the own version goes on", P034_positive),
		PROOF("P034 - the 15 others are dropped", P034_negative),
		PROOF("P035 + advertisements go on", P035_positive),
		PROOF("P035 - other types are dropped", P035_negative),
		PROOF("P036 + complete packets go on", P036_positive),
		PROOF("P036 - every truncation is dropped", P036_negative),
		PROOF("P037 + right sums go on", P037_positive),
		PROOF("P037 - any byte that changed is found", P037_negative),
		PROOF("P038 + the own VRID goes on", P038_positive),
		PROOF("P038 - the 255 others are dropped", P038_negative),
		PROOF("P039 + an owner tells and processes", P039_positive),
		PROOF("P039 - and tells only of another owner", P039_negative),
		PROOF("P040 + another interval is told and learned",
		      P040_positive),
		PROOF("P040 - the same one is not told", P040_negative),
		PROOF("P041 + version 2: the same interval goes on",
		      P041_positive),
		PROOF("P041 - version 2: another one is dropped",
		      P041_negative),
		PROOF("P042 + other addresses are told, not dropped",
		      P042_positive),
		PROOF("P042 - version 2 and strict drop them; order is free",
		      P042_negative),
		PROOF("P043 + version 2: authentication type 0 goes on",
		      P043_positive),
		PROOF("P043 - version 2: every other is dropped",
		      P043_negative),
		PROOF("P045 + what is sent to the group goes on",
		      P045_positive),
		PROOF("P045 - what is sent elsewhere is dropped",
		      P045_negative),
	};

	return RUN(tests);
}
