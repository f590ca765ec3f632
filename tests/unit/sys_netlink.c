/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/netlink.h: trains, the results of their commands, and lost answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/mirror.h"
#include "sys/netlink.h"
#include "sys_lan.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/ip.h>

#define RESULTS_MAX 70000

static int results[RESULTS_MAX]; /* by cookie; -1: none yet */
static unsigned result_count;
static uint64_t last_cookie;
static bool in_order;
static struct netlink *commands;
static uint32_t device;

static void note_result(void *context, uint64_t cookie, int error)
{
	(void)context;
	assert_true(cookie < RESULTS_MAX);
	assert_int_equal(results[cookie], -1);
	in_order &= result_count == 0 || cookie > last_cookie;
	last_cookie = cookie;
	results[cookie] = error;
	result_count++;
}

static int forget(void **state)
{
	(void)state;
	memset(results, 0xff, sizeof(results));
	result_count = 0;
	in_order = true;
	return 0;
}

static int set_up(void **state)
{
	struct netlink_config config = { .done = note_result };

	lan_set_up(state);
	if (!lan_made)
		return 0;
	lan_ip("link add v0 type veth peer name v1");
	lan_ip("link set v0 up");
	lan_ip("link set v1 up");
	device = lan_index("v0");
	return netlink_open(&commands, &config);
}

static int tear_down(void **state)
{
	(void)state;
	netlink_close(commands);
	return 0;
}

/* 10.0.x.y/32, or fd00::x:y/128. */
static struct netlink_address address_of(uint8_t family, unsigned number)
{
	struct netlink_address a = {
		.ifindex = device,
		.address = { .family = family },
		.prefix = family == IP_V4 ? 32 : 128,
		.tag = SYS_ADDRESS_TAG,
		.no_dad = true,
		.valid = NETLINK_FOREVER,
		.preferred = NETLINK_FOREVER,
	};
	uint8_t *b = a.address.bytes;

	b[0] = family == IP_V4 ? 10 : 0xfd;
	b += family == IP_V4 ? 2 : 14;
	b[0] = (uint8_t)(number >> 8);
	b[1] = (uint8_t)number;
	return a;
}

/* Sends all that is queued and waits for every result. */
static void finish(struct netlink *n)
{
	while (netlink_pending(n) > 0) {
		netlink_flush(n);
		if (netlink_pending(n) > 0)
			assert_true(lan_readable(netlink_fd(n)));
		assert_int_equal(netlink_read(n), 0);
	}
}

static struct mirror *look(void)
{
	struct mirror_config config = { 0 };
	struct mirror *m;

	assert_int_equal(mirror_open(&m, &config), 0);
	assert_int_equal(mirror_load(m, clock_now() + LAN_PATIENCE), 0);
	return m;
}

static bool is_there(const struct netlink_address *a)
{
	struct mirror *m = look();
	bool there = mirror_find_exact(m, a->ifindex, &a->address, a->prefix);

	mirror_close(m);
	return there;
}

static void trains_add_and_remove(void **state)
{
	struct netlink_counters before;
	struct mirror *m;

	(void)state;
	lan_need();
	before = netlink_counters(commands);
	for (unsigned i = 0; i < 1000; i++) {
		struct netlink_address a = address_of(i % 2 ? IP_V4 : IP_V6, i);

		assert_int_equal(netlink_set(commands, &a, i), 0);
	}
	finish(commands);
	assert_int_equal(result_count, 1000);
	assert_true(in_order);
	/* Many to a train, fewer on a slow machine. */
	assert_in_range(netlink_counters(commands).trains - before.trains,
			1000 / NETLINK_TRAIN_MESSAGES,
			1000 / NETLINK_TRAIN_LEAST);
	m = look();
	for (unsigned i = 0; i < 1000; i++) {
		struct netlink_address a = address_of(i % 2 ? IP_V4 : IP_V6, i);
		const struct mirror_address *found =
			mirror_find(m, device, &a.address);

		assert_int_equal(results[i], 0);
		assert_non_null(found);
		assert_int_equal(found->tag, SYS_ADDRESS_TAG);
		assert_false(found->flags & IFA_F_TENTATIVE);
		assert_int_equal(found->valid, NETLINK_FOREVER);
		assert_int_equal(netlink_remove(commands, &a, 1000 + i), 0);
	}
	mirror_close(m);
	finish(commands);
	assert_int_equal(result_count, 2000);
	m = look();
	for (unsigned i = 0; i < 1000; i++) {
		struct netlink_address a = address_of(i % 2 ? IP_V4 : IP_V6, i);

		assert_int_equal(results[1000 + i], 0);
		assert_null(mirror_find(m, device, &a.address));
	}
	mirror_close(m);
}

