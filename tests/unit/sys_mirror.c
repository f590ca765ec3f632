/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/mirror.h: what changes is reported, what is lost is found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys/mirror.h"
#include "sys/netlink.h"
#include "sys_lan.h"

#include <linux/if_addr.h>
#include <linux/ip.h>

#define MANY 2000

static struct mirror *mirror;
static unsigned seen[MIRROR_RESYNC_DONE + 1]; /* events by kind */
static char old_name[IFNAMSIZ];

static void note_change(void *context, const struct mirror_event *event)
{
	(void)context;
	seen[event->change]++;
	if (event->change == MIRROR_LINK_CHANGED)
		strcpy(old_name, event->old->name);
	if (event->change == MIRROR_ADDRESS_REMOVED) {
		assert_int_equal(event->link->ifindex, event->address->ifindex);
		assert_null(mirror_find_exact(mirror, event->address->ifindex,
					      &event->address->address,
					      event->address->prefix));
	}
}

static struct mirror *open_mirror(uint32_t buffer, bool watched)
{
	struct mirror_config config = {
		.changed = watched ? note_change : NULL,
		.buffer = buffer,
	};
	struct mirror *m;

	assert_int_equal(mirror_open(&m, &config), 0);
	assert_true(mirror_resyncing(m));
	assert_int_equal(mirror_load(m, clock_now() + LAN_PATIENCE), 0);
	assert_false(mirror_resyncing(m));
	return m;
}

/* A fresh namespace and a watched mirror of it for each test. */
static int set_up(void **state)
{
	mirror = NULL;
	lan_set_up(state);
	if (!lan_made)
		return 0;
	/* No link-local addresses but those that a test makes. */
	lan_write("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
	lan_ip("link add v0 type veth peer name v1");
	lan_ip("link set v0 up");
	memset(seen, 0, sizeof(seen));
	mirror = open_mirror(0, true);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	mirror_close(mirror);
	return 0;
}

static void forget(void)
{
	memset(seen, 0, sizeof(seen));
}

/* Reads notifications until there were so many events of a kind. */
static void await(enum mirror_change change, unsigned count)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;

	assert_int_equal(mirror_read(mirror), 0);
	while (seen[change] < count && clock_now() < deadline) {
		lan_readable(mirror_fd(mirror));
		assert_int_equal(mirror_read(mirror), 0);
	}
	assert_int_equal(seen[change], count);
}

static const struct mirror_link *link_named(const char *name)
{
	const struct mirror_link *link = mirror_link_by_name(mirror, name);

	assert_non_null(link);
	assert_string_equal(link->name, name);
	assert_ptr_equal(mirror_link(mirror, link->ifindex), link);
	return link;
}

static bool same_addresses(const struct mirror *m,
			   const struct mirror_link *link,
			   const struct mirror *other)
{
	const struct mirror_address *x = NULL;

	while ((x = mirror_next(m, link, x))) {
		const struct mirror_address *y = mirror_find_exact(
			other, x->ifindex, &x->address, x->prefix);

		if (!y || x->flags != y->flags || x->tag != y->tag)
			return false;
	}
	return true;
}

/* Whether all that is in `m` is in `other`, and the same. */
static bool covers(const struct mirror *m, const struct mirror *other)
{
	const struct mirror_link *a = NULL;

	while ((a = mirror_next_link(m, a))) {
		const struct mirror_link *b = mirror_link(other, a->ifindex);

		if (!b || strcmp(a->name, b->name) != 0 ||
		    strcmp(a->kind, b->kind) != 0 ||
		    memcmp(a->mac, b->mac, 6) != 0 || a->flags != b->flags ||
		    a->mtu != b->mtu || a->address_count != b->address_count ||
		    !same_addresses(m, a, other))
			return false;
	}
	return mirror_link_count(m) == mirror_link_count(other) &&
	       mirror_address_count(m) == mirror_address_count(other);
}

/* The kernel may still be at work, so it may take more than one look. */
static void equals_a_fresh_dump(void)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;
	bool same;

	do {
		struct mirror *fresh = open_mirror(0, false);

		assert_int_equal(mirror_read(mirror), 0);
		same = covers(mirror, fresh) && covers(fresh, mirror);
		mirror_close(fresh);
	} while (!same && clock_now() < deadline);
	assert_true(same);
}

