/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unicast_peer and its words: what they become, and what is said of them. */
#include "base/must.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAMED(name, inside)                                                    \
	"vrrp_instance " name                                                  \
	" {\n interface eth0\n virtual_router_id 7\n" inside                   \
	"\n virtual_ipaddress {\n 192.0.2.1/24 dev " name "\n}\n}\n"
#define INSTANCE(inside) NAMED("A", inside)
#define INSTANCE6(inside)                                                      \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n fe80::1/64\n}\n}\n"
#define PEERS(list) "unicast_peer {\n" list "\n}\n"

static const struct conf_instance *only(const struct conf_loaded *l)
{
	assert_non_null(l->model);
	assert_int_equal(l->model->instance_count, 1);
	return &l->model->instances[0];
}

static void assert_ip(const struct ip *ip, const char *expected)
{
	char text[IP_TEXT_MAX];

	assert_string_equal(ip_format(ip, text), expected);
}

static void peers_are_who_is_spoken_to(void **state)
{
	struct conf_loaded *l = conf_load_text(INSTANCE(PEERS(
		"192.0.2.3\n192.0.2.4 min_ttl 200 max_ttl 254") "unicast_src_ip 192.0.2.2\nunicast_ttl 64\n"
								"mcast_src_ip 192.0.2.9\ncheck_unicast_src"));
	const struct vrrp_config *v = &only(l)->vrrp;

	(void)state;
	assert_silent(l);
	assert_true(v->unicast);
	assert_int_equal(v->peer_count, 2);
	assert_ip(&v->peers[0].address, "192.0.2.3");
	assert_int_equal(v->peers[0].ttl_least, 0);
	assert_int_equal(v->peers[0].ttl_most, 255);
	assert_ip(&v->peers[1].address, "192.0.2.4");
	assert_int_equal(v->peers[1].ttl_least, 200);
	assert_int_equal(v->peers[1].ttl_most, 254);
	assert_int_equal(only(l)->unicast_ttl, 64);
	assert_ip(conf_source(only(l)), "192.0.2.2");
	conf_unload(l);

	/* keepalived has one source for both. */
	l = conf_load_text(
		INSTANCE(PEERS("192.0.2.3") "mcast_src_ip 192.0.2.9"));
	assert_silent(l);
	assert_ip(conf_source(only(l)), "192.0.2.9");
	assert_int_equal(only(l)->unicast_ttl, 255);
	conf_unload(l);
}

/* As keepalived: the others are spoken to. */
static void what_is_no_address_is_left_out(void **state)
{
	struct conf_loaded *l = conf_load_text(
		INSTANCE("unicast_peer {\n 10.0.0.x\n 192.0.2.3\n}"));

	(void)state;
	assert_says(l, "router takes the address of a host, not \"10.0.0.x\"; "
		       "it is left out");
	assert_non_null(l->model);
	assert_int_equal(l->model->instances[0].unicast_peer_count, 1);
	conf_unload(l);
}

