/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codec against golden vectors, both ways, and the timers' arithmetic.
 * The vectors were computed by hand from RFC 9568 5.2 and RFC 3768 5.3.
 */
#include "base/must.h"
#include "vrrp/checksum.h"
#include "vrrp/frame.h"
#include "vrrp/timer.h"
#include "vrrp/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t addresses_v4[] = { 192, 0, 2, 1, 192, 0, 2, 2 };
static const uint8_t addresses_v6[] = {
	0xfe, 0x80, 0,    0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
};

struct vector {
	const char *name;
	const char *source;
	struct vrrp_advert advert;
	size_t length;
	uint8_t bytes[48];
};

static const struct vector vectors[] = {
	{ "v2",
	  "192.0.2.251",
	  { .version = 2,
	    .vrid = 10,
	    .priority = 200,
	    .count = 2,
	    .family = IP_V4,
	    .interval = TICK_SECOND,
	    .checksum = VRRP_CHECKSUM_RFC9568,
	    .addresses = addresses_v4 },
	  24,
	  { 0x21, 0x0a, 0xc8, 0x02, 0x00, 0x01, 0x92, 0xed, 0xc0, 0x00, 0x02,
	    0x01, 0xc0, 0x00, 0x02, 0x02 } },
	{ "v3 IPv4, message only",
	  "192.0.2.251",
	  { .version = 3,
	    .vrid = 10,
	    .priority = 200,
	    .count = 2,
	    .family = IP_V4,
	    .interval = TICK_SECOND,
	    .checksum = VRRP_CHECKSUM_RFC9568,
	    .addresses = addresses_v4 },
	  16,
	  { 0x31, 0x0a, 0xc8, 0x02, 0x00, 0x64, 0x82, 0x8a, 0xc0, 0x00, 0x02,
	    0x01, 0xc0, 0x00, 0x02, 0x02 } },
	{ "v3 IPv4, pseudo-header",
	  "192.0.2.251",
	  { .version = 3,
	    .vrid = 10,
	    .priority = 200,
	    .count = 2,
	    .family = IP_V4,
	    .interval = TICK_SECOND,
	    .checksum = VRRP_CHECKSUM_RFC5798,
	    .addresses = addresses_v4 },
	  16,
	  { 0x31, 0x0a, 0xc8, 0x02, 0x00, 0x64, 0xde, 0xfb, 0xc0, 0x00, 0x02,
	    0x01, 0xc0, 0x00, 0x02, 0x02 } },
	{ "v3 IPv6",
	  "fe80::c8",
	  { .version = 3,
	    .vrid = 10,
	    .priority = 100,
	    .count = 2,
	    .family = IP_V6,
	    .interval = TICK_SECOND,
	    .checksum = VRRP_CHECKSUM_RFC5798,
	    .addresses = addresses_v6 },
	  40,
	  { 0x31, 0x0a, 0x64, 0x02, 0x00, 0x64, 0x3f, 0x5d, 0xfe, 0x80,
	    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,
	    0,    0,    0,    1,    0x20, 0x01, 0x0d, 0xb8, 0,    0,
	    0,    0,    0,    0,    0,    0,    0,    0,    0,    1 } },
};

static struct vrrp_datagram datagram_of(const struct vector *v)
{
	struct vrrp_datagram d = {
		.bytes = v->bytes,
		.length = v->length,
		.destination = vrrp_group(v->advert.family),
		.ttl = 255,
	};

	assert_int_equal(ip_parse(v->source, &d.source), 0);
	return d;
}

static void encode_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(vectors); i++) {
		const struct vector *v = &vectors[i];
		uint8_t bytes[VRRP_MESSAGE_MAX];
		struct ip source;

		assert_int_equal(ip_parse(v->source, &source), 0);
		assert_int_equal(
			vrrp_encode(&v->advert, &source, bytes, sizeof(bytes)),
			v->length);
		assert_memory_equal(bytes, v->bytes, v->length);
		/* Not one byte of room less is enough. */
		assert_int_equal(
			vrrp_encode(&v->advert, &source, bytes, v->length - 1),
			0);
	}
}

static void decode_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct vrrp_datagram d = datagram_of(v);
		struct vrrp_advert a;

		assert_int_equal(vrrp_decode(&d, &vrrp_expect_any, &a),
				 VRRP_DROP_NONE);
		assert_int_equal(a.version, v->advert.version);
		assert_int_equal(a.vrid, v->advert.vrid);
		assert_int_equal(a.priority, v->advert.priority);
		assert_int_equal(a.count, v->advert.count);
		assert_int_equal(a.family, v->advert.family);
		assert_true(a.interval == v->advert.interval);
		assert_int_equal(a.checksum, v->advert.checksum);
		assert_memory_equal(a.addresses, v->advert.addresses,
				    a.count * ip_size(a.family));
	}
}