static void all_settings_arrive(void **state)
{
	struct netlink_address a = address_of(IP_V4, 1);
	const struct mirror_address *found;
	struct mirror *m;

	(void)state;
	lan_need();
	a.prefix = 24;
	a.scope = 253; /* link */
	a.no_prefix_route = true;
	a.valid = 100;
	a.preferred = 0;
	assert_int_equal(ip_parse("10.0.0.255", &a.broadcast), 0);
	strcpy(a.label, "v0:baton");
	netlink_set(commands, &a, 0);
	finish(commands);
	assert_int_equal(results[0], 0);
	m = look();
	found = mirror_find(m, device, &a.address);
	assert_non_null(found);
	assert_int_equal(found->prefix, 24);
	assert_int_equal(found->scope, 253);
	assert_in_range(found->valid, 90, 100);
	assert_int_equal(found->preferred, 0);
	assert_true(found->flags & IFA_F_NOPREFIXROUTE);
	assert_true(found->flags & IFA_F_DEPRECATED);
	mirror_close(m);
	assert_int_equal(system("ip -o addr show dev v0 to 10.0.0.1 | grep -q "
				"'brd 10.0.0.255.* v0:baton'"),
			 0);
	netlink_remove(commands, &a, 1);
	finish(commands);
	assert_int_equal(results[1], 0);
}

static bool promotes(void)
{
	struct mirror *m = look();
	bool on = mirror_link(m, device)->promotes_secondaries;

	mirror_close(m);
	return on;
}

/* In one train with addresses, and failures are told. */
static void settings_of_links_arrive(void **state)
{
	struct netlink_address a = address_of(IP_V4, 1);

	(void)state;
	lan_need();
	lan_write("/proc/sys/net/ipv4/conf/v0/promote_secondaries", "0");
	assert_false(promotes());
	netlink_set(commands, &a, 0);
	netlink_set_link(commands, device, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1,
			 1);
	netlink_set_link(commands, 999999, IPV4_DEVCONF_PROMOTE_SECONDARIES, 1,
			 2);
	netlink_remove(commands, &a, 3);
	finish(commands);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	assert_int_equal(results[2], ENODEV);
	assert_int_equal(results[3], 0);
	assert_true(promotes());
	assert_int_equal(
		system("grep -q 1 "
		       "/proc/sys/net/ipv4/conf/v0/promote_secondaries"),
		0);
	/* And nothing else of the link. */
	assert_int_equal(
		system("grep -q 0 /proc/sys/net/ipv4/conf/v0/arp_ignore"), 0);
	netlink_set_link(commands, device, IPV4_DEVCONF_PROMOTE_SECONDARIES, 0,
			 4);
	finish(commands);
	assert_int_equal(results[4], 0);
	assert_false(promotes());
}

