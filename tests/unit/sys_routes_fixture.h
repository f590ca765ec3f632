/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes and rules for the tests of the commands and of the mirror. */
#pragma once

#include "base/must.h"
#include "sys_mirror_fixture.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

static struct netlink *commands;
static int last_result;

static inline void note_result(void *context, uint64_t cookie, int error)
{
	(void)context;
	(void)cookie;
	last_result = error;
}

static inline int set_up_routes(void **state)
{
	struct netlink_config config = { .done = note_result };

	set_up(state);
	if (!lan_made)
		return 0;
	lan_ip("link set v1 up");
	lan_ip("addr add 192.0.2.1/24 dev v0");
	lan_ip("addr add 2001:db8::1/64 dev v0 nodad");
	lan_running("v0");
	mirror_resync(mirror);
	assert_int_equal(mirror_load(mirror, clock_now() + LAN_PATIENCE), 0);
	return netlink_open(&commands, &config);
}

static inline int tear_down_routes(void **state)
{
	netlink_close(commands);
	commands = NULL;
	return tear_down(state);
}

/* The result of the only command that is queued. */
static inline int result(void)
{
	last_result = -1;
	netlink_flush(commands);
	assert_int_equal(netlink_read(commands), 0);
	assert_int_equal(netlink_pending(commands), 0);
	return last_result;
}

static inline struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	if (text)
		assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static inline struct netlink_hop hop_of(const char *via, const char *dev)
{
	return (struct netlink_hop){
		.via = ip_of(via),
		.ifindex = dev ? lan_index(dev) : 0,
		.weight = 1,
	};
}

static inline struct netlink_route route_of(const char *destination,
					    uint8_t prefix,
					    const struct netlink_hop *hops,
					    unsigned hop_count)
{
	struct netlink_route route = {
		.type = RTN_UNICAST,
		.protocol = SYS_ROUTE_PROTOCOL,
		.scope = NETLINK_SCOPE_AUTO,
		.destination = ip_of(destination),
		.prefix = prefix,
		.table = RT_TABLE_MAIN,
		.hops = hops,
		.hop_count = hop_count,
		.pref = NETLINK_PREF_NONE,
		.ttl_propagate = NETLINK_TTL_UNSET,
	};

	route.family = route.destination.family;
	return route;
}

static inline int put(const struct netlink_route *route,
		      enum netlink_route_how how)
{
	assert_int_equal(netlink_put_route(commands, route, how, 0), 0);
	return result();
}

static inline int remove_route(const struct netlink_route *route)
{
	assert_int_equal(netlink_remove_route(commands, route, 0), 0);
	return result();
}

static inline struct netlink_rule rule_of(uint8_t family, uint32_t priority)
{
	return (struct netlink_rule){
		.family = family,
		.action = FR_ACT_TO_TBL,
		.protocol = SYS_ROUTE_PROTOCOL,
		.priority = priority,
		.table = 1000,
		.suppress_prefix = NETLINK_SUPPRESS_NONE,
		.suppress_group = NETLINK_SUPPRESS_NONE,
	};
}

#define ROUTES(test)                                                           \
	cmocka_unit_test_setup_teardown(test, set_up_routes, tear_down_routes)