/* Any one bit of any vector turned over: never taken for what it was. */
static void decode_bit_flips(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(vectors); i++) {
		const struct vector *v = &vectors[i];

		for (size_t bit = 0; bit < v->length * 8; bit++) {
			struct vrrp_datagram d = datagram_of(v);
			struct vrrp_advert a;
			uint8_t bytes[sizeof(v->bytes)];

			memcpy(bytes, v->bytes, sizeof(bytes));
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			d.bytes = bytes;
			assert_int_not_equal(
				vrrp_decode(&d, &vrrp_expect_any, &a),
				VRRP_DROP_NONE);
		}
	}
}

/* Every shorter and every longer packet is refused. */
static void decode_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(vectors); i++) {
		const struct vector *v = &vectors[i];

		for (size_t length = 0; length < sizeof(v->bytes); length++) {
			struct vrrp_datagram d = datagram_of(v);
			struct vrrp_advert a;

			d.length = length;
			if (length == v->length)
				continue;
			assert_int_equal(vrrp_decode(&d, &vrrp_expect_any, &a),
					 length < 8 ? VRRP_DROP_TRUNCATED
						    : VRRP_DROP_LENGTH);
		}
	}
}

static void encode_refuses(void **state)
{
	struct vrrp_advert good = vectors[1].advert, a;
	uint8_t bytes[VRRP_MESSAGE_MAX];
	struct ip source, source_v6;

	(void)state;
	assert_int_equal(ip_parse("192.0.2.251", &source), 0);
	assert_int_equal(ip_parse("fe80::1", &source_v6), 0);
	a = good, a.interval = 4096 * TICK_CENTISECOND;
	assert_int_equal(vrrp_encode(&a, &source, bytes, sizeof(bytes)), 0);
	a = good, a.interval = TICK_CENTISECOND / 2;
	assert_int_equal(vrrp_encode(&a, &source, bytes, sizeof(bytes)), 0);
	a = good, a.interval = 0;
	assert_int_equal(vrrp_encode(&a, &source, bytes, sizeof(bytes)), 0);
	a = good, a.vrid = 0;
	assert_int_equal(vrrp_encode(&a, &source, bytes, sizeof(bytes)), 0);
	a = good, a.version = 4;
	assert_int_equal(vrrp_encode(&a, &source, bytes, sizeof(bytes)), 0);
	assert_int_equal(vrrp_encode(&good, &source_v6, bytes, sizeof(bytes)),
			 0);
	a = good, a.interval = 4095 * TICK_CENTISECOND;
	assert_int_equal(vrrp_encode(&a, &source, bytes, sizeof(bytes)), 16);
}