/* Failures at several places of one train, the last command included. */
static void exactly_the_failing_ones_are_reported(void **state)
{
	(void)state;
	lan_need();
	for (unsigned i = 0; i < 100; i++) {
		struct netlink_address a = address_of(IP_V4, i);

		if (i == 37)
			a.ifindex = 999999;
		if (i == 61)
			a = address_of(IP_V4, 60);
		if (i == 99)
			a.prefix = 77;
		assert_int_equal(netlink_add(commands, &a, i), 0);
	}
	finish(commands);
	assert_int_equal(result_count, 100);
	for (unsigned i = 0; i < 100; i++) {
		int expected = i == 37   ? ENODEV
			       : i == 61 ? EEXIST
			       : i == 99 ? EINVAL
					 : 0;

		assert_int_equal(results[i], expected);
	}
	for (unsigned i = 0; i < 100; i++) {
		struct netlink_address a = address_of(IP_V4, i);

		netlink_remove(commands, &a, 100 + i);
	}
	finish(commands);
	for (unsigned i = 0; i < 100; i++) {
		bool absent = i == 37 || i == 61 || i == 99;

		assert_int_equal(results[100 + i], absent ? EADDRNOTAVAIL : 0);
	}
}

static void set_refreshes_a_lifetime(void **state)
{
	struct netlink_address a = address_of(IP_V4, 5);
	const struct mirror_address *found;
	struct mirror *m;

	(void)state;
	lan_need();
	a.valid = a.preferred = 50;
	netlink_set(commands, &a, 0);
	a.valid = a.preferred = 5000;
	netlink_set(commands, &a, 1);
	finish(commands);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], 0);
	m = look();
	found = mirror_find(m, device, &a.address);
	assert_non_null(found);
	assert_in_range(found->valid, 4900, 5000);
	assert_int_equal(found->tag, SYS_ADDRESS_TAG);
	mirror_close(m);
	netlink_remove(commands, &a, 2);
	finish(commands);
}

/* The same address with two prefixes: only the one that is meant goes. */
static void removal_looks_at_the_prefix(void **state)
{
	struct netlink_address narrow = address_of(IP_V4, 7);
	struct netlink_address wide = narrow;

	(void)state;
	lan_need();
	wide.prefix = 24;
	netlink_set(commands, &wide, 0);
	netlink_set(commands, &narrow, 1);
	netlink_remove(commands, &narrow, 2);
	finish(commands);
	assert_int_equal(results[2], 0);
	assert_true(is_there(&wide));
	assert_false(is_there(&narrow));
	netlink_remove(commands, &wide, 3);
	finish(commands);
	assert_false(is_there(&wide));
}

/*
 * The socket has room for a few answers only. Nothing hangs, no failure is
 * taken for a success, and the next train works.
 */
static void lost_answers_are_no_successes(void **state)
{
	struct netlink_config config = { .done = note_result, .buffer = 2048 };
	struct netlink_address a = address_of(IP_V4, 9);
	unsigned known = 0;
	struct netlink *n;

	(void)state;
	lan_need();
	assert_int_equal(netlink_open(&n, &config), 0);
	for (unsigned i = 0; i < NETLINK_TRAIN_MESSAGES; i++)
		assert_int_equal(netlink_remove(n, &a, i), 0);
	finish(n);
	assert_int_equal(result_count, NETLINK_TRAIN_MESSAGES);
	for (unsigned i = 0; i < NETLINK_TRAIN_MESSAGES; i++) {
		assert_true(results[i] == EADDRNOTAVAIL ||
			    results[i] == NETLINK_LOST);
		known += results[i] == EADDRNOTAVAIL;
	}
	assert_in_range(known, 1, NETLINK_TRAIN_MESSAGES - 1);
	assert_int_equal(netlink_counters(n).overruns, 1);
	netlink_set(n, &a, 300);
	netlink_remove(n, &a, 301);
	finish(n);
	assert_int_equal(results[300], 0);
	assert_int_equal(results[301], 0);
	netlink_close(n);
}

/* Each train is a call that takes its time. */
static void trains_are_as_short_as_asked(void **state)
{
	struct netlink_config config = { .done = note_result, .train = 20 };
	struct netlink_address a = address_of(IP_V4, 9);
	struct netlink *n;

	(void)state;
	lan_need();
	assert_int_equal(netlink_open(&n, &config), 0);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(netlink_remove(n, &a, i), 0);
	assert_true(netlink_flush(n));
	assert_int_equal(netlink_pending(n), 100);
	netlink_read(n);
	assert_int_equal(netlink_pending(n), 80);
	finish(n);
	assert_int_equal(result_count, 100);
	assert_true(netlink_counters(n).trains >= 5);
	netlink_close(n);
}

