/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * authentication and track_interface: what they become, and what keepalived
 * runs without them.
 */
#include "base/must.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"
#define AUTH(inside)  INSTANCE("authentication {\n" inside "\n}")
#define TRACK(inside) INSTANCE("track_interface {\n" inside "\n}")

static const struct conf_instance *only(const struct conf_loaded *l)
{
	assert_non_null(l->model);
	assert_int_equal(l->model->instance_count, 1);
	return &l->model->instances[0];
}

/* The first 8 bytes, with zeros behind: as keepalived sends them. */
static void a_password_is_its_bytes(void **state)
{
	static const struct {
		const char *written;
		const char bytes[9];
	} rows[] = {
		{ "x", "x\0\0\0\0\0\0\0" },
		{ "12345678", "12345678" },
		{ "a\\b", "a\\b\0\0\0\0\0" },
		{ "\"a\\\\b\"", "a\\\\b\0\0\0\0" },
		{ "\"a b\"", "a b\0\0\0\0\0" },
		{ "a\"b\"c", "a\0\0\0\0\0\0\0" },
		{ "a#b", "a\0\0\0\0\0\0\0" },
		{ "a!b", "a\0\0\0\0\0\0\0" },
		{ "$x", "$x\0\0\0\0\0\0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l;
		char text[500];

		snprintf(text, sizeof(text),
			 AUTH("auth_type PASS\nauth_pass %s"), rows[i].written);
		l = conf_load_text(text);
		assert_int_equal(only(l)->vrrp.auth.type, VRRP_AUTH_PASSWORD);
		if (memcmp(only(l)->vrrp.auth.password, rows[i].bytes, 8))
			fprintf(stderr, "# %s: %.8s\n", rows[i].written,
				(const char *)only(l)->vrrp.auth.password);
		assert_memory_equal(only(l)->vrrp.auth.password, rows[i].bytes,
				    8);
		conf_unload(l);
	}
}

static void a_long_one_is_cut(void **state)
{
	struct conf_loaded *l =
		conf_load_text(AUTH("auth_type PASS\nauth_pass 123456789ab"));

	(void)state;
	assert_says(l, "only the first 8 bytes of auth_pass are used");
	assert_null(strstr(l->printed, "1234"));
	assert_memory_equal(only(l)->vrrp.auth.password, "12345678", 8);
	conf_unload(l);
}

/* What asks for authentication does not run without. */
static void half_of_it_is_an_error(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ AUTH("auth_pass x"), "auth_pass has no auth_type" },
		{ AUTH("auth_type PASS"), "auth_type has no auth_pass" },
		{ AUTH("auth_type pass\nauth_pass x"),
		  "auth_type takes PASS, not \"pass\"" },
		{ AUTH("auth_type AH\nauth_pass x"), "does not do AH yet" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l = conf_load_text(rows[i].text);

		assert_null(l->model);
		assert_int_equal(l->diagnostics.errors, 1);
		assert_says(l, rows[i].says);
		conf_unload(l);
	}
}

/* As keepalived, which runs without a password: with a warning. */
static void what_does_not_count(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ INSTANCE("version 3\nauthentication {\nauth_type PASS\n"
			   "auth_pass x\n}"),
		  "VRRPv3 has no authentication" },
		{ INSTANCE("strict_mode\nauthentication {\nauth_type PASS\n"
			   "auth_pass x\n}"),
		  "with strict_mode has no authentication" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l = conf_load_text(rows[i].text);

		assert_says(l, rows[i].says);
		assert_int_equal(only(l)->vrrp.auth.type, VRRP_AUTH_NONE);
		assert_int_equal(only(l)->vrrp.auth.password[0], 0);
		conf_unload(l);
	}
}

/* What is printed can be read again; a secret is only mentioned. */
static void a_print_has_no_password(void **state)
{
	struct conf_loaded *l =
		conf_load_text(AUTH("auth_type PASS\nauth_pass geheim"));
	char *printed = conf_printed(only(l) ? l->model : NULL);

	(void)state;
	assert_non_null(strstr(printed, "authentication {\n"
					"\t\tauth_type PASS\n"
					"\t\t# auth_pass (hidden)\n"));
	assert_null(strstr(printed, "geheim"));
	free(printed);
	conf_unload(l);
	l = conf_load_text(INSTANCE(""));
	printed = conf_printed(l->model);
	assert_null(strstr(printed, "authentication"));
	free(printed);
	conf_unload(l);
}

