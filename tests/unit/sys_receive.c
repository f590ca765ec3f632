/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/receive.h on veth pairs: aN receives what is sent into bN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/receive.h"
#include "sys/transmit.h"
#include "sys_lan.h"

#include <errno.h>

#define PAIRS    31
#define HELD_MAX 5000

struct held {
	struct received received;
	uint8_t first; /* the first byte of the message */
};

static struct held held[HELD_MAX];
static unsigned held_count;
static struct receive *receiver;
static struct transmit *sender;
static uint32_t here[PAIRS], there[PAIRS];

/* 224.0.0.18 and ff02::12. */
static const struct ip group_v4 = { IP_V4, { 224, 0, 0, 18 } };
static const struct ip group_v6 = { IP_V6, { 0xff, 2, [15] = 0x12 } };
static const struct ip *const groups[] = { &group_v4, &group_v6 };
static const uint8_t families[] = { IP_V4, IP_V6 };

static void keep(void *context, const struct received *list, unsigned count)
{
	(void)context;
	assert_in_range(count, 1, RECEIVE_BATCH);
	for (unsigned i = 0; i < count && held_count < HELD_MAX; i++) {
		held[held_count].received = list[i];
		held[held_count++].first =
			list[i].datagram.length ? list[i].datagram.bytes[0] : 0;
	}
}

static int set_up(void **state)
{
	struct receive_config config = { .packets = keep };
	struct transmit_config sending = { 0 };

	lan_set_up(state);
	if (!lan_made)
		return 0;
	lan_ip_each(PAIRS, "link add a# type veth peer name b#");
	lan_ip_each(PAIRS, "link set a# up mtu 9000");
	lan_ip_each(PAIRS, "link set b# up mtu 9000");
	for (unsigned i = 0; i < PAIRS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "a%u", i);
		here[i] = lan_index(name);
		lan_running(name);
		name[0] = 'b';
		lan_running(name);
		there[i] = lan_index(name);
	}
	return receive_open(&receiver, &config) ||
	       transmit_open(&sender, &sending);
}

static int tear_down(void **state)
{
	(void)state;
	receive_close(receiver);
	transmit_close(sender);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	held_count = 0;
	return 0;
}