static void timers_golden(void **state)
{
	static const struct {
		uint8_t version, priority;
		tick_t interval, skew, down;
	} rows[] = {
		{ 3, 100, TICK_SECOND, 609375000, 3609375000 },
		{ 3, 200, TICK_SECOND, 218750000, 3218750000 },
		{ 3, 254, TICK_CENTISECOND, 78125, 30078125 },
		{ 3, 1, TICK_CENTISECOND, 9960937, 39960937 },
		{ 3, 100, 10 * TICK_CENTISECOND, 60937500, 360937500 },
		{ 3, 255, 4095 * TICK_CENTISECOND, 159960937, 123009960937 },
		/* RFC 3768: of a second, not of the interval. */
		{ 2, 100, TICK_SECOND, 609375000, 3609375000 },
		{ 2, 100, 10 * TICK_SECOND, 609375000, 30609375000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct vrrp_config config = { VRRP_CONFIG_DEFAULTS,
					      .version = rows[i].version };

		assert_true(vrrp_skew_time(rows[i].version, rows[i].priority,
					   rows[i].interval) == rows[i].skew);
		assert_true(vrrp_active_down_interval(&config, rows[i].priority,
						      rows[i].interval) ==
			    rows[i].down);
	}
}

static const uint8_t mac[6] = { 0x02, 0, 0, 0, 0, 0x0a };

static void frame_advert_v4(void **state)
{
	/* Header checksum computed with RFC 1071 by hand. */
	static const uint8_t head[] = {
		0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 0x02, 0x00,
		0x00, 0x00, 0x00, 0x0a, 0x08, 0x00, 0x45, 0xc0,
		0x00, 0x24, 0x00, 0x00, 0x40, 0x00, 0xff, 0x70,
	};
	static const uint8_t tail[] = { 192, 0, 2, 251, 224, 0, 0, 18 };
	uint8_t frame[VRRP_FRAME_MAX];
	struct ip source;

	(void)state;
	assert_int_equal(ip_parse("192.0.2.251", &source), 0);
	assert_int_equal(vrrp_frame_advert(&vectors[2].advert, &source, mac,
					   frame, sizeof(frame)),
			 14 + 20 + 16);
	assert_memory_equal(frame, head, sizeof(head));
	assert_memory_equal(frame + 26, tail, sizeof(tail));
	assert_int_equal(checksum_end(checksum_add(0, frame + 14, 20)), 0);
	assert_memory_equal(frame + 34, vectors[2].bytes, 16);
	assert_int_equal(vrrp_frame_advert(&vectors[2].advert, &source, mac,
					   frame, 14 + 20 + 15),
			 0);
}

static void frame_advert_v6(void **state)
{
	static const uint8_t head[] = {
		0x33, 0x33, 0x00, 0x00, 0x00, 0x12, 0x02, 0x00,
		0x00, 0x00, 0x00, 0x0a, 0x86, 0xdd, 0x6c, 0x00,
		0x00, 0x00, 0x00, 0x28, 0x70, 0xff, 0xfe, 0x80,
	};
	uint8_t frame[VRRP_FRAME_MAX];
	struct ip source;

	(void)state;
	assert_int_equal(ip_parse("fe80::c8", &source), 0);
	assert_int_equal(vrrp_frame_advert(&vectors[3].advert, &source, mac,
					   frame, sizeof(frame)),
			 14 + 40 + 40);
	assert_memory_equal(frame, head, sizeof(head));
	assert_memory_equal(frame + 54, vectors[3].bytes, 40);
}

static void frame_garp(void **state)
{
	static const uint8_t expected[VRRP_GARP_SIZE] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x00, 0x00,
		0x00, 0x00, 0x0a, 0x08, 0x06, 0x00, 0x01, 0x08, 0x00,
		0x06, 0x04, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
		0x0a, 192,  0,    2,    1,    0x02, 0x00, 0x00, 0x00,
		0x00, 0x0a, 192,  0,    2,    1,
	};
	uint8_t frame[VRRP_GARP_SIZE];
	struct ip address;

	(void)state;
	assert_int_equal(ip_parse("192.0.2.1", &address), 0);
	assert_int_equal(vrrp_frame_garp(&address, mac, frame, sizeof(frame)),
			 VRRP_GARP_SIZE);
	assert_memory_equal(frame, expected, sizeof(expected));
	assert_int_equal(vrrp_frame_garp(&address, mac, frame, 41), 0);
}

static void frame_na(void **state)
{
	uint8_t frame[VRRP_NA_SIZE];
	struct ip address, nodes;

	(void)state;
	assert_int_equal(ip_parse("2001:db8::1", &address), 0);
	assert_int_equal(ip_parse("ff02::1", &nodes), 0);
	assert_int_equal(
		vrrp_frame_na(&address, true, mac, frame, sizeof(frame)),
		VRRP_NA_SIZE);
	assert_int_equal(frame[20], 58);
	assert_int_equal(frame[21], 255);
	assert_memory_equal(frame + 22, address.bytes, 16);
	assert_memory_equal(frame + 38, nodes.bytes, 16);
	assert_int_equal(frame[54], 136);
	assert_int_equal(frame[58], 0xa0); /* R and O, not S */
	assert_memory_equal(frame + 62, address.bytes, 16);
	assert_int_equal(frame[78], 2);
	assert_int_equal(frame[79], 1);
	assert_memory_equal(frame + 80, mac, 6);
	assert_int_equal(checksum_end(checksum_add_pseudo(
				 checksum_add(0, frame + 54, 32), &address,
				 &nodes, 32, 58)),
			 0);
	assert_int_equal(
		vrrp_frame_na(&address, false, mac, frame, sizeof(frame)),
		VRRP_NA_SIZE);
	assert_int_equal(frame[58], 0x20);
	assert_int_equal(vrrp_frame_na(&address, false, mac, frame, 85), 0);
}

/* RFC 1071: an odd last byte is the high one of its word. */
static void checksum_odd(void **state)
{
	static const uint8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4 };

	(void)state;
	assert_int_equal(checksum_end(checksum_add(0, bytes, 4)),
			 0xffff - 0xf204);
	assert_int_equal(checksum_end(checksum_add(0, bytes, 5)),
			 0xffff - (0xf204 + 0xf400 - 0xffff));
	assert_int_equal(checksum_end(checksum_add(0, bytes, 0)), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encode_golden),
		cmocka_unit_test(decode_golden),
		cmocka_unit_test(decode_bit_flips),
		cmocka_unit_test(decode_lengths),
		cmocka_unit_test(encode_refuses),
		cmocka_unit_test(timers_golden),
		cmocka_unit_test(frame_advert_v4),
		cmocka_unit_test(frame_advert_v6),
		cmocka_unit_test(frame_garp),
		cmocka_unit_test(frame_na),
		cmocka_unit_test(checksum_odd),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
