/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/mirror.h: our routes and rules are followed, others' are not. */
#include "sys_routes_fixture.h"

#include "sys/mirror_routes.h"

#include <libmnl/libmnl.h>

static unsigned routes_in(const struct mirror *m)
{
	unsigned count = 0;

	for (uint32_t at = 0; mirror_next_route(m, &at);)
		count++;
	return count;
}

static unsigned rules_in(const struct mirror *m)
{
	unsigned count = 0;

	for (uint32_t at = 0; mirror_next_rule(m, &at);)
		count++;
	return count;
}

/* Whether each route and rule of `m` is in `other`, and the same. */
static bool covers_routes(const struct mirror *m, const struct mirror *other)
{
	const struct mirror_route *route;
	const struct mirror_rule *rule;

	for (uint32_t at = 0; (route = mirror_next_route(m, &at));) {
		const struct mirror_route *same =
			mirror_find_route(other, &route->route);

		if (!same || !netlink_route_agrees(&route->route, &same->route))
			return false;
	}
	for (uint32_t at = 0; (rule = mirror_next_rule(m, &at));) {
		if (!mirror_find_rule(other, &rule->rule))
			return false;
	}
	return routes_in(m) == routes_in(other) &&
	       rules_in(m) == rules_in(other);
}

/* The mirror has so many routes and rules, as a fresh one has. */
static void expect(unsigned routes, unsigned rules)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;
	struct mirror *fresh;
	bool same;

	do {
		assert_int_equal(mirror_read(mirror), 0);
		fresh = open_mirror(0, false);
		same = covers_routes(mirror, fresh) &&
		       covers_routes(fresh, mirror) &&
		       routes_in(fresh) == routes && rules_in(fresh) == rules;
		if (same || clock_now() >= deadline) {
			assert_int_equal(routes_in(fresh), routes);
			assert_int_equal(rules_in(fresh), rules);
			assert_int_equal(routes_in(mirror), routes);
			assert_int_equal(rules_in(mirror), rules);
			assert_true(same);
		}
		mirror_close(fresh);
	} while (!same);
}

static void follows_routes_and_rules(void **state)
{
	(void)state;
	lan_need();
	forget();
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 proto 112");
	lan_ip("-6 route add fd01::/64 via 2001:db8::9 proto 112");
	lan_ip("rule add from 10.0.0.0/8 table 1000 proto 112");
	lan_ip("-6 rule add from fd00::/8 table 1000 proto 112");
	expect(2, 2);
	assert_int_equal(seen[MIRROR_ROUTE_ADDED], 2);
	assert_int_equal(seen[MIRROR_RULE_ADDED], 2);
	lan_ip("route change 10.1.0.0/16 via 192.0.2.8 proto 112");
	lan_ip("-6 route replace fd01::/64 via 2001:db8::8 proto 112");
	expect(2, 2);
	assert_int_equal(seen[MIRROR_ROUTE_ADDED], 4);
	assert_int_equal(seen[MIRROR_ROUTE_REMOVED], 2);
	lan_ip("route del 10.1.0.0/16");
	lan_ip("-6 route del fd01::/64");
	lan_ip("rule del from 10.0.0.0/8");
	lan_ip("-6 rule del from fd00::/8");
	expect(0, 0);
	assert_int_equal(seen[MIRROR_ROUTE_REMOVED], 4);
	assert_int_equal(seen[MIRROR_RULE_REMOVED], 2);
}

static void follows_several_of_one_key(void **state)
{
	(void)state;
	lan_need();
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 proto 112");
	lan_ip("route append 10.1.0.0/16 via 192.0.2.8 proto 112");
	lan_ip("route prepend 10.1.0.0/16 dev v0 proto 112");
	expect(3, 0);
	lan_ip("route del 10.1.0.0/16 via 192.0.2.8");
	expect(2, 0);
	lan_ip("route replace 10.1.0.0/16 via 192.0.2.7 proto 112");
	expect(2, 0);
	/* IPv6 makes one route of them. */
	lan_ip("-6 route add fd01::/64 via 2001:db8::9 proto 112");
	lan_ip("-6 route append fd01::/64 via 2001:db8::8 proto 112");
	lan_ip("-6 route append fd01::/64 via 2001:db8::7 proto 112");
	expect(3, 0);
	lan_ip("-6 route del fd01::/64 via 2001:db8::8");
	expect(3, 0);
	lan_ip("-6 route del fd01::/64 via 2001:db8::9");
	lan_ip("-6 route del fd01::/64 via 2001:db8::7");
	expect(2, 0);
}