static void without_peers_it_is_multicast(void **state)
{
	static const struct {
		const char *inside, *says;
	} rows[] = {
		{ PEERS(""), "unicast_peer names no router; multicast is" },
		{ "unicast_src_ip 192.0.2.2",
		  "unicast_src_ip has no effect without unicast_peer" },
		{ "unicast_ttl 3",
		  "unicast_ttl has no effect without unicast_peer" },
		{ PEERS("2001:db8::1"), "this peer is left out: it is of "
					"another family" },
		{ PEERS("192.0.2.2") "unicast_src_ip 192.0.2.2",
		  "this peer is left out: it is unicast_src_ip, this router "
		  "itself" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l;
		char text[500];

		snprintf(text, sizeof(text), INSTANCE("%s"), rows[i].inside);
		l = conf_load_text(text);
		assert_says(l, rows[i].says);
		assert_false(only(l)->vrrp.unicast);
		assert_int_equal(only(l)->vrrp.peer_count, 0);
		assert_int_equal(conf_source(only(l))->family, IP_NONE);
		assert_int_equal(only(l)->unicast_ttl, 255);
		conf_unload(l);
	}
}

static void or_a_fault(void **state)
{
	struct conf_loaded *l = conf_load_text(
		INSTANCE("unicast_fault_no_peer\nunicast_src_ip 192.0.2.2"));

	(void)state;
	assert_says(l, "is in FAULT until unicast_peer names a router");
	assert_true(only(l)->vrrp.unicast);
	assert_int_equal(only(l)->vrrp.peer_count, 0);
	conf_unload(l);
	l = conf_load_text(
		INSTANCE("unicast_fault_no_peer\n" PEERS("192.0.2.3")));
	assert_silent(l);
	assert_int_equal(only(l)->vrrp.peer_count, 1);
	conf_unload(l);
}

static void what_is_worth_telling(void **state)
{
	static const struct {
		const char *text, *says;
		unsigned peers;
	} rows[] = {
		{ INSTANCE(PEERS("192.0.2.3\n192.0.2.4\n192.0.2.3")),
		  "this peer stands in the same instance already", 2 },
		{ INSTANCE(PEERS("192.0.2.3 min_ttl 9 max_ttl 8")),
		  "this peer is never heard: no TTL is 9 or more, and 8 or "
		  "less",
		  1 },
		{ INSTANCE(PEERS("192.0.2.3") "vrrp_peers {\n192.0.2.4\n}"),
		  "vrrp_peers has no effect beside unicast_peer", 1 },
		{ INSTANCE(PEERS("192.0.2.3") "strict_mode on"),
		  "it is used in spite of strict_mode", 1 },
		{ INSTANCE(PEERS("192.0.2.3") "unicast_src_ip fe80::2"),
		  "this address is of another family than virtual_ipaddress",
		  1 },
		{ INSTANCE6(PEERS("2001:db8::3")),
		  "come from the link-local address of the interface", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l = conf_load_text(rows[i].text);

		assert_says(l, rows[i].says);
		assert_true(only(l)->vrrp.unicast);
		assert_int_equal(only(l)->vrrp.peer_count, rows[i].peers);
		conf_unload(l);
	}
}

static void ipv6_has_a_source_or_is_link_local(void **state)
{
	static const char *const texts[] = {
		INSTANCE6(PEERS("fe80::3")),
		INSTANCE6(PEERS("2001:db8::3") "unicast_src_ip 2001:db8::2"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct conf_loaded *l = conf_load_text(texts[i]);

		assert_silent(l);
		assert_int_equal(only(l)->vrrp.family, IP_V6);
		conf_unload(l);
	}
}

/* With other peers, or in multicast, it is another virtual router. */
#define NO_INTERFACE(inside, address)                                          \
	"vrrp_instance A {\n virtual_router_id 7\n" inside                     \
	"\n virtual_ipaddress {\n" address "\n}\n}\n"

static void without_an_interface_its_source_is_known(void **state)
{
	static const struct {
		const char *text, *says; /* NULL: it is right */
	} cases[] = {
		{ NO_INTERFACE("unicast_src_ip 192.0.2.11\n"
			       "unicast_peer {\n192.0.2.12\n}",
			       "10.0.0.1/24 dev eth1"),
		  NULL },
		{ NO_INTERFACE("unicast_src_ip 192.0.2.11\n"
			       "unicast_peer {\n192.0.2.12\n}",
			       "10.0.0.1/24"),
		  "write dev and its interface behind it" },
		{ NO_INTERFACE("unicast_peer {\n192.0.2.12\n}",
			       "10.0.0.1/24 dev eth1"),
		  "vrrp_instance A has no interface" },
		{ NO_INTERFACE("unicast_src_ip 192.0.2.11",
			       "10.0.0.1/24 dev eth1"),
		  "vrrp_instance A has no interface" },
		{ NO_INTERFACE("interface a/b\nunicast_src_ip 192.0.2.11\n"
			       "unicast_peer {\n192.0.2.12\n}",
			       "10.0.0.1/24 dev eth1"),
		  "error: interface takes the name of an interface" },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct conf_loaded *l = conf_load_text(cases[n].text);

		if (cases[n].says) {
			assert_null(l->model);
			assert_says(l, cases[n].says);
		} else {
			assert_silent(l);
			assert_string_equal(
				conf_interface(&l->model->instances[0]), "");
		}
		conf_unload(l);
	}
}

static void a_vrid_is_one_for_a_peer(void **state)
{
	struct conf_loaded *l = conf_load_text(
		NAMED("A", PEERS("192.0.2.3\n192.0.2.4"))
			NAMED("B", PEERS("192.0.2.5")) NAMED("C", ""));

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->instance_count, 3);
	conf_unload(l);
	l = conf_load_text(NAMED("A", PEERS("192.0.2.3\n192.0.2.4"))
				   NAMED("B", PEERS("192.0.2.5\n192.0.2.4")));
	assert_says(l, "virtual_router_id 7 is used on eth0 already, by "
		       "vrrp_instance A, with the same peer");
	assert_null(l->model);
	conf_unload(l);
	l = conf_load_text(NAMED("A", "") NAMED("B", ""));
	assert_says(l, "by vrrp_instance A\n");
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peers_are_who_is_spoken_to),
		cmocka_unit_test(what_is_no_address_is_left_out),
		cmocka_unit_test(without_peers_it_is_multicast),
		cmocka_unit_test(or_a_fault),
		cmocka_unit_test(what_is_worth_telling),
		cmocka_unit_test(ipv6_has_a_source_or_is_link_local),
		cmocka_unit_test(without_an_interface_its_source_is_known),
		cmocka_unit_test(a_vrid_is_one_for_a_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