static struct netlink *echoing;

static void queue_another(void *context, uint64_t cookie, int error)
{
	struct netlink_address a = address_of(IP_V6, (unsigned)cookie + 1);

	note_result(context, cookie, error);
	if (cookie < 2000)
		assert_int_equal(netlink_set(echoing, &a, cookie + 1), 0);
}

static void results_may_queue_commands(void **state)
{
	struct netlink_config config = { .done = queue_another };
	struct netlink_address a = address_of(IP_V6, 0);

	(void)state;
	lan_need();
	assert_int_equal(netlink_open(&echoing, &config), 0);
	netlink_set(echoing, &a, 0);
	finish(echoing);
	assert_int_equal(result_count, 2001);
	assert_true(in_order);
	for (unsigned i = 0; i <= 2000; i++)
		assert_int_equal(results[i], 0);
	netlink_close(echoing);
	lan_ip("-6 addr flush dev v0 scope global");
}

static void the_queue_is_bounded(void **state)
{
	struct netlink_config config = { .done = note_result };
	struct netlink_address a = address_of(IP_V4, 1);
	struct netlink *n;

	(void)state;
	lan_need();
	assert_int_equal(netlink_open(&n, &config), 0);
	for (unsigned i = 0; i < NETLINK_QUEUE_MAX; i++)
		assert_int_equal(netlink_remove(n, &a, i), 0);
	assert_int_equal(netlink_remove(n, &a, 1), -ENOBUFS);
	finish(n);
	assert_int_equal(result_count, NETLINK_QUEUE_MAX);
	assert_true(in_order);
	netlink_close(n);
}

/* A lease: when nobody refreshes it, the kernel ends it. */
static void the_kernel_ends_a_lease(void **state)
{
	struct netlink_address a = address_of(IP_V4, 11);
	tick_t begin = clock_now();

	(void)state;
	lan_need();
	a.valid = a.preferred = 1;
	netlink_set(commands, &a, 0);
	finish(commands);
	assert_true(is_there(&a));
	while (is_there(&a) && clock_now() < begin + LAN_PATIENCE)
		usleep(20000);
	assert_false(is_there(&a));
	assert_true(clock_now() - begin > 900 * TICK_MILLISECOND);
}

/* An answer that is not the kernel's, to a command that is under way. */
static void a_stranger_answers_nothing(void **state)
{
	struct netlink_address a = address_of(IP_V4, 7);
	struct netlink_config config = { .done = note_result };
	struct {
		struct nlmsghdr head;
		struct nlmsgerr body;
	} no = {
		.head = { sizeof(no), NLMSG_ERROR, 0, 1, 0 },
		.body = { .error = -EPERM },
	};
	struct netlink *n;

	(void)state;
	lan_need();
	assert_int_equal(netlink_open(&n, &config), 0);
	assert_int_equal(netlink_set(n, &a, 0), 0);
	lan_tell(netlink_fd(n), 0, &no, sizeof(no));
	finish(n);
	assert_int_equal(results[0], 0);
	assert_true(is_there(&a));
	netlink_close(n);
}

#define FRESH(test) cmocka_unit_test_setup(test, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(trains_add_and_remove),
		FRESH(all_settings_arrive),
		FRESH(settings_of_links_arrive),
		FRESH(exactly_the_failing_ones_are_reported),
		FRESH(set_refreshes_a_lifetime),
		FRESH(removal_looks_at_the_prefix),
		FRESH(lost_answers_are_no_successes),
		FRESH(trains_are_as_short_as_asked),
		FRESH(results_may_queue_commands),
		FRESH(the_queue_is_bounded),
		FRESH(the_kernel_ends_a_lease),
		FRESH(a_stranger_answers_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
