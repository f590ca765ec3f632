/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of what is sent (src/router/sending.c, speaker.c): what left is
 * counted, what did not is told; one that nobody hears serves beside nobody;
 * and what does not fit the MTU is not advertised.
 */
#include "router/speech.h"
#include "router_world.h"
#include "vrrp/frame.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(name, more)                                                       \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id 7\n priority 150\n advert_int 0.1\n" more
#define ADDRESSES " virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n"
#define ONE       HEAD("A", ADDRESSES)
#define UNICAST                                                                \
	HEAD("A", " unicast_src_ip 10.99.0.1\n unicast_peer {\n 10.99.0.1\n"   \
		  " 10.99.0.8\n 10.99.0.9\n}\n" ADDRESSES)

static struct ledger_counters *counters(void)
{
	return world.router.instances[0].counters;
}

static const struct ledger_record *record(void)
{
	return world.router.instances[0].record;
}

/* How many troubles of that kind began, or were over. */
static unsigned told(enum ledger_trouble trouble, bool begins)
{
	struct ledger *l = world.router.ledger;
	struct ledger_event e;
	unsigned count = 0;

	for (uint64_t n = 1; n <= ledger_server(l)->events; n++)
		count += ledger_read_event(l, n, &e) &&
			 e.type == LEDGER_EVENT_TROUBLE && e.code == trouble &&
			 e.to == begins;
	return count;
}

/* An advertisement of another router, of that priority. */
static void hear(uint8_t priority, unsigned count)
{
	static uint8_t bytes[VRRP_MESSAGE_MAX];
	static const uint8_t other[4] = { 10, 99, 0, 9 };
	uint8_t list[4 * 255];
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = 7,
		.priority = priority,
		.count = (uint8_t)count,
		.family = IP_V4,
		.interval = 100 * TICK_MILLISECOND,
		.checksum = VRRP_CHECKSUM_RFC5798,
		.addresses = list,
	};
	struct received packet = {
		.datagram = { .bytes = bytes,
			      .source = ip_from_bytes(IP_V4, other),
			      .destination = vrrp_group(IP_V4),
			      .ttl = VRRP_TTL,
			      .received = world.now },
		.ifindex = 1,
	};

	for (unsigned n = 0; n < count; n++)
		memcpy(list + 4 * n,
		       world.router.instances[0].conf->vrrp.addresses[n].bytes,
		       4);
	packet.datagram.length = vrrp_encode(&advert, &packet.datagram.source,
					     bytes, sizeof(bytes));
	world.router.now = world.now;
	router_packets(&world.router, &packet, 1);
	world_pass(0);
}

static void only_what_left_is_counted(void **state)
{
	uint64_t sent, announced;

	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	assert_int_equal(counters()->send_errors, 0);
	assert_true(counters()->adverts_sent > 0);
	assert_true(counters()->announcements_sent > 0);
	sent = counters()->adverts_sent;
	announced = counters()->announcements_sent;
	world.send_answer = EPERM;
	world_pass(TICK_SECOND);
	assert_int_equal(counters()->adverts_sent, sent);
	assert_int_equal(counters()->announcements_sent, announced);
	assert_true(counters()->send_errors >= 10);
	assert_int_equal(record()->send_error, EPERM);
	assert_true(record()->unsent);
	assert_int_equal(told(LEDGER_TROUBLE_SENDING, true), 1);
	/* Another error is news; that it is over, too. */
	world.send_answer = ENOBUFS;
	world_pass(10 * TICK_SECOND);
	assert_int_equal(record()->send_error, ENOBUFS);
	assert_int_equal(told(LEDGER_TROUBLE_SENDING, true), 2);
	world.send_answer = 0;
	world_pass(10 * TICK_SECOND);
	assert_int_equal(record()->send_error, 0);
	assert_false(record()->unsent);
	assert_int_equal(told(LEDGER_TROUBLE_SENDING, false), 1);
	assert_in_range(counters()->adverts_sent, sent + 99, sent + 101);
	world_end();
}

