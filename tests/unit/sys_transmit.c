/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/transmit.h: frames of many interfaces, and those that cannot leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/clock.h"
#include "sys/transmit.h"
#include "sys_lan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <sys/socket.h>
#include <unistd.h>

#define ETHERTYPE 0x88b5 /* for experiments (IEEE 802) */

struct failure {
	uint64_t cookie;
	uint32_t ifindex;
	int error;
};

static struct failure failures[16];
static unsigned failure_count, sent_count;
static struct transmit *sender;
static int capture = -1;
static uint32_t left, right, down;

static void note(void *context, uint64_t cookie, uint32_t ifindex, int error)
{
	(void)context;
	if (error == 0) {
		sent_count++;
		return;
	}
	assert_true(failure_count < 16);
	failures[failure_count++] = (struct failure){ cookie, ifindex, error };
}

static int set_up(void **state)
{
	struct transmit_config config = {
		.done = note,
		.neighbours_v4 = 1000, /* a buffer beyond the usual one */
		.neighbours_v6 = 1,
	};
	int size = 16 << 20;

	lan_set_up(state);
	if (!lan_made)
		return 0;
	lan_ip("link add left type veth peer name left1");
	lan_ip("link add right type veth peer name right1");
	lan_ip("link add shut type veth peer name shut1");
	lan_ip("link set lo up");
	lan_ip("addr add 10.1.0.2/24 dev right1");
	lan_ip("-6 addr add 2001:db8::2/64 dev right1 nodad");
	lan_ip("link set left up");
	lan_ip("link set left1 up");
	lan_ip("link set right up");
	lan_ip("link set right1 up");
	lan_running("left");
	lan_running("left1");
	lan_running("right");
	lan_running("right1");
	left = lan_index("left");
	right = lan_index("right");
	down = lan_index("shut");
	capture = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETHERTYPE));
	setsockopt(capture, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return transmit_open(&sender, &config);
}

static int tear_down(void **state)
{
	(void)state;
	transmit_close(sender);
	close(capture);
	return 0;
}

static void make_frame(uint8_t frame[60], uint16_t number)
{
	memset(frame, 0, 60);
	memset(frame, 0xff, 6);
	frame[6] = 2;
	frame[12] = ETHERTYPE >> 8;
	frame[13] = ETHERTYPE & 0xff;
	frame[14] = (uint8_t)(number >> 8);
	frame[15] = (uint8_t)number;
}

/* The number of the next frame that arrived, or -1. */
static int next_captured(uint32_t *ifindex)
{
	struct sockaddr_ll from;
	socklen_t size = sizeof(from);
	uint8_t frame[2048];
	ssize_t length;

	do {
		if (!lan_readable(capture))
			return -1;
		length = recvfrom(capture, frame, sizeof(frame), 0,
				  (struct sockaddr *)&from, &size);
	} while (length >= 0 && from.sll_pkttype == PACKET_OUTGOING);
	if (length < 60)
		return -1;
	*ifindex = (uint32_t)from.sll_ifindex;
	return frame[14] << 8 | frame[15];
}

static void queue(uint32_t ifindex, const uint8_t *bytes, size_t length,
		  uint64_t cookie, tick_t by)
{
	transmit_queue(sender, &(struct transmit_frame){
				       .ifindex = ifindex,
				       .bytes = bytes,
				       .length = length,
				       .cookie = cookie,
				       .by = by,
			       });
}

static void many_frames_keep_their_order(void **state)
{
	static uint8_t frames[1000][60];
	struct transmit_counters before, after;
	uint32_t ifindex;

	(void)state;
	lan_need();
	before = transmit_counters(sender);
	sent_count = 0;
	for (unsigned i = 0; i < 1000; i++) {
		make_frame(frames[i], (uint16_t)i);
		queue(i % 2 ? left : right, frames[i], 60, i, 0);
	}
	transmit_flush(sender);
	after = transmit_counters(sender);
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(next_captured(&ifindex), i);
		assert_int_equal(ifindex, i % 2 ? lan_index("left1")
						: lan_index("right1"));
	}
	assert_int_equal(failure_count, 0);
	assert_int_equal(sent_count, 1000);
	assert_int_equal(after.frames - before.frames, 1000);
	assert_int_equal(after.calls - before.calls,
			 (1000 + TRANSMIT_BATCH - 1) / TRANSMIT_BATCH);
}

