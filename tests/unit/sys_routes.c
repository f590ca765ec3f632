/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/netlink_route.h, sys/netlink_rule.h: what a command says is what the
 * kernel has, and what the mirror reads back.
 */
#include "sys_routes_fixture.h"

#include <errno.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>

/* Installed, seen as it was wanted, known to ip(8), removed, seen gone. */
static void check_route(const struct netlink_route *route, const char *shown)
{
	const struct mirror_route *held;
	char command[512];

	forget();
	assert_int_equal(put(route, NETLINK_ROUTE_ADD), 0);
	await(MIRROR_ROUTE_ADDED, 1);
	held = mirror_find_route(mirror, route);
	assert_non_null(held);
	assert_true(netlink_route_agrees(route, &held->route));
	snprintf(command, sizeof(command),
		 "ip -%d route show table all proto 112 | tr -s '\\n\\t ' ' ' |"
		 " grep -q '%s' ||"
		 " { ip -%d route show table all proto 112; false; }",
		 route->family, shown, route->family);
	assert_int_equal(system(command), 0);
	assert_int_equal(put(route, NETLINK_ROUTE_ADD), EEXIST);
	assert_int_equal(put(route, NETLINK_ROUTE_SET), 0);
	assert_int_equal(mirror_read(mirror), 0);
	held = mirror_find_route(mirror, route);
	assert_non_null(held);
	assert_true(netlink_route_agrees(route, &held->route));
	assert_int_equal(remove_route(route), 0);
	assert_int_equal(mirror_read(mirror), 0);
	assert_null(mirror_find_route(mirror, route));
	assert_int_equal(remove_route(route), ESRCH);
}

static void plain_routes(void **state)
{
	struct netlink_hop hop, device;
	struct netlink_route route;

	(void)state;
	lan_need();
	hop = hop_of("192.0.2.9", NULL);
	device = hop_of(NULL, "v0");
	route = route_of("10.1.0.0", 16, &hop, 1);
	check_route(&route, "10.1.0.0/16 via 192.0.2.9 dev v0");
	route = route_of("10.1.0.0", 16, &device, 1);
	check_route(&route, "10.1.0.0/16 dev v0 scope link");
	route = route_of("0.0.0.0", 0, &hop, 1);
	check_route(&route, "default via 192.0.2.9 dev v0");
	route.family = IP_V6;
	hop = hop_of("2001:db8::9", NULL);
	route = route_of("fd00::", 8, &hop, 1);
	check_route(&route, "fd00::/8 via 2001:db8::9 dev v0 metric 1024");
	route = route_of("::", 0, &hop, 1);
	check_route(&route, "default via 2001:db8::9 dev v0");
}

static void types_of_routes(void **state)
{
	struct netlink_route route;

	(void)state;
	lan_need();
	for (unsigned i = 0; i < 2; i++) {
		route = route_of(i ? "fd00::" : "10.0.0.0", 8, NULL, 0);
		route.type = RTN_BLACKHOLE;
		check_route(&route, "blackhole");
		route.type = RTN_UNREACHABLE;
		check_route(&route, "unreachable");
		route.type = RTN_PROHIBIT;
		check_route(&route, "prohibit");
		route.type = RTN_THROW;
		check_route(&route, "throw");
	}
}

static void a_route_of_another_family(void **state)
{
	struct netlink_hop hop;
	struct netlink_route route;

	(void)state;
	lan_need();
	hop = hop_of("2001:db8::9", "v0");
	route = route_of("10.1.0.0", 16, &hop, 1);
	check_route(&route, "10.1.0.0/16 via inet6 2001:db8::9 dev v0");
}

static void all_of_a_route_of_ipv4(void **state)
{
	struct netlink_hop hop;
	struct netlink_route route;

	(void)state;
	lan_need();
	hop = hop_of("198.51.100.9", "v0");
	hop.onlink = true;
	route = route_of("10.1.2.0", 24, &hop, 1);
	route.tos = 0x10;
	route.table = 1000;
	route.metric = 77;
	route.source = ip_of("192.0.2.1");
	route.realms = 3 << 16 | 5;
	route.set = 1u << RTAX_MTU | 1u << RTAX_ADVMSS | 1u << RTAX_HOPLIMIT |
		    1u << RTAX_RTO_MIN | 1u << RTAX_QUICKACK |
		    1u << RTAX_FEATURES | 1u << RTAX_INITCWND;
	route.locked = 1u << RTAX_MTU;
	route.settings[RTAX_MTU] = 1400;
	route.settings[RTAX_ADVMSS] = 1360;
	route.settings[RTAX_HOPLIMIT] = 9;
	route.settings[RTAX_RTO_MIN] = 300;
	route.settings[RTAX_QUICKACK] = 1;
	route.settings[RTAX_FEATURES] = RTAX_FEATURE_ECN;
	route.settings[RTAX_INITCWND] = 20;
	check_route(&route,
		    "10.1.2.0/24 tos 0x10 via 198.51.100.9 dev v0 table 1000 "
		    "src 192.0.2.1 metric 77 onlink realms 3/5 "
		    "mtu lock 1400 advmss 1360 hoplimit 9 initcwnd 20");
}