static void put_checksum(uint8_t *header, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += (uint32_t)(header[i] << 8 | header[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	header[10] = (uint8_t)(~sum >> 8);
	header[11] = (uint8_t)~sum;
}

/* When the header of a frame without options was changed. */
static void put_checksum_anew(uint8_t *frame)
{
	frame[14 + 10] = frame[14 + 11] = 0;
	put_checksum(frame + 14, 20);
}

/* An IPv4 packet of protocol 112: `words` of header, `length` of payload. */
static size_t make_v4(uint8_t *frame, unsigned words, uint8_t ttl,
		      size_t length)
{
	static const uint8_t ethernet[] = { 0x01, 0,    0x5e, 0, 0, 0x12, 0,
					    0,    0x5e, 0,    1, 7, 8,    0 };
	static const uint8_t addresses[] = { 192, 0, 2, 99, 224, 0, 0, 18 };
	uint8_t *ip = frame + sizeof(ethernet);
	size_t total = words * 4 + length;

	memcpy(frame, ethernet, sizeof(ethernet));
	memset(ip, 0, words * 4);
	memset(ip + 20, 1, words * 4 - 20); /* options: no operation */
	ip[0] = (uint8_t)(0x40 | words);
	ip[2] = (uint8_t)(total >> 8);
	ip[3] = (uint8_t)total;
	ip[8] = ttl;
	ip[9] = 112;
	memcpy(ip + 12, addresses, sizeof(addresses));
	put_checksum(ip, words * 4);
	for (size_t i = 0; i < length; i++)
		ip[words * 4 + i] = (uint8_t)(0x31 + i);
	return sizeof(ethernet) + total;
}

/* An IPv6 packet from fe80::99; its VRRP checksum is none. */
static size_t make_v6(uint8_t *frame, uint8_t hop_limit, size_t length)
{
	static const uint8_t ethernet[] = { 0x33, 0x33, 0, 0, 0, 0x12, 0,
					    0,    0x5e, 0, 2, 7, 0x86, 0xdd };
	uint8_t *ip = frame + sizeof(ethernet);

	memcpy(frame, ethernet, sizeof(ethernet));
	memset(ip, 0, 40);
	ip[0] = 0x60;
	ip[5] = (uint8_t)length;
	ip[6] = 112;
	ip[7] = hop_limit;
	ip[8] = 0xfe;
	ip[9] = 0x80;
	ip[23] = 0x99;
	ip[24] = 0xff;
	ip[25] = 0x02;
	ip[39] = 0x12;
	for (size_t i = 0; i < length; i++)
		ip[40 + i] = (uint8_t)(0x31 + i);
	return sizeof(ethernet) + 40 + length;
}

static void send_frame(uint32_t ifindex, const uint8_t *frame, size_t length)
{
	transmit_queue(sender, &(struct transmit_frame){ .ifindex = ifindex,
							 .bytes = frame,
							 .length = length });
	transmit_flush(sender);
}

/* Reads until that many packets of a family have come. */
static void expect(uint8_t family, unsigned count)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;

	while (held_count < count && clock_now() < deadline) {
		lan_readable(receive_fd(receiver, family));
		assert_true(receive_drain(receiver, family, clock_now()) >= 0);
	}
	assert_int_equal(held_count, count);
	assert_int_equal(receive_drain(receiver, family, clock_now()), 0);
}

static void check_ip(const struct ip *ip, const char *expected)
{
	char text[IP_TEXT_MAX];

	assert_string_equal(ip_format(ip, text), expected);
}

static void ipv4_comes_with_its_circumstances(void **state)
{
	const struct vrrp_datagram *d = &held[0].received.datagram;
	uint8_t frame[256];
	tick_t before, after;
	size_t length;

	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	length = make_v4(frame, 5, 254, 20);
	before = clock_now();
	/* Padded, as Ethernet does: it is no part of the message. */
	memset(frame + length, 0xee, 10);
	send_frame(there[0], frame, length + 10);
	after = clock_now();
	expect(IP_V4, 1);
	assert_int_equal(held[0].received.ifindex, here[0]);
	assert_int_equal(d->ttl, 254);
	assert_int_equal(d->length, 20);
	assert_int_equal(held[0].first, 0x31);
	check_ip(&d->source, "192.0.2.99");
	check_ip(&d->destination, "224.0.0.18");
	assert_in_range(d->received, before - TICK_MILLISECOND,
			after + TICK_MILLISECOND);
	receive_leave(receiver, here[0], &group_v4);
}

static void ip_options_are_stepped_over(void **state)
{
	static const unsigned words[] = { 6, 10, 15 };
	uint8_t frame[256];

	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	for (unsigned i = 0; i < 3; i++)
		send_frame(there[0], frame, make_v4(frame, words[i], 255, 12));
	expect(IP_V4, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(held[i].first, 0x31);
		assert_int_equal(held[i].received.datagram.length, 12);
		check_ip(&held[i].received.datagram.source, "192.0.2.99");
	}
	receive_leave(receiver, here[0], &group_v4);
}

static void ipv6_comes_with_its_circumstances(void **state)
{
	const struct vrrp_datagram *d = &held[0].received.datagram;
	uint8_t frame[256];

	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, here[1], &group_v6), 0);
	send_frame(there[1], frame, make_v6(frame, 64, 40));
	expect(IP_V6, 1);
	assert_int_equal(held[0].received.ifindex, here[1]);
	assert_int_equal(d->ttl, 64);
	assert_int_equal(d->length, 40);
	assert_int_equal(held[0].first, 0x31);
	check_ip(&d->source, "fe80::99");
	check_ip(&d->destination, "ff02::12");
	receive_leave(receiver, here[1], &group_v6);
}

/* More than the kernel allows one socket; the last pair is not joined. */
static void any_number_of_interfaces(void **state)
{
	uint8_t frame[256];

	(void)state;
	lan_need();
	for (unsigned f = 0; f < 2; f++) {
		held_count = 0;
		for (unsigned i = 0; i < PAIRS - 1; i++)
			assert_int_equal(
				receive_join(receiver, here[i], groups[f]), 0);
		assert_int_equal(receive_memberships(receiver), PAIRS - 1);
		for (unsigned i = 0; i < PAIRS; i++)
			send_frame(there[i], frame,
				   f == 0 ? make_v4(frame, 5, 255, 20)
					  : make_v6(frame, 255, 40));
		expect(families[f], PAIRS - 1);
		for (unsigned i = 0; i < PAIRS - 1; i++) {
			assert_int_equal(held[i].received.ifindex, here[i]);
			receive_leave(receiver, here[i], groups[f]);
		}
		assert_int_equal(receive_memberships(receiver), 0);
	}
}

