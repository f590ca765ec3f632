/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of virtual servers, real servers and their checks. */
#include "base/must.h"
#include "conf_fixture.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char whole[] = "virtual_server_group G {\n"
			    "\t192.0.2.1 80\n"
			    "\t192.0.2.10-192.0.2.12 81\n"
			    "\tfwmark 7\n"
			    "\t2001:db8::1-2001:db8::2 80\n"
			    "}\n"
			    "\n"
			    "virtual_server group G {\n"
			    "\tip_family inet\n"
			    "\tprotocol TCP\n"
			    "\tlvs_sched sh\n"
			    "\tlvs_method TUN type gue port 6080 csum\n"
			    "\tpersistence_timeout 50\n"
			    "\tflag-1\n"
			    "\tquorum 2\n"
			    "\tsorry_server 192.0.2.9 80\n"
			    "\tsorry_server_lvs_method DR\n"
			    "\tdelay_loop 6\n"
			    "\treal_server 198.51.100.1 80 {\n"
			    "\t\tweight 3\n"
			    "\t\tnotify_up \"/bin/up a\" nobody\n"
			    "\t\tretry 2\n"
			    "\t\tHTTP_GET {\n"
			    "\t\t\tconnect_port 8080\n"
			    "\t\t\turl {\n"
			    "\t\t\t\tpath /a\n"
			    "\t\t\t\tstatus_code 200-299 404\n"
			    "\t\t\t}\n"
			    "\t\t\turl {\n"
			    "\t\t\t\tdigest 9b3a0c85a887a256d6939da88aabd8cd\n"
			    "\t\t\t}\n"
			    "\t\t}\n"
			    "\t\tTCP_CHECK {\n"
			    "\t\t\tconnect_timeout 0.5\n"
			    "\t\t}\n"
			    "\t}\n"
			    "}\n";

static void count(void *to, const struct conf_service *one)
{
	uint32_t *seen = to;

	assert_int_equal(one->protocol, IPPROTO_TCP);
	assert_int_equal(!!one->mark + (one->address.family != IP_NONE), 1);
	assert_int_equal(one->family, one->mark ? IP_V4 : one->address.family);
	++*seen;
}

static void check_model(const struct conf_model *m)
{
	const struct conf_virtual_server *vs = &m->virtual_servers[0];
	const struct conf_real_server *rs = &vs->servers[0];
	uint32_t seen = 0;

	assert_int_equal(m->virtual_server_count, 1);
	assert_int_equal(conf_service_count(m, vs), 7);
	conf_services_each(m, vs, count, &seen);
	assert_int_equal(seen, 7);
	assert_int_equal(vs->scheduler, CONF_SCHED_SH);
	assert_int_equal(vs->forward.method, CONF_FORWARD_TUN);
	assert_int_equal(vs->forward.tunnel, CONF_TUNNEL_GUE);
	assert_int_equal(conf_service_flags(vs),
			 CONF_SERVICE_PERSISTENT | CONF_SERVICE_FLAG_1);
	assert_int_equal(conf_sorry_forward(vs)->method, CONF_FORWARD_DR);
	assert_int_equal(conf_server_weight(vs, rs), 3);
	assert_int_equal(conf_server_forward(vs, rs)->port, 6080);
	assert_int_equal(rs->check_count, 2);
	assert_int_equal(rs->checks[0].kind, CONF_CHECK_HTTP);
	assert_int_equal(rs->checks[0].connect.port, 8080);
	assert_int_equal(rs->checks[0].http.url_count, 2);
	assert_int_equal(rs->checks[0].http.urls[0].statuses.list[1].low, 404);
	assert_int_equal(rs->checks[1].kind, CONF_CHECK_TCP);
	assert_int_equal(rs->checks[1].pace.connect_timeout, TICK_SECOND / 2);
	assert_int_equal(rs->checks[1].pace.retry, CONF_UNSAID);
	assert_int_equal(rs->pace.retry, 2);
	assert_string_equal(rs->notifies.on[CONF_NOTIFY_UP].command,
			    "/bin/up a");
}

/* What they say becomes the model, and that their text again. */
static void a_virtual_server_is_read_and_printed(void **state)
{
	struct conf_loaded *l = conf_load_text(whole);
	char *printed;

	(void)state;
	assert_silent(l);
	check_model(l->model);
	printed = conf_printed(l->model);
	assert_non_null(strstr(printed, "virtual_server_group"));
	assert_string_equal(strstr(printed, "virtual_server_group"), whole);
	free(printed);
	conf_unload(l);
}

struct bytes {
	char data[65536];
	size_t length;
};

static void gather(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	assert_in_range(length, 0, sizeof(b->data) - b->length);
	memcpy(b->data + b->length, bytes, length);
	b->length += length;
}

static void it_survives_packing(void **state)
{
	struct conf_loaded *l = conf_load_text(whole);
	struct bytes *b = calloc(1, sizeof(*b));
	struct conf_model *copy;
	char *one, *two;

	(void)state;
	assert_non_null(b);
	conf_pack(l->model, true, gather, b);
	copy = conf_unpack(b->data, b->length, malloc, free);
	assert_non_null(copy);
	check_model(copy);
	one = conf_printed(l->model);
	two = conf_printed(copy);
	assert_string_equal(one, two);
	free(one);
	free(two);
	conf_free(copy);
	free(b);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_virtual_server_is_read_and_printed),
		cmocka_unit_test(it_survives_packing),
	};

	return cmocka_run_group_tests_name("conf_lvs", tests, NULL, NULL);
}