static void loads_what_is_there(void **state)
{
	const struct mirror_link *v0, *lo;

	(void)state;
	lan_need();
	v0 = link_named("v0");
	lo = link_named("lo");
	assert_int_equal(v0->ifindex, if_nametoindex("v0"));
	assert_string_equal(v0->kind, "veth");
	assert_int_equal(v0->mtu, 1500);
	assert_true(v0->has_mac);
	assert_true(v0->up);
	assert_false(v0->carrier); /* its other end is down */
	assert_int_equal(v0->parent, 0);
	assert_true(lo->carrier);
	assert_null(mirror_link_by_name(mirror, "nonsense"));
	assert_null(mirror_link(mirror, 999999));
	assert_int_equal(seen[MIRROR_RESYNC_BEGUN], 1);
	assert_int_equal(seen[MIRROR_RESYNC_DONE], 1);
	assert_int_equal(seen[MIRROR_LINK_ADDED], mirror_link_count(mirror));
	assert_int_equal(seen[MIRROR_ADDRESS_ADDED],
			 mirror_address_count(mirror));
	assert_int_equal(seen[MIRROR_LINK_CHANGED], 0);
	equals_a_fresh_dump();
}

static void follows_links(void **state)
{
	(void)state;
	lan_need();
	lan_ip("link set v1 up");
	while (!link_named("v0")->carrier) {
		assert_true(lan_readable(mirror_fd(mirror)));
		assert_int_equal(mirror_read(mirror), 0);
	}
	lan_ip("link set v1 down");
	while (link_named("v0")->carrier) {
		assert_true(lan_readable(mirror_fd(mirror)));
		assert_int_equal(mirror_read(mirror), 0);
	}
	assert_true(link_named("v0")->up);
	lan_ip("link add link v0 name mv0 type macvlan mode private");
	await(MIRROR_LINK_ADDED, 4);
	assert_string_equal(link_named("mv0")->kind, "macvlan");
	assert_int_equal(link_named("mv0")->parent, link_named("v0")->ifindex);
	forget();
	lan_ip("link set mv0 name other");
	await(MIRROR_LINK_CHANGED, 1);
	assert_string_equal(old_name, "mv0");
	assert_null(mirror_link_by_name(mirror, "mv0"));
	link_named("other");
	lan_ip("link del other");
	await(MIRROR_LINK_REMOVED, 1);
	assert_null(mirror_link_by_name(mirror, "other"));
	equals_a_fresh_dump();
}

/* A bridge tells of its ports in messages that look like a link's. */
/* The kernel notifies a change that is made by netlink. */
static void follows_a_setting(void **state)
{
	struct netlink_config config = { 0 };
	struct netlink *n;

	(void)state;
	lan_need();
	lan_write("/proc/sys/net/ipv4/conf/v0/promote_secondaries", "0");
	mirror_resync(mirror);
	await(MIRROR_RESYNC_DONE, 2);
	assert_false(link_named("v0")->promotes_secondaries);
	forget();
	assert_int_equal(netlink_open(&n, &config), 0);
	netlink_set_link(n, lan_index("v0"), IPV4_DEVCONF_PROMOTE_SECONDARIES,
			 1, 0);
	netlink_flush(n);
	await(MIRROR_LINK_CHANGED, 1);
	assert_true(link_named("v0")->promotes_secondaries);
	netlink_close(n);
}

static void a_port_that_leaves_is_not_gone(void **state)
{
	(void)state;
	lan_need();
	lan_ip("link add br0 type bridge");
	lan_ip("link set v0 master br0");
	await(MIRROR_LINK_ADDED, 4);
	assert_int_equal(mirror_read(mirror), 0);
	assert_int_equal(link_named("v0")->master, link_named("br0")->ifindex);
	lan_ip("link set v0 nomaster");
	while (link_named("v0")->master != 0) {
		assert_true(lan_readable(mirror_fd(mirror)));
		assert_int_equal(mirror_read(mirror), 0);
	}
	assert_int_equal(mirror_read(mirror), 0);
	assert_int_equal(seen[MIRROR_LINK_REMOVED], 0);
	lan_ip("link del br0");
	await(MIRROR_LINK_REMOVED, 1);
	equals_a_fresh_dump();
}