static void all_of_a_route_of_ipv6(void **state)
{
	struct netlink_hop hop;
	struct netlink_route route;

	(void)state;
	lan_need();
	hop = hop_of("2001:db8::9", "v0");
	route = route_of("fd01::", 64, &hop, 1);
	route.table = 70000;
	route.metric = 5;
	route.pref = ICMPV6_ROUTER_PREF_HIGH;
	route.expires = 900;
	route.set = 1u << RTAX_MTU;
	route.settings[RTAX_MTU] = 1400;
	check_route(&route, "fd01::/64 via 2001:db8::9 dev v0 table 70000 "
			    "metric 5 expires [0-9]*sec mtu 1400 pref high");
}

/* What the kernel makes smaller, or does not tell, is what was wanted. */
static void settings_as_the_kernel_has_them(void **state)
{
	struct netlink_hop hop;
	struct netlink_route route;

	(void)state;
	lan_need();
	hop = hop_of("192.0.2.9", NULL);
	route = route_of("10.1.0.0", 16, &hop, 1);
	route.settings[RTAX_MTU] = 70000;
	route.settings[RTAX_ADVMSS] = 65535;
	route.settings[RTAX_QUICKACK] = 0;
	route.set = 1 << RTAX_MTU | 1 << RTAX_ADVMSS | 1 << RTAX_QUICKACK;
	check_route(&route, "10.1.0.0/16 via 192.0.2.9 dev v0 mtu 65520 "
			    "advmss 65495");
}

/* IPv6 makes one route of those that have one key and a gateway each. */
static void a_gateway_each_of_ipv6(void **state)
{
	struct netlink_hop hops[2];
	struct netlink_route one, two;
	const struct mirror_route *held;

	(void)state;
	lan_need();
	hops[0] = hop_of("2001:db8::9", NULL);
	hops[1] = hop_of("2001:db8::8", NULL);
	one = route_of("fd00::", 8, &hops[0], 1);
	two = route_of("fd00::", 8, &hops[1], 1);
	assert_int_equal(put(&one, NETLINK_ROUTE_PREPEND), 0);
	assert_int_equal(put(&two, NETLINK_ROUTE_PREPEND), 0);
	assert_int_equal(mirror_read(mirror), 0);
	held = mirror_find_route(mirror, &one);
	assert_non_null(held);
	assert_ptr_equal(mirror_find_route(mirror, &two), held);
	assert_int_equal(held->route.hop_count, 2);
	assert_true(netlink_route_within(&one, &held->route));
	assert_true(netlink_route_within(&two, &held->route));
	assert_false(netlink_route_agrees(&one, &held->route));
	assert_int_equal(remove_route(&one), 0);
	assert_int_equal(mirror_read(mirror), 0);
	held = mirror_find_route(mirror, &two);
	assert_non_null(held);
	assert_true(netlink_route_agrees(&two, &held->route));
	assert_false(netlink_route_within(&one, &held->route));
	assert_int_equal(remove_route(&two), 0);
	assert_int_equal(mirror_read(mirror), 0);
}

static void several_next_hops(void **state)
{
	struct netlink_hop hops[3];
	struct netlink_route route;

	(void)state;
	lan_need();
	hops[0] = hop_of("192.0.2.9", NULL);
	hops[1] = hop_of("192.0.2.8", "v0");
	hops[1].weight = 256;
	hops[2] = hop_of("198.51.100.7", "v0");
	hops[2].onlink = true;
	hops[2].realms = 4;
	route = route_of("10.1.0.0", 16, hops, 3);
	check_route(&route, "nexthop via 192.0.2.9 dev v0 weight 1 "
			    "nexthop via 192.0.2.8 dev v0 weight 256 "
			    "nexthop via 198.51.100.7 realm 4 dev v0 weight 1"
			    " onlink");
	hops[0] = hop_of("2001:db8::9", NULL);
	hops[1] = hop_of("2001:db8::8", "v0");
	route = route_of("fd01::", 64, hops, 2);
	check_route(&route, "nexthop via 2001:db8::9 dev v0 weight 1 "
			    "nexthop via 2001:db8::8 dev v0 weight 1");
	route.hop_count = NETLINK_HOPS_MAX + 1;
	assert_int_equal(
		netlink_put_route(commands, &route, NETLINK_ROUTE_ADD, 0),
		-EINVAL);
}

