/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/mirror.h: what is there is known, and what changes is reported. */
#include "sys_mirror_fixture.h"

#include <linux/if_addr.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>

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
	assert_int_equal(seen[MIRROR_LINK_ADDED], links_in(mirror));
	assert_int_equal(seen[MIRROR_ADDRESS_ADDED], addresses_in(mirror));
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
	uint32_t v0, at = 0;

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
	a = mirror_next_other(mirror, v0, &ip, 32, &at);
	assert_non_null(a);
	assert_int_equal(a->prefix, 24);
	assert_null(mirror_next_other(mirror, v0, &ip, 32, &at));
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

static bool has_tag(const void *context, const struct mirror_address *a)
{
	(void)context;
	return a->tag == SYS_ADDRESS_TAG;
}

static void check_source(uint8_t family, const char *expected)
{
	char text[IP_TEXT_MAX] = "none";
	struct ip ip;

	assert_int_equal(mirror_read(mirror), 0);
	if (mirror_source(mirror, link_named("v0")->ifindex, family, has_tag,
			  NULL, &ip) == 0)
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

/* "v0 is gone", and a message that says to be of 2 GiB. */
static void a_stranger_is_not_believed(void **state)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
		struct nlattr attribute;
		char name[4];
	} gone = {
		.head = { sizeof(gone), RTM_DELLINK, 0, 0, 0 },
		.body = { .ifi_change = UINT32_MAX },
		.attribute = { sizeof(struct nlattr) + 3, IFLA_IFNAME },
		.name = "v0",
	};
	struct nlmsghdr huge = { UINT32_C(1) << 31, RTM_NEWLINK, 0, 0, 0 };
	static char cut[40000];
	int fd;

	(void)state;
	lan_need();
	forget();
	gone.body.ifi_index = (int)link_named("v0")->ifindex;
	fd = mirror_fd(mirror);
	lan_tell(fd, 0, &gone, sizeof(gone));
	lan_tell(-1, 1u << (RTNLGRP_LINK - 1), &gone, sizeof(gone));
	lan_tell(fd, 0, &huge, sizeof(huge));
	lan_tell(fd, 0, cut, sizeof(cut)); /* longer than what is read */
	lan_ip("link add link v0 name mv0 type macvlan mode private");
	await(MIRROR_LINK_ADDED, 1);
	assert_int_equal(seen[MIRROR_LINK_REMOVED], 0);
	link_named("v0");
}

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
		FRESH(a_stranger_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
