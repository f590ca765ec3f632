/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/mirror.h: what is lost in a full buffer is found again. */
#include "sys_mirror_fixture.h"

#define MANY 2000

static void add_many(struct netlink *n, uint32_t ifindex, unsigned first,
		     unsigned count, bool add)
{
	for (unsigned i = first; i < first + count; i++) {
		struct netlink_address a = {
			.ifindex = ifindex,
			.address = { IP_V4,
				     { 10, 1, (uint8_t)(i >> 8), (uint8_t)i } },
			.prefix = 32,
			.valid = NETLINK_FOREVER,
			.preferred = NETLINK_FOREVER,
		};

		assert_int_equal(add ? netlink_set(n, &a, i)
				     : netlink_remove(n, &a, i),
				 0);
	}
	while (netlink_pending(n) > 0) {
		netlink_flush(n);
		assert_int_equal(netlink_read(n), 0);
	}
	assert_int_equal(netlink_counters(n).failed, 0);
}

static void settle(void)
{
	assert_int_equal(mirror_load(mirror, clock_now() + LAN_PATIENCE), 0);
}

/*
 * The socket has room for a few notifications, and thousands come: they are
 * lost, and the mirror finds out by itself. The differences are reported, and
 * nothing else.
 */
static void finds_what_was_lost(void **state)
{
	struct netlink_config config = { 0 };
	struct netlink *n;
	uint32_t v0;

	(void)state;
	lan_need();
	v0 = link_named("v0")->ifindex;
	mirror_close(mirror);
	assert_int_equal(netlink_open(&n, &config), 0);
	add_many(n, v0, 0, MANY, true);
	forget();
	mirror = open_mirror(4096, true);
	assert_int_equal(seen[MIRROR_ADDRESS_ADDED], addresses_in(mirror));

	forget();
	add_many(n, v0, 0, 500, false);
	add_many(n, v0, MANY, 700, true);
	lan_ip("link add x0 type veth peer name x1");
	lan_ip("link set v0 name renamed");
	settle();
	assert_true(mirror_counters(mirror).overruns > 0);
	assert_int_equal(seen[MIRROR_RESYNC_BEGUN], 1);
	assert_int_equal(seen[MIRROR_RESYNC_DONE], 1);
	assert_int_equal(seen[MIRROR_ADDRESS_ADDED], 700);
	assert_int_equal(seen[MIRROR_ADDRESS_REMOVED], 500);
	/* Their labels have the name of the link. */
	assert_int_equal(seen[MIRROR_ADDRESS_CHANGED], MANY - 500);
	assert_int_equal(seen[MIRROR_LINK_ADDED], 2);
	assert_non_null(mirror_link_by_name(mirror, "renamed"));
	assert_null(mirror_link_by_name(mirror, "v0"));
	equals_a_fresh_dump();

	/* A whole link with all its addresses, unheard. */
	forget();
	lan_ip("link del renamed");
	settle();
	assert_int_equal(seen[MIRROR_ADDRESS_REMOVED], MANY + 200);
	assert_int_equal(seen[MIRROR_LINK_REMOVED], 2);
	equals_a_fresh_dump();
	netlink_close(n);
}

/* Twice what was asked for, and no more than anybody may have unless forced. */
static void the_buffer_is_what_was_asked_for(void **state)
{
	static const struct {
		uint32_t wanted;
		bool within_rmem_max;
		int least, most;
	} cases[] = {
		{ 4096, true, 8192, 8192 },
		{ 4096, false, 8192, 8192 },
		{ 8 << 20, false, 16 << 20, 16 << 20 },
		{ 8 << 20, true, 8192, (16 << 20) - 1 },
	};

	(void)state;
	lan_need();
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mirror_config config = {
			.buffer = cases[i].wanted,
			.within_rmem_max = cases[i].within_rmem_max,
		};
		socklen_t length = sizeof(int);
		struct mirror *m;
		int size = 0;

		assert_int_equal(mirror_open(&m, &config), 0);
		assert_int_equal(getsockopt(mirror_fd(m), SOL_SOCKET, SO_RCVBUF,
					    &size, &length),
				 0);
		assert_in_range(size, cases[i].least, cases[i].most);
		assert_int_equal(mirror_load(m, clock_now() + LAN_PATIENCE), 0);
		mirror_close(m);
	}
}

/* The losses go on while the mirror is reading: all is found in the end. */
static void changes_go_on_during_a_dump(void **state)
{
	struct netlink_config config = { 0 };
	struct netlink *n;
	uint32_t v0;

	(void)state;
	lan_need();
	v0 = link_named("v0")->ifindex;
	mirror_close(mirror);
	assert_int_equal(netlink_open(&n, &config), 0);
	add_many(n, v0, 0, MANY, true);
	mirror = open_mirror(4096, false);
	for (unsigned round = 0; round < 20; round++) {
		add_many(n, v0, round * 100, 100, false);
		assert_int_equal(mirror_read(mirror), 0);
		add_many(n, v0, MANY + round * 100, 100, true);
		assert_int_equal(mirror_read(mirror), 0);
	}
	settle();
	assert_true(mirror_counters(mirror).overruns > 0);
	assert_in_range(addresses_in(mirror), MANY, MANY + 8);
	equals_a_fresh_dump();
	netlink_close(n);
}

static void a_resync_without_a_loss_says_nothing(void **state)
{
	(void)state;
	lan_need();
	lan_ip("addr add 192.0.2.1/24 dev v0");
	await(MIRROR_ADDRESS_ADDED, addresses_in(mirror) + 1);
	forget();
	mirror_resync(mirror);
	mirror_resync(mirror);
	settle();
	for (unsigned i = 0; i < MIRROR_RESYNC_BEGUN; i++)
		assert_int_equal(seen[i], 0);
	assert_int_equal(seen[MIRROR_RESYNC_BEGUN], 1);
	assert_int_equal(seen[MIRROR_RESYNC_DONE], 1);
}

/* As note_change, and takes so long that no call reads more than one batch. */
static void note_slowly(void *context, const struct mirror_event *event)
{
	note_change(context, event);
	poll(NULL, 0, (int)(2 * MIRROR_READ_TIME / TICK_MILLISECOND));
}

/*
 * All that was not lost is read, and the time is over: nothing comes any more
 * that would wake who waits for the descriptor.
 */
static void the_dump_waits_for_no_notification(void **state)
{
	struct mirror_config config = {
		.changed = note_slowly,
		.buffer = 4096,
	};
	struct netlink_config commands = { 0 };
	struct netlink *n;

	(void)state;
	lan_need();
	mirror_close(mirror);
	assert_int_equal(mirror_open(&mirror, &config), 0);
	settle();
	assert_int_equal(netlink_open(&n, &commands), 0);
	add_many(n, link_named("v0")->ifindex, 0, 100, true);
	while (seen[MIRROR_RESYNC_DONE] < 3) {
		assert_true(lan_readable(mirror_fd(mirror)));
		assert_int_equal(mirror_read(mirror), 0);
	}
	assert_true(mirror_counters(mirror).overruns > 0);
	equals_a_fresh_dump();
	netlink_close(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(finds_what_was_lost),
		FRESH(the_buffer_is_what_was_asked_for),
		FRESH(changes_go_on_during_a_dump),
		FRESH(a_resync_without_a_loss_says_nothing),
		FRESH(the_dump_waits_for_no_notification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
