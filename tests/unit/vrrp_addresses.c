/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of addresses in advertisements: whose is checked, and how
 * (src/vrrp/receive.c).
 */
#include "../conformance/router.h"
#include "vrrp/frame.h"

/* A Backup that drops another list: by version 2, or since it is strict. */
static void checking(struct router *r, uint8_t version, bool skip)
{
	router_new(r, IP_V4, version, 100);
	r->config.strict = version == 3;
	r->config.skip_check_adv_addr = skip;
	router_start(r);
}

static struct peer with_another_list(const struct router *r, uint8_t priority)
{
	struct peer p = peer_of(r, priority);

	p.addresses[3] = 99;
	return p;
}

static void the_active_is_checked_once(void **state)
{
	for (uint8_t version = 2; version <= 3; version++) {
		struct router r;
		struct peer p, q;

		checking(&r, version, true);
		/* The first time it is. */
		q = with_another_list(&r, 200);
		router_hear(&r, &q);
		assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		assert_accepted(&r);
		/* And then it is not, whatever it has. */
		r.now += TICK_SECOND;
		router_hear(&r, &q);
		assert_accepted(&r);
		assert_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
		assert_tick(vrrp_deadline(&r.v), r.now + 3609375000);
		q.advert.priority = 0;
		router_hear(&r, &q);
		assert_accepted(&r);
		assert_tick(vrrp_deadline(&r.v), r.now + 609375000);
	}
}

static void another_router_is_checked(void **state)
{
	struct router r;
	struct peer p;

	checking(&r, 3, true);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	p = with_another_list(&r, 250);
	peer_from(&p, 13);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
	/* Also while we are the Active ourselves. */
	router_time(&r, r.v.down_timer);
	peer_from(&p, 12);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
}

static void without_the_option_all_are_checked(void **state)
{
	for (uint8_t version = 2; version <= 3; version++) {
		struct router r;
		struct peer p;

		checking(&r, version, false);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		p = with_another_list(&r, 200);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
	}
}

/*
 * What has no room in an advertisement is not in it: the first addresses of
 * ours are enough, but not fewer than fit the smallest MTU.
 */
static void a_list_that_was_cut_is_ours(void **state)
{
	static const struct {
		uint8_t family, version, all, least;
	} cases[] = {
		/* (576 - 14 - 20 - 8) / 4, with a trailer of 8 bytes;
		 * (1280 - 14 - 40 - 8) / 16 */
		{ IP_V4, 3, 250, 133 },
		{ IP_V4, 2, 250, 131 },
		{ IP_V6, 3, 90, 76 },
	};
	struct ip addresses[250];
	uint8_t list[250 * 16], bytes[VRRP_MESSAGE_MAX];

	for (unsigned n = 0; n < 3; n++) {
		size_t size = ip_size(cases[n].family);
		struct vrrp_event event = { .type = VRRP_EVENT_ADVERT };
		struct router r;
		struct peer p;

		router_new(&r, cases[n].family, cases[n].version, 100);
		r.config.strict = true;
		p = peer_of(&r, 200);
		for (unsigned k = 0; k < cases[n].all; k++) {
			addresses[k] = r.addresses[0];
			addresses[k].bytes[size - 1] = (uint8_t)k;
			memcpy(list + k * size, addresses[k].bytes, size);
		}
		r.config.addresses = addresses;
		r.config.address_count = cases[n].all;
		router_start(&r);
		p.advert.addresses = list;
		for (unsigned count = cases[n].all; count > 0; count--) {
			p.advert.count = (uint8_t)count;
			event.datagram = (struct vrrp_datagram){
				.bytes = bytes,
				.length = vrrp_encode(&p.advert, &p.source,
						      bytes, sizeof(bytes)),
				.source = p.source,
				.destination = p.destination,
				.ttl = p.ttl,
				.received = r.now,
			};
			router_event(&r, &event);
			if (count >= cases[n].least)
				assert_accepted(&r);
			else
				assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
		}
	}
}

/* The rest of an advertisement is checked as always. */
static void only_the_list_is_skipped(void **state)
{
	struct router r;
	struct peer p;

	checking(&r, 2, true);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	p.advert.interval = 2 * TICK_SECOND;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_INTERVAL_MISMATCH);
}

/* A Backup of an instance without addresses. */
static void without_addresses(struct router *r, uint8_t family)
{
	router_new(r, family, 3, 100);
	r->config.address_count = 0;
	router_start(r);
	assert_int_equal(r->v.state, VRRP_BACKUP);
}

