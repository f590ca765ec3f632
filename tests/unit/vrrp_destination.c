/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another multicast group than that of the standard (mcast_dst_ip): what is
 * sent goes there, and what was sent elsewhere is not heard.
 */
#include "../conformance/router.h"

#include "vrrp/checksum.h"
#include "vrrp/frame.h"

static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 0x0a };

static struct peer to(const struct router *r, const char *destination)
{
	struct peer p = peer_of(r, 200);

	p.destination = p.advert.destination = ip_of(destination);
	return p;
}

static void only_the_own_group_is_heard(void **state)
{
	static const struct {
		uint8_t family;
		const char *own, *others[3];
	} cases[] = {
		{ IP_V4, "224.0.0.200", { "224.0.0.18", "224.0.0.201" } },
		{ IP_V6, "ff02::99", { "ff02::12", "ff02::98" } },
	};

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct router r;
		struct peer p;

		router_new(&r, cases[n].family, 3, 100);
		r.config.destination = ip_of(cases[n].own);
		router_start(&r);
		for (unsigned k = 0; cases[n].others[k]; k++) {
			p = to(&r, cases[n].others[k]);
			router_hear(&r, &p);
			assert_int_equal(
				first_of(&r, VRRP_ACTION_DROPPED)->drop,
				VRRP_DROP_DESTINATION);
		}
		p = to(&r, cases[n].own);
		router_hear(&r, &p);
		assert_int_equal(count_of(&r, VRRP_ACTION_DROPPED), 0);
		assert_true(ip_equal(&r.v.active, &p.source));
	}
}

static void the_standard_group_is_not_said(void **state)
{
	struct router r;
	struct peer p;

	(void)state;
	router_new(&r, IP_V4, 3, 100);
	assert_int_equal(r.config.destination.family, IP_NONE);
	router_start(&r);
	p = to(&r, "224.0.0.18");
	router_hear(&r, &p);
	assert_int_equal(count_of(&r, VRRP_ACTION_DROPPED), 0);
}

/* What a frame carries is what its receiver takes for valid. */
static void decodes(const uint8_t *frame, size_t length, uint8_t family,
		    const struct ip *source, const struct ip *destination)
{
	size_t head = family == IP_V4 ? 34 : 54;
	struct vrrp_datagram d = {
		.bytes = frame + head,
		.length = length - head,
		.source = *source,
		.destination = *destination,
		.ttl = 255,
	};
	struct vrrp_advert advert;

	assert_int_equal(vrrp_decode(&d, &vrrp_expect_any, &advert),
			 VRRP_DROP_NONE);
	assert_true(ip_equal(&advert.destination, destination));
}

static void a_frame_goes_to_the_group(void **state)
{
	/* RFC 1112 6.4: 23 bits; the 24th is not of the address. */
	static const uint8_t v4[6] = { 0x01, 0, 0x5e, 0x40, 1, 7 };
	static const uint8_t v6[6] = { 0x33, 0x33, 0, 2, 0, 0x99 };
	static const struct {
		uint8_t family;
		const char *destination;
		const uint8_t *mac;
		unsigned at; /* of the address, in the frame */
	} cases[] = {
		{ IP_V4, "239.192.1.7", v4, 30 },
		{ IP_V6, "ff02::2:99", v6, 38 },
	};

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct ip destination = ip_of(cases[n].destination);
		uint8_t frame[VRRP_FRAME_MAX];
		struct router r;
		struct peer p;
		size_t length;

		router_new(&r, cases[n].family, 3, 100);
		p = to(&r, cases[n].destination);
		p.advert.addresses = p.addresses;
		p.advert.checksum = VRRP_CHECKSUM_RFC5798;
		length = vrrp_frame_advert(&p.advert, &p.source, mac, frame,
					   sizeof(frame));
		assert_true(length > 0);
		assert_memory_equal(frame, cases[n].mac, 6);
		assert_memory_equal(frame + cases[n].at, destination.bytes,
				    ip_size(cases[n].family));
		decodes(frame, length, cases[n].family, &p.source,
			&destination);
	}
}

static void a_group_of_the_other_family_is_refused(void **state)
{
	uint8_t bytes[VRRP_MESSAGE_MAX];
	struct router r;
	struct peer p;

	(void)state;
	router_new(&r, IP_V4, 3, 100);
	p = to(&r, "ff02::12");
	p.advert.addresses = p.addresses;
	assert_int_equal(
		vrrp_encode(&p.advert, &p.source, bytes, sizeof(bytes)), 0);
}

/* Who has no address of its own asks without changing what others know. */
static void a_question_of_nobody(void **state)
{
	struct ip target = ip_of("2001:db8::1"), nobody = ip_of("::");
	struct ip nodes = ip_of("ff02::1:ff00:1");
	uint8_t frame[VRRP_NA_SIZE];

	(void)state;
	/* RFC 4861 4.3: without the option of the source's address. */
	assert_int_equal(
		vrrp_frame_ns(&target, &nobody, mac, frame, sizeof(frame)), 78);
	assert_int_equal(frame[19], 24); /* the payload's length */
	assert_int_equal(frame[54], 135);
	assert_memory_equal(frame + 22, nobody.bytes, 16);
	assert_memory_equal(frame + 38, nodes.bytes, 16);
	assert_memory_equal(frame + 62, target.bytes, 16);
	assert_int_equal(checksum_end(checksum_add_pseudo(
				 checksum_add(0, frame + 54, 24), &nobody,
				 &nodes, 24, 58)),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_own_group_is_heard),
		cmocka_unit_test(the_standard_group_is_not_said),
		cmocka_unit_test(a_frame_goes_to_the_group),
		cmocka_unit_test(a_group_of_the_other_family_is_refused),
		cmocka_unit_test(a_question_of_nobody),
	};

	return RUN(tests);
}
