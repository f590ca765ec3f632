/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checklist B: the checksum (RFC 9568 5.2.8), in the forms that are in use, and
 * that of version 2.
 */
#include "vrrp/checksum.h"
#include "packets.h"

static void P025_positive(void **state)
{
	struct message m = GOLDEN(golden_v4);
	const struct vrrp_action *note;
	struct router r;
	struct peer p;

	assert_heard(IP_V4, 3, &m);
	/* The field is split: the other form is heard too. */
	m = GOLDEN(golden_v4_pseudo);
	assert_heard(IP_V4, 3, &m);

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
	m = message_for(IP_V4, 3, 100);
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
		assert_refused(IP_V4, 3, &m, VRRP_DROP_CHECKSUM);
	}
	/* The pseudo-header is the sender's own. */
	m = GOLDEN(golden_v4_pseudo);
	m.source = ip_of("192.0.2.252");
	assert_refused(IP_V4, 3, &m, VRRP_DROP_CHECKSUM);
}

static void P026_positive(void **state)
{
	struct message m = GOLDEN(golden_v6);
	struct router r;
	struct peer p;

	assert_heard(IP_V6, 3, &m);
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
	assert_refused(IP_V6, 3, &m, VRRP_DROP_CHECKSUM);
	m = GOLDEN(golden_v6);
	m.source = ip_of("fe80::c9");
	assert_refused(IP_V6, 3, &m, VRRP_DROP_CHECKSUM);
}

static void P027_positive(void **state)
{
	struct message m = GOLDEN(golden_v2);
	struct router r;
	struct peer p;

	assert_heard(IP_V4, 2, &m);
	router_backup(&r, IP_V4, 2, 100);
	router_hear_message(&r, &m);
	assert_null(note_of(&r, VRRP_NOTE_CHECKSUM_FORM));
	/* Old bytes in the unused field are ignored, yet summed. */
	memcpy(m.bytes + 16, "anything", 8);
	message_sum(&m);
	assert_heard(IP_V4, 2, &m);
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
	assert_refused(IP_V4, 2, &m, VRRP_DROP_CHECKSUM);
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
	assert_refused(IP_V4, 2, &m, VRRP_DROP_CHECKSUM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PROOF("P025 + IPv4 sum of the message, both ways",
		      P025_positive),
		PROOF("P025 - a wrong one is dropped", P025_negative),
		PROOF("P026 + IPv6 sum with pseudo-header, both ways",
		      P026_positive),
		PROOF("P026 - without it dropped", P026_negative),
		PROOF("P027 + version 2 sums its trailer", P027_positive),
		PROOF("P027 - a sum without it is dropped", P027_negative),
	};

	return RUN(tests);
}