/* igmp_max_memberships lower than we reckon with. */
static void a_lower_limit_is_found_out(void **state)
{
	(void)state;
	lan_need();
	lan_write("/proc/sys/net/ipv4/igmp_max_memberships", "3");
	for (unsigned i = 0; i < PAIRS; i++)
		assert_int_equal(receive_join(receiver, here[i], &group_v4), 0);
	for (unsigned i = 0; i < PAIRS; i++)
		receive_leave(receiver, here[i], &group_v4);
	assert_int_equal(receive_memberships(receiver), 0);
	lan_write("/proc/sys/net/ipv4/igmp_max_memberships", "20");
}

static void joins_are_counted(void **state)
{
	uint8_t frame[256];
	size_t length = make_v4(frame, 5, 255, 20);

	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	assert_int_equal(receive_join(receiver, here[1], &group_v4), 0);
	receive_leave(receiver, here[0], &group_v4);
	send_frame(there[0], frame, length);
	expect(IP_V4, 1);
	receive_leave(receiver, here[0], &group_v4);
	receive_leave(receiver, here[0], &group_v4);
	send_frame(there[0], frame, length);
	send_frame(there[1], frame, length);
	expect(IP_V4, 2);
	assert_int_equal(held[1].received.ifindex, here[1]);
	receive_leave(receiver, here[1], &group_v4);
	assert_int_equal(receive_memberships(receiver), 0);
}

/* Several groups on one interface; each is left by itself. */
static void groups_are_apart(void **state)
{
	static const struct ip other = { IP_V4, { 224, 0, 0, 200 } };
	uint8_t frame[256];
	size_t length = make_v4(frame, 5, 255, 20);

	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	assert_int_equal(receive_join(receiver, here[0], &other), 0);
	assert_int_equal(receive_memberships(receiver), 2);
	send_frame(there[0], frame, length);
	/* The other group: in the frame's address, and in the packet's. */
	frame[5] = frame[14 + 19] = 200;
	put_checksum_anew(frame);
	send_frame(there[0], frame, length);
	expect(IP_V4, 2);
	check_ip(&held[0].received.datagram.destination, "224.0.0.18");
	check_ip(&held[1].received.datagram.destination, "224.0.0.200");
	receive_leave(receiver, here[0], &other);
	send_frame(there[0], frame, length);
	send_frame(there[0], frame, make_v4(frame, 5, 255, 20));
	expect(IP_V4, 3);
	check_ip(&held[2].received.datagram.destination, "224.0.0.18");
	receive_leave(receiver, here[0], &group_v4);
	assert_int_equal(receive_memberships(receiver), 0);
}

static void an_interface_made_anew_is_joined_again(void **state)
{
	uint32_t old, new;
	uint8_t frame[256];

	(void)state;
	lan_need();
	lan_ip("link add x0 type veth peer name y0");
	old = lan_index("x0");
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(receive_join(receiver, old, groups[i]), 0);
	lan_ip("link del x0");
	lan_ip("link add x0 type veth peer name y0");
	lan_ip("link set x0 up");
	lan_ip("link set y0 up");
	lan_running("x0");
	lan_running("y0");
	new = lan_index("x0");
	assert_int_not_equal(old, new);
	for (unsigned i = 0; i < 2; i++) {
		receive_leave(receiver, old, groups[i]);
		assert_int_equal(receive_join(receiver, new, groups[i]), 0);
	}
	assert_int_equal(receive_memberships(receiver), 2);
	send_frame(lan_index("y0"), frame, make_v4(frame, 5, 255, 20));
	expect(IP_V4, 1);
	send_frame(lan_index("y0"), frame, make_v6(frame, 255, 40));
	expect(IP_V6, 2);
	for (unsigned i = 0; i < 2; i++)
		receive_leave(receiver, new, groups[i]);
	assert_int_equal(receive_memberships(receiver), 0);
	lan_ip("link del x0");
}