static void others_do_not_count(void **state)
{
	uint64_t before;

	(void)state;
	lan_need();
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 proto 112");
	lan_ip("-6 route add fd01::/64 via 2001:db8::9 proto 112");
	expect(2, 0);
	before = mirror_counters(mirror).notifications;
	forget();
	lan_ip_each(1000, "route add 11.0.0.1/32 dev lo table 1# proto static");
	lan_ip_each(1000, "route del 11.0.0.1/32 dev lo table 1# proto static");
	lan_ip("rule add from 10.0.0.0/8 table 1000");
	assert_int_equal(mirror_read(mirror), 0);
	expect(2, 0);
	/* The rule is read and forgotten, routes are not even queued. */
	assert_in_range(mirror_counters(mirror).notifications - before, 1, 10);
	assert_int_equal(seen[MIRROR_ROUTE_ADDED], 0);
	/* But one that takes the place of ours is noticed. */
	lan_ip("route replace 10.1.0.0/16 via 192.0.2.9 proto static");
	lan_ip("-6 route replace fd01::/64 via 2001:db8::9 proto static");
	expect(0, 0);
	assert_int_equal(seen[MIRROR_ROUTE_REMOVED], 2);
}

/* The kernel does not tell of IPv4's routes that go with their link. */
static void routes_go_with_their_link(void **state)
{
	(void)state;
	lan_need();
	lan_ip("addr add 198.51.100.1/24 dev v1");
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 proto 112");
	lan_ip("route add 10.2.0.0/16 proto 112 nexthop via 192.0.2.9 nexthop "
	       "via 198.51.100.9");
	lan_ip("route add blackhole 10.3.0.0/16 proto 112");
	lan_ip("-6 route add fd01::/64 via 2001:db8::9 proto 112");
	lan_ip("route add local 10.4.0.1 dev v0 proto 112");
	lan_ip("route add 10.5.0.0/16 dev v0 scope host proto 112");
	expect(6, 0);
	lan_ip("link set v0 down");
	/* Those of the scope host stay; so they would not be removed. */
	expect(4, 0);
	lan_ip("link set v0 up");
	expect(4, 0);
	lan_ip("link set v1 down");
	lan_ip("link del v0");
	expect(1, 0);
}

static void routes_go_with_the_last_address(void **state)
{
	(void)state;
	lan_need();
	lan_ip("addr add 198.51.100.1/24 dev v0");
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 src 192.0.2.1 proto 112");
	lan_ip("route add 10.2.0.0/16 dev v0 src 198.51.100.1 proto 112");
	lan_ip("route add 10.3.0.0/16 dev v0 proto 112");
	lan_ip("route add 10.4.0.0/16 dev v0 src 192.0.2.1 table 9 proto 112");
	expect(4, 0);
	lan_ip("addr del 192.0.2.1/24 dev v0");
	expect(3, 0);
	lan_ip("addr del 198.51.100.1/24 dev v0");
	expect(0, 0);
	/* One without any address may have routes all the same. */
	lan_ip("route add 10.3.0.0/16 dev v0 proto 112");
	expect(1, 0);
}

/* What a process before us left is found by a dump. */
static void a_dump_finds_only_ours(void **state)
{
	(void)state;
	lan_need();
	mirror_close(mirror);
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 proto 112 table 1000");
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 table 1001");
	lan_ip("-6 route add blackhole fd01::/64 proto 112");
	lan_ip("rule add table 1000 proto 112");
	lan_ip("rule add table 1001");
	forget();
	mirror = open_mirror(0, true);
	assert_int_equal(seen[MIRROR_ROUTE_ADDED], 2);
	assert_int_equal(seen[MIRROR_RULE_ADDED], 1);
	expect(2, 1);
}