/* iproute2 does not know the tag before 6.2. */
static void add_ours(const char *address, uint8_t prefix)
{
	struct netlink_config config = { 0 };
	struct netlink_address a = {
		.ifindex = if_nametoindex("v0"),
		.prefix = prefix,
		.tag = SYS_ADDRESS_TAG,
		.no_dad = true,
		.valid = NETLINK_FOREVER,
		.preferred = NETLINK_FOREVER,
	};
	struct netlink *n;

	assert_int_equal(ip_parse(address, &a.address), 0);
	assert_int_equal(netlink_open(&n, &config), 0);
	assert_int_equal(netlink_set(n, &a, 0), 0);
	netlink_flush(n);
	assert_int_equal(netlink_read(n), 0);
	assert_int_equal(netlink_counters(n).failed, 0);
	netlink_close(n);
}

static void follows_addresses(void **state)
{
	struct ip ip;
	const struct mirror_address *a;
	uint32_t v0;

	(void)state;
	lan_need();
	v0 = link_named("v0")->ifindex;
	forget();
	lan_ip("addr add 192.0.2.1/24 dev v0");
	add_ours("192.0.2.2", 24);
	lan_ip("addr add 192.0.2.2/32 dev v0");
	await(MIRROR_ADDRESS_ADDED, 3);
	ip_parse("192.0.2.2", &ip);
	a = mirror_find_exact(mirror, v0, &ip, 24);
	assert_non_null(a);
	assert_int_equal(a->tag, 112);
	assert_true(a->flags & IFA_F_SECONDARY);
	assert_true(a->flags & IFA_F_PERMANENT);
	a = mirror_find_exact(mirror, v0, &ip, 32);
	assert_non_null(a);
	assert_int_equal(a->tag, 0);
	assert_null(mirror_find_exact(mirror, v0, &ip, 31));
	a = mirror_find_other(mirror, v0, &ip, 32, 112);
	assert_non_null(a);
	assert_int_equal(a->prefix, 24);
	assert_null(mirror_find_other(mirror, v0, &ip, 24, 112));
	assert_non_null(mirror_find(mirror, v0, &ip));
	assert_null(mirror_find(mirror, v0 + 1, &ip));
	assert_int_equal(link_named("v0")->address_count, 3);
	/* Of a point-to-point address ours is meant, not the other end's. */
	lan_ip("addr add 198.51.100.1 peer 198.51.100.2/32 dev v0");
	await(MIRROR_ADDRESS_ADDED, 4);
	ip_parse("198.51.100.1", &ip);
	assert_non_null(mirror_find(mirror, v0, &ip));
	lan_ip("addr del 198.51.100.1 peer 198.51.100.2/32 dev v0");
	await(MIRROR_ADDRESS_REMOVED, 1);
	assert_null(mirror_find(mirror, v0, &ip));
	ip_parse("192.0.2.2", &ip);
	lan_ip("addr del 192.0.2.2/32 dev v0");
	await(MIRROR_ADDRESS_REMOVED, 2);
	assert_null(mirror_find_exact(mirror, v0, &ip, 32));
	assert_non_null(mirror_find(mirror, v0, &ip));
	equals_a_fresh_dump();
	/* With the link go its addresses, and before it. */
	lan_ip("link del v0");
	await(MIRROR_LINK_REMOVED, 2);
	assert_int_equal(seen[MIRROR_ADDRESS_REMOVED], 4);
	assert_null(mirror_find(mirror, v0, &ip));
	equals_a_fresh_dump();
}

