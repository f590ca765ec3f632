/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of virtual_routes, static_routes, virtual_rules, static_rules. */
#include "base/must.h"
#include "conf/model/plan.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct line {
	const char *written;
	const char *printed; /* NULL: as written */
};

static struct conf_loaded *load(const char *block, const char *line)
{
	static const char tables[] = "100 office\n0x4 kernel4\n";
	char text[1000];
	struct conf_fixture_file files[] = {
		{ "test.conf", text },
		{ "/etc/iproute2/rt_tables", tables },
		{ "/etc/iproute2/rt_dsfield", "0x10 lowdelay\n" },
		{ "/etc/iproute2/rt_protos", "11 zebra\n" },
		{ "/etc/iproute2/rt_realms", "5 a\n6 b\n" },
		{ "/etc/iproute2/rt_scopes", "7 yard\n" },
		{ 0 },
	};

	snprintf(text, sizeof(text),
		 "%s {\n %s\n}\nvrrp_instance A {\n interface eth0\n "
		 "virtual_router_id 7\n virtual_%s {\n %s\n}\n"
		 " virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"
		 "track_group G {\n group {\n A\n }\n}\n",
		 block, line, block + strlen("static_"), line);
	return conf_load_short_of_memory(files, -1);
}

/* Read, printed, and read again as the same, at both places. */
static void check(const char *block, const struct line *line)
{
	const char *expected = line->printed ? line->printed : line->written;
	struct conf_loaded *l = load(block, line->written), *again;
	char *printed, *second;
	char wanted[500];

	if (!l->model || l->diagnostics.warnings)
		fprintf(stderr, "# %s\n%s", line->written, l->printed);
	assert_silent(l);
	printed = conf_printed(l->model);
	for (unsigned depth = 1; depth <= 2; depth++) {
		snprintf(wanted, sizeof(wanted), "\n%s%s\n",
			 depth == 2 ? "\t\t" : "\t", expected);
		if (!strstr(printed, wanted))
			fprintf(stderr, "# no \"%s\" in\n%s", expected,
				printed);
		assert_non_null(strstr(printed, wanted));
	}
	again = conf_load_text(printed);
	assert_silent(again);
	second = conf_printed(again->model);
	assert_string_equal(printed, second);
	free(printed);
	free(second);
	conf_unload(again);
	conf_unload(l);
}

