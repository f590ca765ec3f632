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
static unsigned failure_count;
static struct transmit *sender;
static int capture = -1;
static uint32_t left, right, down;

static void note_failure(void *context, uint64_t cookie, uint32_t ifindex,
			 int error)
{
	(void)context;
	assert_true(failure_count < 16);
	failures[failure_count++] = (struct failure){ cookie, ifindex, error };
}

static int set_up(void **state)
{
	struct transmit_config config = { .failed = note_failure };
	int size = 16 << 20;

	lan_set_up(state);
	if (!lan_made)
		return 0;
	lan_ip("link add left type veth peer name left1");
	lan_ip("link add right type veth peer name right1");
	lan_ip("link add shut type veth peer name shut1");
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
	transmit_queue(sender, &(struct transmit_frame){ ifindex, bytes, length,
							 cookie, by });
}

static void many_frames_keep_their_order(void **state)
{
	static uint8_t frames[1000][60];
	struct transmit_counters before, after;
	uint32_t ifindex;

	(void)state;
	lan_need();
	before = transmit_counters(sender);
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
	failure_count = 0;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_frames_keep_their_order),
		cmocka_unit_test(one_that_fails_does_not_hold_up_the_others),
		cmocka_unit_test(what_is_too_late_does_not_leave),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