static void a_refresh_is_no_change(void **state)
{
	struct ip ip;
	uint32_t v0;

	(void)state;
	lan_need();
	v0 = link_named("v0")->ifindex;
	lan_ip("addr add 192.0.2.9/32 dev v0 valid_lft 100 preferred_lft 100");
	forget();
	lan_ip("addr change 192.0.2.9/32 dev v0 valid_lft 900 "
	       "preferred_lft 900");
	ip_parse("192.0.2.9", &ip);
	while (!mirror_find(mirror, v0, &ip) ||
	       mirror_find(mirror, v0, &ip)->valid < 800) {
		assert_true(lan_readable(mirror_fd(mirror)));
		assert_int_equal(mirror_read(mirror), 0);
	}
	assert_int_equal(seen[MIRROR_ADDRESS_CHANGED], 0);
	lan_ip("addr change 192.0.2.9/32 dev v0 valid_lft forever "
	       "preferred_lft forever");
	await(MIRROR_ADDRESS_CHANGED, 1);
}

static void check_source(uint8_t family, const char *expected)
{
	char text[IP_TEXT_MAX] = "none";
	struct ip ip;

	assert_int_equal(mirror_read(mirror), 0);
	if (mirror_source(mirror, link_named("v0")->ifindex, family, 112,
			  &ip) == 0)
		ip_format(&ip, text);
	assert_string_equal(text, expected);
}

static void chooses_the_primary_address(void **state)
{
	struct ip ip;
	uint32_t v0;

	(void)state;
	lan_need();
	v0 = link_named("v0")->ifindex;
	check_source(IP_V4, "none");
	/* Ours came first, so that the real one is secondary. */
	add_ours("192.0.2.100", 24);
	check_source(IP_V4, "none");
	lan_ip("addr add 192.0.2.7/24 dev v0");
	check_source(IP_V4, "192.0.2.7");
	lan_ip("addr add 198.51.100.3/32 scope link dev v0");
	lan_ip("addr add 203.0.113.5/24 dev v0");
	lan_ip("addr add 203.0.113.1/24 dev v0");
	check_source(IP_V4, "203.0.113.5");
	lan_ip("addr del 203.0.113.5/24 dev v0");
	lan_ip("addr del 192.0.2.7/24 dev v0");
	check_source(IP_V4, "198.51.100.3");

	lan_ip("addr flush dev v0");
	check_source(IP_V6, "none");
	add_ours("fe80::112", 64);
	lan_ip("addr add 2001:db8::1/64 dev v0 nodad");
	check_source(IP_V6, "none");
	lan_ip("addr add fe80::5/64 dev v0"); /* tentative: no carrier */
	check_source(IP_V6, "none");
	lan_ip("addr del fe80::5/64 dev v0");
	lan_ip("addr add fe80::7/64 dev v0 nodad");
	lan_ip("link set v1 up");
	ip_parse("fe80::7", &ip);
	while (!mirror_find(mirror, v0, &ip) ||
	       mirror_find(mirror, v0, &ip)->flags & IFA_F_TENTATIVE) {
		assert_true(lan_readable(mirror_fd(mirror)));
		assert_int_equal(mirror_read(mirror), 0);
	}
	check_source(IP_V6, "fe80::7");
}

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
	assert_int_equal(seen[MIRROR_ADDRESS_ADDED],
			 mirror_address_count(mirror));

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
	assert_int_equal(seen[MIRROR_ADDRESS_CHANGED], 0);
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
	assert_in_range(mirror_address_count(mirror), MANY, MANY + 8);
	equals_a_fresh_dump();
	netlink_close(n);
}

static void a_resync_without_a_loss_says_nothing(void **state)
{
	(void)state;
	lan_need();
	lan_ip("addr add 192.0.2.1/24 dev v0");
	await(MIRROR_ADDRESS_ADDED, mirror_address_count(mirror) + 1);
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

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(loads_what_is_there),
		FRESH(follows_links),
		FRESH(follows_a_setting),
		FRESH(a_port_that_leaves_is_not_gone),
		FRESH(follows_addresses),
		FRESH(a_refresh_is_no_change),
		FRESH(chooses_the_primary_address),
		FRESH(finds_what_was_lost),
		FRESH(the_buffer_is_what_was_asked_for),
		FRESH(changes_go_on_during_a_dump),
		FRESH(a_resync_without_a_loss_says_nothing),
		FRESH(the_dump_waits_for_no_notification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