/* All is as with addresses; who does the actions has nothing to do. */
static void an_instance_without_addresses_lives(void **state)
{
	struct router r;
	struct peer p;

	without_addresses(&r, IP_V6);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	assert_accepted(&r);
	/* No address is not link-local either. */
	assert_null(note_of(&r, VRRP_NOTE_NOT_LINK_LOCAL));
	assert_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
	router_time(&r, r.v.down_timer);
	assert_order(&r, VRRP_ACTION_SEND, VRRP_ACTION_CLAIM,
		     VRRP_ACTION_ANNOUNCE, VRRP_ACTION_STATE);
	p = sent_by(&r);
	assert_int_equal(message_of(&p).length, VRRP_HEADER_SIZE);
	router_shutdown(&r);
	assert_int_equal(sent_by(&r).advert.priority, 0);
	router_time(&r, r.v.leave_timer);
	assert_entered(&r, VRRP_INIT, VRRP_CAUSE_SHUTDOWN);
}

/* A peer with addresses has another list, as any that differs. */
static void addresses_where_there_are_none_are_another_list(void **state)
{
	struct router r;
	struct peer p;

	without_addresses(&r, IP_V4);
	r.config.address_count = 1;
	p = peer_of(&r, 200);
	r.config.address_count = 0;
	router_hear(&r, &p);
	assert_accepted(&r);
	assert_non_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
	r.config.strict = true;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
}

/* 5.2.5: and none where there are some is no advertisement at all. */
static void none_where_there_are_addresses_is_dropped(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 200);
	p.advert.count = 0;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_COUNT_ZERO);
	/* Also of the Active, whose list is not looked at. */
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	r.config.skip_check_adv_addr = true;
	p.advert.count = 0;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_COUNT_ZERO);
	/* Of another virtual router it is not judged here. */
	p.advert.vrid = 11;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_VRID);
}

/* There is nothing to ask for, so a long interval is believed (6.4.2). */
static void nobody_is_asked(void **state)
{
	struct router r;
	struct peer p;

	without_addresses(&r, IP_V4);
	p = peer_of(&r, 255);
	p.advert.interval = VRRP_INTERVAL_MAX_V3;
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), START + 147803906250);
	/* A lower one that serves shows what it is worth, as always. */
	r.now = START + 3 * TICK_SECOND;
	p = peer_of(&r, 50);
	peer_from(&p, 13);
	router_hear(&r, &p);
	assert_tick(vrrp_deadline(&r.v), r.now + 3609375000);
	assert_tick(r.v.probe_timer, TICK_NEVER);
}

/* Its addresses are taken out of the configuration while it asks. */
static void who_asks_stops_asking(void **state)
{
	struct vrrp_config changed;
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 100);
	p = peer_of(&r, 255);
	p.advert.interval = VRRP_INTERVAL_MAX_V3;
	router_hear(&r, &p);
	router_time(&r, vrrp_deadline(&r.v));
	assert_order(&r, VRRP_ACTION_PROBE);
	changed = r.config;
	changed.address_count = 0;
	router_configure(&r, &changed);
	assert_no_action(&r);
	assert_int_equal(r.v.probes, 0);
	assert_tick(vrrp_deadline(&r.v), START + 147803906250);
}

static void frames_without_addresses(void **state)
{
	static const uint8_t mac[VRRP_MAC_SIZE] = { 2, 0, 0, 0, 0, 1 };
	static const struct {
		uint8_t family, version;
		size_t length;
	} rows[] = { { IP_V4, 3, 14 + 20 + 8 },
		     { IP_V4, 2, 14 + 20 + 8 + 8 },
		     { IP_V6, 3, 14 + 40 + 8 } };

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct ip source = ip_of(rows[i].family == IP_V4 ? "192.0.2.11"
								 : "fe80::b");
		struct vrrp_advert advert = {
			.version = rows[i].version,
			.vrid = 10,
			.priority = 100,
			.family = rows[i].family,
			.interval = TICK_SECOND,
			.checksum = VRRP_CHECKSUM_RFC9568,
		};
		struct vrrp_datagram d = { .source = source,
					   .destination =
						   vrrp_group(rows[i].family),
					   .ttl = VRRP_TTL };
		uint8_t frame[VRRP_FRAME_MAX];
		size_t head = rows[i].family == IP_V4 ? 34 : 54;

		assert_int_equal(vrrp_frame_advert(&advert, &source, mac, frame,
						   sizeof(frame)),
				 rows[i].length);
		/* And read again. */
		d.bytes = frame + head;
		d.length = rows[i].length - head;
		advert.count = 9;
		assert_int_equal(vrrp_decode(&d, &vrrp_expect_any, &advert),
				 VRRP_DROP_NONE);
		assert_int_equal(advert.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_active_is_checked_once),
		cmocka_unit_test(another_router_is_checked),
		cmocka_unit_test(without_the_option_all_are_checked),
		cmocka_unit_test(a_list_that_was_cut_is_ours),
		cmocka_unit_test(only_the_list_is_skipped),
		cmocka_unit_test(an_instance_without_addresses_lives),
		cmocka_unit_test(
			addresses_where_there_are_none_are_another_list),
		cmocka_unit_test(none_where_there_are_addresses_is_dropped),
		cmocka_unit_test(nobody_is_asked),
		cmocka_unit_test(who_asks_stops_asking),
		cmocka_unit_test(frames_without_addresses),
	};

	return RUN(tests);
}