/* Good frames at 0, 2, 4, 6 and 7; the others fail each in its own way. */
static void one_that_fails_does_not_hold_up_the_others(void **state)
{
	static const unsigned good[] = { 0, 2, 4, 6, 7 };
	static uint8_t frames[9][60];
	static uint8_t huge[4000];
	uint32_t ifindex;

	(void)state;
	lan_need();
	for (unsigned i = 0; i < 9; i++)
		make_frame(frames[i], (uint16_t)(100 + i));
	make_frame(huge, 999);
	failure_count = sent_count = 0;
	queue(left, frames[0], 60, 100, 0);
	queue(down, frames[1], 60, 101, 0);
	queue(right, frames[2], 60, 102, 0);
	queue(999999, frames[3], 60, 103, 0);
	queue(left, frames[4], 60, 104, 0);
	queue(left, huge, sizeof(huge), 105, 0);
	queue(right, frames[6], 60, 106, 0);
	queue(left, frames[7], 60, 107, 0);
	queue(down, frames[8], 60, 108, 0);
	transmit_flush(sender);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(next_captured(&ifindex), 100 + good[i]);
	assert_int_equal(failure_count, 4);
	assert_int_equal(sent_count, 5);
	assert_int_equal(failures[0].cookie, 101);
	assert_int_equal(failures[0].error, ENETDOWN);
	assert_int_equal(failures[0].ifindex, down);
	assert_int_equal(failures[1].cookie, 103);
	assert_int_equal(failures[1].error, ENXIO);
	assert_int_equal(failures[2].cookie, 105);
	assert_int_equal(failures[2].error, EMSGSIZE);
	assert_int_equal(failures[3].cookie, 108);
	assert_int_equal(failures[3].error, ENETDOWN);
	/* And nothing is left over. */
	failure_count = 0;
	transmit_flush(sender);
	assert_int_equal(failure_count, 0);
}

/* This process is stopped after it has queued them. */
static void what_is_too_late_does_not_leave(void **state)
{
	static uint8_t frames[5][60];
	const tick_t now = clock_now(), soon = now + TICK_MILLISECOND,
		     later = now + 60 * TICK_SECOND;
	const tick_t by[] = { soon, later, 0, soon, later };
	static const unsigned good[] = { 1, 2, 4 };
	uint32_t ifindex;

	(void)state;
	lan_need();
	failure_count = 0;
	for (unsigned i = 0; i < 5; i++) {
		make_frame(frames[i], (uint16_t)i);
		queue(left, frames[i], 60, i, by[i]);
	}
	while (clock_now() <= soon)
		usleep(1000);
	transmit_flush(sender);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(next_captured(&ifindex), good[i]);
	assert_int_equal(failure_count, 2);
	assert_int_equal(failures[0].cookie, 0);
	assert_int_equal(failures[0].error, ETIME);
	assert_int_equal(failures[1].cookie, 3);
	assert_int_equal(failures[1].error, ETIME);
	/* What is queued now is judged by itself. */
	failure_count = 0;
	queue(left, frames[0], 60, 0, later);
	transmit_flush(sender);
	assert_int_equal(next_captured(&ifindex), 0);
	assert_int_equal(failure_count, 0);
}

/* An IP packet of VRRP, of 8 bytes that begin with a number. */
static size_t make_packet(uint8_t packet[48], const struct ip *to,
			  uint16_t number)
{
	bool six = to->family == IP_V6;
	size_t head = six ? 40 : 20;

	memset(packet, 0, 48);
	packet[0] = six ? 0x60 : 0x45;
	packet[six ? 5 : 3] = six ? 8 : 28;
	packet[six ? 6 : 9] = 112;
	packet[six ? 7 : 8] = 77;
	memcpy(packet + (six ? 8 : 12), to->bytes, ip_size(to->family));
	memcpy(packet + (six ? 24 : 16), to->bytes, ip_size(to->family));
	packet[head] = (uint8_t)(number >> 8);
	packet[head + 1] = (uint8_t)number;
	return head + 8;
}

