/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operations of src/sys cost here, in nanoseconds each: the floor
 * under every larger measurement. Run as root; makes its own namespace.
 *
 *	ninja -C build/release && build/release/tests/bench/bench_sys
 *
 * Each line is the best and the median of ROUNDS rounds. Costs are the CPU time
 * of this thread, the kernel's work for it included, so that a busy machine
 * does not matter much; lateness and the longest train are time that passed.
 */
#include "base/heap.h"
#include "base/must.h"
#include "sys/clock.h"
#include "sys/loop.h"
#include "sys/mirror.h"
#include "sys/netlink.h"
#include "sys/receive.h"
#include "sys/transmit.h"

#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS    15
#define MANY      4000
#define DEVICES   16 /* as many, with 250 virtual routers each */
#define ADDRESSES 16000

static double samples[ROUNDS];
static uint32_t devices[DEVICES];

static tick_t cpu_now(void)
{
	struct timespec t;

	MUST(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return t.tv_sec * TICK_SECOND + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(const char *what, const char *unit)
{
	qsort(samples, ROUNDS, sizeof(*samples), compare);
	printf("%-52s %9.1f %9.1f  %s\n", what, samples[0], samples[ROUNDS / 2],
	       unit);
	fflush(stdout);
}

static void run(const char *command)
{
	MUST(system(command) == 0);
}

static void set_up_network(void)
{
	MUST(unshare(CLONE_NEWNET) == 0);
	run("ip link add name a type veth peer name b");
	run("ip link set dev a up && ip link set dev b up && ip link set lo up");
	run("ip link add name q type veth peer name r");
	run("ip link set dev q up && ip link set dev r up");
	run("tc qdisc add dev q root pfifo_fast");
	run("for i in $(seq 0 15); do ip link add name d$i type veth peer "
	    "name e$i; ip link set dev d$i up; done");
	for (unsigned i = 0; i < DEVICES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%u", i);
		devices[i] = if_nametoindex(name);
		MUST(devices[i] > 0);
	}
}

/* An advertisement of VRRPv3 with one address, in an Ethernet frame. */
static const uint8_t frame[60] = {
	0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, 0x00, 0x00, 0x5e, 0x00, 0x01, 0x07,
	0x08, 0x00, 0x45, 0xc0, 0x00, 0x20, 0x00, 0x00, 0x00, 0x00, 0xff, 0x70,
	0x18, 0x38, 0xc0, 0x00, 0x02, 0x63, 0xe0, 0x00, 0x00, 0x12, 0x31, 0x07,
	0x64, 0x01, 0x00, 0x64, 0x00, 0x00, 0xc0, 0x00, 0x02, 0x01,
};

static unsigned received;

static void count_packets(void *context, const struct received *list,
			  unsigned count)
{
	(void)context;
	(void)list;
	received += count;
}

static tick_t send_many(struct transmit *t, uint32_t ifindex)
{
	tick_t begin = cpu_now();

	for (unsigned i = 0; i < MANY; i++)
		transmit_queue(t, ifindex, frame, sizeof(frame), i);
	transmit_flush(t);
	return cpu_now() - begin;
}

static void measure_sending(const char *what, const char *device, bool bypass)
{
	struct transmit_config config = { .bypass = bypass };
	struct transmit *t;

	MUST(transmit_open(&t, &config) == 0);
	for (unsigned i = 0; i < ROUNDS; i++)
		samples[i] =
			(double)send_many(t, if_nametoindex(device)) / MANY;
	report(what, "ns a frame");
	transmit_close(t);
}

static void measure_receiving(void)
{
	struct receive_config config = { .packets = count_packets };
	struct transmit_config sending = { 0 };
	struct receive *r;
	struct transmit *t;

	MUST(receive_open(&r, &config) == 0);
	MUST(transmit_open(&t, &sending) == 0);
	MUST(receive_join(r, if_nametoindex("a"), IP_V4) == 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		tick_t patience = clock_now() + 5 * TICK_SECOND;
		tick_t begin, spent = 0;

		received = 0;
		send_many(t, if_nametoindex("b"));
		while (received < MANY) {
			MUST(clock_now() < patience);
			usleep(20000);
			begin = cpu_now();
			receive_drain(r, IP_V4, clock_now());
			spent += cpu_now() - begin;
		}
		samples[i] = (double)spent / MANY;
	}
	report("receive, 4000 packets that wait", "ns a packet");
	for (unsigned i = 0; i < ROUNDS; i++) {
		tick_t begin = cpu_now();

		for (unsigned j = 0; j < 1000; j++)
			receive_drain(r, IP_V4, clock_now());
		samples[i] = (double)(cpu_now() - begin) / 1000;
	}
	report("receive, nothing waits", "ns a call");
	transmit_close(t);
	receive_close(r);
}

static struct netlink_address address_of(unsigned i, unsigned spread)
{
	return (struct netlink_address){
		.ifindex = devices[i % spread],
		.address = { IP_V4, { 10, 1, (uint8_t)(i >> 8), (uint8_t)i } },
		.prefix = 32,
		.tag = SYS_ADDRESS_TAG,
		.valid = 1000,
		.preferred = 1000,
	};
}

static tick_t longest_train;

static double change_many(struct netlink *n, unsigned spread, unsigned first,
			  bool remove)
{
	tick_t begin = cpu_now();

	for (unsigned i = first; i < first + MANY; i++) {
		struct netlink_address a = address_of(i, spread);

		MUST((remove ? netlink_remove(n, &a, i)
			     : netlink_set(n, &a, i)) == 0);
	}
	while (netlink_pending(n) > 0) {
		tick_t sent = clock_now();

		netlink_flush(n);
		longest_train = tick_max(longest_train, clock_now() - sent);
		MUST(netlink_read(n) == 0);
	}
	MUST(netlink_counters(n).failed == 0);
	return (double)(cpu_now() - begin) / MANY;
}

/* What adding, refreshing and removing cost, and hearing of it. */
static void measure_addresses(unsigned spread, bool mirrored)
{
	struct netlink_config config = { 0 };
	struct mirror_config watching = { 0 };
	double heard[3][ROUNDS], done[3][ROUNDS];
	struct netlink *n;
	struct mirror *m = NULL;

	longest_train = 0;
	MUST(netlink_open(&n, &config) == 0);
	if (mirrored) {
		MUST(mirror_open(&m, &watching) == 0);
		MUST(mirror_load(m, clock_now() + 9 * TICK_SECOND) == 0);
	}
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned step = 0; step < 3; step++) {
			tick_t begin;

			done[step][i] = change_many(n, spread, 0, step == 2);
			begin = cpu_now();
			while (m && mirror_counters(m).notifications <
					    (3 * i + step + 1) * (uint64_t)MANY)
				MUST(mirror_read(m) == 0);
			heard[step][i] = (double)(cpu_now() - begin) / MANY;
		}
	}
	for (unsigned step = 0; step < 3; step++) {
		static const char *const names[] = { "add", "refresh",
						     "remove" };
		char text[80];

		snprintf(text, sizeof(text), "address: %s, %u on a device%s",
			 names[step], MANY / spread, m ? ", mirrored" : "");
		memcpy(samples, done[step], sizeof(samples));
		report(text, "ns an address");
		if (!m)
			continue;
		snprintf(text, sizeof(text), "mirror: hear of %s", names[step]);
		memcpy(samples, heard[step], sizeof(samples));
		report(text, "ns a notification");
	}
	printf("%-52s %9.1f            us\n", "longest train",
	       (double)longest_train / TICK_MICROSECOND);
	mirror_close(m);
	netlink_close(n);
}