static void tracked_interfaces(void **state)
{
	struct conf_loaded *l = conf_load_text(
		TRACK("eth1\neth2 weight -20\neth3 weight 30 reverse"));
	const struct conf_instance *i = only(l);
	char *printed = conf_printed(l->model);

	(void)state;
	assert_int_equal(i->tracked_interface_count, 3);
	assert_string_equal(i->tracked_interfaces[0].on.name, "eth1");
	assert_int_equal(i->tracked_interfaces[0].weight, 0);
	assert_int_equal(i->tracked_interfaces[1].weight, -20);
	assert_false(i->tracked_interfaces[1].reverse);
	assert_int_equal(i->tracked_interfaces[2].weight, 30);
	assert_true(i->tracked_interfaces[2].reverse);
	assert_non_null(strstr(printed, "\ttrack_interface {\n\t\teth1\n"
					"\t\teth2 weight -20\n"
					"\t\teth3 weight 30 reverse\n\t}\n"));
	free(printed);
	conf_unload(l);
}

#define ADDRESS(line)                                                          \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress {\n 192.0.2.1/24\n}\n"                             \
	" virtual_ipaddress_excluded {\n " line "\n}\n}\n"

static void what_stands_behind_an_address(void **state)
{
	struct conf_loaded *l = conf_load_text(
		ADDRESS("2001:db8::1/64 peer 2001:db8::2/127 home -nodad "
			"mngtmpaddr noprefixroute no_track preferred_lft 60"));
	const struct conf_address *one = &only(l)->addresses[1];
	char *printed = conf_printed(l->model);

	(void)state;
	assert_silent(l);
	assert_true(one->home && one->dad && one->mngtmpaddr &&
		    one->noprefixroute && one->no_track);
	assert_int_equal(one->preferred, 60);
	assert_int_equal(one->peer.bytes[15], 2);
	/* That of the other end counts. */
	assert_int_equal(one->prefix, 127);
	assert_non_null(strstr(printed, "2001:db8::1/127 peer 2001:db8::2/127 "
					"noprefixroute home -nodad mngtmpaddr "
					"no_track preferred_lft 60"));
	free(printed);
	conf_unload(l);
	l = conf_load_text(ADDRESS("2001:db8::1"));
	assert_true(only(l)->addresses[1].preferred == CONF_AUTO);
	conf_unload(l);
	l = conf_load_text(ADDRESS("2001:db8::1 preferred_lft forever"));
	assert_true(only(l)->addresses[1].preferred == CONF_FOREVER);
	conf_unload(l);
	l = conf_load_text(ADDRESS("192.0.2.2 home preferred_lft 5"));
	assert_says(l, "home is for IPv6 only");
	assert_says(l, "preferred_lft is for IPv6 only");
	assert_false(only(l)->addresses[1].home);
	conf_unload(l);
	l = conf_load_text(ADDRESS("192.0.2.2 peer 2001:db8::1"));
	assert_says(l, "of another family");
	assert_int_equal(only(l)->addresses[1].peer.family, IP_NONE);
	conf_unload(l);
}

static void trackers_that_do_not_count(void **state)
{
	static const struct {
		const char *text, *says;
		size_t left;
	} rows[] = {
		{ TRACK("eth0"), "is the interface of the instance", 0 },
		{ TRACK("eth1\neth1 weight 5"), "stands in the list already",
		  1 },
		{ TRACK("eth1 weight 300"), "weight", 1 },
		{ TRACK("eth1 weight 254"), "253 is used", 1 },
		{ TRACK("eth1 noreverse"), "noreverse", 1 },
		{ INSTANCE("priority 255\ntrack_interface {\neth1 weight 5\n"
			   "eth2\n}"),
		  "priority 255 is never changed", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct conf_loaded *l = conf_load_text(rows[i].text);

		assert_says(l, rows[i].says);
		assert_int_equal(only(l)->tracked_interface_count,
				 rows[i].left);
		conf_unload(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_its_bytes),
		cmocka_unit_test(a_long_one_is_cut),
		cmocka_unit_test(what_does_not_count),
		cmocka_unit_test(half_of_it_is_an_error),
		cmocka_unit_test(a_print_has_no_password),
		cmocka_unit_test(tracked_interfaces),
		cmocka_unit_test(trackers_that_do_not_count),
		cmocka_unit_test(what_stands_behind_an_address),
	};

	return cmocka_run_group_tests_name("conf_follow", tests, NULL, NULL);
}
