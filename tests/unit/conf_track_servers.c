/* SPDX-License-Identifier: GPL-2.0-or-later */
/* track_virtual_server, and what virtual servers are called. */
#include "conf/model/targets.h"
#include "conf/model/tracked_servers.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVER(id, protocol)                                                   \
	"virtual_server " id " {\n protocol " protocol "\n lvs_method DR\n"    \
	" real_server 10.0.0.1 80 {\n}\n}\n"
#define SERVER6                                                                \
	"virtual_server 2001:db8::1 443 {\n protocol TCP\n lvs_method DR\n"    \
	" real_server 2001:db8::2 443 {\n}\n}\n"
#define GROUP "virtual_server_group web {\n 192.0.2.9 80\n}\n"
#define SERVERS                                                                \
	SERVER("192.0.2.1 80", "TCP")                                          \
	SERVER("192.0.2.1 53", "TCP")                                          \
	SERVER("192.0.2.1 53", "UDP")                                          \
	SERVER6 SERVER("fwmark 7", "TCP") GROUP SERVER("group web", "TCP")
#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"

static void what_they_are_called(void **state)
{
	static const struct {
		const char *name;
		uint32_t number;
	} cases[] = {
		{ "192.0.2.1:80", 0 },
		{ "[192.0.2.1]:80", 0 },
		{ "[192.0.2.1]:tcp:80", 0 },
		{ "[192.0.2.1]:udp:80", CONF_SERVER_UNKNOWN },
		{ "192.0.2.1:81", CONF_SERVER_UNKNOWN },
		{ "192.0.2.1:65536", CONF_SERVER_UNKNOWN },
		{ "192.0.2.1:", CONF_SERVER_UNKNOWN },
		{ "192.0.2.1", CONF_SERVER_SEVERAL },
		{ "192.0.2.1:53", CONF_SERVER_SEVERAL },
		{ "[192.0.2.1]:udp:53", 2 },
		{ "[192.0.2.1]:tcp:53", 1 },
		{ "[192.0.2.1", CONF_SERVER_UNKNOWN },
		{ "[192.0.2.1]x", CONF_SERVER_UNKNOWN },
		{ "[]", CONF_SERVER_UNKNOWN },
		{ "2001:db8::1", 3 },
		{ "[2001:db8::1]", 3 },
		{ "[2001:DB8:0::1]:443", 3 },
		{ "7", 4 },
		{ "FWM 7", 4 },
		{ "8", CONF_SERVER_UNKNOWN },
		{ "0", CONF_SERVER_UNKNOWN },
		{ "web", 5 },
		{ "group web", 5 },
		{ "we", CONF_SERVER_UNKNOWN },
		{ "", CONF_SERVER_UNKNOWN },
	};
	struct conf_loaded *l = conf_load_text(SERVERS);
	char name[CONF_SERVER_NAME_SIZE];

	(void)state;
	assert_non_null(l->model);
	assert_int_equal(l->model->virtual_server_count, 6);
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++)
		assert_int_equal(conf_server_find(l->model, cases[n].name),
				 cases[n].number);
	for (uint32_t n = 0; n < 6; n++) {
		conf_server_name(&l->model->virtual_servers[n], name);
		assert_int_equal(conf_server_find(l->model, name), n);
		for (uint32_t k = 0; k < n; k++)
			assert_true(conf_server_key(l->model, k) !=
				    conf_server_key(l->model, n));
	}
	conf_unload(l);
}

/* In a block, and in one line; in an instance, and in a group. */
static void who_tracks_them(void **state)
{
	struct conf_loaded *l = conf_load_text(SERVERS INSTANCE(
		"track_virtual_server 192.0.2.1:80 weight -20\n"
		"track_virtual_server {\n web\n}\n"
		"track_virtual_server 7") "vrrp_sync_group G {\n"
					  " sync_group_tracking_weight\n"
					  " group {\n A\n}\n"
					  " track_virtual_server {\n"
					  " [192.0.2.1]:tcp:80 weight 5\n}\n}\n");
	const struct conf_tracking *t;
	const struct conf_tracked *one;

	(void)state;
	assert_non_null(l->model);
	t = &l->model->instances[0].tracking;
	assert_int_equal(t->count[VRRP_TARGET_VIRTUAL], 3);
	one = t->list[VRRP_TARGET_VIRTUAL];
	assert_int_equal(one[0].target, 0);
	assert_int_equal(
		conf_tracked_weight(l->model, VRRP_TARGET_VIRTUAL, one).value,
		-20);
	assert_int_equal(
		conf_tracked_weight(l->model, VRRP_TARGET_VIRTUAL, one + 1)
			.value,
		0);
	/* By two names it is one. */
	one = l->model->groups[0].tracking.list[VRRP_TARGET_VIRTUAL];
	assert_int_equal(one->target, 0);
	assert_int_equal(l->model->tracked_server_count, 3);
	assert_int_equal(l->model->tracked_servers[1].number, 5);
	assert_string_equal(l->model->tracked_servers[1].is.name, "group web");
	assert_int_equal(conf_targets(l->model), 3);
	conf_unload(l);
}

static void what_has_no_effect(void **state)
{
	static const struct {
		const char *entry, *told;
	} cases[] = {
		{ "192.0.2.1:53", "several virtual_servers are called so" },
		{ "192.0.2.2:80", "there is no such virtual_server" },
		{ "web\n web", "it stands in the list already" },
		{ "web\n \"group web\"", "it stands in the list already" },
	};
	static char text[4096];

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct conf_loaded *l;

		snprintf(text, sizeof(text),
			 SERVERS INSTANCE("track_virtual_server {\n %s\n}"),
			 cases[n].entry);
		l = conf_load_text(text);
		assert_non_null(l->model);
		assert_says(l, cases[n].told);
		conf_unload(l);
	}
}

struct bytes {
	char *at;
	size_t length;
};

static void add(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	b->at = realloc(b->at, b->length + length + 1);
	assert_non_null(b->at);
	memcpy(b->at + b->length, bytes, length);
	b->length += length;
}

/* Nobody sends the list: who unpacks a model makes it. */
static void another_process_knows_them(void **state)
{
	struct conf_loaded *l = conf_load_text(
		SERVERS INSTANCE("track_virtual_server {\n web\n 7\n}"));
	struct conf_model *again;
	struct bytes packed = { 0 };

	(void)state;
	assert_non_null(l->model);
	conf_pack(l->model, true, add, &packed);
	again = conf_unpack(packed.at, packed.length, malloc, free);
	assert_non_null(again);
	assert_int_equal(again->tracked_server_count, 2);
	assert_int_equal(again->tracked_servers[0].number, 5);
	assert_int_equal(again->tracked_servers[1].number, 4);
	conf_free(again);
	free(packed.at);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_they_are_called),
		cmocka_unit_test(who_tracks_them),
		cmocka_unit_test(what_has_no_effect),
		cmocka_unit_test(another_process_knows_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
