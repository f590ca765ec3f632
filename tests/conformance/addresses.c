/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist B: the list of addresses (RFC 9568 5.2.9), and the length that it
 * gives to the message.
 */
#include "packets.h"

static void P028_positive(void **state)
{
	struct message v4 = message_for(IP_V4, 3, 200);
	struct message v6 = message_for(IP_V6, 3, 200);

	assert_int_equal(v4.length, 8 + 2 * 4);
	assert_int_equal(v6.length, 8 + 2 * 16);
	assert_heard(IP_V4, 3, &v4);
	assert_heard(IP_V6, 3, &v6);
}

static void P028_negative(void **state)
{
	struct message v4 = message_for(IP_V4, 3, 200);
	struct message v6 = message_for(IP_V6, 3, 200);
	struct message m;

	/* One VRID over two families is two virtual routers. */
	assert_refused(IP_V4, 3, &v6, VRRP_DROP_VRID);
	assert_refused(IP_V6, 3, &v4, VRRP_DROP_VRID);
	/* IPv4 addresses inside IPv6, and the other way round. */
	m = v6;
	m.length = 8 + 2 * 4;
	message_sum(&m);
	assert_refused(IP_V6, 3, &m, VRRP_DROP_LENGTH);
	m = v4;
	m.length = 8 + 2 * 16;
	message_sum(&m);
	assert_refused(IP_V4, 3, &m, VRRP_DROP_LENGTH);
	/* Version 2 knows no IPv6. */
	m = v6;
	m.bytes[0] = 0x21;
	message_sum(&m);
	assert_refused(IP_V6, 3, &m, VRRP_DROP_VERSION);
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
	assert_heard(IP_V4, 3, &m);
	m = GOLDEN(golden_v2);
	assert_heard(IP_V4, 2, &m);
	m = GOLDEN(golden_v6);
	assert_heard(IP_V6, 3, &m);
}

/* As many addresses as the byte of their count can say. */
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
	assert_int_equal(vrrp_encode(&advert, &v6, bytes, sizeof(bytes)),
			 8 + 255 * 16);
	assert_int_equal(vrrp_encode(&advert, &v6, bytes, 8 + 255 * 16 - 1), 0);
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
		assert_refused(family, version, &m,
			       length < 8 ? VRRP_DROP_TRUNCATED
					  : VRRP_DROP_LENGTH);
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
		PROOF("P032 + up to 255 addresses", P032_most),
		PROOF("P032 - every other length is dropped", P032_negative),
	};

	return RUN(tests);
}