static void routes(void **state)
{
	static const struct line lines[] = {
		{ "10.0.0.0/8 via 192.0.2.9", NULL },
		{ "to 10.0.0.0/8 gw 192.0.2.9 oif eth1",
		  "10.0.0.0/8 via 192.0.2.9 dev eth1" },
		{ "10.0.0.1 dev eth0", "10.0.0.1/32 dev eth0" },
		{ "src 192.0.2.1 to 10.0.0.0/8 via inet 192.0.2.9 dev eth1",
		  "10.0.0.0/8 via 192.0.2.9 dev eth1 src 192.0.2.1" },
		{ "unicast 10.0.0.0/8 dev eth0", "10.0.0.0/8 dev eth0" },
		{ "blackhole 10.0.0.0/8", NULL },
		{ "to unreachable 10.0.0.0/8", "unreachable 10.0.0.0/8" },
		{ "prohibit fd00::/8", NULL },
		{ "throw 10.0.0.0/8 table 100", NULL },
		{ "default via 192.0.2.9", NULL },
		{ "0.0.0.0/0 via 192.0.2.9", "default via 192.0.2.9" },
		{ "inet6 to default via fe80::1 dev eth0", NULL },
		{ "inet6 default via fe80::1 dev eth0",
		  "inet6 to default via fe80::1 dev eth0" },
		{ "default via fe80::1 dev eth0",
		  "inet6 to default via fe80::1 dev eth0" },
		{ "::/0 via fe80::1 dev eth0",
		  "inet6 to default via fe80::1 dev eth0" },
		{ "10.0.0.0/8 via inet6 fe80::1 dev eth0", NULL },
		{ "fd00::/8 from fd01::/16 via fe80::1 dev eth0 expires 900 "
		  "pref high",
		  NULL },
		{ "10.0.0.0/8 dsfield lowdelay via 192.0.2.9 onlink table "
		  "office preference 7",
		  "10.0.0.0/8 tos 16 via 192.0.2.9 onlink table 100 metric 7" },
		{ "10.0.0.0/8 dev eth0 mtu lock 1400 advmss 1360 rtt 100ms "
		  "rttvar 1s reordering 3 cwnd 4 ssthresh 5 rto_min lock 300 "
		  "hoplimit 9 window 10 initcwnd 11 initrwnd 12 quickack 1 "
		  "fastopen_no_cookie 0 features ecn congctl lock cubic",
		  "10.0.0.0/8 dev eth0 mtu lock 1400 advmss 1360 rtt 100 "
		  "rttvar 1000 reordering 3 cwnd 4 ssthresh 5 rto_min lock 300 "
		  "hoplimit 9 window 10 initcwnd 11 initrwnd 12 quickack 1 "
		  "fastopen_no_cookie 0 features ecn congctl lock cubic" },
		{ "10.0.0.0/8 dev eth0 scope yard realms a/b ttl-propagate "
		  "enabled append no_track protocol zebra",
		  "10.0.0.0/8 dev eth0 scope 7 protocol 11 realms 5/6 "
		  "ttl-propagate enabled append no_track" },
		{ "10.0.0.0/8 dev eth0 add track_group G", NULL },
		{ "10.0.0.0/8 prepend dev eth0", "10.0.0.0/8 dev eth0" },
		{ "10.0.0.0/8 via 192.0.2.8 or 192.0.2.9",
		  "10.0.0.0/8 nexthop via 192.0.2.8 nexthop via 192.0.2.9" },
		{ "10.0.0.0/8 metric 5 nexthop via 192.0.2.8 dev eth0 weight "
		  "256 onlink realms 5 nexthop via inet6 fe80::1 dev eth1 "
		  "nexthop dev eth2",
		  "10.0.0.0/8 metric 5 nexthop via 192.0.2.8 dev eth0 weight "
		  "256 onlink realms 0/5 nexthop via inet6 fe80::1 dev eth1 "
		  "nexthop dev eth2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
		check("static_routes", &lines[i]);
}

static void rules(void **state)
{
	static const struct line lines[] = {
		{ "from 10.0.0.0/8 table 100 priority 5", NULL },
		{ "from 10.0.0.0/8 to 10.1.0.0/16 lookup office order 5",
		  "from 10.0.0.0/8 to 10.1.0.0/16 table 100 priority 5" },
		{ "table main preference 5", "from all table 254 priority 5" },
		{ "inet6 table 7 priority 5",
		  "inet6 from all table 7 priority 5" },
		{ "to fd00::/8 goto 7 priority 5", NULL },
		{ "from all not fwmark 0x1 table 7 priority 5",
		  "from all not fwmark 0x1/0xffffffff table 7 priority 5" },
		{ "not from 10.0.0.0/8 dsfield lowdelay fwmark 1/3 realms a/b "
		  "sup_pl 0 sup_group 4 dev eth0 oif eth1 tunnel-id 9 uidrange "
		  "0-99 ipproto tcp sport 10-20 dport 80-90 table 7 priority 5",
		  "not from 10.0.0.0/8 tos 16 fwmark 0x1/0x3 iif eth0 oif eth1 "
		  "tunnel-id 9 uidrange 0-99 ipproto 6 sport 10-20 dport 80-90 "
		  "realms 5/6 suppress_prefixlength 0 suppress_ifgroup 4 table "
		  "7 priority 5" },
		{ "from 10.0.0.0/8 blackhole priority 5", NULL },
		{ "from 10.0.0.0/8 type prohibit priority 5",
		  "from 10.0.0.0/8 prohibit priority 5" },
		{ "from 10.0.0.0/8 nop priority 5 no_track protocol zebra",
		  "from 10.0.0.0/8 nop priority 5 protocol 11 no_track" },
		{ "l3mdev priority 5 track_group G",
		  "from all l3mdev priority 5 track_group G" },
		/* keepalived would install it without the port. */
		{ "from 10.0.0.0/8 sport 1000 table 7 priority 5",
		  "from 10.0.0.0/8 sport 1000-1000 table 7 priority 5" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(lines); i++)
		check("static_rules", &lines[i]);
}

/* The line is left out with a warning; the rest of the file goes on. */
static void check_wrong(const char *block, const char *line)
{
	struct conf_loaded *l = load(block, line);

	if (!l->model || l->diagnostics.warnings < 2)
		fprintf(stderr, "# %s\n%s", line, l->printed);
	assert_non_null(l->model);
	assert_in_range(l->diagnostics.warnings, 2, 4);
	assert_int_equal(l->model->static_route_count, 0);
	assert_int_equal(l->model->static_rule_count, 0);
	assert_int_equal(l->model->instances[0].route_count, 0);
	assert_int_equal(l->model->instances[0].rule_count, 0);
	assert_int_equal(l->model->instances[0].address_count, 1);
	conf_unload(l);
}

static void wrong_lines_are_left_out(void **state)
{
	static const char *const routes[] = {
		"via 192.0.2.9",
		"10.0.0.0/8",
		"10.0.0.0/8 via",
		"10.0.0.0/8 via nobody",
		"10.0.0.0/33 dev eth0",
		"10.0.0.0/8 11.0.0.0/8 dev eth0",
		"10.0.0.0/8 dev eth0 proto static",
		"10.0.0.0/8 dev an-interface-too-long",
		"10.0.0.0/8 dev eth0 tos 256",
		"10.0.0.0/8 dev eth0 table nowhere",
		"10.0.0.0/8 dev eth0 metric 4294967296",
		"10.0.0.0/8 dev eth0 hoplimit 256",
		"10.0.0.0/8 dev eth0 rtt 100x",
		"10.0.0.0/8 dev eth0 src fd00::1",
		"10.0.0.0/8 dev eth0 features none",
		"10.0.0.0/8 dev eth0 pref better",
		"10.0.0.0/8 from 10.0.0.0/8 dev eth0",
		"fd00::/8 via 192.0.2.9",
		"inet6 10.0.0.0/8 dev eth0",
		"10.0.0.0/8 nexthop weight 3",
		"10.0.0.0/8 nexthop via 192.0.2.9 weight 257",
		"10.0.0.0/8 via 192.0.2.9 nexthop via 192.0.2.8",
		"10.0.0.0/8 nexthop via 192.0.2.8 tos 3 via 192.0.2.9",
		"10.0.0.0/8 encap mpls 100 via 192.0.2.9",
		"10.0.0.0/8 dev eth0 quickack 2",
	};
	static const char *const rules[] = {
		"from 10.0.0.0/8 priority 5",
		"from 10.0.0.0/8 table 0 priority 5",
		"from 10.0.0.0/8 table nowhere priority 5",
		"from 10.0.0.0/8 table 7 blackhole priority 5",
		"from 10.0.0.0/8 goto 7",
		"from 10.0.0.0/8 goto 7 priority 7",
		"from 10.0.0.0/8 to fd00::/8 table 7 priority 5",
		"inet6 from 10.0.0.0/8 table 7 priority 5",
		"from 10.0.0.0/8 sport x table 7 priority 5",
		"from 10.0.0.0/8 sport 20-10 table 7 priority 5",
		"from 10.0.0.0/8 fwmark 1/x table 7 priority 5",
		"from 10.0.0.0/8 table 7 priority 5 nonsense",
		"from 10.0.0.0/8 table 7 priority",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(routes); i++)
		check_wrong("static_routes", routes[i]);
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		check_wrong("static_rules", rules[i]);
}

static void what_is_tracked_has_our_protocol(void **state)
{
	struct conf_loaded *l =
		load("static_routes", "10.0.0.0/8 dev eth0 protocol zebra");

	(void)state;
	assert_says(l, "protocol is left out");
	assert_int_equal(l->model->static_route_count, 1);
	assert_int_equal(l->model->static_routes[0].protocol, 0);
	conf_unload(l);
}

static void rules_without_a_priority_count_down(void **state)
{
	struct conf_loaded *l = load(
		"static_rules", "from 10.0.0.0/8 table 7\n from fd00::/8 table "
				"7\n from 11.0.0.0/8 table 7");
	const struct conf_rule *first, *second;

	(void)state;
	assert_says(l, "the rule has no priority; it gets 16384");
	first = l->model->static_rules;
	second = l->model->instances[0].rules;
	assert_int_equal(first[0].priority, 16384);
	assert_int_equal(first[1].priority, 16384);
	assert_int_equal(first[2].priority, 16383);
	assert_int_equal(second[0].priority, 16382);
	assert_int_equal(second[1].priority, 16383);
	assert_int_equal(second[2].priority, 16381);
	conf_unload(l);
}

static void times_are_in_the_kernels_units(void **state)
{
	struct conf_loaded *l =
		load("static_routes",
		     "10.0.0.0/8 dev eth0 rtt 100 rttvar 50ms rto_min 1s");
	const uint32_t *settings;

	(void)state;
	assert_silent(l);
	settings = l->model->static_routes[0].settings;
	assert_int_equal(settings[4], 800);
	assert_int_equal(settings[5], 200);
	assert_int_equal(settings[13], 1000);
	conf_unload(l);
}

static void a_plan_names_routes(void **state)
{
	struct conf_loaded *a =
		load("static_routes", "10.0.0.0/8 via 192.0.2.8");
	struct conf_loaded *b =
		load("static_routes", "10.0.0.0/8 via 192.0.2.9");
	struct arena arena = arena_over(malloc, free);
	const struct conf_plan *plan;

	(void)state;
	plan = conf_plan(a->model, b->model, &arena);
	assert_non_null(plan);
	assert_int_equal(plan->row_count, 2);
	assert_string_equal(
		plan->rows[0].text,
		"changes static addresses, routes and rules: adds route 10.0.0.0/8 via "
		"192.0.2.9, removes route 10.0.0.0/8 via "
		"192.0.2.8");
	assert_string_equal(plan->rows[1].text,
			    "changes A: adds route 10.0.0.0/8 via 192.0.2.9, "
			    "removes route 10.0.0.0/8 via 192.0.2.8");
	arena_free(&arena);
	conf_unload(a);
	conf_unload(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),
		cmocka_unit_test(rules),
		cmocka_unit_test(wrong_lines_are_left_out),
		cmocka_unit_test(what_is_tracked_has_our_protocol),
		cmocka_unit_test(rules_without_a_priority_count_down),
		cmocka_unit_test(times_are_in_the_kernels_units),
		cmocka_unit_test(a_plan_names_routes),
	};

	return cmocka_run_group_tests_name("conf_route", tests, NULL, NULL);
}