static void as_many_next_hops_as_may_be(void **state)
{
	struct netlink_hop hops[NETLINK_HOPS_MAX];
	struct netlink_route route;

	(void)state;
	lan_need();
	for (unsigned i = 0; i < NETLINK_HOPS_MAX; i++) {
		hops[i] = hop_of("2001:db8::100", "v0");
		hops[i].via.bytes[15] = (uint8_t)i;
		hops[i].realms = 4;
	}
	route = route_of("10.1.0.0", 16, hops, NETLINK_HOPS_MAX);
	check_route(&route, "2001:db8::11f realm 4 dev v0");
}

static void check_rule(const struct netlink_rule *rule, const char *shown)
{
	char command[512];

	forget();
	assert_int_equal(netlink_put_rule(commands, rule, 0), 0);
	assert_int_equal(result(), 0);
	await(MIRROR_RULE_ADDED, 1);
	assert_non_null(mirror_find_rule(mirror, rule));
	snprintf(command, sizeof(command),
		 "ip -%d rule | grep -q '%s' || { ip -%d rule; false; }",
		 rule->family, shown, rule->family);
	assert_int_equal(system(command), 0);
	assert_int_equal(netlink_put_rule(commands, rule, 0), 0);
	assert_int_equal(result(), EEXIST);
	assert_int_equal(netlink_remove_rule(commands, rule, 0), 0);
	assert_int_equal(result(), 0);
	await(MIRROR_RULE_REMOVED, 1);
	assert_null(mirror_find_rule(mirror, rule));
	assert_int_equal(netlink_remove_rule(commands, rule, 0), 0);
	assert_int_equal(result(), ENOENT);
}

static void rules(void **state)
{
	struct netlink_rule rule = rule_of(IP_V4, 100);

	(void)state;
	lan_need();
	check_rule(&rule, "100:.*from all lookup 1000 proto 112");
	rule.from = ip_of("10.0.0.0");
	rule.from_prefix = 8;
	rule.to = ip_of("10.1.0.0");
	rule.to_prefix = 16;
	rule.invert = true;
	rule.tos = 0x10;
	rule.mark = 5;
	rule.mark_mask = 0xff;
	rule.realms = 1 << 16 | 2;
	rule.suppress_prefix = 0;
	rule.suppress_group = 7;
	strcpy(rule.in, "v0");
	strcpy(rule.out, "v1");
	check_rule(&rule, "not from 10.0.0.0/8 to 10.1.0.0/16 tos 0x10 "
			  "fwmark 0x5/0xff iif v0 oif v1 lookup 1000 "
			  "suppress_prefixlength 0 suppress_ifgroup 7 "
			  "realms 1/2 proto 112");
	rule = rule_of(IP_V6, 101);
	rule.from = ip_of("fd00::");
	rule.from_prefix = 8;
	rule.ip_protocol = IPPROTO_TCP;
	rule.source_ports = (struct netlink_range16){ 10, 20 };
	rule.destination_ports = (struct netlink_range16){ 80, 80 };
	rule.has_uids = true;
	rule.uid_last = 1000;
	rule.tunnel = 0x123456789aull;
	rule.table = 70000;
	check_rule(&rule, "from fd00::/8 uidrange 0-1000 ipproto tcp "
			  "sport 10-20 dport 80 tun_id 78187493530 "
			  "lookup 70000");
}

static void actions_of_rules(void **state)
{
	static const struct {
		uint8_t action;
		const char *shown;
	} actions[] = {
		{ FR_ACT_BLACKHOLE, "blackhole" },
		{ FR_ACT_UNREACHABLE, "unreachable" },
		{ FR_ACT_PROHIBIT, "prohibit" },
		{ FR_ACT_NOP, "nop" },
		{ FR_ACT_GOTO, "goto 32766" },
	};

	(void)state;
	lan_need();
	for (unsigned i = 0; i < 2 * ARRAY_LENGTH(actions); i++) {
		struct netlink_rule rule = rule_of(i % 2 ? IP_V4 : IP_V6, 100);

		rule.action = actions[i / 2].action;
		rule.table = 0;
		rule.go_to = rule.action == FR_ACT_GOTO ? 32766 : 0;
		check_rule(&rule, actions[i / 2].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUTES(plain_routes),
		ROUTES(types_of_routes),
		ROUTES(a_route_of_another_family),
		ROUTES(all_of_a_route_of_ipv4),
		ROUTES(all_of_a_route_of_ipv6),
		ROUTES(settings_as_the_kernel_has_them),
		ROUTES(a_gateway_each_of_ipv6),
		ROUTES(several_next_hops),
		ROUTES(as_many_next_hops_as_may_be),
		ROUTES(rules),
		ROUTES(actions_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