static void measure_dump(void)
{
	struct netlink_config config = { 0 };
	struct mirror_config watching = { 0 };
	struct netlink *n;

	MUST(netlink_open(&n, &config) == 0);
	for (unsigned i = 0; i < ADDRESSES; i += MANY)
		change_many(n, DEVICES, i, false);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct mirror *m;
		tick_t begin = cpu_now();

		MUST(mirror_open(&m, &watching) == 0);
		MUST(mirror_load(m, clock_now() + 9 * TICK_SECOND) == 0);
		MUST(mirror_address_count(m) >= ADDRESSES);
		samples[i] = (double)(cpu_now() - begin) / ADDRESSES;
		mirror_close(m);
	}
	report("mirror: load 16,000 addresses", "ns an address");
	netlink_close(n);
}

static unsigned countdown;
static struct loop loop;

static tick_t spin(void *context, tick_t now)
{
	(void)context;
	if (--countdown == 0)
		loop_stop(&loop);
	return now;
}

static void measure_loop(tick_t wait, const char *what)
{
	MUST(loop_init(&loop, NULL, NULL) == 0);
	MUST(loop_turn(&loop, TICK_NEVER) == 0);
	for (unsigned i = 0; i < ROUNDS; i++) {
		loop.deadline = clock_now() + wait;
		wait += 1000; /* not in step with the timer tick */
		samples[i] = (double)-loop.deadline;
		MUST(loop_turn(&loop, TICK_NEVER) == 0);
		samples[i] += (double)loop.now;
		samples[i] /= 1000;
	}
	report(what, "us late");
	loop_close(&loop);
}

static void measure_turns(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		tick_t begin = cpu_now();

		countdown = 10000;
		MUST(loop_init(&loop, spin, NULL) == 0);
		MUST(loop_run(&loop) == 0);
		loop_close(&loop);
		samples[i] = (double)(cpu_now() - begin) / 10000;
	}
	report("loop: a turn that waits for nothing", "ns a turn");
}

static void measure_heap(void)
{
	struct heap h;
	void *memory = malloc(heap_memory(MANY));

	heap_init(&h, memory, MANY);
	for (uint32_t id = 0; id < MANY; id++)
		heap_set(&h, id, id * 7919 % MANY);
	for (unsigned i = 0; i < ROUNDS; i++) {
		tick_t begin = cpu_now();

		for (unsigned j = 0; j < 100000; j++) {
			uint32_t first = heap_first(&h);

			heap_set(&h, first, heap_next(&h) + MANY);
		}
		samples[i] = (double)(cpu_now() - begin) / 100000;
	}
	report("heap of 4000: move the first to the end", "ns a move");
	free(memory);
}

int main(void)
{
	if (geteuid() != 0) {
		fprintf(stderr, "bench_sys: needs root, to make a network "
				"namespace\n");
		return 1;
	}
	set_up_network();
	printf("%-52s %9s %9s\n", "", "best", "median");
	measure_sending("send, veth", "b", false);
	measure_sending("send, veth, PACKET_QDISC_BYPASS", "b", true);
	measure_sending("send, veth with pfifo_fast", "q", false);
	measure_sending("send, veth with pfifo_fast, PACKET_QDISC_BYPASS", "q",
			true);
	measure_receiving();
	measure_addresses(DEVICES, false);
	measure_addresses(DEVICES, true);
	measure_addresses(1, false);
	measure_dump();
	measure_turns();
	measure_loop(TICK_MILLISECOND, "loop: a deadline in 1 ms");
	measure_loop(100 * TICK_MILLISECOND, "loop: a deadline in 100 ms");
	measure_loop(500 * TICK_MILLISECOND, "loop: a deadline in 500 ms");
	measure_heap();
	return 0;
}