static void finds_what_was_lost(void **state)
{
	(void)state;
	lan_need();
	mirror_close(mirror);
	lan_ip("route add 10.1.0.0/16 via 192.0.2.9 proto 112");
	lan_ip("-6 route add fd01::/64 via 2001:db8::9 proto 112");
	lan_ip("rule add table 1000 proto 112");
	mirror = open_mirror(4096, true);
	expect(2, 1);
	forget();
	lan_ip_each(200, "route add 10.9.#.0/24 via 192.0.2.9 proto 112");
	/* The buffer is full: nothing is told of these. */
	lan_ip("route del 10.1.0.0/16");
	lan_ip("-6 route del fd01::/64");
	lan_ip("rule del table 1000");
	lan_ip_each(200, "rule add pref #00 table 1000 proto 112");
	await(MIRROR_RESYNC_DONE, 1);
	expect(200, 200);
	assert_true(mirror_counters(mirror).overruns > 0);
	assert_int_equal(seen[MIRROR_ROUTE_ADDED], 200);
	assert_int_equal(seen[MIRROR_ROUTE_REMOVED], 2);
	assert_int_equal(seen[MIRROR_RULE_ADDED], 200);
	assert_int_equal(seen[MIRROR_RULE_REMOVED], 1);
}

static void many_routes(void **state)
{
	(void)state;
	lan_need();
	lan_ip_each(3000, "route add 10.9.0.0/24 via 192.0.2.9 table 1# proto "
			  "112");
	expect(3000, 0);
	lan_ip("link set v0 down");
	expect(0, 0);
}

static void note_route(void *context, bool added,
		       const struct mirror_route *route,
		       const struct mirror_rule *rule)
{
	int *there = context;

	assert_non_null(route);
	assert_null(rule);
	*there += added ? 1 : -1;
}

/* A message about fd01::/64 over v0, with an MTU or without one. */
static enum mirror_routes_result route_message(struct mirror_routes *r,
					       uint16_t flags, uint32_t mtu)
{
	static const uint8_t to[16] = { 0xfd, 1 };
	_Alignas(struct nlmsghdr) char bytes[512];
	struct nlmsghdr *m = mnl_nlmsg_put_header(bytes);
	struct rtmsg *body = mnl_nlmsg_put_extra_header(m, sizeof(*body));
	struct nlattr *settings;

	m->nlmsg_type = RTM_NEWROUTE;
	m->nlmsg_flags = flags;
	body->rtm_family = AF_INET6;
	body->rtm_dst_len = 64;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = SYS_ROUTE_PROTOCOL;
	body->rtm_type = RTN_UNICAST;
	mnl_attr_put(m, RTA_DST, sizeof(to), to);
	mnl_attr_put_u32(m, RTA_OIF, 7);
	settings = mnl_attr_nest_start(m, RTA_METRICS);
	mnl_attr_put_u32(m, RTAX_MTU, mtu);
	mnl_attr_nest_end(m, settings);
	return mirror_routes_take(r, m, 1);
}

/*
 * Notifications were lost and a dump names the route as it is now; then it is
 * replaced by the same once more. What was there before is not.
 */
static void replaced_while_a_dump_names_it(void **state)
{
	struct mirror_routes r;
	int there = 0;

	(void)state;
	mirror_routes_init(&r);
	r.changed = note_route;
	r.context = &there;
	assert_int_equal(route_message(&r, NLM_F_CREATE, 1300),
			 MIRROR_ROUTES_TAKEN);
	assert_int_equal(route_message(&r, NLM_F_MULTI, 1400),
			 MIRROR_ROUTES_TAKEN);
	assert_int_equal(there, 2); /* as long as the dump is not over */
	assert_int_equal(route_message(&r, NLM_F_REPLACE, 1400),
			 MIRROR_ROUTES_DOUBT);
	assert_int_equal(there, 1);
	mirror_routes_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUTES(follows_routes_and_rules),
		ROUTES(follows_several_of_one_key),
		ROUTES(others_do_not_count),
		ROUTES(routes_go_with_their_link),
		ROUTES(routes_go_with_the_last_address),
		ROUTES(a_dump_finds_only_ours),
		ROUTES(finds_what_was_lost),
		ROUTES(many_routes),
		cmocka_unit_test(replaced_while_a_dump_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