static void no_such_interface_is_an_error(void **state)
{
	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, 999999, &group_v4), -ENODEV);
	assert_int_equal(receive_join(receiver, 999999, &group_v6), -ENODEV);
	assert_int_equal(receive_memberships(receiver), 0);
}

static void long_packets_are_cut_off(void **state)
{
	static uint8_t frame[8192];

	(void)state;
	lan_need();
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	send_frame(there[0], frame, make_v4(frame, 5, 255, 6000));
	expect(IP_V4, 1);
	assert_int_equal(held[0].received.datagram.length,
			 RECEIVE_PACKET_MAX - 20);
	receive_leave(receiver, here[0], &group_v4);
}

static void a_burst_of_4000_is_not_lost(void **state)
{
	uint64_t overflow = 0;
	uint8_t frame[256];
	size_t length = make_v4(frame, 5, 255, 20);

	(void)state;
	lan_need();
	overflow = receive_counters(receiver).overflow;
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	for (unsigned i = 0; i < 4000; i++)
		send_frame(there[0], frame, length);
	expect(IP_V4, 4000);
	assert_int_equal(receive_counters(receiver).overflow, overflow);
	receive_leave(receiver, here[0], &group_v4);
}

static void what_the_kernel_drops_is_counted(void **state)
{
	struct receive_config config = { .packets = keep, .buffer = 4096 };
	struct receive *whole = receiver;
	uint8_t frame[256];
	size_t length = make_v4(frame, 5, 255, 20);

	(void)state;
	lan_need();
	assert_int_equal(receive_open(&receiver, &config), 0);
	assert_int_equal(receive_join(receiver, here[0], &group_v4), 0);
	for (unsigned i = 0; i < 200; i++)
		send_frame(there[0], frame, length);
	assert_true(receive_drain(receiver, IP_V4, clock_now()) > 0);
	/* The count comes with the next packet. */
	send_frame(there[0], frame, length);
	assert_int_equal(receive_drain(receiver, IP_V4, clock_now()), 1);
	assert_in_range(held_count, 2, 200);
	assert_int_equal(receive_counters(receiver).overflow, 201 - held_count);
	assert_int_equal(receive_counters(receiver).packets, held_count);
	receive_close(receiver);
	receiver = whole;
	receive_drain(receiver, IP_V4, clock_now());
}

/*
 * The real-time clock goes on over a suspend and may be set. A moment that is
 * ahead of the monotonic clock does to the ages what that does.
 */
static void no_packet_is_older_than_an_empty_socket(void **state)
{
	const tick_t ahead = 30 * TICK_SECOND;
	uint8_t frame[256];

	(void)state;
	lan_need();
	for (unsigned i = 0; i < 2; i++) {
		size_t length = families[i] == IP_V4
					? make_v4(frame, 5, 255, 20)
					: make_v6(frame, 255, 40);
		tick_t empty = clock_now() + ahead;

		held_count = 0;
		assert_int_equal(receive_join(receiver, here[0], groups[i]), 0);
		assert_int_equal(receive_drain(receiver, families[i], empty),
				 0);
		send_frame(there[0], frame, length);
		assert_int_equal(
			receive_drain(receiver, families[i], empty + ahead), 1);
		assert_true(held[0].received.datagram.received == empty);
		receive_leave(receiver, here[0], groups[i]);
	}
}

#define FRESH(test) cmocka_unit_test_setup(test, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(ipv4_comes_with_its_circumstances),
		FRESH(ip_options_are_stepped_over),
		FRESH(ipv6_comes_with_its_circumstances),
		FRESH(any_number_of_interfaces),
		FRESH(a_lower_limit_is_found_out),
		FRESH(joins_are_counted),
		FRESH(groups_are_apart),
		FRESH(an_interface_made_anew_is_joined_again),
		FRESH(no_such_interface_is_an_error),
		FRESH(long_packets_are_cut_off),
		FRESH(a_burst_of_4000_is_not_lost),
		FRESH(what_the_kernel_drops_is_counted),
		FRESH(no_packet_is_older_than_an_empty_socket),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