static void queue_packet(const struct ip *to, const uint8_t *bytes,
			 size_t length, uint64_t cookie)
{
	transmit_queue(sender, &(struct transmit_frame){
				       .ifindex = right,
				       .to = *to,
				       .bytes = bytes,
				       .length = length,
				       .cookie = cookie,
			       });
}

/* Each by the kernel's routes; what has none is told, and holds up nobody. */
static void packets_are_routed(void **state)
{
	const char *const texts[] = { "10.1.0.2", "2001:db8::2" };
	static uint8_t packets[300][48], lost[48];

	(void)state;
	lan_need();
	for (unsigned six = 0; six < 2; six++) {
		int hear = socket(six ? AF_INET6 : AF_INET, SOCK_RAW, 112);
		uint8_t bytes[100];
		struct ip to, nowhere;
		size_t length = 0;
		int room = 16 << 20;

		setsockopt(hear, SOL_SOCKET, SO_RCVBUFFORCE, &room,
			   sizeof(room));
		ip_parse(texts[six], &to);
		ip_parse(six ? "2001:db8:7::1" : "203.0.113.7", &nowhere);
		failure_count = 0;
		for (unsigned n = 0; n < 300; n++) {
			if (n == 7)
				queue_packet(&nowhere, lost,
					     make_packet(lost, &nowhere, 0),
					     4711);
			length = make_packet(packets[n], &to, (uint16_t)n);
			queue_packet(&to, packets[n], length, n);
		}
		transmit_flush(sender);
		for (unsigned n = 0; n < 300; n++) {
			size_t head = six ? 0 : 20;

			assert_true(lan_readable(hear));
			assert_int_equal(recv(hear, bytes, sizeof(bytes), 0),
					 head + 8);
			assert_int_equal(bytes[head] << 8 | bytes[head + 1], n);
			if (!six)
				assert_int_equal(bytes[8], 77);
		}
		assert_int_equal(failure_count, 1);
		assert_int_equal(failures[0].cookie, 4711);
		assert_int_equal(failures[0].error, ENETUNREACH);
		close(hear);
	}
}

/* What was queued before a packet leaves before it. */
static void frames_leave_before_packets(void **state)
{
	static uint8_t frames[2][60], packets[TRANSMIT_BATCH + 1][48];
	struct ip to;
	uint32_t ifindex;

	(void)state;
	lan_need();
	ip_parse("10.1.0.2", &to);
	failure_count = 0;
	make_frame(frames[0], 1);
	queue(left, frames[0], 60, 1, 0);
	for (unsigned n = 0; n <= TRANSMIT_BATCH; n++)
		queue_packet(&to, packets[n],
			     make_packet(packets[n], &to, (uint16_t)n), n);
	/* The batch of packets was full: the frame is gone, too. */
	assert_int_equal(next_captured(&ifindex), 1);
	transmit_flush(sender);
	assert_int_equal(failure_count, 0);
}

static void a_family_that_nobody_named_is_refused(void **state)
{
	struct transmit_config config = { .done = note, .neighbours_v4 = 1 };
	struct transmit *all = sender;
	uint8_t packet[48];
	struct ip to;

	(void)state;
	lan_need();
	ip_parse("2001:db8::2", &to);
	failure_count = 0;
	assert_int_equal(transmit_open(&sender, &config), 0);
	queue_packet(&to, packet, make_packet(packet, &to, 1), 5);
	transmit_flush(sender);
	assert_int_equal(failure_count, 1);
	assert_int_equal(failures[0].error, EAFNOSUPPORT);
	transmit_close(sender);
	sender = all;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_frames_keep_their_order),
		cmocka_unit_test(one_that_fails_does_not_hold_up_the_others),
		cmocka_unit_test(what_is_too_late_does_not_leave),
		cmocka_unit_test(packets_are_routed),
		cmocka_unit_test(frames_leave_before_packets),
		cmocka_unit_test(a_family_that_nobody_named_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