/* Of several peers one is out of reach: the advertisement counts. */
static void one_dead_peer_is_told_and_no_more(void **state)
{
	uint64_t sent;

	(void)state;
	world_begin(UNICAST, 1);
	world_be_active(0);
	world_pass(TICK_SECOND);
	for (uint8_t dead = 8; dead <= 9; dead++) {
		sent = counters()->adverts_sent;
		world.dead_peer = dead;
		world.send_answer = EHOSTUNREACH;
		world_pass(TICK_SECOND);
		assert_in_range(counters()->adverts_sent, sent + 9, sent + 11);
		assert_int_equal(record()->send_error, EHOSTUNREACH);
		assert_false(record()->unsent);
	}
	assert_int_equal(told(LEDGER_TROUBLE_SENDING, true), 1);
	assert_int_equal(told(LEDGER_TROUBLE_SENDING, false), 0);
	world_end();
}

/* What could not be sent long ago, as when a link went down, is no reason. */
static void what_was_refused_before_is_forgotten(void **state)
{
	(void)state;
	/* Without the answer that would have left by now. */
	world_begin(HEAD("A", " lower_prio_no_advert true\n" ADDRESSES), 1);
	world_be_active(0);
	world.send_answer = ENETDOWN;
	world_pass(150 * TICK_MILLISECOND);
	world_link(0, false, false);
	world_pass(10 * TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_FAULT);
	world.send_answer = 0;
	world_link(0, true, true);
	world.late = true; /* its advertisement waits for its addresses */
	for (unsigned n = 0; n < 200 && world_core(0)->state != VRRP_ACTIVE;
	     n++) {
		hear(100, 1);
		world_pass(10 * TICK_MILLISECOND);
	}
	for (unsigned n = 0; n < 5; n++) {
		hear(100, 1);
		world_pass(10 * TICK_MILLISECOND);
	}
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	world.late = false;
	netlink_read(NULL);
	world_end();
}

/* Two would serve, for as long as the refusal lasts. */
static void one_that_nobody_hears_serves_beside_nobody(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world.send_answer = EPERM;
	/* For less than the others wait: it was its own advertisement that
	 * they did not hear, but they could not know. */
	world_pass(200 * TICK_MILLISECOND);
	hear(100, 1);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	/* Alone it serves on. */
	world_pass(20 * TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	hear(100, 1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_null(world_has(0, "192.0.2.7"));
	assert_true(record()->unheard);
	/* The other one is let alone, although it is lesser. */
	for (unsigned n = 0; n < 300; n++) {
		hear(100, 1);
		world_pass(100 * TICK_MILLISECOND);
		assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	}
	assert_null(world_has(0, "192.0.2.7"));
	/* What is tried every 5 s leaves: the other one has heard it. */
	world.send_answer = 0;
	for (unsigned n = 0; n < 60 && world_core(0)->state == VRRP_BACKUP;
	     n++) {
		hear(100, 1);
		world_pass(100 * TICK_MILLISECOND);
	}
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	assert_non_null(world_has(0, "192.0.2.7"));
	world_pass(6 * TICK_SECOND);
	assert_false(record()->unheard);
	world_end();
}

/* When the other one falls silent it takes over, as any Backup. */
static void one_that_nobody_hears_serves_when_nobody_else_does(void **state)
{
	(void)state;
	world_begin(ONE, 1);
	world_be_active(0);
	world.send_answer = EPERM;
	world_pass(TICK_SECOND);
	hear(100, 1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world_pass(TICK_SECOND);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	/* Whoever comes after a crash knows it. */
	hear(100, 1);
	world_pass(TICK_SECOND);
	hear(100, 1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world_die();
	world_go_on(false);
	for (unsigned n = 0; n < 100; n++) {
		hear(100, 1);
		world_pass(100 * TICK_MILLISECOND);
	}
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_true(record()->unheard);
	world_end();
}

static void nopreempt_takes_nothing_back(void **state)
{
	unsigned adverts;

	(void)state;
	world_begin(HEAD("A", " nopreempt\n" ADDRESSES), 1);
	world_be_active(0);
	world.send_answer = EPERM;
	world_pass(TICK_SECOND);
	hear(100, 1);
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	world.send_answer = 0;
	adverts = world.adverts;
	for (unsigned n = 0; n < 200; n++) {
		hear(100, 1);
		world_pass(100 * TICK_MILLISECOND);
	}
	assert_int_equal(world_core(0)->state, VRRP_BACKUP);
	assert_int_equal(world.adverts, adverts);
	world_end();
}

/* An instance with so many addresses. */
static void begin_with_many(unsigned count, unsigned version)
{
	char text[16384];
	size_t at = (size_t)snprintf(
		text, sizeof(text),
		"vrrp_instance A {\n interface eth0\n version %u\n"
		" virtual_router_id 7\n priority 150\n advert_int 1\n"
		" virtual_ipaddress {\n",
		version);

	for (unsigned n = 0; n < count; n++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
				       "192.0.2.%u/32\n", n + 1);
	snprintf(text + at, sizeof(text) - at, "}\n}\n");
	world_begin(text, 1);
}

/* Leases of many are many commands. */
static void pass(unsigned seconds)
{
	while (seconds-- > 0) {
		world_mark();
		world_pass(TICK_SECOND);
	}
}

static unsigned sent_count(void)
{
	assert_int_equal(world.sent.bytes[14 + 9], VRRP_PROTOCOL);
	return world.sent.bytes[14 + 20 + 3];
}

static void change_mtu(uint32_t mtu)
{
	struct mirror_link old = world.links[0];

	world.links[0].mtu = mtu;
	world_tell(&(struct mirror_event){ .change = MIRROR_LINK_CHANGED,
					   .link = &world.links[0],
					   .old = &old });
}

/* As many as fit an advertisement; all are served. */
static void what_does_not_fit_is_not_advertised(void **state)
{
	(void)state;
	begin_with_many(40, 3);
	world_be_active(0);
	pass(10);
	assert_int_equal(sent_count(), 40);
	assert_int_equal(record()->unadvertised, 0);
	/* While it is Active: 14 + 20 + 8 + 4 * 15. */
	change_mtu(102 + 3);
	pass(2);
	assert_int_equal(sent_count(), 15);
	assert_int_equal(world.sent.length, 102);
	assert_int_equal(record()->unadvertised, 25);
	assert_int_equal(told(LEDGER_TROUBLE_MTU, true), 1);
	assert_non_null(world_has(0, "192.0.2.40"));
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	/* Those of others with this MTU are as short, and are understood; so
	 * is one of before. */
	change_mtu(1500);
	pass(2);
	assert_int_equal(sent_count(), 40);
	assert_int_equal(record()->unadvertised, 0);
	assert_int_equal(told(LEDGER_TROUBLE_MTU, false), 1);
	world_end();
}

/* Of version 2 a trailer is sent, too. */
static void version_2_has_less_room(void **state)
{
	(void)state;
	begin_with_many(40, 2);
	change_mtu(98);
	world_be_active(0);
	pass(10);
	assert_int_equal(sent_count(), 12);
	assert_int_equal(world.sent.length, 98);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_left_is_counted),
		cmocka_unit_test(one_dead_peer_is_told_and_no_more),
		cmocka_unit_test(what_was_refused_before_is_forgotten),
		cmocka_unit_test(one_that_nobody_hears_serves_beside_nobody),
		cmocka_unit_test(
			one_that_nobody_hears_serves_when_nobody_else_does),
		cmocka_unit_test(nopreempt_takes_nothing_back),
		cmocka_unit_test(what_does_not_fit_is_not_advertised),
		cmocka_unit_test(version_2_has_less_room),
	};

	return cmocka_run_group_tests_name("router_sending", tests, NULL, NULL);
}
